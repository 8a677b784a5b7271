/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The line reader: rows of what a program wrote with the lines that come of it, then the bounds.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/line-reader.h"

static void on_line(const char *line, gpointer user_data)
{
    g_string_append_printf(user_data, "[%s]", line);
}

static const struct {
    const char *bytes, *lines;
} rows[] = {
    {"one\ntwo\r\n\n \nthree", "[one][two][three]"},
    {"\x1b[2J\x07red\x7f\n", "[[2J red]"},
    {"a\xc2\x9b"
     "b\xe2\x80\xae"
     "c\xe2\x80\xa8"
     "d\n",
     "[a b c d]"}, /* CSI, RLO, LS */
    {"\xff\xfe\n", "[\xef\xbf\xbd\xef\xbf\xbd]"},
    {"\xc3\xa4\n", "[\xc3\xa4]"},
};

START_TEST(test_rows)
{
    g_autoptr(GString) whole = g_string_new(NULL);
    g_autoptr(GString) bytewise = g_string_new(NULL);
    g_autoptr(LineReader) at_once = line_reader_new(on_line, whole);
    g_autoptr(LineReader) by_byte = line_reader_new(on_line, bytewise);
    gsize len = strlen(rows[_i].bytes);

    line_reader_feed(at_once, rows[_i].bytes, len, 1);
    line_reader_end(at_once, 1);
    ck_assert_str_eq(whole->str, rows[_i].lines);
    for (gsize i = 0; i < len; i++)
        line_reader_feed(by_byte, &rows[_i].bytes[i], 1, 1);
    line_reader_end(by_byte, 1);
    ck_assert_str_eq(bytewise->str, rows[_i].lines);
}
END_TEST

START_TEST(test_long_line)
{
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autoptr(LineReader) reader = line_reader_new(on_line, lines);
    g_autofree char *most = g_strnfill(LINE_READER_MAX_LINE, 'x');
    g_autofree char *wanted = g_strdup_printf("[%s][%s...][y]", most, most);

    line_reader_feed(reader, most, LINE_READER_MAX_LINE, 1);
    line_reader_feed(reader, "\n", 1, 1);
    for (int i = 0; i < 1000; i++)
        line_reader_feed(reader, most, LINE_READER_MAX_LINE, 1);
    line_reader_feed(reader, "\ny\n", 3, 1);
    ck_assert_str_eq(lines->str, wanted);
}
END_TEST

static void count(const char *line, gpointer user_data)
{
    (void)line;
    ++*(guint *)user_data;
}

static void last(const char *line, gpointer user_data)
{
    g_string_assign(user_data, line);
}

START_TEST(test_rate)
{
    guint lines = 0;
    g_autoptr(LineReader) reader = line_reader_new(count, &lines);

    for (guint i = 0; i < 1000; i++)
        line_reader_feed(reader, "x\n", 2, G_USEC_PER_SEC);
    ck_assert_uint_eq(lines, LINE_READER_BURST);
    for (guint i = 0; i < 1000; i++)
        line_reader_feed(reader, "x\n", 2, 2 * G_USEC_PER_SEC);
    ck_assert_uint_eq(lines, LINE_READER_BURST + LINE_READER_RATE + 1); /* and what was left out */
}
END_TEST

START_TEST(test_left_out)
{
    g_autoptr(GString) line = g_string_new(NULL);
    g_autoptr(LineReader) reader = line_reader_new(last, line);

    for (guint i = 0; i < LINE_READER_BURST + 7; i++)
        line_reader_feed(reader, "x\n", 2, 1);
    ck_assert_str_eq(line->str, "x");
    line_reader_end(reader, 1);
    ck_assert_str_eq(line->str, "(7 lines were left out: too many at once)");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("line-reader");
    TCase *tcase = tcase_create("line-reader");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_rows, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_long_line);
    tcase_add_test(tcase, test_rate);
    tcase_add_test(tcase, test_left_out);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
