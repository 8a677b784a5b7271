/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's state machine as a table: requests and outcomes in, actions out.
 *
 * In a script B, E and R are requests to begin, to end and to reset, + and - say that what was
 * under way is over with a recording on or off, X says that the emulator is gone, S that no
 * recording begins any more, and L that the clients of requests written as b and n have gone. Each
 * is given the next letter as its tag, a small one for b and n; actions come out as b, e, z (begin,
 * end, reset) or r (refuse it) with that tag, and an end that the recorder itself wants with '*'.
 */
#include "qmpbridge/record/recorder.h"

#include "tests/unit/temp.h"

static const struct {
    const char *name, *script, *actions;
    RecorderState state;
} cases[] = {
    {"nothing", "", "", RECORDER_OFF},
    {"begin", "B", "bA", RECORDER_STARTING},
    {"begun", "B+", "bA", RECORDER_ON},
    {"begin fails", "B-", "bA", RECORDER_OFF},
    {"end of nothing", "E", "rA", RECORDER_OFF},
    {"end of nothing, then begin", "EB", "rA bB", RECORDER_STARTING},
    {"begin twice", "B+B", "bA rB", RECORDER_ON},
    {"end", "B+E", "bA eB", RECORDER_STOPPING},
    {"ended", "B+E-", "bA eB", RECORDER_OFF},
    {"end fails, still on", "B+E+", "bA eB", RECORDER_ON},
    {"end while starting is remembered", "BE", "bA", RECORDER_STARTING},
    {"and done once it is on", "BE+", "bA eB", RECORDER_STOPPING},
    {"and refused where begin failed", "BE-", "bA rB", RECORDER_OFF},
    {"begin while starting", "BB+", "bA rB", RECORDER_ON},
    {"begin while starting, which fails", "BB-", "bA bB", RECORDER_STARTING},
    {"begin while stopping", "B+EB", "bA eB", RECORDER_STOPPING},
    {"begins after the end", "B+EB-", "bA eB bC", RECORDER_STARTING},
    {"end while stopping", "B+EE-", "bA eB rC", RECORDER_OFF},
    {"begin, end, begin, end at once", "BEBE+-+-", "bA eB bC eD", RECORDER_OFF},
    {"two ends while starting", "BEE+-", "bA eB rC", RECORDER_OFF},
    {"lost while off", "XB", "rA", RECORDER_OFF},
    {"lost while starting", "BEX", "bA rB", RECORDER_STARTING},
    {"lost while starting, settles", "BEX-", "bA rB", RECORDER_OFF},
    {"lost while on", "B+XEB", "bA rB rC", RECORDER_ON},
    {"lost while stopping", "B+EBX-B", "bA eB rC rD", RECORDER_OFF},
    {"lost twice", "BXXE", "bA rB", RECORDER_STARTING},
    {"no begins", "SBE", "rA rB", RECORDER_OFF},
    {"no begins while on, it is ended", "B+SBE-", "bA rB eC", RECORDER_OFF},
    {"no begins while starting: those that wait are refused, ends aren't", "BEBESB+-",
     "bA rC rE eB rD", RECORDER_OFF},
    {"no begins while stopping", "B+EBEBS-", "bA eB rC rE rD", RECORDER_OFF},
    {"no begins, then lost", "B+ESX-BE", "bA eB rC rD", RECORDER_OFF},
    {"clients leave: their begins are forgotten", "B+EbBbL-", "bA eB rc re bD", RECORDER_STARTING},
    {"not what is under way, nor what they have ended", "bnL+-", "ba eb", RECORDER_OFF},
    {"clients leave, nothing waits", "L", "", RECORDER_OFF},
    {"reset", "R", "zA", RECORDER_RESETTING},
    {"reset, then begin", "RB-", "zA bB", RECORDER_STARTING},
    {"reset ends what is on", "B+R", "bA e*", RECORDER_STOPPING},
    {"and comes after its end", "B+RB-", "bA e* zB", RECORDER_RESETTING},
    {"and before later begins", "B+RB--", "bA e* zB bC", RECORDER_STARTING},
    {"reset while starting", "BR+-", "bA e* zB", RECORDER_RESETTING},
    {"reset while starting, which fails", "BR-", "bA zB", RECORDER_RESETTING},
    {"reset while stopping", "B+ER-", "bA eB zC", RECORDER_RESETTING},
    {"reset twice", "RR--", "zA zB", RECORDER_OFF},
    {"reset though no recording begins any more", "SR", "zA", RECORDER_RESETTING},
    {"lost while resetting", "RBX-", "zA rB", RECORDER_OFF},
    {"lost before the reset", "B+RX-", "bA e* rB", RECORDER_OFF},
};

