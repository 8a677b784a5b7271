/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay and its queue, with an emulator that only claims to replay (replay-rig.h). The
 * end-to-end tests replay for real.
 */
#include "qmpbridge/replay/verifier.h"

#include <sys/file.h>

#include "tests/unit/replay-rig.h"

typedef struct {
    ReplayRig base;
    Store *store; /**< of .base */
    Verifier *verifier;
    GString *said; /**< "NAME VERDICT: detail" a line; '+' before those of the backlog */
    gboolean busy_at_last;
} Rig;

static void verified(const char *name, Verdict verdict, const char *detail, gboolean backlog,
                     gpointer user_data)
{
    Rig *rig = user_data;

    g_string_append_printf(rig->said, "%s%s %s: %s\n", backlog ? "+" : "", name,
                           verdict_name(verdict), detail ? detail : "-");
    rig->busy_at_last = verifier_is_busy(rig->verifier);
}

static gint digesting;

/* As of a guest with much memory: QEMU stands still for longer than a replay may. */
static char *digest_slowly(const RamRegion *region, GError **error)
{
    static GMutex lock;
    static GCond never;
    gboolean slowly = g_str_equal(g_getenv("FAKE_QEMU"), "slow digest");
    gint64 end = g_get_monotonic_time() + (slowly ? 2 * G_USEC_PER_SEC : 0);

    g_atomic_int_set(&digesting, TRUE);
    g_mutex_lock(&lock);
    while (g_cond_wait_until(&never, &lock, end))
        continue;
    g_mutex_unlock(&lock);
    g_atomic_int_set(&digesting, FALSE);
    return ram_digest(region, error);
}

static void rig_init(Rig *rig, const char *mode)
{
    ProofOptions options = {.replay = {.plugin = "/recctrl.so", .stall_timeout = 1}};

    *rig = (Rig){.said = g_string_new(NULL)};
    replay_rig_init(&rig->base, mode);
    rig->store = rig->base.store;
    options.digest = g_str_equal(mode, "slow digest") ? digest_slowly : NULL;
    options.replay.emulators = rig->base.emulators;
    rig->verifier = verifier_new(rig->store, &options, verified, rig);
}

static void rig_clear(Rig *rig)
{
    verifier_free(rig->verifier);
    replay_rig_clear(&rig->base);
    g_string_free(rig->said, TRUE);
}

static const struct {
    const char *mode, *said;
    Verdict verdict;
} cases[] = {
    {"identical", "web identical: -\n", VERDICT_IDENTICAL},
    {"registers", "web diverged: registers at instruction 1500", VERDICT_DIVERGED},
    {"RAM", "web diverged: guest RAM at instruction 1500", VERDICT_DIVERGED},
    {"console", "web diverged: the console's bytes", VERDICT_DIVERGED},
    {"too short", "web diverged: the replay ended at instruction 1400, the recording at 1500",
     VERDICT_DIVERGED},
    {"too long", "web diverged: the replay ended at instruction 1600", VERDICT_DIVERGED},
    {"stalls", "web diverged: the replay stands still at instruction 1200 of 1500",
     VERDICT_DIVERGED},
    {"slow digest", "web identical: -\n", VERDICT_IDENTICAL},
    {"aborts", "web diverged: QEMU gave up after instruction", VERDICT_DIVERGED},
    {"killed", "web failed: QEMU was ended from outside: QEMU was killed by signal 9",
     VERDICT_FAILED},
    {"terminated", "web failed: QEMU was ended from outside: QEMU has quit", VERDICT_FAILED},
    {"dies", "web diverged: QEMU gave up after instruction", VERDICT_DIVERGED},
    {"hangs", "web diverged: QEMU hangs", VERDICT_DIVERGED},
    {"can't start", "web failed: the replay can't be started", VERDICT_FAILED},
    {"no address", "web failed: QEMU doesn't say where guest RAM is", VERDICT_FAILED},
};

