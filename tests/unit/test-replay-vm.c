/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay: its states, runs to an instruction and back, further attempts, the end. The emulator only
 * claims to replay (replay-rig.h).
 */
#include "qmpbridge/replay/replay.h"

#include <signal.h>

#include "tests/unit/replay-rig.h"

typedef struct {
    ReplayRig base;
    Recording *recording;
    Replay *replay;
    GString *console;
    guint ready, stops, overs, sought;
    guint64 stopped_at; /**< icount */
    ReplayEnd end;
    char *detail;
    gboolean close_when_stopped, again_when_over;
} Rig;

static void on_ready(Replay *replay, gpointer user_data)
{
    Rig *rig = user_data;

    ck_assert(qmp_client_is_ready(replay_monitor(replay)));
    ck_assert_int_gt(replay_pid(replay), 0);
    ck_assert_str_eq(replay_emulator(replay)->version, REPLAY_RIG_VERSION);
    rig->ready++;
    ck_assert_uint_eq(replay_attempt(replay), rig->ready);
}

static void on_console(Replay *replay, const char *bytes, gsize len, gpointer user_data)
{
    Rig *rig = user_data;

    (void)replay;
    g_string_append_len(rig->console, bytes, (gssize)len);
}

static void on_stopped(Replay *replay, gpointer user_data)
{
    Rig *rig = user_data;

    ck_assert_int_eq(replay_state(replay), REPLAY_STOPPED);
    rig->stops++;
    rig->stopped_at = replay_icount(replay);
    if (rig->close_when_stopped)
        g_clear_pointer(&rig->replay, replay_close);
}

static void on_over(Replay *replay, ReplayEnd end, const char *detail, gpointer user_data)
{
    Rig *rig = user_data;

    ck_assert_int_eq(replay_state(replay), REPLAY_OVER);
    rig->overs++;
    rig->end = end;
    g_free(rig->detail);
    rig->detail = g_strdup(detail);
    if (rig->again_when_over)
        rig->again_when_over = replay_again(replay);
}

static void on_sought(const GError *error, gpointer user_data)
{
    ck_assert_ptr_null(error);
    ((Rig *)user_data)->sought++;
}

static const ReplayHandlers handlers = {
    .ready = on_ready,
    .console = on_console,
    .stopped = on_stopped,
    .over = on_over,
};

static void open_with(Rig *rig, ReplayOptions options)
{
    options.emulators = rig->base.emulators;
    options.plugin = "/recctrl.so";
    options.trust_paths = TRUE;
    rig->replay = replay_open(rig->recording, &options, &handlers, rig);
}

static void open_replay(Rig *rig)
{
    open_with(rig, (ReplayOptions){.stall_timeout = 1});
}

static void rig_init(Rig *rig, const char *mode)
{
    *rig = (Rig){.console = g_string_new(NULL)};
    replay_rig_init(&rig->base, mode);
    rig->recording = store_find(rig->base.store, "web", NULL);
}

static void rig_clear(Rig *rig)
{
    replay_close(rig->replay);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    recording_free(rig->recording);
    g_string_free(rig->console, TRUE);
    g_free(rig->detail);
    replay_rig_clear(&rig->base);
}

/* Opened it waits at the snapshot; then it goes where it is sent, back by another attempt. */
START_TEST(test_runs)
{
    Rig rig;

    rig_init(&rig, "good");
    open_replay(&rig);
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_PREPARING);
    temp_wait(rig.ready, "the snapshot");
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_STOPPED);
    replay_run_to(rig.replay, 1200);
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_RUNNING);
    temp_wait(rig.stops == 1, "the break");
    ck_assert_uint_eq(rig.stopped_at, 1200);
    ck_assert(!replay_at_log_end(rig.replay));
    replay_seek(rig.replay, 1300, on_sought, &rig);
    ck_assert(replay_is_seeking(rig.replay));
    temp_wait(rig.stops == 2, "the later break");
    ck_assert_uint_eq(rig.stopped_at, 1300);
    ck_assert_uint_eq(rig.ready, 1);
    replay_seek(rig.replay, 1300, on_sought, &rig); /* it is there */
    temp_wait(rig.sought == 2, "what needn't be sought");
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_STOPPED);
    replay_seek(rig.replay, 1000, on_sought, &rig);
    temp_wait(rig.sought == 3, "the snapshot");
    temp_wait(rig.ready == 2, "the snapshot");
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_STOPPED);
    ck_assert_uint_eq(rig.stops, 2);
    replay_run_to(rig.replay, 1200);
    temp_wait(rig.stops == 3, "a break again");
    replay_seek(rig.replay, 1100, on_sought, &rig);
    temp_wait(rig.stops == 4, "the earlier break");
    ck_assert_uint_eq(rig.stopped_at, 1100);
    ck_assert_uint_eq(rig.sought, 4);
    ck_assert_uint_eq(rig.ready, 3);
    replay_run_to_log_end(rig.replay);
    temp_wait(rig.stops == 5, "the log's end");
    ck_assert_uint_eq(rig.stopped_at, REPLAY_RIG_END);
    ck_assert(replay_at_log_end(rig.replay));
    ck_assert(!replay_powered_off(rig.replay));
    ck_assert_str_eq(rig.console->str, RECORDING_CONSOLE RECORDING_CONSOLE RECORDING_CONSOLE);
    ck_assert_uint_eq(rig.overs, 0);
    rig_clear(&rig);
}
END_TEST

