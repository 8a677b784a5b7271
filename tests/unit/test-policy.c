/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy by tables: a scene is a list of steps, each an input with the answer and the actions
 * that must come of it. Time is in seconds and only what the step says.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/policy.h"

#define STEPS_MAX 24
#define ERR HYPERCALL_ERROR
#define NOP HYPERCALL_NOOP
#define STA HYPERCALL_STARTED
#define STO HYPERCALL_STOPPED
#define PEN HYPERCALL_PENDING

typedef struct {
    int at; /* seconds */
    PolicyInputType type;
    gint32 action;
    const char *text;
    guint64 token;
    gint32 answer;       /* of requests */
    const char *actions; /* "begin NAME", "end REASON", "mark TEXT", "quit", joined by "; " */
} Step;

typedef struct {
    const char *name;
    PolicyOptions options;
    Step steps[STEPS_MAX];
} Scene;

#define ASK(at, action, text, token, answer, actions)                        \
    {                                                                        \
        at, POLICY_REQUEST, HYPERCALL_##action, text, token, answer, actions \
    }
#define TELL(at, what, actions)                     \
    {                                               \
        at, POLICY_##what, 0, NULL, 0, ERR, actions \
    }
#define END_OF_SCENE               \
    {                              \
        -1, 0, 0, NULL, 0, 0, NULL \
    }

