/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay; see proof.h.
 *
 * Where a replay doesn't get beyond its snapshot, it is tried again, also without the event of a
 * timer that was due then (record/rrlog.h).
 *
 * Where the guest switched itself off, the VM stops some instructions after that, and never after
 * the same number: where the replay doesn't reach the very end, it is compared up to there.
 *
 * Where the end is: the replay stops at the icount at which the recording ended (replay-break),
 * and if it doesn't, at the end of its log. At one icount an interrupt may have been taken or
 * not, and a break stops before it: so where a comparison at the break fails, the replay goes on
 * to the end of the log, and the comparison there counts.
 */
#include "qmpbridge/record/proof-private.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/record/rrlog.h"

#define COMMAND_TIMEOUT_MS 60000u
/** How often progress is asked for. */
#define WATCH_MS 250u
/** How long a replay may stand still until it counts as diverged, by default. */
#define STALL_SECONDS 20u
/** The same where making it again may help: at the snapshot, or after a difference at the break. */
#define STUCK_SECONDS 3u
/** How much longer one in the background may stand still: it runs when nothing else does. */
#define BACKGROUND_PATIENCE 6u
/** Replays made again because they didn't get beyond the snapshot. */
#define MAX_STUCK 4u
/** Replays made again because QEMU went away before all was compared. */
#define MAX_RETRIES 3u

static gboolean tell(gpointer user_data)
{
    Proof *proof = user_data;

    proof->finish = 0;
    proof->handlers.done(proof->verdict, proof->detail, proof->seconds, proof->user_data);
    return G_SOURCE_REMOVE;
}

/* New console output goes to the owner. */
static void tell_console(Proof *proof)
{
    g_autofree char *text = NULL;
    gsize len = 0;

    if (!proof->handlers.console || !proof->workspace || !proof->workspace->console ||
        !g_file_get_contents(proof->workspace->console, &text, &len, NULL) ||
        len <= proof->console_told)
        return;
    proof->handlers.console(text + proof->console_told, len - proof->console_told,
                            proof->user_data);
    proof->console_told = len;
}

static void release(Proof *proof)
{
    g_clear_handle_id(&proof->watch, g_source_remove);
    if (proof->worker)
        worker_cancel(proof->worker);
    g_clear_pointer(&proof->worker, worker_free);
    g_clear_pointer(&proof->vm, vm_free);
    g_clear_pointer(&proof->workspace, workspace_free);
    g_clear_pointer(&proof->runtime, vm_remove_runtime_dir);
}

/* Another QEMU of the series may replay it too; if it doesn't, that says nothing. */
static gboolean is_same_version(const Proof *proof)
{
    const char *recorded = proof->workspace->recording->emulator_version;
    int major, minor, micro;

    return emulator_parse_version(recorded, &major, &minor, &micro) &&
           micro == proof->emulator->micro;
}

/* The end, told from the main loop. @detail: (transfer full) (nullable). */
void proof_finish(Proof *proof, Verdict verdict, char *detail)
{
    if (proof->finish) {
        g_free(detail);
        return;
    }
    if (proof->cancelled) {
        g_clear_pointer(&detail, g_free);
        verdict = VERDICT_NONE;
    }
    if (verdict == VERDICT_DIVERGED && !is_same_version(proof)) {
        g_autofree char *why = detail;

        verdict = VERDICT_FAILED;
        detail = g_strdup_printf("replayed by QEMU %s, not by %s: %s", proof->emulator->version,
                                 proof->workspace->recording->emulator_version, why);
    }
    tell_console(proof);
    if (proof->started)
        proof->seconds = (double)(clock_mono() - proof->started) / G_USEC_PER_SEC;
    proof->verdict = verdict;
    proof->detail = detail;
    release(proof);
    proof->finish = g_idle_add(tell, proof);
}

void proof_ask(Proof *proof, const char *command, JsonObject *args, QmpReplyFunc func)
{
    qmp_client_execute(vm_monitor(proof->vm), command, args, COMMAND_TIMEOUT_MS, func, proof);
}

void proof_ask_hmp(Proof *proof, const char *line, QmpReplyFunc func)
{
    proof_ask(proof, QUESTION_HMP, question_hmp_args(line), func);
}