/* Where it shall go may be said before it is open, and holds for further attempts. */
START_TEST(test_goal)
{
    static const char *const modes[] = {"good", "killed once", "stuck once"};
    Rig rig;

    rig_init(&rig, modes[_i]);
    open_with(&rig, (ReplayOptions){0}); /* which is longer than at the snapshot */
    replay_run_to(rig.replay, 1400);
    temp_wait(rig.stops, "the break");
    ck_assert_uint_eq(rig.stopped_at, 1400);
    ck_assert_uint_eq(replay_attempt(rig.replay), _i ? 2 : 1);
    ck_assert_uint_eq(replay_rig_starts(&rig.base), _i ? 2 : 1);
    ck_assert_uint_eq(rig.overs, 0);
    rig_clear(&rig);
}
END_TEST

static void ignored(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error;
    (void)user_data;
}

/* A client of the monitor lets it go on, and QEMU doesn't get beyond the snapshot: the next attempt
 * goes on, too. */
START_TEST(test_goes_on)
{
    Rig rig;

    rig_init(&rig, "stuck once");
    open_with(&rig, (ReplayOptions){0});
    temp_wait(rig.ready, "the snapshot");
    qmp_client_execute(replay_monitor(rig.replay), "cont", NULL, 0, ignored, NULL);
    temp_wait(rig.stops, "the end");
    ck_assert_uint_eq(rig.ready, 2);
    ck_assert_uint_eq(rig.overs, 0);
    rig_clear(&rig);
}
END_TEST

static const struct {
    const char *mode, *detail;
    ReplayEnd end;
    guint starts; /**< QEMUs that were started */
} ends[] = {
    {"can't start", "the replay can't be started: QEMU exited with status 1", REPLAY_UNOPENED, 1},
    {"killed", "QEMU was ended from outside: QEMU was killed by signal 9", REPLAY_KILLED, 4},
    {"terminated", "QEMU was ended from outside: QEMU has quit", REPLAY_KILLED, 4},
    {"dies", "QEMU gave up after instruction", REPLAY_GAVE_UP, 1},
    {"aborts", "QEMU gave up after instruction", REPLAY_GAVE_UP, 1},
    {"stalls", "the replay stands still at instruction 1200 of 1500", REPLAY_STALLED, 1},
    {"hangs", "QEMU hangs", REPLAY_STALLED, 1},
};

START_TEST(test_end)
{
    Rig rig;

    rig_init(&rig, ends[_i].mode);
    open_replay(&rig);
    replay_run_to(rig.replay, REPLAY_RIG_END);
    temp_wait(rig.overs, "the end");
    ck_assert_int_eq(rig.end, ends[_i].end);
    ck_assert_msg(g_str_has_prefix(rig.detail, ends[_i].detail), "%s", rig.detail);
    ck_assert_uint_eq(replay_rig_starts(&rig.base), ends[_i].starts);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(rig.overs, 1);
    rig_clear(&rig);
}
END_TEST

static void let_go_on(Rig *rig)
{
    qmp_client_execute(replay_monitor(rig->replay), "cont", NULL, 0, NULL, NULL);
    temp_wait(replay_state(rig->replay) == REPLAY_RUNNING, "that it goes on");
}

/* A client has let it go on from where it was sent: a further attempt doesn't stop there again. */
START_TEST(test_beyond_goal)
{
    Rig rig;

    rig_init(&rig, "runs on once");
    open_with(&rig, (ReplayOptions){.stall_timeout = 60});
    temp_wait(rig.ready, "the snapshot");
    replay_seek(rig.replay, 1200, on_sought, &rig);
    temp_wait(rig.stops == 1, "the break");
    let_go_on(&rig);
    ck_assert_int_eq(kill(replay_pid(rig.replay), SIGKILL), 0);
    temp_wait(rig.stops == 2, "the end of the next attempt");
    ck_assert_uint_eq(rig.ready, 2);
    ck_assert_uint_eq(rig.stopped_at, REPLAY_RIG_END);
    rig_clear(&rig);
}
END_TEST

