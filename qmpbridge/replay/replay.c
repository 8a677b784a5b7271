/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An emulator that replays a recording; see replay.h. All that belongs to one attempt is in
 * Attempt, so that the next one begins with nothing of the last.
 */
#include "qmpbridge/replay/replay.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/runtime-dir.h"
#include "qmpbridge/io/worker.h"
#include "qmpbridge/replay/console-reader.h"
#include "qmpbridge/replay/workspace.h"
#include "qmpbridge/vm/vm.h"

#define COMMAND_TIMEOUT_MS 60000u
/** How often the emulator is asked how far it is. */
#define WATCH_MS 250u
/** How long a replay may stand still, by default. */
#define STALL_SECONDS 20u
/** The same where one more attempt may help: at the snapshot, or between break and log's end. */
#define STUCK_SECONDS 3u
/** How much longer one in the background gets for everything: it runs when nothing else does. */
#define BACKGROUND_PATIENCE 6u
/** Attempts made again because they didn't get beyond the snapshot. */
#define MAX_STUCK 4u
/** Attempts made again for other reasons. */
#define MAX_RETRIES 3u

typedef struct {
    Workspace *workspace;
    Worker *worker;    /**< (nullable) fills the workspace */
    OwnedDir *runtime; /**< directory of the monitor's socket */
    Vm *vm;
    ConsoleReader *console;
    guint watch;
    guint64 icount;       /**< last seen */
    gint64 moved;         /**< when it last changed */
    gint64 answered;      /**< when the emulator last answered the watchdog */
    gboolean powered_off; /**< the guest has switched itself off */
    gboolean at_log_end;  /**< the emulator has read its log to the end */
    gboolean terminated;  /**< the emulator ends because it got a signal */
    gboolean past_goal;   /**< it runs on from a break to the log's end */
    gboolean frozen;      /**< the emulator's process stands still */
} Attempt;

struct Replay {
    const Recording *recording;
    const ReplayHandlers *handlers;
    gpointer user_data;
    Emulators *emulators;
    const EngineClass *engine; /**< of the recording; NULL until it is found */
    const Emulator *emulator;  /**< of .emulators; NULL until it is found */
    char *plugin;
    ReplayOptions with;       /**< without the pointers that were borrowed */
    gint64 stall, stuck_time; /**< µs */
    ReplayState state;
    guint64 goal;     /**< where to run to, until a client lets it go on from there; 0: nowhere */
    gboolean resumes; /**< it ran, without a goal, when this attempt became necessary */
    ReplaySought sought; /**< (nullable) waits until it is on its way to the goal */
    gpointer sought_data;
    Attempt attempt;
    guint attempts;
    guint stuck;   /**< attempts that didn't get beyond the snapshot */
    guint retries; /**< attempts made again for other reasons */
    guint64 log_skip;
    gboolean cancelled;
    guint telling; /**< idle source: .over is to be called */
    ReplayEnd end;
    char *detail;
};

/* --- the end ------------------------------------------------------------------------------- */

static void release_attempt(Replay *replay)
{
    Attempt *attempt = &replay->attempt;

    g_clear_handle_id(&attempt->watch, g_source_remove);
    if (attempt->worker)
        worker_cancel(attempt->worker);
    g_clear_pointer(&attempt->worker, worker_free);
    g_clear_pointer(&attempt->vm, vm_free);
    g_clear_pointer(&attempt->console, console_reader_free);
    g_clear_pointer(&attempt->workspace, workspace_free);
    g_clear_pointer(&attempt->runtime, runtime_dir_free);
}

static void finish_seek(Replay *replay, const GError *error)
{
    ReplaySought sought = replay->sought;

    replay->sought = NULL;
    if (sought)
        sought(error, replay->sought_data);
}

static gboolean call_over(gpointer user_data)
{
    Replay *replay = user_data;
    g_autofree char *detail = g_steal_pointer(&replay->detail);
    g_autoptr(GError) error = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, detail);

    replay->telling = 0;
    finish_seek(replay, error);
    replay->handlers->over(replay, replay->end, detail, replay->user_data);
    return G_SOURCE_REMOVE;
}