START_TEST(test_verdict)
{
    g_autoptr(Recording) kept = NULL;
    Rig rig;

    rig_init(&rig, cases[_i].mode);
    verifier_add(rig.verifier, "web");
    ck_assert(verifier_is_busy(rig.verifier));
    temp_wait(rig.said->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.said->str, cases[_i].said), "%s", rig.said->str);
    ck_assert(!rig.busy_at_last);
    kept = store_find(rig.store, "web", NULL);
    ck_assert_int_eq(kept->verdict, cases[_i].verdict);
    ck_assert_int_gt(kept->verdict_wall, 0);
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    rig_clear(&rig);
}
END_TEST

/* By another QEMU of the series: identical is identical, but a difference says nothing. */
static const struct {
    const char *mode, *said;
} others[] = {
    {"identical", "web identical: -\n"},
    {"registers",
     "web failed: replayed by QEMU " REPLAY_RIG_VERSION ", not by 11.1.2: registers at"},
};

START_TEST(test_other_version)
{
    g_autoptr(Recording) recording = NULL;
    Rig rig;

    rig_init(&rig, others[_i].mode);
    recording = store_find(rig.store, "web", NULL);
    g_free(recording->emulator_version);
    recording->emulator_version = g_strdup("11.1.2");
    ck_assert(recording_save(recording, NULL));
    verifier_add(rig.verifier, "web");
    temp_wait(rig.said->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.said->str, others[_i].said), "%s", rig.said->str);
    rig_clear(&rig);
}
END_TEST

/* One after another, with names that aren't there in between. */
START_TEST(test_queue)
{
    Rig rig;

    rig_init(&rig, "identical");
    replay_rig_recording(rig.store, "second");
    verifier_add(rig.verifier, "none");
    verifier_add(rig.verifier, "web");
    verifier_add(rig.verifier, "../x");
    verifier_add(rig.verifier, "second");
    temp_wait(!verifier_is_busy(rig.verifier), "all verdicts");
    ck_assert(g_str_has_prefix(rig.said->str, "none failed: "));
    ck_assert_ptr_nonnull(strstr(rig.said->str, "web identical: -\n"));
    ck_assert_ptr_nonnull(strstr(rig.said->str, "../x failed: "));
    ck_assert(g_str_has_suffix(rig.said->str, "second identical: -\n"));
    ck_assert(!rig.busy_at_last);
    rig_clear(&rig);
}
END_TEST

/* What isn't whole, or is of a later version, gets no verdict, and above all isn't rewritten. */
static const char *const texts[] = {
    "{\"schema\": 2, \"new\": \"things\"}",
    "{\"schema\": 1, \"machine\": 5}",
    "nonsense",
};

START_TEST(test_untouched)
{
    g_autofree char *directory = NULL;
    g_autofree char *text = NULL;
    Rig rig;

    rig_init(&rig, "identical");
    directory = g_build_filename(store_path(rig.store), "web", NULL);
    g_free(temp_file(directory, RECORDING_JSON, texts[_i]));
    verifier_add(rig.verifier, "web");
    temp_wait(rig.said->len, "the verdict");
    ck_assert_msg(g_str_has_prefix(rig.said->str, "web failed: "), "%s", rig.said->str);
    text = temp_read(directory, RECORDING_JSON);
    ck_assert_str_eq(text, texts[_i]);
    rig_clear(&rig);
}
END_TEST

/* Freed while it replays: QEMU and the copies go, and no handler is called. */
START_TEST(test_free)
{
    Rig rig;
    gint64 enough = g_get_monotonic_time() + _i * 50000;

    rig_init(&rig, "stalls");
    verifier_add(rig.verifier, "web");
    verifier_add(rig.verifier, "web");
    while (g_get_monotonic_time() < enough)
        g_main_context_iteration(NULL, FALSE);
    g_clear_pointer(&rig.verifier, verifier_free);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(rig.said->len, 0);
    rig_clear(&rig);
}
END_TEST

/* --- the backlog ----------------------------------------------------------------------------- */

static void set_verdict(const Rig *rig, const char *name, Verdict verdict)
{
    g_autoptr(Recording) recording = store_find(rig->store, name, NULL);

    recording->verdict = verdict;
    ck_assert(recording_save(recording, NULL));
}

