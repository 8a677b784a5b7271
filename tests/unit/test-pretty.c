/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON for people: what stands on one line and what doesn't, order and digits, escapes and widths
 * of characters, colours, and that neither depth nor size hurts.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/ui/output/output-style.h"

static char *pretty(const char *text, OutputForm form)
{
    GString *out = g_string_new(NULL);

    output_pretty(out, &form, (JsonSlice){text, strlen(text)});
    return g_string_free(out, FALSE);
}

static const struct {
    guint width;
    const char *text, *wanted;
} cases[] = {
    {80, "{}", "{}"},
    {80, " [ ] ", "[]"},
    {80, "null", "null"},
    {80, "\"x\"", "\"x\""},
    {80, "{\"running\":true,\"status\":\"running\"}",
     "{\"running\": true, \"status\": \"running\"}"},
    /* 19 columns fit into 20 with the comma that may follow, 20 don't. */
    {20, "[\"12345\",1,2,34]", "[\"12345\", 1, 2, 34]"},
    {20, "[\"12345\",1,2,345]", "[\n  \"12345\",\n  1,\n  2,\n  345\n]"},
    {20, "{\"a\": [1,2,3], \"b\": {\"c\": 4}, \"d\": []}",
     "{\n  \"a\": [1, 2, 3],\n  \"b\": {\"c\": 4},\n  \"d\": []\n}"},
    {20, "[[1, 2, 3, 4, 5, 6, 7, 8]]",
     "[\n  [\n    1,\n    2,\n    3,\n    4,\n    5,\n    6,\n    7,\n    8\n  ]\n]"},
    /* What is too long for any line stays whole. */
    {20, "\"a string that is longer than the line\"", "\"a string that is longer than the line\""},
    {20, "{\"a key that is longer than the line\": {}}",
     "{\n  \"a key that is longer than the line\": {}\n}"},
    /* The peer's order, duplicates, digits. */
    {80, "{\"b\": 1, \"a\": 2, \"b\": 3}", "{\"b\": 1, \"a\": 2, \"b\": 3}"},
    {80, "[18446744073709551615, -9223372036854775809, 1.10, 1E+2, -0]",
     "[18446744073709551615, -9223372036854775809, 1.10, 1E+2, -0]"},
    /* Characters that print stand for themselves, others don't reach the terminal. */
    {80, "\"\\u00e9\\u20ac \\ud83d\\ude00\"", "\"\xc3\xa9\xe2\x82\xac \xf0\x9f\x98\x80\""},
    {80, "\"\\u001b[2J \\n\\t\\\\ \\\" \\/ \\u007f\\u009b\"",
     "\"\\u001b[2J \\n\\t\\\\ \\\" / \\u007f\\u009b\""},
    {80, "\"\\u202e\\u200b\\ufeff\\u2028\"", "\"\\u202e\\u200b\\ufeff\\u2028\""},
    {80, "\"\\udb40\\udc01\"", "\"\\udb40\\udc01\""},
    {80, "{\"\\u001b]0;x\\u0007\": 1}", "{\"\\u001b]0;x\\u0007\": 1}"},
    /* Wide characters take two columns, marks none: 19 columns fit, 21 don't. */
    {20, "[\"\\u6f22\\u6f22\\u6f22\\u6f22\\u6f22\\u6f22\", 1]",
     "[\"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\", 1]"},
    {20, "[\"\\u6f22\\u6f22\\u6f22\\u6f22\\u6f22\\u6f22\\u6f22\", 1]",
     "[\n  \"\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\xe6\xbc\xa2\""
     ",\n  1\n]"},
    {20, "[\"1234567890e\\u0301\", 2]", "[\"1234567890e\xcc\x81\", 2]"},
};

START_TEST(layout)
{
    g_autofree char *got = pretty(cases[_i].text, (OutputForm){.width = cases[_i].width});

    ck_assert_str_eq(got, cases[_i].wanted);
}
END_TEST

