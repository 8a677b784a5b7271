/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of QEMU's record/replay log: a due timer's event is found among known events before
 * the first instruction, and nowhere else, whatever the bytes are.
 */
#include "qmpbridge/record/rrlog.h"

#include "tests/unit/temp.h"

#define HEADER "\x00\xe0\x20\x0e\0\0\0\0\0\0\0\0"
#define HOST "\x23\x1c" "12345678"      /* checkpoint of the host's clock, and its value */
#define DUE "\x22"                      /* CHECKPOINT_CLOCK_VIRTUAL */
#define RUN "\x00\x00\x00\x00\x1a"      /* 26 instructions */
#define NET "\x09\x01\0\0\0\0\0\0\0\x03" DUE DUE DUE /* a packet whose bytes look like the event */
#define END "\x0e\x27"

/** @at: offset of the event counted from the end of the header; -1: there is none. */
static const struct {
    const char *events;
    gsize len;
    int at;
} rows[] = {
#define ROW(events, at) {events, sizeof(events) - 1, at}
    ROW(HOST "\x1f" DUE "\x1f" RUN END, 11),
    ROW(DUE RUN END, 0),
    ROW("\x1f\x1f" RUN DUE END, -1),             /* after the first instruction */
    ROW(HOST RUN END, -1),
    ROW(NET RUN END, -1),
    ROW(NET DUE RUN END, 13),
    ROW("\x08" "12345678" "\x03" "12345678" DUE RUN END, 18), /* BLOCK, BH */
    ROW("\x16" "12345678" DUE RUN END, 9),                     /* CHAR_WRITE */
    ROW("\x17\0\0\0\x02" DUE DUE "\x18" "1234" DUE RUN END, 12), /* CHAR_READ_ALL, its error */
    ROW("\x1b" "1234\0\0\0\x01" DUE DUE RUN END, 10),           /* RANDOM */
    ROW("\x05" DUE RUN END, -1),                              /* INPUT isn't known */
    ROW("\x17\xff\xff\xff\xff" DUE END, -1),                    /* an array beyond the file */
    ROW("\x1c" "123", -1),                                     /* cut in an event */
    ROW(END, -1),
    ROW("", -1),
};

START_TEST(test_find)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    g_autofree char *copy = g_build_filename(dir, "copy", NULL);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autofree char *left = NULL;
    guint64 offset = 0;
    gsize len = 0;

    g_byte_array_append(bytes, (const guint8 *)HEADER, 12);
    g_byte_array_append(bytes, (const guint8 *)rows[_i].events, (guint)rows[_i].len);
    ck_assert(g_file_set_contents(path, (char *)bytes->data, bytes->len, NULL));
    if (rows[_i].at < 0) {
        ck_assert(!rrlog_find_due_timer(path, 12, &offset));
        return;
    }
    ck_assert(rrlog_find_due_timer(path, 12, &offset));
    ck_assert_uint_eq(offset, 12 + (guint)rows[_i].at);
    ck_assert(rrlog_copy_without(path, copy, offset, NULL));
    ck_assert(g_file_get_contents(copy, &left, &len, NULL));
    g_byte_array_remove_index(bytes, (guint)offset);
    ck_assert_uint_eq(len, bytes->len);
    ck_assert_mem_eq(left, bytes->data, len);
}
END_TEST

/* No file, a begin beyond the end, a begin before the first event: nothing is found. */
START_TEST(test_odd)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "log", "short");
    guint64 offset;

    ck_assert(!rrlog_find_due_timer("/nonexistent/log", 12, &offset));
    ck_assert(!rrlog_find_due_timer(path, 12, &offset));
    ck_assert(!rrlog_find_due_timer(path, G_MAXUINT64, &offset));
    ck_assert(!rrlog_find_due_timer(path, 0, &offset));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_find, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_odd);
}

int main(void)
{
    return temp_run("rrlog", add_tests);
}