/* One that is over may be made again, some times. */
START_TEST(test_again)
{
    Rig rig;

    rig_init(&rig, "dies");
    rig.again_when_over = TRUE;
    open_replay(&rig);
    replay_run_to(rig.replay, REPLAY_RIG_END);
    temp_wait(rig.overs == 4, "the last attempt");
    ck_assert(!rig.again_when_over);
    ck_assert_uint_eq(replay_rig_starts(&rig.base), 4);
    rig_clear(&rig);
}
END_TEST

/* A client of the monitor stops it: that is no stall. */
START_TEST(test_stands)
{
    gint64 end;
    Rig rig;

    rig_init(&rig, "good");
    open_replay(&rig);
    temp_wait(rig.ready, "the snapshot");
    replay_run_to(rig.replay, 1200);
    temp_wait(rig.stops, "the break");
    end = g_get_monotonic_time() + 2 * G_USEC_PER_SEC; /* longer than .stall_timeout */
    while (g_get_monotonic_time() < end)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_uint_eq(rig.overs, 0);
    ck_assert_int_eq(replay_state(rig.replay), REPLAY_STOPPED);
    rig_clear(&rig);
}
END_TEST

/* In the background QEMU gets more time to greet, as it does for everything. */
START_TEST(test_late_greeting)
{
    gint64 past;
    int fd = -1;
    Rig rig;

    rig_init(&rig, "late");
    open_with(&rig, (ReplayOptions){.background = _i, .greeting_timeout_ms = 700});
    if (_i) {
        while (replay_rig_starts(&rig.base) == 0)
            g_main_context_iteration(NULL, FALSE);
        past = g_get_monotonic_time() + 1200 * 1000;
        while (g_get_monotonic_time() < past)
            g_main_context_iteration(NULL, FALSE);
        fd = open(rig.base.gate, O_WRONLY | O_CLOEXEC | O_NONBLOCK);
        ck_assert_int_ge(fd, 0);
    }
    temp_wait(rig.ready || rig.overs, "the greeting, or the end");
    ck_assert_uint_eq(rig.ready, _i);
    ck_assert_uint_eq(rig.overs, !_i);
    if (fd >= 0)
        close(fd);
    rig_clear(&rig);
}
END_TEST

/* Cancelled, or closed, at any time: nothing is left, and of a closed one nothing is heard. */
START_TEST(test_cut_short)
{
    gint64 enough = g_get_monotonic_time() + _i / 2 * 50000;
    gboolean cancel = _i % 2;
    Rig rig;

    rig_init(&rig, "stalls");
    open_replay(&rig);
    replay_run_to(rig.replay, REPLAY_RIG_END);
    while (g_get_monotonic_time() < enough)
        g_main_context_iteration(NULL, FALSE);
    if (cancel) {
        replay_cancel(rig.replay);
        temp_wait(rig.overs, "the end");
        ck_assert_int_eq(rig.end, REPLAY_UNOPENED);
    } else {
        g_clear_pointer(&rig.replay, replay_close);
    }
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(rig.overs, cancel);
    rig_clear(&rig);
}
END_TEST

START_TEST(test_close_in_handler)
{
    Rig rig;

    rig_init(&rig, "good");
    rig.close_when_stopped = TRUE;
    open_replay(&rig);
    replay_run_to(rig.replay, 1200);
    temp_wait(rig.stops, "the break");
    ck_assert_ptr_null(rig.replay);
    rig_clear(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_runs);
    tcase_add_loop_test(tcase, test_goal, 0, 3);
    tcase_add_test(tcase, test_goes_on);
    tcase_add_loop_test(tcase, test_end, 0, G_N_ELEMENTS(ends));
    tcase_add_test(tcase, test_beyond_goal);
    tcase_add_test(tcase, test_again);
    tcase_add_test(tcase, test_stands);
    tcase_add_loop_test(tcase, test_late_greeting, 0, 2);
    tcase_add_loop_test(tcase, test_cut_short, 0, 10);
    tcase_add_test(tcase, test_close_in_handler);
}

int main(int argc, char **argv)
{
    (void)argc;
    replay_rig_main(argv);
    return temp_run("replay-vm", add_tests);
}