START_TEST(colours)
{
    OutputForm form = {.width = 80, .colour = TRUE};
    g_autofree char *got = pretty("{\"a\": [\"s\", 1, true, null]}", form);

    ck_assert_str_eq(got, "{\033[36m\"a\"\033[0m: [\033[32m\"s\"\033[0m, \033[33m1\033[0m, "
                          "\033[35mtrue\033[0m, \033[2mnull\033[0m]}");
}
END_TEST

/* Colours take no columns: a text breaks where it would without. */
START_TEST(colours_width)
{
    const char *text = "{\"a\": [1, 2, 3], \"b\": {\"c\": \"d\"}, \"e\": [[], [1], [2]]}";
    g_autofree char *plain = pretty(text, (OutputForm){.width = 24});
    g_autofree char *coloured = pretty(text, (OutputForm){.width = 24, .colour = TRUE});
    g_autoptr(GRegex) sgr = g_regex_new("\033\\[[0-9;]*m", 0, 0, NULL);
    g_autofree char *stripped = g_regex_replace_literal(sgr, coloured, -1, 0, "", 0, NULL);

    ck_assert_str_ne(plain, coloured);
    ck_assert_str_eq(stripped, plain);
}
END_TEST

START_TEST(one_line)
{
    g_autofree char *long_text = g_strnfill(500, 'x');
    g_autofree char *text = g_strdup_printf("{\"a\":[\"%s\",{\"b\":[]}]}", long_text);
    g_autofree char *wanted = g_strdup_printf("{\"a\": [\"%s\", {\"b\": []}]}", long_text);
    g_autoptr(GString) out = g_string_new(NULL);
    OutputForm form = {.width = 20};

    output_pretty_line(out, &form, (JsonSlice){text, strlen(text)});
    ck_assert_str_eq(out->str, wanted);
}
END_TEST

START_TEST(depth)
{
    g_autofree char *open = g_strnfill(JSON_MAX_DEPTH, '[');
    g_autofree char *close = g_strnfill(JSON_MAX_DEPTH, ']');
    g_autofree char *text = g_strconcat(open, "1234567", close, NULL);
    g_autofree char *got = pretty(text, (OutputForm){.width = 80});
    g_auto(GStrv) lines = g_strsplit(got, "\n", -1);

    /* The innermost 36 fit on a line; no line is indented beyond half a screen. */
    ck_assert_uint_gt(g_strv_length(lines), 2 * (JSON_MAX_DEPTH - 40));
    for (char **line = lines; *line; line++)
        ck_assert_uint_le(strlen(*line), 120);
    g_strdelimit(got, "\n ", ' ');
    for (char *from = got, *to = got; (*to = *from); from++)
        to += *from != ' ';
    ck_assert_str_eq(got, text);
}
END_TEST

/* Twice the text takes about twice the time, whatever it looks like; it must end at all. */
START_TEST(size)
{
    static const char *const parts[] = {"[]", "[[[[[[[[[[[[1]]]]]]]]]]]]", "{\"a\": {\"b\": {}}}",
                                        "\"\\u0301\\u0301\\u0301\\u0301\\u0301\\u0301\""};
    GString *text = g_string_new("[");
    g_autofree char *got = NULL, *whole = NULL;

    while (text->len < 512 << 10)
        g_string_append_printf(text, "%s%s", text->len > 1 ? "," : "", parts[_i]);
    g_string_append_c(text, ']');
    whole = g_string_free(text, FALSE);
    got = pretty(whole, (OutputForm){.width = 80});
    ck_assert(g_str_has_suffix(got, "\n]"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pretty");
    TCase *tcase = tcase_create("pretty");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, layout, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, colours);
    tcase_add_test(tcase, colours_width);
    tcase_add_test(tcase, one_line);
    tcase_add_test(tcase, depth);
    tcase_add_loop_test(tcase, size, 0, 4);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
