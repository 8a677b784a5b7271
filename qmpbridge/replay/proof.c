/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay; see proof.h. The emulator stands still while it is compared, from
 * proof_compare() to the verdict or to differs().
 */
#include "qmpbridge/replay/proof.h"

#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/worker.h"

#define COMMAND_TIMEOUT_MS 60000u
#define PIECE_BYTES 16384u

struct Proof {
    const Recording *recording;
    ProofHandlers handlers;
    gpointer user_data;
    Replay *replay; /**< NULL once it is done */
    gboolean background, attended, cancelled;
    gint64 started; /**< when the attempt began to run */
    guint compared; /**< the attempt that is compared, as replay_attempt() counts them; 0: none */
    const char *difference; /**< (nullable) what differed at the break */
    RamDigestFunc digest;
    Worker *worker; /**< (nullable) digests RAM */
    RamRegion ram;
    char *ram_sha256;
    guint finish; /**< idle source: .done is to be called */
    Verdict verdict;
    char *detail;
    double seconds;
    guint64 log_skip;
};

/* --- the end ------------------------------------------------------------------------------- */

static gboolean call_done(gpointer user_data)
{
    Proof *proof = user_data;

    proof->finish = 0;
    proof->handlers.done(proof->verdict, proof->detail, proof->seconds, proof->user_data);
    return G_SOURCE_REMOVE;
}

static void drop_digest(Proof *proof)
{
    if (proof->worker)
        worker_cancel(proof->worker);
    g_clear_pointer(&proof->worker, worker_free);
}

/* Another emulator of the series may replay it too; if it doesn't, that says nothing. */
static gboolean is_same_version(const Proof *proof)
{
    Version version;

    return version_parse(proof->recording->emulator_version, &version) &&
           version.micro == replay_emulator(proof->replay)->number.micro;
}

/* @detail: (transfer full) (nullable). */
static void finish(Proof *proof, Verdict verdict, char *detail)
{
    if (proof->cancelled) {
        g_clear_pointer(&detail, g_free);
        verdict = VERDICT_NONE;
    }
    if (verdict == VERDICT_DIVERGED && !is_same_version(proof)) {
        g_autofree char *why = detail;

        verdict = VERDICT_FAILED;
        detail = g_strdup_printf(
            "replayed by %s %s, not by %s: %s", replay_engine(proof->replay)->title,
            replay_emulator(proof->replay)->version, proof->recording->emulator_version, why);
    }
    if (proof->started)
        proof->seconds = (double)(clock_mono() - proof->started) / G_USEC_PER_SEC;
    proof->verdict = verdict;
    proof->detail = detail;
    proof->log_skip = replay_log_skip(proof->replay);
    drop_digest(proof);
    g_clear_pointer(&proof->replay, replay_close);
    proof->finish = g_idle_add(call_done, proof);
}

static void finish_diverged(Proof *proof, const char *what)
{
    finish(proof, VERDICT_DIVERGED,
           g_strdup_printf("%s at instruction %" G_GUINT64_FORMAT " differ from the recording",
                           what, replay_icount(proof->replay)));
}

/* What happened says nothing about the recording. @detail: (transfer full). */
static void again_or_failed(Proof *proof, char *detail)
{
    if (replay_again(proof->replay))
        g_free(detail);
    else
        finish(proof, VERDICT_FAILED, detail);
}

/* --- comparing ----------------------------------------------------------------------------- */

/* FALSE if what comes now is of an attempt that is over. */
static gboolean is_comparing(const Proof *proof)
{
    return proof->replay && replay_state(proof->replay) == REPLAY_STOPPED &&
           proof->compared == replay_attempt(proof->replay);
}

/* One part of the state differs from what was recorded. */
static void differs(Proof *proof, const char *what)
{
    proof->compared = 0;
    proof->difference = what;
    if (replay_at_log_end(proof->replay))
        finish_diverged(proof, what);
    else
        replay_run_to_log_end(proof->replay);
}

/* @part: the shorter one may be the beginning of the other. */
static gboolean same_bytes(FILE *one, FILE *other, gboolean part)
{
    char a[PIECE_BYTES], b[PIECE_BYTES];
    gsize n, m;

    do {
        n = fread(a, 1, sizeof(a), one);
        m = fread(b, 1, sizeof(b), other);
        if (memcmp(a, b, MIN(n, m)) != 0 || (n != m && !part))
            return FALSE;
    } while (n == sizeof(a) && m == sizeof(b));
    return !ferror(one) && !ferror(other);
}