static Verdict get_verdict(const Rig *rig, const char *name)
{
    g_autoptr(Recording) recording = store_find(rig->store, name, NULL);

    return recording->verdict;
}

static gboolean has_started(const Rig *rig)
{
    return replay_rig_starts(&rig->base) > 0;
}

/* As if it came from elsewhere, and named a file of this host. */
static void name_file(const Rig *rig, const char *name)
{
    g_autoptr(Recording) recording = store_find(rig->store, name, NULL);

    machine_add_argument(recording->machine, "-d");
    ck_assert(recording_save(recording, NULL));
}

/* Those without a verdict and with a failed one, in the background; nothing else: nobody has looked
 * at what one from elsewhere names. */
START_TEST(test_backlog)
{
    g_autoptr(Recording) live = NULL;
    g_autofree char *niceness = NULL;
    Rig rig;

    rig_init(&rig, "identical");
    replay_rig_recording(rig.store, "bad");
    replay_rig_recording(rig.store, "done");
    replay_rig_recording(rig.store, "failed");
    set_verdict(&rig, "bad", VERDICT_DIVERGED);
    set_verdict(&rig, "done", VERDICT_IDENTICAL);
    set_verdict(&rig, "failed", VERDICT_FAILED);
    replay_rig_recording(rig.store, "foreign");
    name_file(&rig, "foreign");
    live = store_reserve(rig.store, "live", NULL);
    verifier_set_idle(rig.verifier, TRUE);
    ck_assert(!verifier_is_busy(rig.verifier));
    temp_wait(strstr(rig.said->str, "web"), "the verdicts");
    ck_assert_str_eq(rig.said->str, "+failed identical: -\n+web identical: -\n");
    ck_assert(!rig.busy_at_last);
    ck_assert_int_eq(get_verdict(&rig, "web"), VERDICT_IDENTICAL);
    niceness = temp_read(rig.base.dir, "starts");
    ck_assert_str_eq(niceness, "19\n19\n");
    ck_assert(store_discard(rig.store, live, NULL));
    rig_clear(&rig);
}
END_TEST

/* A replay that stands still in the background may have got no CPU: it hasn't diverged. */
START_TEST(test_backlog_stalls)
{
    Rig rig;

    rig_init(&rig, _i ? "hangs" : "stalls");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.said->len, "the verdict");
    ck_assert(g_str_has_prefix(rig.said->str, _i ? "+web failed: QEMU hangs"
                                                 : "+web failed: the replay stands still"));
    rig_clear(&rig);
}
END_TEST

/* One that can't be replayed is tried once, also where it was asked for. Had it been tried again,
 * its turn would have come before the later one's. */
START_TEST(test_backlog_once)
{
    Rig rig;

    rig_init(&rig, "can't start");
    if (_i)
        verifier_add(rig.verifier, "web");
    else
        verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.said->len, "the verdict");
    ck_assert(g_str_has_prefix(rig.said->str, _i ? "web failed" : "+web failed"));
    verifier_set_idle(rig.verifier, FALSE);
    g_string_truncate(rig.said, 0);
    replay_rig_recording(rig.store, "x-later");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.said->len, "the later one's verdict");
    ck_assert(g_str_has_prefix(rig.said->str, "+x-later failed"));
    rig_clear(&rig);
}
END_TEST

/* How far a proof is when it is dropped. */
static gboolean is_searching(const Rig *rig)
{
    (void)rig;
    return TRUE;
}

static gboolean has_scratch(const Rig *rig)
{
    return temp_count(store_path(rig->store)) > 2; /* beside the two recordings */
}

static gboolean is_digesting(const Rig *rig)
{
    (void)rig;
    return g_atomic_int_get(&digesting);
}

static const struct {
    const char *mode;
    gboolean (*reached)(const Rig *rig);
} points[] = {
    {"stalls", is_searching},
    {"stalls", has_scratch},
    {"stalls", has_started},
    {"slow digest", is_digesting},
};

