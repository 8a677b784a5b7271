/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words: a table of lines with the words they hold, or with none where the line is wrong.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/language/words.h"

/* Words joined by '|'; NULL: an error. */
static const struct {
    const char *line, *words;
} cases[] = {
    {"", ""},
    {"   \t ", ""},
    {"# a comment's apostrophe", ""},
    {"a", "a"},
    {"  a  b\tc ", "a|b|c"},
    {"a # b", "a"},
    {"a b#c", "a|b#c"},
    {"a 'b c' \"d e\"", "a|b c|d e"},
    {"a\\ b", "a b"},
    {"a ''", "a|"},
    {"x='a b'", "x=a b"},
    {"$HOME `id` $(id) *", "$HOME|`id`|$(id)|*"},
    {"a={\"b\": \"c d\"}", "a={\"b\": \"c d\"}"},
    {"a=[1, 2] b", "a=[1, 2]|b"},
    {"a={'b': ']}'} c", "a={'b': ']}'}|c"},
    {"a={\"b\": \"\\\"}\"}", "a={\"b\": \"\\\"}\"}"},
    {"a=[[{}], []]", "a=[[{}], []]"},
    {"a=\"[\" b", "a=[|b"},
    {"a[0]=1", "a[0]=1"},
    {"'a # b'", "a # b"},
    {"\xc3\xa9", "\xc3\xa9"},
    {"a 'b", NULL},
    {"a \"b", NULL},
    {"a\\", NULL},
    {"a={\"b\": 1", NULL},
    {"a=[\"]\"", NULL},
    {"a \\\n  b\\\nc \\\n", "a|bc"},
    {"\xff", NULL},
};

START_TEST(line)
{
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) words = words_split(cases[_i].line, &error);
    g_autofree char *joined = words ? g_strjoinv("|", words) : NULL;

    ck_assert_pstr_eq(joined, cases[_i].words);
    ck_assert_int_eq(words == NULL, g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
}
END_TEST

/* Where words stand: "BEGIN-END" of each, in bytes. */
static const struct {
    const char *line, *places;
} places[] = {
    {"", ""},
    {"ab  c", "0-2 4-5"},
    {" 'a b' c", "1-6 7-8"},
    {"a={\"b\": 1} c # d", "0-10 11-12"},
    {"\xc3\xa9 b", "0-2 3-4"},
    {"a {\n1} b", "0-1 2-6 7-8"},
};

START_TEST(place)
{
    g_autoptr(Words) words = words_parse(places[_i].line, NULL);
    g_autoptr(GString) text = g_string_new(NULL);

    for (guint i = 0; i < words->count; i++)
        g_string_append_printf(text, "%s%zu-%zu", i ? " " : "", words->begin[i], words->end[i]);
    ck_assert_str_eq(text->str, places[_i].places);
}
END_TEST

/* Part of word 1 that is marked, and the column and length that come of it. */
static const struct {
    const char *line;
    gsize from, len;
    guint column, length;
} marks[] = {
    {"x key=value", 0, 3, 3, 3},   {"x key=value", 4, 5, 7, 5}, {"x key='a b'", 0, 3, 3, 3},
    {"x key='a b'", 4, 3, 7, 5},   {"x 'key=a b'", 4, 3, 3, 9}, {"x key={'a': 1}", 5, 3, 8, 3},
    {"x k\xc3\xa9=v", 4, 1, 6, 1}, {"x\n key=v", 4, 1, 6, 1},
};

START_TEST(mark)
{
    g_autoptr(Words) words = words_parse(marks[_i].line, NULL);
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "x");
    ErrorMark found;

    words_mark(words, 1, marks[_i].from, marks[_i].len, error);
    ck_assert(bridge_error_mark(error, &found));
    ck_assert_uint_eq(found.column, marks[_i].column);
    ck_assert_uint_eq(found.length, marks[_i].length);
}
END_TEST

/* What is wrong with a line, and the column of it. */
static const struct {
    const char *line, *message;
    guint column;
} faults[] = {
    {"a 'b", "the quote is never closed", 3},  {"a b=\"c", "the quote is never closed", 5},
    {"a b={ [", "the '{' is never closed", 5}, {"a [", "the '[' is never closed", 3},
    {"a \\", "a backslash ends the line", 3},
};

START_TEST(fault)
{
    g_autoptr(GError) error = NULL;
    ErrorMark found;

    ck_assert(!words_parse(faults[_i].line, &error));
    ck_assert_str_eq(error->message, faults[_i].message);
    ck_assert(bridge_error_mark(error, &found));
    ck_assert_uint_eq(found.column, faults[_i].column);
}
END_TEST

START_TEST(open_or_not)
{
    static const char *const open[] = {
        "a 'b", "a \"b", "a\\", "a={", "{\"execute\":", "a=[{}", "a={'}'", "# c\na {\n1,", "\"\\\"",
    };
    static const char *const closed[] = {
        "", "a", "a 'b'", "# 'c", "a # {", "a={}", "a={'{'}", "a]}", "a b[", "a=\"[\" b", "a {\n}",
    };

    for (guint i = 0; i < G_N_ELEMENTS(open); i++)
        ck_assert_msg(words_is_open(open[i]), "%s", open[i]);
    for (guint i = 0; i < G_N_ELEMENTS(closed); i++)
        ck_assert_msg(!words_is_open(closed[i]), "%s", closed[i]);
}
END_TEST

/* Words from elsewhere: the line that comes of them has the same words. */
START_TEST(quote)
{
    static const char *const texts[] = {"stop",           "a b",       "",      "it's",
                                        "x={\"a\": [1]}", "{\"a\":1}", "x={",   "#",
                                        "a=\"b\"",        "{}}",       "a=[]x", NULL};
    g_autoptr(Words) words = words_quote((char **)texts);
    g_autoptr(Words) again = words_parse(words->line, NULL);

    ck_assert(again != NULL);
    ck_assert_uint_eq(again->count, words->count);
    for (guint i = 0; i < words->count; i++) {
        ck_assert_str_eq(again->texts[i], texts[i]);
        ck_assert_uint_eq(again->begin[i], words->begin[i]);
        ck_assert_uint_eq(again->end[i], words->end[i]);
    }
}
END_TEST

START_TEST(quoted)
{
    g_autoptr(Words) words = words_parse("a=\"5\" a='5' \"a=5\" a=5", NULL);

    ck_assert(words_is_quoted(words, 0, 2));
    ck_assert(!words_is_quoted(words, 1, 2));
    ck_assert(!words_is_quoted(words, 2, 2));
    ck_assert(!words_is_quoted(words, 3, 2));
    ck_assert(!words_is_quoted(words, 4, 0));
    ck_assert(!words_is_quoted(NULL, 0, 0));
}
END_TEST

START_TEST(json)
{
    ck_assert(words_is_json(" \t{\"execute\":1}"));
    ck_assert(!words_is_json("a {}"));
    ck_assert(!words_is_json(""));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("words");
    TCase *tcase = tcase_create("words");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, line, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, place, 0, G_N_ELEMENTS(places));
    tcase_add_loop_test(tcase, mark, 0, G_N_ELEMENTS(marks));
    tcase_add_loop_test(tcase, fault, 0, G_N_ELEMENTS(faults));
    tcase_add_test(tcase, open_or_not);
    tcase_add_test(tcase, quote);
    tcase_add_test(tcase, quoted);
    tcase_add_test(tcase, json);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