static gboolean same_console(const Proof *proof, gboolean part)
{
    g_autofree char *path = recording_file(proof->recording, RECORDING_CONSOLE);
    FILE *recorded = g_fopen(path, "re");
    FILE *replayed = g_fopen(replay_console(proof->replay), "re");
    gboolean same = recorded && replayed && same_bytes(recorded, replayed, part);

    if (recorded)
        fclose(recorded);
    if (replayed)
        fclose(replayed);
    return same;
}

/* A WorkerFunc. */
static gboolean digest_ram(gpointer data, GError **error)
{
    Proof *proof = data;

    g_free(proof->ram_sha256);
    proof->ram_sha256 = proof->digest(&proof->ram, error);
    return proof->ram_sha256 != NULL;
}

static void ram_digested(const GError *error, gpointer user_data)
{
    Proof *proof = user_data;

    g_clear_pointer(&proof->worker, worker_free);
    if (proof->cancelled) {
        finish(proof, VERDICT_NONE, NULL);
        return;
    }
    if (!is_comparing(proof)) /* it was killed meanwhile: the Replay is in its next attempt */
        return;
    replay_freeze(proof->replay, FALSE);
    if (error)
        again_or_failed(proof, g_strdup(error->message));
    else if (!g_str_equal(proof->ram_sha256, proof->recording->ram_sha256))
        differs(proof, "guest RAM");
    else if (!same_console(proof, FALSE))
        differs(proof, "the console's bytes");
    else
        finish(proof, VERDICT_IDENTICAL, NULL);
}

/* The engine's way to replay; it is compared. */
static const EngineReplay *way(const Proof *proof)
{
    return replay_engine(proof->replay)->replay;
}

static void ask(Proof *proof, EngineCommand command, QmpReplyFunc func)
{
    qmp_client_execute(replay_monitor(proof->replay), command.name, command.args,
                       COMMAND_TIMEOUT_MS, func, proof);
}

static void ram_located(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Proof *proof = user_data;
    g_autoptr(GError) bad = NULL;

    (void)client;
    if (error || !is_comparing(proof))
        return;
    proof->ram.pid = replay_pid(proof->replay);
    proof->ram.size = (guint64)proof->recording->machine->memory << 20;
    if (!way(proof)->read_ram(value, &proof->ram.address, &bad)) {
        finish(proof, VERDICT_FAILED, g_strdup(bad->message));
    } else {
        /* Its main loop reads the log on, also while the VM is stopped, and quits at the end. */
        replay_freeze(proof->replay, TRUE);
        proof->worker = worker_start(digest_ram, proof, ram_digested, proof);
    }
}

static void registers_replied(QmpClient *client, JsonNode *value, const GError *error,
                              gpointer user_data)
{
    Proof *proof = user_data;
    g_autofree char *path = recording_file(proof->recording, RECORDING_REGISTERS);
    g_autofree char *recorded = NULL;

    (void)client;
    if (error || !is_comparing(proof))
        return;
    g_file_get_contents(path, &recorded, NULL, NULL);
    if (g_strcmp0(recorded, way(proof)->read_registers(value, NULL)) != 0) {
        differs(proof, "registers");
        return;
    }
    ask(proof, way(proof)->ask_ram(proof->recording->machine), ram_located);
}

static void compare(Proof *proof)
{
    proof->compared = replay_attempt(proof->replay);
    ask(proof, way(proof)->ask_registers(), registers_replied);
}

static void compare_power_off(Proof *proof)
{
    if (same_console(proof, TRUE))
        finish(proof, VERDICT_IDENTICAL,
               g_strdup("up to the guest's power-off; registers and memory after that can't be "
                        "compared"));
    else
        finish(proof, VERDICT_DIVERGED, g_strdup("the console's bytes differ from the recording"));
}

/* --- what the Replay says -------------------------------------------------------------------- */

static void on_ready(Replay *replay, gpointer user_data)
{
    Proof *proof = user_data;

    drop_digest(proof); /* of an attempt that was killed meanwhile */
    proof->compared = 0;
    proof->difference = NULL;
    proof->started = clock_mono();
    if (proof->handlers.ready)
        proof->handlers.ready(replay, proof->user_data);
}

static void on_event(Replay *replay, JsonNode *event, gpointer user_data)
{
    const Proof *proof = user_data;

    (void)replay;
    if (proof->handlers.event)
        proof->handlers.event(event, proof->user_data);
}