static const Scene scenes[] = {
    {"toggle starts and stops, and numbers",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""),
      ASK(2, TOGGLE, "ignored", 0, STO, "end requested"), TELL(2, ENDED, ""),
      ASK(3, TOGGLE, "a", 0, STA, "begin a_001"), TELL(3, BEGUN, ""),
      ASK(3, TOGGLE, "", 0, STO, "end requested"), TELL(3, ENDED, ""), END_OF_SCENE}},
    {"toggle with a bad name starts nothing",
     {0},
     {ASK(1, TOGGLE, "", 0, ERR, ""), ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), END_OF_SCENE}},
    {"session actions do nothing in toggle mode",
     {0},
     {ASK(1, OPEN, "a", 0, NOP, ""), ASK(1, CLOSE, "a", 0, NOP, ""),
      ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), END_OF_SCENE}},
    {"toggle does nothing in session mode",
     {.sessions = TRUE},
     {ASK(1, TOGGLE, "a", 0, NOP, ""), END_OF_SCENE}},
    {"a second toggle while starting gives a short recording",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, STATUS, "", 0, PEN, ""), TELL(2, BEGUN, "end requested"),
      ASK(2, STATUS, "", 0, PEN, ""), TELL(3, ENDED, ""), ASK(3, STATUS, "", 0, STO, ""),
      END_OF_SCENE}},
    {"four toggles while starting: two recordings",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, TOGGLE, "b", 0, STA, ""), ASK(1, TOGGLE, "b", 0, STO, ""),
      TELL(2, BEGUN, "end requested"), TELL(3, ENDED, "begin b_001"),
      TELL(4, BEGUN, "end requested"), TELL(5, ENDED, ""), END_OF_SCENE}},
    {"what can't be remembered is refused",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, TOGGLE, "a", 0, STA, ""), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, TOGGLE, "a", 0, STA, ""), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, TOGGLE, "a", 0, STA, ""), ASK(1, TOGGLE, "a", 0, STO, ""),
      ASK(1, TOGGLE, "a", 0, STA, ""), ASK(1, TOGGLE, "a", 0, ERR, ""),
      ASK(1, TOGGLE, "a", 0, ERR, ""), END_OF_SCENE}},
    {"a failed start takes its stop with it",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), ASK(1, TOGGLE, "a", 0, STO, ""),
      TELL(2, BEGIN_FAILED, ""), ASK(2, STATUS, "", 0, ERR, ""),
      ASK(3, TOGGLE, "b", 0, STA, "begin b_000"), TELL(3, BEGUN, ""),
      ASK(3, STATUS, "", 0, STA, ""), END_OF_SCENE}},
    {"nrec=1: no number, then quit, then refusal",
     {.max_recordings = 1},
     {ASK(1, TOGGLE, "only", 0, STA, "begin only"), TELL(1, BEGUN, ""),
      ASK(2, TOGGLE, "only", 0, STO, "end requested"), TELL(2, ENDED, "quit"),
      ASK(3, TOGGLE, "only", 0, ERR, ""), END_OF_SCENE}},
    {"nrec=2 quits after the second, a failed one doesn't count",
     {.max_recordings = 2},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""),
      ASK(1, TOGGLE, "a", 0, STO, "end requested"), TELL(1, ENDED, ""),
      ASK(2, TOGGLE, "b", 0, STA, "begin b_001"), TELL(2, BEGIN_FAILED, ""),
      ASK(3, TOGGLE, "c", 0, STA, "begin c_001"), TELL(3, BEGUN, ""),
      ASK(3, TOGGLE, "c", 0, STO, "end requested"), TELL(3, ENDED, "quit"), END_OF_SCENE}},
    {"nrec=1: a start that waits behind the last end fails",
     {.max_recordings = 1},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a"), TELL(1, BEGUN, ""),
      ASK(2, TOGGLE, "a", 0, STO, "end requested"), ASK(2, START, "b", 5, PEN, ""),
      TELL(3, ENDED, "quit"), ASK(3, STATUS, "", 5, ERR, ""), END_OF_SCENE}},
    {"the time-out ends a recording, once",
     {.timeout = 10},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), TELL(3, BEGUN, ""), TELL(12, TICK, ""),
      TELL(13, TICK, "end timeout"), TELL(14, TICK, ""), TELL(15, ENDED, ""), TELL(99, TICK, ""),
      END_OF_SCENE}},
    {"the time-out leaves recordings of others alone",
     {.timeout = 10},
     {TELL(1, HOST_BEGAN, ""), TELL(99, TICK, ""), END_OF_SCENE}},
    {"sessions: the first starts, the last stops",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""), ASK(2, OPEN, "b", 0, NOP, ""),
      ASK(3, CLOSE, "a", 0, NOP, ""), ASK(4, CLOSE, "b", 0, STO, "end requested"),
      TELL(4, ENDED, ""), END_OF_SCENE}},
    {"sessions: open then close at once",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 0, STA, "begin a_000"), ASK(1, CLOSE, "a", 0, STO, ""),
      TELL(2, BEGUN, "end requested"), TELL(3, ENDED, ""), END_OF_SCENE}},
    {"sessions: a close of nobody is nothing",
     {.sessions = TRUE},
     {ASK(1, CLOSE, "a", 0, NOP, ""), ASK(2, OPEN, "a", 0, STA, "begin a_000"), TELL(2, BEGUN, ""),
      ASK(3, CLOSE, "b", 0, NOP, ""), ASK(3, STATUS, "", 0, STA, ""), END_OF_SCENE}},
    {"sessions: a failed open doesn't count",
     {.sessions = TRUE},
     {ASK(1, OPEN, "", 0, ERR, ""), ASK(2, CLOSE, "", 0, NOP, ""),
      ASK(3, OPEN, "a", 0, STA, "begin a_000"), TELL(3, BEGIN_FAILED, ""),
      ASK(4, CLOSE, "a", 0, NOP, ""), ASK(5, OPEN, "a", 0, STA, "begin a_000"), TELL(5, BEGUN, ""),
      ASK(6, CLOSE, "a", 0, STO, "end requested"), END_OF_SCENE}},
    {"sessions: a time-out covers only those that it ended",
     {.sessions = TRUE, .timeout = 10},
     {ASK(1, OPEN, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""), TELL(11, TICK, "end timeout"),
      TELL(12, ENDED, ""), ASK(13, OPEN, "b", 0, STA, "begin b_001"), TELL(13, BEGUN, ""),
      ASK(14, CLOSE, "a", 0, NOP, ""), ASK(15, STATUS, "", 0, STA, ""),
      ASK(16, CLOSE, "b", 0, STO, "end requested"), END_OF_SCENE}},
    {"sessions: the same name twice, the first one timed out",
     {.sessions = TRUE, .timeout = 10},
     {ASK(1, OPEN, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""), TELL(11, TICK, "end timeout"),
      TELL(12, ENDED, ""), ASK(13, OPEN, "a", 0, STA, "begin a_001"), TELL(13, BEGUN, ""),
      ASK(14, CLOSE, "a", 0, NOP, ""), ASK(15, CLOSE, "a", 0, STO, "end requested"), END_OF_SCENE}},
    {"sessions: tokens tell equal names apart",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 7, STA, "begin a_000"), TELL(1, BEGUN, ""), ASK(2, OPEN, "a", 8, NOP, ""),
      ASK(3, CLOSE, "a", 9, NOP, ""), ASK(3, CLOSE, "a", 8, NOP, ""),
      ASK(3, CLOSE, "a", 8, NOP, ""), ASK(4, CLOSE, "other", 7, STO, "end requested"),
      END_OF_SCENE}},
    {"sessions: a recording that the host ended leaves no session behind",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), TELL(1, BEGUN, ""), TELL(2, HOST_ENDED, ""),
      ASK(3, OPEN, "b", 2, STA, "begin b_001"), TELL(3, BEGUN, ""), ASK(4, CLOSE, "a", 1, NOP, ""),
      ASK(5, CLOSE, "b", 2, STO, "end requested"), END_OF_SCENE}},
    {"sessions: one within the host's recording doesn't end it",
     {.sessions = TRUE},
     {TELL(1, HOST_BEGAN, ""), ASK(2, OPEN, "a", 1, NOP, ""), ASK(3, CLOSE, "a", 1, NOP, ""),
      ASK(3, STATUS, "", 0, STA, ""), END_OF_SCENE}},
    {"sessions: one within a started recording doesn't end it",
     {.sessions = TRUE},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), TELL(1, BEGUN, ""), ASK(2, OPEN, "a", 1, NOP, ""),
      ASK(3, CLOSE, "a", 1, NOP, ""), ASK(3, STATUS, "", 5, STA, ""),
      ASK(4, STOP, "", 5, PEN, "end requested"), END_OF_SCENE}},
    {"sessions: one that opens while the last recording ends starts the next",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), TELL(1, BEGUN, ""),
      ASK(2, CLOSE, "a", 1, STO, "end requested"), ASK(2, OPEN, "b", 2, STA, ""),
      TELL(3, ENDED, "begin b_001"), TELL(4, BEGUN, ""),
      ASK(5, CLOSE, "b", 2, STO, "end requested"), END_OF_SCENE}},
    {"sessions: one that opens twice by its token closes once",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 7, STA, "begin a_000"), TELL(1, BEGUN, ""), ASK(2, OPEN, "a", 7, NOP, ""),
      ASK(3, CLOSE, "a", 7, STO, "end requested"), TELL(3, ENDED, ""),
      ASK(4, CLOSE, "a", 7, NOP, ""), END_OF_SCENE}},
    {"sessions: one that outlived its recording opens anew by its token",
     {.sessions = TRUE, .timeout = 10},
     {ASK(1, OPEN, "a", 7, STA, "begin a_000"), TELL(1, BEGUN, ""), TELL(11, TICK, "end timeout"),
      TELL(12, ENDED, ""), ASK(13, OPEN, "b", 7, STA, "begin b_001"), TELL(13, BEGUN, ""),
      ASK(14, CLOSE, "b", 7, STO, "end requested"), END_OF_SCENE}},
    {"a reset ends what sessions started, and forgets them",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), TELL(1, BEGUN, ""), ASK(2, OPEN, "b", 2, NOP, ""),
      TELL(3, RESET, "end reset"), TELL(4, ENDED, ""), ASK(5, OPEN, "c", 3, STA, "begin c_001"),
      TELL(5, BEGUN, ""), ASK(6, CLOSE, "b", 2, NOP, ""),
      ASK(7, CLOSE, "c", 3, STO, "end requested"), END_OF_SCENE}},
    {"a reset while a session's recording begins",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), TELL(1, RESET, ""), TELL(2, BEGUN, "end reset"),
      TELL(3, ENDED, ""), END_OF_SCENE}},
    {"a reset while one begins that was closed already",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), ASK(1, CLOSE, "a", 1, STO, ""),
      ASK(1, OPEN, "b", 2, STA, ""), TELL(1, RESET, ""), TELL(2, BEGUN, "end requested"),
      TELL(3, ENDED, ""), ASK(4, STATUS, "", 0, STO, ""), END_OF_SCENE}},
    {"a reset while one ends takes along the session that waits",
     {.sessions = TRUE},
     {ASK(1, OPEN, "a", 1, STA, "begin a_000"), TELL(1, BEGUN, ""),
      ASK(2, CLOSE, "a", 1, STO, "end requested"), ASK(2, OPEN, "b", 2, STA, ""),
      TELL(2, RESET, ""), TELL(3, ENDED, ""), ASK(4, STATUS, "", 0, STO, ""), END_OF_SCENE}},
    {"a reset leaves other recordings alone",
     {0},
     {ASK(1, TOGGLE, "a", 0, STA, "begin a_000"), TELL(1, BEGUN, ""), TELL(2, RESET, ""),
      ASK(3, STATUS, "", 0, STA, ""), ASK(4, TOGGLE, "a", 0, STO, "end requested"),
      TELL(4, ENDED, ""), TELL(5, HOST_BEGAN, ""), TELL(6, RESET, ""),
      ASK(7, STATUS, "", 0, STA, ""), END_OF_SCENE}},
    {"start and stop answer pending, status tells",
     {0},
     {ASK(1, STATUS, "", 0, STO, ""), ASK(1, START, "s", 5, PEN, "begin s_000"),
      ASK(1, STATUS, "", 5, PEN, ""), TELL(2, BEGUN, ""), ASK(2, STATUS, "", 5, STA, ""),
      ASK(2, START, "t", 6, NOP, ""), ASK(3, STOP, "", 5, PEN, "end requested"),
      ASK(3, STATUS, "", 5, PEN, ""), TELL(4, ENDED, ""), ASK(4, STATUS, "", 5, STO, ""),
      ASK(5, STOP, "", 5, NOP, ""), END_OF_SCENE}},
    {"stop by token leaves another's recording alone",
     {0},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), TELL(1, BEGUN, ""), ASK(2, STOP, "", 6, NOP, ""),
      ASK(2, STATUS, "", 6, STO, ""), ASK(3, STOP, "", 0, PEN, "end requested"), END_OF_SCENE}},
    {"an end that fails leaves the recording on, and says so to who asked",
     {0},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), TELL(1, BEGUN, ""),
      ASK(2, STOP, "", 5, PEN, "end requested"), TELL(3, END_FAILED, ""),
      ASK(3, STATUS, "", 5, ERR, ""), ASK(3, STATUS, "", 0, STA, ""),
      ASK(4, STOP, "", 5, PEN, "end requested"), TELL(5, ENDED, ""), ASK(5, STATUS, "", 5, STO, ""),
      END_OF_SCENE}},
    {"an end that fails because it is over",
     {0},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), TELL(1, BEGUN, ""),
      ASK(2, STOP, "", 5, PEN, "end requested"), TELL(2, HOST_ENDED, ""), TELL(3, END_FAILED, ""),
      ASK(3, STATUS, "", 0, ERR, ""), ASK(4, START, "t", 6, PEN, "begin t_001"), END_OF_SCENE}},
    {"a failure of the host while recording",
     {0},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), TELL(1, BEGUN, ""), TELL(2, HOST_FAILED, ""),
      ASK(3, STATUS, "", 5, ERR, ""), ASK(3, STATUS, "", 6, STO, ""), END_OF_SCENE}},
    {"the host's own recording: status, start, toggle",
     {0},
     {TELL(1, HOST_BEGAN, ""), ASK(1, STATUS, "", 0, STA, ""), ASK(1, START, "s", 5, NOP, ""),
      ASK(2, TOGGLE, "t", 0, STO, "end requested"), TELL(2, ENDED, ""),
      ASK(3, STATUS, "", 0, STO, ""), END_OF_SCENE}},
    {"the host was faster: our start fails, and its stop doesn't end the host's",
     {0},
     {ASK(1, START, "s", 5, PEN, "begin s_000"), ASK(1, STOP, "", 5, PEN, ""),
      TELL(2, HOST_BEGAN, ""), TELL(2, BEGIN_FAILED, ""), ASK(3, STATUS, "", 5, ERR, ""),
      ASK(3, STATUS, "", 0, STA, ""), END_OF_SCENE}},
    {"marks",
     {0},
     {ASK(1, MARK, "early", 0, NOP, ""), TELL(1, HOST_BEGAN, ""),
      ASK(2, MARK, "here", 0, PEN, "mark here"), END_OF_SCENE}},
    {"probe, unknown actions",
     {.sessions = TRUE},
     {ASK(1, PROBE, "", 0,
          HYPERCALL_SIGNATURE | 0x100 | HYPERCALL_FEATURE_RECORD | HYPERCALL_FEATURE_SESSIONS, ""),
      {1, POLICY_REQUEST, 4711, "", 0, ERR, ""},
      END_OF_SCENE}},
    {"answers out of the blue change nothing",
     {.sessions = TRUE},
     {TELL(1, ENDED, ""), TELL(1, END_FAILED, ""), TELL(1, BEGIN_FAILED, ""),
      TELL(1, HOST_ENDED, ""), TELL(1, HOST_FAILED, ""), ASK(1, STATUS, "", 0, STO, ""),
      ASK(2, OPEN, "a", 0, STA, "begin a_000"), TELL(2, ENDED, ""), TELL(2, BEGUN, ""),
      TELL(2, BEGUN, ""), ASK(2, STATUS, "", 0, STA, ""), END_OF_SCENE}},
};

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

