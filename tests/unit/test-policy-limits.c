/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy's limits, and a storm of any inputs in any order.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/policy.h"

typedef struct {
    int at; /* seconds */
    PolicyInputType type;
    gint32 action;
    const char *text;
    guint64 token;
} Step;

static void feed(Policy *policy, const Step *step, PolicyMode mode, PolicyOutput *output)
{
    Hypercall request = {.action = step->action, .token = step->token};
    PolicyInput input = {.type = step->type,
                         .now = (gint64)step->at * G_USEC_PER_SEC,
                         .mode = mode,
                         .request = &request};

    if (step->text)
        g_strlcpy(request.text, step->text, sizeof(request.text));
    policy_step(policy, &input, output);
}

static void set_mode(Policy *policy, PolicyMode mode)
{
    Step step = {.at = 0, .type = POLICY_MODE};
    PolicyOutput output;

    feed(policy, &step, mode, &output);
}

static gint32 ask(Policy *policy, int at, gint32 action, const char *text, guint64 token)
{
    Step step = {.at = at, .type = POLICY_REQUEST, .action = action, .text = text, .token = token};
    PolicyOutput output;

    feed(policy, &step, 0, &output);
    return output.answer;
}

static void tell(Policy *policy, int at, PolicyInputType type)
{
    Step step = {.at = at, .type = type};
    PolicyOutput output;

    feed(policy, &step, 0, &output);
}

START_TEST(test_sessions_bounded)
{
    PolicyOptions options = {.sessions = TRUE};
    Policy policy;

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    for (guint i = 0; i < POLICY_SESSIONS_MAX; i++) {
        ck_assert_int_eq(ask(&policy, 1, HYPERCALL_OPEN, "a", i + 1),
                         i ? HYPERCALL_NOOP : HYPERCALL_STARTED);
    }
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_OPEN, "a", 999), HYPERCALL_ERROR);
    tell(&policy, 1, POLICY_BEGUN);
    for (guint i = POLICY_SESSIONS_MAX; i > 0; i--) {
        ck_assert_int_eq(ask(&policy, 1, HYPERCALL_CLOSE, "a", i),
                         i > 1 ? HYPERCALL_NOOP : HYPERCALL_STOPPED);
    }
}
END_TEST

/* Sessions that never say that they close, as killed ones, don't take the places of later ones. */
START_TEST(test_stale_sessions)
{
    PolicyOptions options = {.sessions = TRUE, .timeout = 5};
    Policy policy;

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    for (guint i = 0; i < 2 * POLICY_SESSIONS_MAX; i++) {
        int at = 1 + 10 * (int)i;

        ck_assert_int_eq(ask(&policy, at, HYPERCALL_OPEN, "a", i + 1), HYPERCALL_STARTED);
        tell(&policy, at, POLICY_BEGUN);
        tell(&policy, at + 5, POLICY_TICK);
        tell(&policy, at + 6, POLICY_ENDED);
    }
    ck_assert_int_eq(ask(&policy, 9999, HYPERCALL_CLOSE, "a", POLICY_SESSIONS_MAX), HYPERCALL_NOOP);
}
END_TEST

START_TEST(test_starts_limited)
{
    PolicyOptions options = {.sessions = FALSE};
    Policy policy;
    Step more = {5, POLICY_REQUEST, HYPERCALL_TOGGLE, "a", 0};
    Step status = {5, POLICY_REQUEST, HYPERCALL_STATUS, "", 0};
    PolicyOutput output;
    guint started = 0;

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    while (started < 1000 && ask(&policy, 1, HYPERCALL_TOGGLE, "a", 0) == HYPERCALL_STARTED) {
        started++;
        tell(&policy, 1, POLICY_BEGUN);
        ask(&policy, 1, HYPERCALL_TOGGLE, "a", 0);
        tell(&policy, 1, POLICY_ENDED);
    }
    ck_assert_uint_ge(started, POLICY_START_BURST);
    ck_assert_uint_le(started, POLICY_START_BURST + 1);
    ck_assert_int_eq(ask(&policy, 5, HYPERCALL_TOGGLE, "a", 0), HYPERCALL_ERROR);
    feed(&policy, &more, 0, &output);
    ck_assert_int_eq(output.answer, HYPERCALL_ERROR);
    ck_assert_ptr_nonnull(strstr(output.complaint, "more recordings than one in six seconds"));
    feed(&policy, &status, 0, &output);
    ck_assert_ptr_null(output.complaint);
    ck_assert_int_eq(ask(&policy, 8, HYPERCALL_TOGGLE, "a", 0), HYPERCALL_STARTED);
}
END_TEST