/* @detail: (transfer full). */
static void set_over(Replay *replay, ReplayEnd end, char *detail)
{
    release_attempt(replay);
    replay->state = REPLAY_OVER;
    replay->end = end;
    replay->detail = detail;
    replay->telling = g_idle_add(call_over, replay);
}

/* Ended by what came from the emulator. */
static void end_attempt(Replay *replay, ReplayEnd end, char *detail)
{
    if (replay->attempt.console)
        console_reader_read(replay->attempt.console);
    set_over(replay, end, detail);
}

/* --- asking the emulator ---------------------------------------------------------------------- */

/* The engine's way to replay. */
static const EngineReplay *way(const Replay *replay)
{
    return replay->engine->replay;
}

static void ask(Replay *replay, EngineCommand command, QmpReplyFunc func)
{
    qmp_client_execute(vm_monitor(replay->attempt.vm), command.name, command.args,
                       COMMAND_TIMEOUT_MS, func, func ? replay : NULL);
}

static void ask_icount(Replay *replay, QmpReplyFunc func)
{
    ask(replay, way(replay)->ask_icount(), func);
}

/* FALSE if there is nothing to be read from a reply: the emulator is going, or was let go. */
static gboolean read_icount(Replay *replay, JsonNode *value, const GError *error)
{
    Attempt *attempt = &replay->attempt;
    guint64 icount;

    if (error || !attempt->vm || !way(replay)->read_icount(value, &icount, NULL))
        return FALSE;
    if (icount != attempt->icount)
        attempt->moved = clock_mono();
    attempt->icount = icount;
    return TRUE;
}

static void note_running(Replay *replay)
{
    replay->state = REPLAY_RUNNING;
    replay->attempt.moved = clock_mono();
}

static void open_attempt(Replay *replay);

/* --- running --------------------------------------------------------------------------------- */

static void resume(Replay *replay)
{
    ask(replay, (EngineCommand){"cont", NULL}, NULL);
    note_running(replay);
}

static void run_to_goal(Replay *replay)
{
    ask(replay, way(replay)->run_to(replay->goal), NULL);
    resume(replay);
}

void replay_run_to(Replay *replay, guint64 icount)
{
    replay->goal = icount;
    if (replay->state == REPLAY_STOPPED)
        run_to_goal(replay);
}

/* It stands still here, and is to go to the goal. */
static void located(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Replay *replay = user_data;

    (void)client;
    if (!read_icount(replay, value, error)) /* the next attempt goes there, or it is over */
        return;
    if (replay->goal < replay->attempt.icount) {
        open_attempt(replay);
        return;
    }
    if (replay->goal > replay->attempt.icount)
        run_to_goal(replay);
    finish_seek(replay, NULL);
}

void replay_seek(Replay *replay, guint64 icount, ReplaySought func, gpointer user_data)
{
    replay->goal = icount;
    replay->sought = func;
    replay->sought_data = user_data;
    if (replay->state == REPLAY_RUNNING)
        ask(replay, (EngineCommand){"stop", NULL}, NULL);
    ask_icount(replay, located);
}

gboolean replay_is_seeking(const Replay *replay)
{
    return replay->sought != NULL;
}

void replay_run_to_log_end(Replay *replay)
{
    if (!replay->attempt.past_goal)
        ask(replay, way(replay)->run_on(), NULL);
    replay->attempt.past_goal = TRUE;
    resume(replay);
}

void replay_freeze(Replay *replay, gboolean frozen)
{
    replay->attempt.frozen = frozen;
    vm_freeze(replay->attempt.vm, frozen);
}

/* The emulator stands still. It may have been let go on since. */
static void stopped_at(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Replay *replay = user_data;

    (void)client;
    if (!read_icount(replay, value, error) || replay->state != REPLAY_STOPPED)
        return;
    console_reader_read(replay->attempt.console);
    replay->handlers->stopped(replay, replay->user_data);
}