static char *describe(const PolicyOutput *output)
{
    static const char *const verbs[] = {"begin", "end", "mark", "quit"};
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < output->n_actions; i++) {
        g_string_append_printf(text, "%s%s%s%s", i ? "; " : "", verbs[output->actions[i].type],
                               output->actions[i].text[0] ? " " : "", output->actions[i].text);
    }
    return g_string_free(text, FALSE);
}

static void set_mode(Policy *policy, PolicyMode mode)
{
    Step step = {.at = 0, .type = POLICY_MODE};
    PolicyOutput output;

    feed(policy, &step, mode, &output);
    ck_assert_uint_eq(output.n_actions, 0);
}

START_TEST(test_scene)
{
    const Scene *scene = &scenes[_i];
    Policy policy;
    PolicyOutput output;

    policy_init(&policy, &scene->options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    for (const Step *step = scene->steps; step->at >= 0; step++) {
        g_autofree char *actions = NULL;

        feed(&policy, step, POLICY_MODE_RECORD, &output);
        actions = describe(&output);
        ck_assert_msg(strcmp(actions, step->actions) == 0, "%s: step %d: '%s', not '%s'",
                      scene->name, (int)(step - scene->steps), actions, step->actions);
        ck_assert_msg(step->type != POLICY_REQUEST || output.answer == step->answer,
                      "%s: step %d answers %d, not %d", scene->name, (int)(step - scene->steps),
                      output.answer, step->answer);
    }
}
END_TEST

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

START_TEST(test_not_connected)
{
    PolicyOptions options = {.sessions = TRUE};
    Policy policy;

    policy_init(&policy, &options, 1);
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_START, "a", 1), ERR);
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_OPEN, "a", 1), ERR);
    set_mode(&policy, POLICY_MODE_DRY);
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_CLOSE, "a", 1), NOP);
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_OPEN, "a", 1), STA);
}
END_TEST

