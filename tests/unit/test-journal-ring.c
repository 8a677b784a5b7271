/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The log between vCPUs and the journal's file: runs, the bound, and two threads at once.
 */
#include <check.h>
#include <stdlib.h>

#include "plugin/journal-ring.h"

START_TEST(test_runs)
{
    JournalRing *log = journal_ring_new();
    JournalRun runs[8];

    ck_assert_uint_eq(journal_ring_take(log, runs, 8, TRUE), 0);
    for (int i = 0; i < 1000; i++)
        journal_ring_append(log, 303, 3);
    ck_assert_uint_eq(journal_ring_take(log, runs, 8, FALSE), 0);
    journal_ring_append(log, 303, 1);
    ck_assert_uint_eq(journal_ring_take(log, runs, 8, FALSE), 1);
    ck_assert_uint_eq(runs[0].count, 1000);
    journal_ring_append(log, 304, 1);
    ck_assert_uint_eq(journal_ring_take(log, runs, 8, TRUE), 2);
    ck_assert_int_eq(runs[1].action, 304);
    journal_ring_append(log, 304, 1);
    ck_assert_uint_eq(journal_ring_take(log, runs, 8, TRUE), 1);
    ck_assert_uint_eq(runs[0].count, 1);
    journal_ring_free(log);
}
END_TEST

START_TEST(test_overflow)
{
    JournalRing *log = journal_ring_new();
    JournalRun run;
    guint woken = 0;

    for (guint i = 0; i < JOURNAL_RING_RUNS; i++)
        woken += (guint)journal_ring_append(log, (gint32)(i % 2), 0);
    ck_assert(!journal_ring_overflowed(log));
    ck_assert_uint_ge(woken, 2);
    /* One more of the same still fits into the last run. */
    journal_ring_append(log, (JOURNAL_RING_RUNS - 1) % 2, 0);
    ck_assert(!journal_ring_overflowed(log));
    ck_assert(journal_ring_append(log, 77, 0));
    ck_assert(journal_ring_overflowed(log));
    ck_assert_uint_eq(journal_ring_take(log, &run, 1, FALSE), 1);
    ck_assert(journal_ring_overflowed(log));
    /* There is room again, but behind a gap. */
    journal_ring_append(log, 78, 0);
    for (guint left = JOURNAL_RING_RUNS - 1; left > 0; left--)
        ck_assert_uint_eq(journal_ring_take(log, &run, 1, TRUE), 1);
    ck_assert_int_lt(run.action, 77);
    ck_assert_uint_eq(journal_ring_take(log, &run, 1, TRUE), 0);
    journal_ring_reset(log);
    ck_assert(!journal_ring_overflowed(log));
    ck_assert_uint_eq(journal_ring_take(log, &run, 1, TRUE), 0);
    journal_ring_free(log);
}
END_TEST

#define ANSWERS 3000000

static gpointer produce(gpointer data)
{
    /* Runs of 64: all of them fit, however slow the consumer is. */
    for (gint32 i = 0; i < ANSWERS; i++)
        journal_ring_append(data, i / 64, 1);
    return NULL;
}

/* All that comes out is in order and complete, up to an overflow, which must be noticed. */
START_TEST(test_two_threads)
{
    JournalRing *log = journal_ring_new();
    GThread *producer = g_thread_new("producer", produce, log);
    JournalRun runs[64];
    gint32 next = 0;
    guint64 answers = 0;
    gboolean last = FALSE;

    while (!journal_ring_overflowed(log)) {
        gsize n = journal_ring_take(log, runs, G_N_ELEMENTS(runs), last);

        for (gsize i = 0; i < n; i++) {
            ck_assert_int_eq(runs[i].action, next++);
            answers += runs[i].count;
        }
        if (last && n == 0)
            break;
        if (!last && next == ANSWERS / 64 - 1) {
            g_thread_join(g_steal_pointer(&producer));
            last = TRUE;
        }
    }
    ck_assert(journal_ring_overflowed(log) || answers == ANSWERS);
    if (producer)
        g_thread_join(producer);
    journal_ring_free(log);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal-ring");
    TCase *tcase = tcase_create("journal-ring");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_runs);
    tcase_add_test(tcase, test_overflow);
    tcase_add_test(tcase, test_two_threads);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
