/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Back-off: the delays by table, the jitter's bounds, what makes it begin anew.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/backoff.h"

/* What happens in turn: "u": the peer is there; "s": it stays; "d": it goes. Then the base of the
 * last delay. */
static const struct {
    const char *story;
    guint base_ms;
} stories[] = {
    {"d", 250},
    {"dd", 500},
    {"ddd", 1000},
    {"dddd", 2000},
    {"ddddd", 4000},
    {"dddddd", 8000},
    {"ddddddd", 16000},
    {"dddddddd", 30000},
    {"dddddddddddd", 30000},
    {"ud", 250},
    {"udud", 500},
    {"ududud", 1000},
    {"dddusd", 250},
    {"usdusd", 250},
    {"dddddddddduswd", 250},
    {"ddddddddddud", 30000},
    {"dsd", 500},
    {"dusdd", 500},
};

START_TEST(test_stories)
{
    for (guint32 seed = 0; seed < 500; seed++) {
        Backoff backoff;
        gint64 now = 1000;
        guint ms = 0;

        backoff_init(&backoff, seed * 7919);
        for (const char *at = stories[_i].story; *at; at++) {
            if (*at == 'u')
                backoff_up(&backoff, now);
            else if (*at == 'd')
                ms = backoff_down(&backoff, now);
            now += *at == 's' ? BACKOFF_STABLE_US : 1000;
        }
        ck_assert_uint_le(ms, stories[_i].base_ms);
        ck_assert_uint_ge(ms, stories[_i].base_ms - stories[_i].base_ms / 8);
    }
}
END_TEST

/* Many that fail together don't come back together. */
START_TEST(test_jitter)
{
    guint distinct = 0;
    gboolean seen[BACKOFF_FIRST_MS + 1] = {FALSE};

    for (guint32 seed = 0; seed < 200; seed++) {
        Backoff backoff;
        guint ms;

        backoff_init(&backoff, seed * 2654435761u);
        ms = backoff_down(&backoff, 0);
        distinct += !seen[ms];
        seen[ms] = TRUE;
    }
    ck_assert_uint_ge(distinct, 20);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("backoff");
    TCase *tcase = tcase_create("backoff");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_stories, 0, G_N_ELEMENTS(stories));
    tcase_add_test(tcase, test_jitter);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