/* TRUE if a reply must not be looked at: the proof is over, or QEMU is going. */
gboolean proof_is_over(const Proof *proof, const GError *error)
{
    return proof->finish || error;
}

/* --- running ------------------------------------------------------------------------------- */

static void ignore_reply(QmpClient *client, JsonNode *value, const GError *error,
                         gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error;
    (void)user_data;
}

static void run_on(Proof *proof)
{
    proof->moved = clock_mono();
    proof_ask(proof, "cont", NULL, ignore_reply);
}

void proof_go_on_to_log_end(Proof *proof)
{
    if (!proof->break_gone) {
        proof->break_gone = TRUE;
        proof_ask(proof, "replay-delete-break", NULL, ignore_reply);
    }
    run_on(proof);
}

static gboolean read_icount(Proof *proof, JsonNode *value)
{
    guint64 icount;

    if (!question_read_icount(value, &icount, NULL))
        return FALSE;
    if (icount != proof->icount)
        proof->moved = clock_mono();
    proof->icount = icount;
    return TRUE;
}

/* It has stopped: is this the end? */
static void stopped_at(QmpClient *client, JsonNode *value, const GError *error,
                       gpointer user_data)
{
    Proof *proof = user_data;
    guint64 end;

    (void)client;
    if (proof_is_over(proof, error) || !read_icount(proof, value))
        return;
    end = proof->workspace->recording->icount_end;
    if (proof->icount == end) {
        proof_compare(proof);
    } else if (proof->powered_off) {
        proof_compare_power_off(proof);
    } else if (proof->at_log_end || proof->icount > end) {
        proof_finish(proof, VERDICT_DIVERGED,
               g_strdup_printf("the replay ended at instruction %" G_GUINT64_FORMAT
                               ", the recording at %" G_GUINT64_FORMAT, proof->icount, end));
    } else {
        run_on(proof);
    }
}

/* The end of the log, or the guest has switched itself off: as it did when it was recorded? Or QEMU
 * got SIGTERM. */
static void note_shutdown(Proof *proof, JsonObject *data)
{
    gboolean guest = FALSE;

    if (g_strcmp0(json_as_string(json_lookup(data, "reason")), "host-signal") == 0) {
        proof->terminated = TRUE;
        return;
    }
    json_opt_bool(data, "guest", &guest, NULL);
    proof->at_log_end = TRUE;
    proof->powered_off =
        guest && g_strcmp0(proof->workspace->recording->reason, "shutdown") == 0;
}

static void vm_event(Vm *vm, JsonNode *event, gpointer user_data)
{
    Proof *proof = user_data;
    const char *name = json_as_string(json_lookup(json_as_object(event), "event"));

    (void)vm;
    if (proof->finish || !name)
        return;
    if (g_str_equal(name, "SHUTDOWN"))
        note_shutdown(proof, json_as_object(json_lookup(json_as_object(event), "data")));
    else if (g_str_equal(name, "STOP") && !proof->comparing)
        proof_ask(proof, QUESTION_ICOUNT, NULL, stopped_at);
}

static void start_vm(Proof *proof);

/* A WorkerFunc: what a replay needs before it can start. */
static gboolean prepare(gpointer user_data, GError **error)
{
    Proof *proof = user_data;
    Workspace *workspace = proof->workspace;

    proof->emulator = emulators_find(proof->emulators, workspace->recording->emulator_version,
                                     error);
    return proof->emulator && workspace_fill(workspace, error);
}

static void prepared(const GError *error, gpointer user_data)
{
    Proof *proof = user_data;

    g_clear_pointer(&proof->worker, worker_free);
    if (error || proof->cancelled)
        proof_finish(proof, VERDICT_FAILED, error ? g_strdup(error->message) : NULL);
    else
        start_vm(proof);
}

static void fill_workspace(Proof *proof, const char *name, const char *directory)
{
    g_autoptr(GError) error = NULL;

    proof->workspace = workspace_new(name, directory, proof->trust_paths, &error);
    if (!proof->workspace) {
        proof_finish(proof, VERDICT_FAILED, g_strdup(error->message));
        return;
    }
    if (proof->log_skip)
        proof->workspace->recording->log_skip = proof->log_skip;
    proof->worker = worker_start(prepare, proof, prepared, proof);
}