/* A client lets it go on from the goal: a further attempt needn't stop there. (A comparison that
 * lets it go on to the log's end may begin anew, and needs the goal then.) */
static void forget_goal(Replay *replay)
{
    if (replay->goal <= replay->attempt.icount && !replay->attempt.past_goal)
        replay->goal = 0;
}

static void follow(Replay *replay, EngineCourse course)
{
    Attempt *attempt = &replay->attempt;

    switch (course) {
    case COURSE_OTHER:
        break;
    case COURSE_RUNS:
        forget_goal(replay);
        note_running(replay);
        break;
    case COURSE_STANDS:
        replay->state = REPLAY_STOPPED;
        ask_icount(replay, stopped_at);
        break;
    case COURSE_LOG_END:
    case COURSE_POWERED_OFF:
        attempt->at_log_end = TRUE;
        attempt->powered_off = course == COURSE_POWERED_OFF;
        break;
    case COURSE_TERMINATED:
        attempt->terminated = TRUE;
        break;
    }
}

static void vm_event(Vm *vm, JsonNode *event, gpointer user_data)
{
    Replay *replay = user_data;
    JsonObject *object = json_as_object(event);
    const char *name = json_as_string(json_lookup(object, "event"));

    (void)vm;
    if (name)
        follow(replay, way(replay)->course(name, json_as_object(json_lookup(object, "data"))));
    if (replay->handlers->event)
        replay->handlers->event(replay, event, replay->user_data);
}

/* --- the watchdog ---------------------------------------------------------------------------- */

static gboolean retry(Replay *replay)
{
    if (replay->cancelled || replay->retries >= MAX_RETRIES)
        return FALSE;
    replay->retries++;
    open_attempt(replay);
    return TRUE;
}

/* Now and then a replay doesn't get beyond its snapshot though nothing is wrong with the recording:
 * it is made again, perhaps another way. */
static gboolean retry_stuck(Replay *replay)
{
    const EngineReplay *with = way(replay);

    if (replay->attempt.icount != replay->recording->icount_begin || replay->stuck >= MAX_STUCK)
        return FALSE;
    replay->stuck++;
    if (with->vary)
        replay->log_skip = with->vary(replay->recording, replay->stuck, replay->log_skip);
    open_attempt(replay);
    return TRUE;
}

/* What its emulators are called. */
static const char *title(const Replay *replay)
{
    return replay->engine->title;
}

static char *how_far(const Replay *replay, const char *who, const char *what)
{
    return g_strdup_printf("%s %s instruction %" G_GUINT64_FORMAT " of %" G_GUINT64_FORMAT, who,
                           what, replay->attempt.icount, replay->recording->icount_end);
}

static void check_stall(Replay *replay)
{
    gint64 still = clock_mono() - replay->attempt.moved;

    if (replay->state != REPLAY_RUNNING || (still > replay->stuck_time && retry_stuck(replay)))
        return;
    if (still > (replay->attempt.past_goal ? replay->stuck_time : replay->stall))
        end_attempt(replay, REPLAY_STALLED, how_far(replay, "the replay", "stands still at"));
}

static void watched(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Replay *replay = user_data;

    (void)client;
    if (!read_icount(replay, value, error))
        return;
    replay->attempt.answered = clock_mono();
    console_reader_read(replay->attempt.console);
    if (replay->handlers->progress && replay->attempt.icount >= replay->recording->icount_begin)
        replay->handlers->progress(replay, replay->user_data);
    check_stall(replay);
}

static gboolean watch(gpointer user_data)
{
    Replay *replay = user_data;
    Attempt *attempt = &replay->attempt;

    if (attempt->frozen) { /* it can't answer */
        attempt->answered = clock_mono();
        return G_SOURCE_CONTINUE;
    }
    if (clock_mono() - attempt->answered > replay->stall) {
        attempt->watch = 0;
        end_attempt(replay, REPLAY_STALLED,
                    how_far(replay, title(replay), "hangs: it doesn't answer after"));
        return G_SOURCE_REMOVE;
    }
    ask_icount(replay, watched);
    return G_SOURCE_CONTINUE;
}

