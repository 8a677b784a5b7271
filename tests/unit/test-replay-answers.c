/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay: the journal's answers in order, and what happens past its end or off its path.
 */
#include <check.h>
#include <stdlib.h>

#include "guest-agent/recctrl-hypercall.h"
#include "plugin/replay-answers.h"

static ReplayAnswers *replay_of(const JournalRun *runs, gsize n)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    JournalHeader header = {.target = "x86_64", .two_way = TRUE};
    Journal *journal;

    journal_append_header(bytes, &header);
    journal_append_runs(bytes, runs, n);
    journal = journal_parse(bytes->data, bytes->len, NULL);
    ck_assert_ptr_nonnull(journal);
    return replay_answers_new(journal);
}

START_TEST(test_in_order)
{
    static const JournalRun runs[] = {{301, 3, 1}, {303, 3, 2}, {303, 1, 1}};
    static const gint32 wanted[] = {3, 3, 3, 1};
    g_autoptr(ReplayAnswers) answers = replay_of(runs, G_N_ELEMENTS(runs));
    gint32 answer = 99;

    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++) {
        ck_assert_int_eq(replay_answers_next(answers, i == 0 ? 301 : 303, &answer), REPLAY_OK);
        ck_assert_int_eq(answer, wanted[i]);
        ck_assert_uint_eq(replay_answers_given(answers), i + 1);
    }
    for (guint i = 0; i < 3; i++) {
        ck_assert_int_eq(replay_answers_next(answers, 303, &answer), REPLAY_EXHAUSTED);
        ck_assert_int_eq(answer, HYPERCALL_ERROR);
    }
    ck_assert_uint_eq(replay_answers_given(answers), G_N_ELEMENTS(wanted));
}
END_TEST

START_TEST(test_other_request)
{
    static const JournalRun runs[] = {{301, 3, 1}, {303, 1, 1}};
    g_autoptr(ReplayAnswers) answers = replay_of(runs, G_N_ELEMENTS(runs));
    gint32 answer = 99;

    ck_assert_int_eq(replay_answers_next(answers, 302, &answer), REPLAY_DIVERGED);
    ck_assert_int_eq(answer, 3);
    ck_assert_int_eq(replay_answers_next(answers, 303, &answer), REPLAY_OK);
    ck_assert_int_eq(answer, 1);
}
END_TEST

START_TEST(test_empty)
{
    g_autoptr(ReplayAnswers) answers = replay_of(NULL, 0);
    gint32 answer = 99;

    ck_assert_int_eq(replay_answers_next(answers, 300, &answer), REPLAY_EXHAUSTED);
    ck_assert_int_eq(answer, HYPERCALL_ERROR);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("replay-answers");
    TCase *tcase = tcase_create("replay-answers");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_in_order);
    tcase_add_test(tcase, test_other_request);
    tcase_add_test(tcase, test_empty);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