START_TEST(test_connection_lost)
{
    PolicyOptions options = {.sessions = TRUE, .timeout = 5};
    Policy policy;

    policy_init(&policy, &options, 1);
    set_mode(&policy, POLICY_MODE_RECORD);
    ck_assert_int_eq(ask(&policy, 1, HYPERCALL_OPEN, "a", 3), STA);
    tell(&policy, 1, POLICY_BEGUN);
    ck_assert_int_gt(policy_deadline(&policy), 0);
    set_mode(&policy, POLICY_MODE_NONE);
    ck_assert_int_eq(policy_deadline(&policy), 0);
    ck_assert_int_eq(ask(&policy, 2, HYPERCALL_STATUS, "", 3), ERR);
    set_mode(&policy, POLICY_MODE_RECORD);
    ck_assert_int_eq(ask(&policy, 2, HYPERCALL_OPEN, "b", 4), STA);
    tell(&policy, 2, POLICY_BEGUN);
    ck_assert_int_eq(ask(&policy, 3, HYPERCALL_CLOSE, "a", 3), NOP);
    ck_assert_int_eq(ask(&policy, 3, HYPERCALL_CLOSE, "b", 4), STO);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("policy");
    TCase *tcase = tcase_create("policy");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_scene, 0, (int)G_N_ELEMENTS(scenes));
    tcase_add_test(tcase, test_not_connected);
    tcase_add_test(tcase, test_connection_lost);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