/* The whole replay once more. */
static void start_again(Proof *proof)
{
    const Recording *recording = proof->workspace->recording;
    g_autofree char *name = g_strdup(recording->name);
    g_autofree char *directory = g_strdup(recording->directory);

    release(proof);
    proof->started = 0;
    proof->icount = 0;
    proof->console_told = 0;
    proof->difference = NULL;
    proof->at_log_end = proof->powered_off = proof->terminated = FALSE;
    proof->comparing = proof->frozen = proof->break_gone = FALSE;
    fill_workspace(proof, name, directory);
}

void proof_retry(Proof *proof, char *detail)
{
    if (proof->finish || proof->cancelled || proof->retries++ >= MAX_RETRIES) {
        proof_finish(proof, VERDICT_FAILED, detail);
        return;
    }
    g_free(detail);
    start_again(proof);
}

/* Stuck at the snapshot. Now and then a replay doesn't get going though nothing is wrong with the
 * recording: it is made again, every other time without a due timer's event. */
static gboolean try_again(Proof *proof)
{
    const Recording *recording = proof->workspace->recording;
    g_autofree char *log = recording_file(recording, RECORDING_LOG);

    if (proof->icount != recording->icount_begin || proof->stuck >= MAX_STUCK)
        return FALSE;
    proof->stuck++;
    if (proof->log_skip)
        proof->log_skip = 0;
    else if (proof->stuck % 2 == 0 && !recording->log_skip)
        rrlog_find_due_timer(log, recording->log_begin, &proof->log_skip);
    start_again(proof);
    return TRUE;
}

void proof_diverged(Proof *proof, const char *what)
{
    proof_finish(proof, VERDICT_DIVERGED,
                 g_strdup_printf("%s at instruction %" G_GUINT64_FORMAT
                                 " differ from the recording", what, proof->icount));
}

/* It differed at the break and doesn't go on to the log's end, where a comparison would count:
 * made again it may get there. */
static void settle_difference(Proof *proof)
{
    if (proof->retries++ < MAX_RETRIES)
        start_again(proof);
    else
        proof_diverged(proof, proof->difference);
}

/* Behind everything else on a busy host it may have got no CPU, which says nothing about the
 * recording. @detail: (transfer full). */
static void finish_stalled(Proof *proof, char *detail)
{
    proof_finish(proof, proof->background ? VERDICT_FAILED : VERDICT_DIVERGED, detail);
}

/* Has it stood still for too long? Then that is the end, or there is another try. */
static void check_stall(Proof *proof)
{
    const Recording *recording = proof->workspace->recording;
    gint64 still = clock_mono() - proof->moved;

    if (proof->comparing || (still > proof->stuck_time && try_again(proof)))
        return;
    if (proof->difference && still > proof->stuck_time)
        settle_difference(proof);
    else if (still > proof->stall)
        finish_stalled(proof, g_strdup_printf("the replay stands still at instruction %"
                                              G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                                              proof->icount, recording->icount_end));
}

static void watched(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Proof *proof = user_data;
    const Recording *recording;

    (void)client;
    if (proof_is_over(proof, error) || !read_icount(proof, value))
        return;
    proof->answered = clock_mono();
    recording = proof->workspace->recording;
    tell_console(proof);
    if (proof->handlers.progress && proof->icount >= recording->icount_begin)
        proof->handlers.progress(proof->icount - recording->icount_begin,
                                 recording_insns(recording), proof->user_data);
    check_stall(proof);
}

static gboolean watch(gpointer user_data)
{
    Proof *proof = user_data;

    if (proof->frozen) { /* it can't answer */
        proof->answered = clock_mono();
        return G_SOURCE_CONTINUE;
    }
    if (clock_mono() - proof->answered > proof->stall) {
        proof->watch = 0;
        finish_stalled(proof, g_strdup_printf("QEMU hangs: it doesn't answer after instruction %"
                                              G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT,
                                              proof->icount,
                                              proof->workspace->recording->icount_end));
        return G_SOURCE_REMOVE;
    }
    proof_ask(proof, QUESTION_ICOUNT, NULL, watched);
    return G_SOURCE_CONTINUE;
}

