/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Distances of words, and which one of several is suggested.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/suggest.h"

static const struct {
    const char *a, *b;
    guint distance;
} distances[] = {
    {"", "", 0},
    {"abc", "abc", 0},
    {"abc", "", 3},
    {"", "ab", 2},
    {"abc", "abd", 1},
    {"abc", "ab", 1},
    {"abc", "xabc", 1},
    {"abc", "acb", 1},
    {"ca", "abc", 3},
    {"ABC", "abc", 0},
    {"a_b", "a-b", 0},
    {"kitten", "sitting", 3},
    {"drvier", "driver", 1},
};

START_TEST(test_distance)
{
    ck_assert_uint_eq(suggest_distance(distances[_i].a, distances[_i].b), distances[_i].distance);
    ck_assert_uint_eq(suggest_distance(distances[_i].b, distances[_i].a), distances[_i].distance);
}
END_TEST

/* @best: of query-block, query-blockstats, device_add, device_del, stop, cont, system_reset. */
static const struct {
    const char *word, *best;
} words[] = {
    {"query-blok", "query-block"},
    {"query_block", "query-block"},
    {"QUERY-BLOCK", "query-block"},
    {"query-blockstat", "query-blockstats"},
    {"device-ad", "device_add"},
    {"system", "system_reset"},
    {"stop", NULL},
    {"cont", NULL},
    {"sotp", "stop"},
    {"cnt", "cont"},
    {"c", NULL},
    {"", NULL},
    {"nothing", NULL},
    {"xyz", NULL},
};

START_TEST(test_best)
{
    static const char *const offers[] = {
        "query-block", "query-blockstats", "device_add", "device_del", "stop",
        "cont",        "system_reset"};
    Suggest suggest = {.word = words[_i].word};

    for (guint i = 0; i < G_N_ELEMENTS(offers); i++)
        suggest_offer(&suggest, offers[i]);
    suggest_offer(&suggest, NULL);
    ck_assert_pstr_eq(suggest.best, words[_i].best);
}
END_TEST

/* Of equally near words two are named, each once. */
START_TEST(test_meant)
{
    static const char *const offers[] = {"stop", "step", "step", "stoop", "setup"};
    g_autofree char *both = NULL, *one = NULL, *none = NULL;
    Suggest tie = {.word = "st0p"}, single = {.word = "stoop"}, far = {.word = "xyz"};

    for (guint i = 0; i < G_N_ELEMENTS(offers); i++) {
        suggest_offer(&tie, offers[i]);
        suggest_offer(&single, offers[i]);
        suggest_offer(&far, offers[i]);
    }
    both = suggest_meant(&tie);
    one = suggest_meant(&single);
    none = suggest_meant(&far);
    ck_assert_str_eq(both, "'stop' or 'step'");
    ck_assert_str_eq(one, "'stop'");
    ck_assert_ptr_null(none);
}
END_TEST

START_TEST(test_long)
{
    char word[SUGGEST_MAX + 2] = "", longest[SUGGEST_MAX + 1] = "";
    Suggest suggest = {.word = word};

    memset(word, 'a', SUGGEST_MAX + 1);
    memset(longest, 'b', SUGGEST_MAX);
    ck_assert_uint_eq(suggest_distance(word, "a"), G_MAXUINT);
    ck_assert_uint_eq(suggest_distance("a", word), G_MAXUINT);
    ck_assert_uint_eq(suggest_distance(longest, longest), 0);
    suggest_offer(&suggest, longest);
    ck_assert_ptr_null(suggest.best);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("suggest");
    TCase *tcase = tcase_create("suggest");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, test_distance, 0, G_N_ELEMENTS(distances));
    tcase_add_loop_test(tcase, test_best, 0, G_N_ELEMENTS(words));
    tcase_add_test(tcase, test_meant);
    tcase_add_test(tcase, test_long);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