START_TEST(test_marks_limited)
{
    PolicyOptions options = {.sessions = FALSE};
    Policy policy;
    guint marks = 0;

    policy_init(&policy, &options, G_USEC_PER_SEC);
    tell(&policy, 1, POLICY_HOST_BEGAN);
    while (marks < 1000 && ask(&policy, 1, HYPERCALL_MARK, "m", 0) == HYPERCALL_PENDING)
        marks++;
    ck_assert_uint_eq(marks, POLICY_MARK_BURST);
    ck_assert_int_eq(ask(&policy, 2, HYPERCALL_MARK, "m", 0), HYPERCALL_PENDING);
}
END_TEST

START_TEST(test_long_name_is_cut)
{
    PolicyOptions options = {.sessions = FALSE};
    Hypercall request = {.action = HYPERCALL_TOGGLE};
    PolicyInput input = {.type = POLICY_REQUEST, .now = G_USEC_PER_SEC, .request = &request};
    PolicyOutput output;
    Policy policy;

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    memset(request.text, 'n', HYPERCALL_TEXT_MAX - 1);
    policy_step(&policy, &input, &output);
    ck_assert_uint_eq(strlen(output.actions[0].text), HYPERCALL_TEXT_MAX - 1);
    ck_assert(g_str_has_suffix(output.actions[0].text, "n_000"));
}
END_TEST

static gboolean is_outcome(PolicyPhase phase, PolicyInputType type)
{
    return phase == POLICY_STARTING   ? type == POLICY_BEGUN || type == POLICY_BEGIN_FAILED
           : phase == POLICY_STOPPING ? type == POLICY_ENDED || type == POLICY_END_FAILED
                                      : FALSE;
}

/* Any inputs in any order: no crash, never more actions than promised, and begin and end always
 * take turns as long as each is answered once. */
START_TEST(test_storm)
{
    static const gint32 actions[] = {HYPERCALL_TOGGLE, HYPERCALL_OPEN,  HYPERCALL_CLOSE,
                                     HYPERCALL_PROBE,  HYPERCALL_START, HYPERCALL_STOP,
                                     HYPERCALL_STATUS, HYPERCALL_MARK};
    g_autoptr(GRand) rand = g_rand_new_with_seed((guint32)_i);
    PolicyOptions options = {.sessions = (_i & 1) != 0, .timeout = (_i & 2) ? 1 : 0};
    Policy policy;
    guint out = 0; /* begins and ends that wait for their outcome */

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    for (int i = 0; i < 20000; i++) {
        gboolean request = g_rand_int_range(rand, 0, 3) > 0;
        Step step = {
            .at = 1 + i / 8,
            .type =
                request ? POLICY_REQUEST
                : out   ? (PolicyInputType)g_rand_int_range(rand, POLICY_BEGUN, POLICY_TICK + 1)
                      : (PolicyInputType)g_rand_int_range(rand, POLICY_HOST_BEGAN, POLICY_TICK + 1),
            .action = actions[g_rand_int_range(rand, 0, G_N_ELEMENTS(actions))],
            .text = g_rand_int_range(rand, 0, 9) ? "n" : "",
            .token = (guint64)g_rand_int_range(rand, 0, 4)};
        PolicyPhase before = policy.phase;
        PolicyOutput output;

        feed(&policy, &step, 0, &output);
        ck_assert_uint_le(output.n_actions, POLICY_ACTIONS_MAX);
        ck_assert_uint_le(policy.n_intents, POLICY_INTENTS_MAX);
        if (is_outcome(before, step.type))
            out = 0;
        for (guint j = 0; j < output.n_actions; j++) {
            if (output.actions[j].type <= POLICY_END) {
                ck_assert_uint_eq(out, 0);
                out++;
            }
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy-limits");
    TCase *tcase = tcase_create("policy-limits");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_sessions_bounded);
    tcase_add_test(tcase, test_stale_sessions);
    tcase_add_test(tcase, test_starts_limited);
    tcase_add_test(tcase, test_marks_limited);
    tcase_add_test(tcase, test_long_name_is_cut);
    tcase_add_loop_test(tcase, test_storm, 0, 16);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
