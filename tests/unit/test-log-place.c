/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far QEMU's log has come: found in the state of devices, and in nothing that only looks like
 * it.
 */
#include "qmpbridge/engine/qemu/log-place.h"

#include "tests/unit/temp.h"

#define TIMER "QEVM\0\0\0\3\4\0\0\0\0\5timer\0\0\0\0\0\0\0\2timer's"
#define NAME "\4\0\0\0\1\6replay\0\0\0\0"
#define CLOCKS "0123456789abcdef"
#define COUNT "\0\0\0\1\2\3\4\5"
#define OFFSET "\0\0\0\0\0\1\x86\xf0"
#define WHOLE NAME "\0\0\0\3" CLOCKS COUNT "0123456789abc" OFFSET

static const struct {
    const char *bytes;
    gsize len;
    gboolean found;
} rows[] = {
#define ROW(bytes, found)               \
    {                                   \
        bytes, sizeof(bytes) - 1, found \
    }
    ROW(TIMER WHOLE "more", TRUE),
    ROW(WHOLE, TRUE),
    ROW("\6replay\6replay" WHOLE, TRUE),                                   /* no section's head */
    ROW(NAME "\0\0\0\4" CLOCKS COUNT "0123456789abc" OFFSET, FALSE),       /* another version */
    ROW(NAME "\0\0\0\4" CLOCKS COUNT "0123456789abc" OFFSET WHOLE, FALSE), /* only the first */
    ROW(NAME "\0\0\0\3" CLOCKS COUNT "0123456789abc"
             "\0\0\0\0\0\0\0",
        FALSE), /* cut */
    ROW(TIMER, FALSE),
    ROW("", FALSE),
};

static void check(gboolean found, const LogPlace *place)
{
    ck_assert_int_eq(found, TRUE);
    ck_assert_uint_eq(place->icount, G_GUINT64_CONSTANT(0x102030405));
    ck_assert_uint_eq(place->offset, 100080);
}

START_TEST(test_find)
{
    /* As long as it is, so that a read beyond it is seen. */
    g_autofree guint8 *bytes = g_memdup2(rows[_i].bytes, rows[_i].len);
    LogPlace place;
    gboolean found = log_place_find(bytes, rows[_i].len, &place);

    if (rows[_i].found)
        check(found, &place);
    else
        ck_assert(!found);
}
END_TEST

START_TEST(test_read)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "devices", NULL);
    LogPlace place;

    ck_assert(g_file_set_contents(path, rows[0].bytes, (gssize)rows[0].len, NULL));
    check(log_place_read(path, &place), &place);
    ck_assert(!log_place_read(dir, &place));
    ck_assert(!log_place_read("/nonesuch", &place));
}
END_TEST

/* What comes late isn't it: a guest might have written it. */
START_TEST(test_far)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    LogPlace place;

    g_byte_array_set_size(bytes, 4096);
    memset(bytes->data, 0, bytes->len);
    g_byte_array_append(bytes, (const guint8 *)rows[0].bytes, (guint)rows[0].len);
    ck_assert(!log_place_find(bytes->data, bytes->len, &place));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_find, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_read);
    tcase_add_test(tcase, test_far);
}

int main(void)
{
    return temp_run("log-place", add_tests);
}
