/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ConsoleReader: each byte once, in pieces, whenever the file comes and goes.
 */
#include "qmpbridge/replay/console-reader.h"

#include "tests/unit/temp.h"

typedef struct {
    GString *text;
    gsize longest;
} Got;

static void came(const char *bytes, gsize len, gpointer user_data)
{
    Got *got = user_data;

    ck_assert_uint_gt(len, 0);
    g_string_append_len(got->text, bytes, (gssize)len);
    got->longest = MAX(got->longest, len);
}

static void append(const char *path, const char *text, gsize len)
{
    FILE *file = fopen(path, "ae");

    ck_assert_uint_eq(fwrite(text, 1, len, file), len);
    ck_assert_int_eq(fclose(file), 0);
}

START_TEST(test_grows)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "console", NULL);
    g_autofree char *much = g_strnfill(1 << 20, 'x');
    Got got = {.text = g_string_new(NULL)};
    g_autoptr(ConsoleReader) reader = console_reader_new(path, came, &got);

    console_reader_read(reader); /* it isn't there yet */
    ck_assert_str_eq(got.text->str, "");
    append(path, "boot", 4);
    console_reader_read(reader);
    console_reader_read(reader);
    ck_assert_str_eq(got.text->str, "boot");
    append(path, "\0ing", 4);
    console_reader_read(reader);
    ck_assert_uint_eq(got.text->len, 8);
    g_string_truncate(got.text, 0);
    append(path, much, 1 << 20);
    ck_assert_int_eq(unlink(path), 0);
    console_reader_read(reader);
    ck_assert_uint_eq(got.text->len, 1 << 20);
    ck_assert_uint_le(got.longest, 64 << 10);
    g_string_free(got.text, TRUE);
}
END_TEST

/* What isn't a plain file isn't read: nothing is waited for. */
START_TEST(test_odd)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "console", NULL);
    Got got = {.text = g_string_new(NULL)};
    g_autoptr(ConsoleReader) reader = console_reader_new(path, came, &got);

    if (_i)
        ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    else
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    console_reader_read(reader);
    ck_assert_uint_eq(got.text->len, 0);
    g_string_free(got.text, TRUE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_grows);
    tcase_add_loop_test(tcase, test_odd, 0, 2);
}

int main(void)
{
    return temp_run("console-reader", add_tests);
}