/* --- the emulator's process ------------------------------------------------------------------- */

static void vm_ready(Vm *vm, JsonNode *greeting, gpointer user_data)
{
    Replay *replay = user_data;
    Attempt *attempt = &replay->attempt;

    (void)vm;
    (void)greeting;
    replay->state = REPLAY_STOPPED;
    attempt->answered = clock_mono();
    attempt->watch = g_timeout_add(WATCH_MS, watch, replay);
    if (replay->goal && (!replay->sought || replay->goal != replay->recording->icount_begin))
        run_to_goal(replay);
    else if (replay->resumes)
        resume(replay);
    finish_seek(replay, NULL);
    if (replay->handlers->ready)
        replay->handlers->ready(replay, replay->user_data);
}

static void vm_gone(Vm *vm, const GError *error, gpointer user_data)
{
    Replay *replay = user_data;
    g_autofree char *quit = g_strdup_printf("%s has quit", title(replay));
    const char *what = error ? error->message : quit;
    g_autofree char *far = how_far(replay, title(replay), "gave up after");

    if (replay->attempt.terminated || vm_was_killed(vm)) {
        if (!retry(replay))
            end_attempt(replay, REPLAY_KILLED,
                        g_strdup_printf("%s was ended from outside: %s", title(replay), what));
    } else if (replay->state == REPLAY_LAUNCHING) {
        end_attempt(replay, REPLAY_UNOPENED,
                    g_strdup_printf("the replay can't be started: %s", what));
    } else {
        end_attempt(replay, REPLAY_GAVE_UP, g_strdup_printf("%s: %s", far, what));
    }
}

static const VmHandlers vm_handlers = {
    .ready = vm_ready,
    .event = vm_event,
    .gone = vm_gone,
};

static void console_came(const char *bytes, gsize len, gpointer user_data)
{
    Replay *replay = user_data;

    if (replay->handlers->console)
        replay->handlers->console(replay, bytes, len, replay->user_data);
}

static void launch(Replay *replay)
{
    Attempt *attempt = &replay->attempt;
    const Workspace *workspace = attempt->workspace;
    const Machine *machine = workspace->recording->machine;
    g_autoptr(GStringChunk) strings = g_string_chunk_new(256);
    g_autoptr(GError) error = NULL;
    RunOptions run = {
        .plugin = replay->plugin,
        .affinity = replay->with.affinity,
        .background = replay->with.background,
        .greeting_timeout_ms = replay->with.greeting_timeout_ms,
    };

    replay->engine->fill_run(&run, strings, replay->emulator, machine,
                             scratch_path(workspace->scratch), workspace->recording);
    replay->state = REPLAY_LAUNCHING;
    attempt->console = console_reader_new(workspace->console, console_came, replay);
    attempt->runtime = runtime_dir_new("replay", &error);
    if (attempt->runtime)
        attempt->vm =
            vm_start(machine, &run, owned_dir_path(attempt->runtime), &vm_handlers, replay, &error);
    if (!attempt->vm)
        set_over(replay, REPLAY_UNOPENED, g_strdup(error->message));
}

/* --- attempts -------------------------------------------------------------------------------- */

/* A WorkerFunc: what the emulator needs before it can start. */
static gboolean prepare(gpointer user_data, GError **error)
{
    Replay *replay = user_data;
    Workspace *workspace = replay->attempt.workspace;

    replay->emulator =
        emulators_find(replay->emulators, replay->engine, workspace->recording->machine->target,
                       workspace->recording->emulator_version, error);
    return replay->emulator && workspace_fill(workspace, error);
}

static void prepared(const GError *error, gpointer user_data)
{
    Replay *replay = user_data;

    g_clear_pointer(&replay->attempt.worker, worker_free);
    if (error || replay->cancelled)
        set_over(replay, REPLAY_UNOPENED, g_strdup(error ? error->message : "cancelled"));
    else
        launch(replay);
}