static void on_progress(Replay *replay, gpointer user_data)
{
    const Proof *proof = user_data;

    if (proof->handlers.progress)
        proof->handlers.progress(replay_icount(replay) - proof->recording->icount_begin,
                                 recording_insns(proof->recording), proof->user_data);
}

static void on_console(Replay *replay, const char *bytes, gsize len, gpointer user_data)
{
    const Proof *proof = user_data;

    (void)replay;
    if (proof->handlers.console)
        proof->handlers.console(bytes, len, proof->user_data);
}

static void on_stopped(Replay *replay, gpointer user_data)
{
    Proof *proof = user_data;
    guint64 icount = replay_icount(replay), end = proof->recording->icount_end;

    if (proof->compared)
        return;
    if (icount == end)
        compare(proof);
    else if (replay_powered_off(replay) && g_strcmp0(proof->recording->reason, "shutdown") == 0)
        compare_power_off(proof);
    else if (replay_at_log_end(replay) || icount > end)
        finish(proof, VERDICT_DIVERGED,
               g_strdup_printf("the replay ended at instruction %" G_GUINT64_FORMAT
                               ", the recording at %" G_GUINT64_FORMAT,
                               icount, end));
    else if (!proof->attended)
        replay_run_to(replay, end);
}

/* The emulator may read on past the break and quit before all has been compared: that says nothing.
 */
static gboolean was_at_end(const Proof *proof)
{
    return proof->compared || replay_icount(proof->replay) == proof->recording->icount_end;
}

static void on_over(Replay *replay, ReplayEnd end, const char *detail, gpointer user_data)
{
    Proof *proof = user_data;

    if (end == REPLAY_UNOPENED || end == REPLAY_KILLED) {
        finish(proof, VERDICT_FAILED, g_strdup(detail));
    } else if (proof->difference) {
        /* It didn't get from the break to the log's end, where a comparison would count. */
        if (!replay_again(replay))
            finish_diverged(proof, proof->difference);
    } else if (end == REPLAY_GAVE_UP && was_at_end(proof)) {
        again_or_failed(proof, g_strdup(detail));
    } else {
        /* One that stands still behind everything else on a busy host may have got no CPU. */
        finish(proof,
               end == REPLAY_STALLED && proof->background ? VERDICT_FAILED : VERDICT_DIVERGED,
               g_strdup(detail));
    }
}

static const ReplayHandlers replay_handlers = {
    .ready = on_ready,
    .event = on_event,
    .progress = on_progress,
    .console = on_console,
    .stopped = on_stopped,
    .over = on_over,
};

/* --- life ---------------------------------------------------------------------------------- */

Proof *proof_start(const Recording *recording, const ProofOptions *options,
                   const ProofHandlers *handlers, gpointer user_data)
{
    Proof *proof = g_new0(Proof, 1);

    proof->recording = recording;
    proof->handlers = *handlers;
    proof->user_data = user_data;
    proof->digest = options->digest ? options->digest : ram_digest;
    proof->background = options->replay.background;
    proof->attended = options->attended || options->paused;
    proof->replay = replay_open(recording, &options->replay, &replay_handlers, proof);
    if (!options->paused)
        replay_run_to(proof->replay, recording->icount_end);
    return proof;
}

void proof_cancel(Proof *proof)
{
    if (!proof->replay)
        return;
    proof->cancelled = TRUE;
    if (proof->worker)
        worker_cancel(proof->worker); /* ram_digested() follows */
    else
        replay_cancel(proof->replay); /* on_over() follows */
}

Replay *proof_replay(const Proof *proof)
{
    return proof->replay;
}

gboolean proof_is_comparing(const Proof *proof)
{
    return is_comparing(proof);
}

void proof_free(Proof *proof)
{
    if (!proof)
        return;
    drop_digest(proof);
    replay_close(proof->replay);
    g_clear_handle_id(&proof->finish, g_source_remove);
    g_free(proof->ram_sha256);
    g_free(proof->detail);
    g_free(proof);
}

gboolean proof_keep(Recording *recording, const Proof *proof, GError **error)
{
    if (proof->verdict == VERDICT_IDENTICAL && proof->log_skip)
        recording->log_skip = proof->log_skip;
    recording->verdict = proof->verdict;
    g_free(recording->verdict_detail);
    recording->verdict_detail = g_strdup(proof->detail);
    recording->verdict_wall = clock_wall();
    recording->verdict_time = (gint64)(proof->seconds * G_USEC_PER_SEC);
    return recording_save(recording, error);
}
