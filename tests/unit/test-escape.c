/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escaping: hostile texts and what a terminal gets of them; and no byte at all gets through that
 * could drive it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/ui/output/escape.h"

static const struct {
    const char *text;
    gsize len; /* 0: strlen */
    const char *line, *console;
} cases[] = {
    {"", 0, "", ""},
    {"plain text", 0, "plain text", "plain text"},
    {"a\r\nb\tc\n", 0, "a\\r\\nb\\tc\\n", "a\nb\tc\n"},
    {"\033[2J\033]0;x\007", 0, "\\x1b[2J\\x1b]0;x\\x07", "\\x1b[2J\\x1b]0;x\\x07"},
    {"C:\\x", 0, "C:\\\\x", "C:\\x"},
    {"a\0b", 3, "a\\x00b", "a\\x00b"},
    {"\x7f", 0, "\\x7f", "\\x7f"},
    {"\xc3\xa9\xe2\x82\xac", 0, "\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac"},
    {"\xc2\x9b"
     "31m",
     0, "\\u{9b}31m", "\\u{9b}31m"},
    {"\xe2\x80\xae"
     "abc",
     0, "\\u{202e}abc", "\\u{202e}abc"},
    {"\xe2\x81\xa6", 0, "\\u{2066}", "\\u{2066}"},
    {"\xff\xfe", 0, "\\xff\\xfe", "\\xff\\xfe"},
    {"\xe2\x82", 0, "\\xe2\\x82", "\\xe2\\x82"},
    {"\xc0\xaf", 0, "\\xc0\\xaf", "\\xc0\\xaf"},
};

START_TEST(text)
{
    gsize len = cases[_i].len ? cases[_i].len : strlen(cases[_i].text);
    g_autofree char *line = escape_text(cases[_i].text, (gssize)len);
    g_autofree char *console = escape_console(cases[_i].text, len);

    ck_assert_str_eq(line, cases[_i].line);
    ck_assert_str_eq(console, cases[_i].console);
}
END_TEST

START_TEST(every_pair_of_bytes)
{
    for (guint a = 0; a < 256; a++) {
        for (guint b = 0; b < 256; b++) {
            const char bytes[] = {(char)a, (char)b};
            g_autofree char *line = escape_text(bytes, 2);

            ck_assert(g_utf8_validate(line, -1, NULL));
            for (const char *at = line; *at; at = g_utf8_next_char(at))
                ck_assert(g_unichar_isprint(g_utf8_get_char(at)));
        }
    }
}
END_TEST

START_TEST(nothing)
{
    g_autofree char *line = escape_text(NULL, -1);

    ck_assert_str_eq(line, "");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("escape");
    TCase *tcase = tcase_create("escape");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, text, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, every_pair_of_bytes);
    tcase_add_test(tcase, nothing);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