/* When a recording begins, a proof is dropped without a wait or a trace, and made later. */
START_TEST(test_backlog_dropped)
{
    Rig rig;

    rig_init(&rig, points[_i].mode);
    replay_rig_recording(rig.store, "second");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(points[_i].reached(&rig), "the proof");
    verifier_set_idle(rig.verifier, FALSE);
    ck_assert(points[_i].reached != is_digesting || is_digesting(&rig));
    temp_wait(!has_scratch(&rig), "the proof's end");
    ck_assert_uint_eq(rig.said->len, 0);
    ck_assert_int_eq(get_verdict(&rig, "second"), VERDICT_NONE);
    replay_rig_set_mode("identical");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(strstr(rig.said->str, "web"), "the verdicts");
    ck_assert_str_eq(rig.said->str, "+second identical: -\n+web identical: -\n");
    rig_clear(&rig);
}
END_TEST

/* One that is asked for comes first, and what was dropped for it comes after it. */
START_TEST(test_backlog_gives_way)
{
    Rig rig;

    rig_init(&rig, points[_i].mode);
    replay_rig_recording(rig.store, "second");
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(points[_i].reached(&rig), "the proof");
    replay_rig_set_mode("identical");
    verifier_add(rig.verifier, "web");
    ck_assert(verifier_is_busy(rig.verifier));
    temp_wait(strstr(rig.said->str, "second"), "the verdicts");
    ck_assert_str_eq(rig.said->str, "web identical: -\n+second identical: -\n");
    rig_clear(&rig);
}
END_TEST

/* What another bridge proves, or has in its queue, is left to it, unless it is asked for. */
START_TEST(test_claimed)
{
    g_autofree char *directory = NULL;
    Rig rig;
    int claim;

    rig_init(&rig, "identical");
    replay_rig_recording(rig.store, "x-later");
    directory = g_build_filename(store_path(rig.store), "web", NULL);
    claim = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    ck_assert_int_eq(flock(claim, LOCK_EX | LOCK_NB), 0);
    verifier_set_idle(rig.verifier, TRUE);
    temp_wait(rig.said->len, "the other one's verdict");
    ck_assert_str_eq(rig.said->str, "+x-later identical: -\n");
    g_string_truncate(rig.said, 0);
    verifier_add(rig.verifier, "web");
    temp_wait(rig.said->len, "the verdict");
    ck_assert_str_eq(rig.said->str, "web identical: -\n");
    close(claim);
    rig_clear(&rig);
}
END_TEST

/* And the other side of it. */
START_TEST(test_claims)
{
    g_autoptr(Recording) recording = NULL;
    Rig rig;
    int claim = -1;

    rig_init(&rig, "stalls");
    recording = store_find(rig.store, "web", NULL);
    verifier_add(rig.verifier, "web");
    ck_assert(!store_claim_proof(recording, &claim));
    ck_assert_int_eq(claim, -1);
    g_clear_pointer(&rig.verifier, verifier_free);
    ck_assert(store_claim_proof(recording, &claim));
    ck_assert_int_ge(claim, 0);
    close(claim);
    rig_clear(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_verdict, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, test_other_version, 0, G_N_ELEMENTS(others));
    tcase_add_test(tcase, test_queue);
    tcase_add_loop_test(tcase, test_untouched, 0, G_N_ELEMENTS(texts));
    tcase_add_loop_test(tcase, test_free, 0, 5);
    tcase_add_test(tcase, test_backlog);
    tcase_add_loop_test(tcase, test_backlog_stalls, 0, 2);
    tcase_add_loop_test(tcase, test_backlog_once, 0, 2);
    tcase_add_loop_test(tcase, test_backlog_dropped, 0, G_N_ELEMENTS(points));
    tcase_add_loop_test(tcase, test_backlog_gives_way, 0, G_N_ELEMENTS(points));
    tcase_add_test(tcase, test_claimed);
    tcase_add_test(tcase, test_claims);
}

int main(int argc, char **argv)
{
    (void)argc;
    replay_rig_main(argv);
    return temp_run("verifier", add_tests);
}