static void vm_ready(Vm *vm, JsonNode *greeting, gpointer user_data)
{
    Proof *proof = user_data;
    JsonObject *args = json_object_new();

    (void)vm;
    (void)greeting;
    json_object_set_int_member(args, "icount", (gint64)proof->workspace->recording->icount_end);
    proof_ask(proof, "replay-break", args, ignore_reply); /* refused where the end is the begin */
    proof->started = proof->answered = clock_mono();
    run_on(proof);
    proof->watch = g_timeout_add(WATCH_MS, watch, proof);
}

/* QEMU may read on past the break and quit before all has been compared: that tells nothing. */
static gboolean is_past_break(const Proof *proof)
{
    return proof->comparing ||
           (proof->started && proof->icount == proof->workspace->recording->icount_end);
}

static void vm_gone(Vm *vm, const GError *error, gpointer user_data)
{
    Proof *proof = user_data;
    const char *what = error ? error->message : "QEMU has quit";

    if (proof->finish)
        return;
    if (proof->terminated || vm_was_killed(vm))
        proof_retry(proof, g_strdup_printf("QEMU was ended from outside: %s", what));
    else if (proof->difference)
        settle_difference(proof);
    else if (is_past_break(proof))
        proof_retry(proof, g_strdup_printf("QEMU ended while it was compared: %s", what));
    else if (proof->started)
        proof_finish(proof, VERDICT_DIVERGED,
               g_strdup_printf("QEMU gave up after instruction %" G_GUINT64_FORMAT " of %"
                               G_GUINT64_FORMAT ": %s", proof->icount,
                               proof->workspace->recording->icount_end, what));
    else
        proof_finish(proof, VERDICT_FAILED,
               g_strdup_printf("the replay can't be started: %s", what));
}

static const VmHandlers vm_handlers = {
    .ready = vm_ready,
    .event = vm_event,
    .gone = vm_gone,
};

static void start_vm(Proof *proof)
{
    const Workspace *workspace = proof->workspace;
    g_autofree char *journal = arguments_escape(workspace->journal);
    g_autofree char *plugin_args = g_strdup_printf(",replay=%s", journal);
    g_autoptr(GError) error = NULL;
    RunOptions run = {
        .mode = RUN_REPLAY,
        .emulator = proof->emulator->path,
        .log = workspace->log,
        .snapshot = workspace->recording->snapshot,
        .vmstate = workspace->vmstate,
        .overlay = workspace->overlay,
        .console = workspace->console,
        .plugin = proof->plugin,
        .plugin_args = plugin_args,
        .sandbox = proof->emulator->sandbox,
        .affinity = proof->affinity,
        .background = proof->background,
    };

    proof->runtime = vm_make_runtime_dir("replay", &error);
    if (proof->runtime)
        proof->vm = vm_start(workspace->recording->machine, &run, owned_dir_path(proof->runtime),
                             &vm_handlers, proof, &error);
    if (!proof->vm)
        proof_finish(proof, VERDICT_FAILED, g_strdup(error->message));
}

Proof *proof_start(const Recording *recording, const ProofOptions *options,
                   const ProofHandlers *handlers, gpointer user_data)
{
    Proof *proof = g_new0(Proof, 1);
    guint stall = options->stall_timeout ? options->stall_timeout : STALL_SECONDS;
    gint64 second = G_USEC_PER_SEC * (options->background ? BACKGROUND_PATIENCE : 1);

    proof->handlers = *handlers;
    proof->user_data = user_data;
    proof->emulators = emulators_ref(options->emulators);
    proof->plugin = g_strdup(options->plugin);
    proof->affinity = options->affinity;
    proof->trust_paths = options->trust_paths;
    proof->digest = options->digest ? options->digest : ram_digest;
    proof->background = options->background;
    proof->stall = stall * second;
    proof->stuck_time = STUCK_SECONDS * second;
    fill_workspace(proof, recording->name, recording->directory);
    return proof;
}

void proof_cancel(Proof *proof)
{
    proof->cancelled = TRUE;
    if (proof->worker)
        worker_cancel(proof->worker); /* what it calls then ends the proof */
    else
        proof_finish(proof, VERDICT_NONE, NULL);
}

void proof_free(Proof *proof)
{
    if (!proof)
        return;
    release(proof);
    g_clear_handle_id(&proof->finish, g_source_remove);
    emulators_unref(proof->emulators);
    g_free(proof->plugin);
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