static void open_attempt(Replay *replay)
{
    const Recording *recording = replay->recording;
    g_autoptr(GError) error = NULL;
    Workspace *workspace;

    release_attempt(replay);
    replay->attempt = (Attempt){0};
    replay->attempts++;
    replay->resumes = replay->goal == 0 && replay->state == REPLAY_RUNNING;
    replay->state = REPLAY_PREPARING;
    workspace =
        workspace_new(recording->name, recording->directory, replay->with.trust_paths, &error);
    if (!workspace) {
        set_over(replay, REPLAY_UNOPENED, g_strdup(error->message));
        return;
    }
    if (replay->log_skip)
        workspace->recording->log_skip = replay->log_skip;
    replay->engine = workspace->engine;
    replay->attempt.workspace = workspace;
    replay->attempt.worker = worker_start(prepare, replay, prepared, replay);
}

gboolean replay_again(Replay *replay)
{
    return retry(replay);
}

gboolean replay_check(const Recording *recording, GError **error)
{
    if (recording->state == RECORDING_COMPLETE)
        return TRUE;
    if (recording->state == RECORDING_LIVE)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                    "%s is still being recorded; end it first", recording->name);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "%s is incomplete and can't be replayed: %s", recording->name,
                    recording->reason ? recording->reason : "unknown reason");
    return FALSE;
}

Replay *replay_open(const Recording *recording, const ReplayOptions *options,
                    const ReplayHandlers *handlers, gpointer user_data)
{
    Replay *replay = g_new0(Replay, 1);
    guint patience = options->background ? BACKGROUND_PATIENCE : 1;
    guint stall = options->stall_timeout ? options->stall_timeout : STALL_SECONDS;
    guint greeting =
        options->greeting_timeout_ms ? options->greeting_timeout_ms : VM_GREETING_TIMEOUT_MS;

    replay->recording = recording;
    replay->handlers = handlers;
    replay->user_data = user_data;
    replay->emulators = emulators_ref(options->emulators);
    replay->plugin = g_strdup(options->plugin);
    replay->with = *options;
    replay->with.greeting_timeout_ms = greeting * patience;
    replay->stall = (gint64)stall * patience * G_USEC_PER_SEC;
    replay->stuck_time = (gint64)STUCK_SECONDS * patience * G_USEC_PER_SEC;
    open_attempt(replay);
    return replay;
}

void replay_cancel(Replay *replay)
{
    replay->cancelled = TRUE;
    if (replay->attempt.worker)
        worker_cancel(replay->attempt.worker); /* prepared() follows */
    else if (replay->state != REPLAY_OVER)
        set_over(replay, REPLAY_UNOPENED, g_strdup("cancelled"));
}

void replay_close(Replay *replay)
{
    if (!replay)
        return;
    release_attempt(replay);
    g_clear_handle_id(&replay->telling, g_source_remove);
    emulators_unref(replay->emulators);
    g_free(replay->plugin);
    g_free(replay->detail);
    g_free(replay);
}

/* --- what is asked of it --------------------------------------------------------------------- */

ReplayState replay_state(const Replay *replay)
{
    return replay->state;
}

guint64 replay_icount(const Replay *replay)
{
    return replay->attempt.icount;
}

guint replay_attempt(const Replay *replay)
{
    return replay->attempts;
}

gboolean replay_at_log_end(const Replay *replay)
{
    return replay->attempt.at_log_end;
}

gboolean replay_powered_off(const Replay *replay)
{
    return replay->attempt.powered_off;
}

guint64 replay_log_skip(const Replay *replay)
{
    return replay->log_skip;
}

QmpClient *replay_monitor(const Replay *replay)
{
    return vm_monitor(replay->attempt.vm);
}

pid_t replay_pid(const Replay *replay)
{
    return vm_pid(replay->attempt.vm);
}

const char *replay_console(const Replay *replay)
{
    return replay->attempt.workspace->console;
}

const Emulator *replay_emulator(const Replay *replay)
{
    return replay->emulator;
}

const EngineClass *replay_engine(const Replay *replay)
{
    return replay->engine;
}