static void print_actions(Recorder *recorder, GString *out)
{
    static const char letters[] = {
        [RECORDER_DO_BEGIN] = 'b',
        [RECORDER_DO_END] = 'e',
        [RECORDER_DO_RESET] = 'z',
        [RECORDER_REFUSE] = 'r',
    };

    for (;;) {
        g_autoptr(RecorderAction) action = recorder_next_action(recorder);
        int tag;

        if (!action)
            return;
        tag = GPOINTER_TO_INT(action->request->tag);
        g_string_append_printf(out, "%s%c%c", out->len ? " " : "", letters[action->type],
                               tag ? tag : '*');
        ck_assert_int_eq(action->error != NULL, action->type == RECORDER_REFUSE);
        if (action->error)
            temp_check_error(action->error, BRIDGE_ERROR_STATE, "");
    }
}

static gboolean is_small(gpointer tag)
{
    return g_ascii_islower(GPOINTER_TO_INT(tag));
}

static void step(Recorder *recorder, char what, char tag)
{
    switch (what) {
    case 'b':
        tag = g_ascii_tolower(tag);
        G_GNUC_FALLTHROUGH;
    case 'B':
        recorder_submit(recorder, recorder_request_new(RECORDER_BEGIN, "name", NULL, FALSE,
                                                       GINT_TO_POINTER(tag)));
        break;
    case 'n':
        tag = g_ascii_tolower(tag);
        G_GNUC_FALLTHROUGH;
    case 'E':
        recorder_submit(recorder, recorder_request_new(RECORDER_END, NULL, "requested", FALSE,
                                                       GINT_TO_POINTER(tag)));
        break;
    case 'R':
        recorder_submit(recorder, recorder_request_new(RECORDER_RESET, NULL, "reset", FALSE,
                                                       GINT_TO_POINTER(tag)));
        break;
    case 'X':
        recorder_close(recorder, "gone");
        break;
    case 'S':
        recorder_refuse_begins(recorder, "ending");
        break;
    case 'L':
        recorder_forget_begins(recorder, is_small);
        break;
    default:
        recorder_settled(recorder, what == '+');
    }
}

START_TEST(test_table)
{
    g_autoptr(Recorder) recorder = recorder_new();
    g_autoptr(GString) actions = g_string_new(NULL);
    char tag = 'A';

    for (const char *c = cases[_i].script; *c; c++) {
        step(recorder, *c, tag);
        tag += strchr("BbEnR", *c) != NULL;
        print_actions(recorder, actions);
    }
    ck_assert_msg(g_str_equal(actions->str, cases[_i].actions), "%s: %s", cases[_i].name,
                  actions->str);
    ck_assert_msg(recorder_state(recorder) == cases[_i].state, "%s: %s", cases[_i].name,
                  recorder_state_name(recorder_state(recorder)));
}
END_TEST

/* A request comes out as it went in. */
START_TEST(test_request)
{
    g_autoptr(Recorder) recorder = recorder_new();
    g_autoptr(RecorderAction) begin = NULL;
    g_autoptr(RecorderAction) end = NULL;
    static const char reason[] = "timeout";

    recorder_submit(recorder, recorder_request_new(RECORDER_BEGIN, "web", NULL, FALSE, NULL));
    recorder_settled(recorder, TRUE);
    recorder_submit(recorder, recorder_request_new(RECORDER_END, NULL, reason, TRUE, NULL));
    begin = recorder_next_action(recorder);
    end = recorder_next_action(recorder);
    ck_assert_str_eq(begin->request->name, "web");
    ck_assert_ptr_eq(end->request->reason, reason);
    ck_assert(end->request->discard);
    ck_assert_ptr_null(recorder_next_action(recorder));
}
END_TEST

/* A client that floods is refused; what was taken is still done in order. */
START_TEST(test_flood)
{
    g_autoptr(Recorder) recorder = recorder_new();
    guint refused = 0;

    step(recorder, 'B', 'A');
    recorder_action_free(recorder_next_action(recorder));
    for (guint i = 0; i < RECORDER_MAX_QUEUED + 10; i++) {
        g_autoptr(RecorderAction) action = NULL;

        step(recorder, 'E', 'E');
        action = recorder_next_action(recorder);
        refused += action && action->type == RECORDER_REFUSE;
    }
    ck_assert_uint_eq(refused, 10);
    step(recorder, 'R', 'R'); /* nobody could repeat it */
    ck_assert_ptr_null(recorder_next_action(recorder));
    recorder_settled(recorder, TRUE);
    ck_assert_int_eq(recorder_state(recorder), RECORDER_STOPPING);
}
END_TEST

/* Freed with requests and actions in it, it leaves nothing behind: the sanitizer looks. */
START_TEST(test_free)
{
    Recorder *recorder = recorder_new();

    step(recorder, 'E', 'A');
    step(recorder, 'B', 'B');
    step(recorder, 'E', 'C');
    recorder_close(recorder, "gone");
    recorder_free(recorder);
    recorder_free(NULL);
    recorder_action_free(NULL);
    recorder_request_free(NULL);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_table, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_request);
    tcase_add_test(tcase, test_flood);
    tcase_add_test(tcase, test_free);
}

int main(void)
{
    return temp_run("recorder", add_tests);
}
