/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words: a table of lines with the words they hold, or with none where the line is wrong.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/words.h"

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
    tcase_add_test(tcase, json);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
