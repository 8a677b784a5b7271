/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events of QEMU's record/replay log: a due timer's event is found among known events before
 * the first instruction, and nowhere else, whatever the bytes are.
 */
#include "qmpbridge/engine/qemu/rrlog.h"

#include "qmpbridge/core/error.h"

#include "tests/unit/temp.h"

#define HEADER "\x00\xe0\x20\x0e\0\0\0\0\0\0\0\0"
/* clang-format off */
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
    /* begun in the middle of work: what ran before the snapshot is counted behind it */
    ROW(RUN HOST "\x1e" DUE "\x1e" RUN END, 16),
    ROW("\x1f\x1f" RUN DUE END, 7),
    ROW(RUN "\x1f" RUN DUE END, -1),            /* after instructions that ran behind it */
    ROW(HOST RUN END, -1),
    ROW(NET RUN END, -1),
    ROW(NET DUE RUN END, 13),
    ROW("\x08" "12345678" "\x03" "12345678" DUE RUN END, 18), /* BLOCK, BH */
    ROW("\x16" "12345678" DUE RUN END, 9),                     /* CHAR_WRITE */
    ROW("\x17\0\0\0\x02" DUE DUE "\x18" "1234" DUE RUN END, 12), /* CHAR_READ_ALL, its error */
    ROW("\x1b" "1234\0\0\0\x01" DUE DUE RUN END, 10),           /* RANDOM */
    ROW("\x05" DUE RUN END, -1),                 /* an INPUT of a kind that isn't known */
    ROW("\x05\0\0\0\0" "1234" "\1" DUE RUN END, 10), /* a key */
    ROW("\x1a" "12345678" DUE RUN END, -1),     /* sound comes in: its length isn't known */
    ROW("\x17\xff\xff\xff\xff" DUE END, -1),                    /* an array beyond the file */
    ROW("\x1c" "123", -1),                                     /* cut in an event */
    ROW(END, -1),
    ROW("", -1),
};
/* clang-format on */

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

/* Walks along whole logs and torn ones, cut anywhere. */
static const struct {
    guint8 version;
    const char *events;
    gsize len;
    guint64 insns;
    const char *error; /**< NULL: it is whole */
} walks[] = {
/* clang-format off */
#define WALK(version, events, insns, error) {version, events, sizeof(events) - 1, insns, error}
    WALK(14, END, 0, NULL),
    WALK(14, RUN HOST NET RUN "\x17\0\0\0\x02" "ab" "\x1b" "1234\0\0\0\0" RUN END, 78, NULL),
    WALK(14, "\x05\0\0\0\0" "1234" "\1" "\x06" END, 0, NULL),            /* a key on 11.1 */
    WALK(12, "\x05\0\0\0\0\0\0\0\1" "1234" "\1" "\x06" END, 0, NULL),  /* on 10.0 */
    WALK(12, "\x05\0\0\0\0\0\0\0\0" "12345678" "\1" END, 0, NULL),      /* by number */
    WALK(12, "\x05\0\0\0\1" "1234" "\1" RUN END, 26, NULL),              /* a button */
    WALK(12, "\x05\0\0\0\3" "1234" "12345678" RUN END, 26, NULL),       /* a position */
    WALK(12, "\x05\0\0\0\4" "123456789012345678901234567890ab" RUN END, 26, NULL), /* touch */
    WALK(12, "\x05\0\0\0\5" "1234" "12345678" RUN END, 0, "an unknown event 5 at byte 12 "),
    WALK(14, RUN "\x28" RUN END, 0, "an unknown event 40 at byte 17 "),
    WALK(14, RUN "\xff" RUN END, 0, "an unknown event 255 at byte 17 "),
    WALK(14, "\0\0\0\0\0" END, 0, "an event of no instructions at byte 12 "),
    WALK(14, RUN RUN, 0, "it has no end at byte"),
    WALK(14, "", 0, "it has no end at byte 12 "),
    WALK(14, RUN HOST "\x1c" "123", 0, "the last event isn't whole at byte 27 "),
    WALK(14, RUN "\x17\0\0\1\0" END, 0, "the last event isn't whole at byte 17 "),
    WALK(14, RUN "\x05\0\0", 0, "the last event isn't whole at byte 17 "),
    WALK(14, RUN END RUN, 0, "something follows the end at byte 19 "),
};
/* clang-format on */

static gboolean walk_in_pieces(guint row, gsize piece, guint64 *insns, GError **error)
{
    g_autoptr(RrlogWalk) walk = rrlog_walk_new(walks[row].version, 0x27, 12);
    const guint8 *events = (const guint8 *)walks[row].events;

    for (gsize at = 0; at < walks[row].len; at += piece) {
        if (!rrlog_walk_feed(walk, events + at, MIN(piece, walks[row].len - at), error))
            return FALSE;
    }
    return rrlog_walk_finish(walk, insns, error);
}

START_TEST(test_walk)
{
    for (gsize piece = 1; piece <= walks[_i].len + 1; piece++) {
        g_autoptr(GError) error = NULL;
        guint64 insns = 0;
        gboolean whole = walk_in_pieces((guint)_i, piece, &insns, &error);

        ck_assert_msg(whole == !walks[_i].error, "%s", error ? error->message : "it is whole");
        if (whole)
            ck_assert_uint_eq(insns, walks[_i].insns);
        else
            ck_assert_msg(strstr(error->message, walks[_i].error) != NULL, "%s", error->message);
    }
}
END_TEST

/* From a file: bytes before the begin don't count; what can't be read is no torn log. */
START_TEST(test_check)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "log", NULL);
    static const char text[] = HEADER "junk" RUN HOST RUN END;
    g_autoptr(GError) error = NULL;
    guint64 insns = 0;

    ck_assert(!rrlog_check(path, 12, &insns, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE));
    ck_assert(g_file_set_contents(path, text, sizeof(text) - 1, NULL));
    ck_assert(rrlog_check(path, 16, &insns, NULL));
    ck_assert_uint_eq(insns, 52);
    g_clear_error(&error);
    ck_assert(!rrlog_check(path, 12, &insns, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING));
    ck_assert(!rrlog_check(path, G_MAXINT64, &insns, NULL));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_walk, 0, G_N_ELEMENTS(walks));
    tcase_add_test(tcase, test_check);
    tcase_add_loop_test(tcase, test_find, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_odd);
}

int main(void)
{
    return temp_run("rrlog", add_tests);
}
