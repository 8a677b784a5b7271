/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * begin_replay and end_replay; see replay-service.h. A replay's life here:
 *
 *     begin_replay -> proof_start() -> on_ready(): its socket answers, REPLAY_BEGIN, the reply
 *     -> on_progress(): REPLAY_PROGRESS -> on_done(): REPLAY_END, the replies of end_replay
 *
 * on_ready() comes again when the Replay is opened anew (replay/replay.h): its clients stay
 * connected, and what they wait for fails.
 */
#include "qmpbridge/replay/replay-service.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/runtime-dir.h"
#include "qmpbridge/vm/vm.h"

/** Between two events REPLAY_PROGRESS, in µs. */
#define PROGRESS_EVERY G_USEC_PER_SEC
/** Until a replay counts as stalled: a client's long command, as pmemsave, holds up the watchdog's
 * questions. */
#define STALL_SECONDS 60u

/** Values of MEMBER_REASON. */
#define REASON_FINISHED "finished"
#define REASON_REQUESTED "requested"
#define REASON_SHUTDOWN "shutdown"

#define REOPENED "the replay is opened anew from its snapshot: try again after REPLAY_BEGIN"
#define COMPARED "the replay has reached its end and is compared with the recording"

struct ReplayService {
    ReplayServiceOptions with;
    GPtrArray *playing; /**< Playing */
    gboolean ending;
};

/** One replay. */
typedef struct {
    ReplayService *service;
    Recording *recording;
    OwnedDir *runtime; /**< directory of the socket */
    ControlSocket *socket;
    Proof *proof;
    QmpRequest *begin;  /**< (nullable) begin_replay, until the socket answers */
    QmpRequest *seek;   /**< (nullable) replay-seek, until it is on its way */
    GPtrArray *enders;  /**< QmpRequest: end_replay */
    const char *reason; /**< why it ends */
    gboolean begun;     /**< REPLAY_BEGIN was emitted */
    gint64 next_progress;
    guint64 shown; /**< instructions of the last REPLAY_PROGRESS */
} Playing;

static void playing_free(gpointer data)
{
    Playing *playing = data;

    proof_free(playing->proof);
    control_socket_free(playing->socket);
    runtime_dir_free(playing->runtime);
    g_clear_pointer(&playing->begin, qmp_request_unref);
    g_clear_pointer(&playing->seek, qmp_request_unref);
    g_ptr_array_unref(playing->enders);
    recording_free(playing->recording);
    g_free(playing);
}

/* --- what the live VM's clients see ---------------------------------------------------------- */

/* An object that names the recording. (transfer full) */
static JsonObject *named(const Playing *playing)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, MEMBER_FILE_NAME, playing->recording->name);
    return object;
}

static void emit(const Playing *playing, const char *name, JsonObject *data)
{
    playing->service->with.emit(name, data, playing->service->with.user_data);
}

/* What REPLAY_BEGIN and the reply have. (transfer full) */
static JsonObject *begin_object(const Playing *playing)
{
    JsonObject *object = named(playing);
    const Recording *recording = playing->recording;
    const Replay *replay = proof_replay(playing->proof);

    json_object_set_string_member(object, MEMBER_SOCKET, control_socket_path(playing->socket));
    json_object_set_string_member(object, MEMBER_CONSOLE, replay_console(replay));
    json_object_set_int_member(object, MEMBER_BEGIN_ICOUNT, (gint64)recording->icount_begin);
    json_object_set_int_member(object, MEMBER_END_ICOUNT, (gint64)recording->icount_end);
    json_object_set_int_member(object, MEMBER_ATTEMPT, replay_attempt(replay));
    return object;
}

static void on_ready(Replay *replay, gpointer user_data)
{
    Playing *playing = user_data;
    QmpClient *monitor = replay_monitor(replay);

    control_socket_connect(playing->socket, monitor, NULL);
    control_socket_greet(playing->socket, qmp_client_greeting(monitor));
    playing->begun = TRUE;
    emit(playing, EVENT_REPLAY_BEGIN, begin_object(playing));
    if (playing->begin)
        qmp_request_return_object(playing->begin, begin_object(playing));
    g_clear_pointer(&playing->begin, qmp_request_unref);
}

static void on_event(JsonNode *event, gpointer user_data)
{
    control_socket_event(((Playing *)user_data)->socket, event);
}

static void on_progress(guint64 done, guint64 total, gpointer user_data)
{
    Playing *playing = user_data;
    gint64 now = clock_mono();
    JsonObject *data;

    if (now < playing->next_progress || done == playing->shown)
        return;
    playing->next_progress = now + PROGRESS_EVERY;
    playing->shown = done;
    data = named(playing);
    json_object_set_int_member(data, MEMBER_DONE, (gint64)done);
    json_object_set_int_member(data, MEMBER_TOTAL, (gint64)total);
    emit(playing, EVENT_REPLAY_PROGRESS, data);
}

/* What REPLAY_END and the reply of end_replay have. @verdict: NONE where nothing was compared.
 * (transfer full) */
static JsonObject *end_object(const Playing *playing, Verdict verdict, const char *detail)
{
    JsonObject *object = named(playing);

    json_object_set_string_member(object, MEMBER_REASON, playing->reason);
    if (verdict != VERDICT_NONE)
        json_object_set_string_member(object, MEMBER_RESULT, verdict_name(verdict));
    if (detail)
        json_object_set_string_member(object, MEMBER_DETAIL, detail);
    return object;
}

static void on_done(Verdict verdict, const char *detail, double seconds, gpointer user_data)
{
    Playing *playing = user_data;
    ReplayService *service = playing->service;
    const char *why = detail ? detail : "the replay was ended before it began";

    (void)seconds;
    if (!playing->reason)
        playing->reason = REASON_FINISHED;
    if (playing->begun)
        emit(playing, EVENT_REPLAY_END, end_object(playing, verdict, detail));
    if (playing->begin)
        qmp_request_error(playing->begin, "GenericError", why);
    for (guint i = 0; i < playing->enders->len; i++)
        qmp_request_return_object(playing->enders->pdata[i], end_object(playing, verdict, detail));
    g_ptr_array_remove(service->playing, playing);
    service->with.settled(service->with.user_data);
}

static void end(Playing *playing, const char *reason)
{
    if (!playing->reason)
        playing->reason = reason;
    proof_cancel(playing->proof);
}

/* --- what clients of a replay's own socket may do -------------------------------------------- */

/* Why the command isn't passed on; NULL if it is. */
static const char *check(const Playing *playing, QmpRequest *request)
{
    const EngineReplay *way = replay_engine(proof_replay(playing->proof))->replay;
    const char *name = qmp_request_name(request);

    if (g_str_has_prefix(name, "query-"))
        return NULL;
    if (proof_is_comparing(playing->proof))
        return COMPARED;
    return way->refuse(name, qmp_request_args(request));
}

static void sought(const GError *error, gpointer user_data)
{
    Playing *playing = user_data;
    g_autoptr(QmpRequest) request = g_steal_pointer(&playing->seek);

    if (error)
        qmp_request_gerror(request, error);
    else
        qmp_request_return(request, NULL);
}

/* replay-seek, forth and back. @request: (transfer none). */
static gboolean seek(Playing *playing, QmpRequest *request, GError **error)
{
    const Recording *recording = playing->recording;
    Replay *replay = proof_replay(playing->proof);
    guint64 icount = 0;

    if (!json_get_uint(qmp_request_args(request), MEMBER_ICOUNT, &icount, error))
        return FALSE;
    if (icount < recording->icount_begin || icount > recording->icount_end) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "the recording has the instructions %" G_GUINT64_FORMAT
                    " to %" G_GUINT64_FORMAT,
                    recording->icount_begin, recording->icount_end);
        return FALSE;
    }
    if (proof_is_comparing(playing->proof)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE, COMPARED);
        return FALSE;
    }
    if (replay_is_seeking(replay)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                            "another replay-seek is on its way");
        return FALSE;
    }
    playing->seek = qmp_request_ref(request);
    replay_seek(replay, icount, sought, playing);
    return TRUE;
}

static gboolean is_open(const Playing *playing)
{
    const Replay *replay = proof_replay(playing->proof);

    return replay &&
           (replay_state(replay) == REPLAY_STOPPED || replay_state(replay) == REPLAY_RUNNING);
}

/* What query-console returns here: nothing can be typed, as the recording has what was typed.
 * (transfer full) */
static JsonObject *console_object(const Playing *playing)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, MEMBER_FILE,
                                  replay_console(proof_replay(playing->proof)));
    json_object_set_boolean_member(object, MEMBER_WRITABLE, FALSE);
    json_object_set_string_member(object, MEMBER_WRITER, "none");
    return object;
}

static gboolean take(QmpRequest *request, gpointer user_data)
{
    Playing *playing = user_data;
    const char *name = qmp_request_name(request);
    g_autoptr(QmpRequest) owned = NULL;
    g_autoptr(GError) error = NULL;
    const char *why;

    if (g_str_equal(name, "quit")) {
        owned = request;
        qmp_request_return(request, NULL);
        end(playing, REASON_REQUESTED);
    } else if (!is_open(playing)) {
        owned = request;
        qmp_request_error(request, "GenericError", REOPENED);
    } else if (g_str_equal(name, COMMAND_QUERY_CONSOLE)) {
        owned = request;
        qmp_request_return_object(request, console_object(playing));
    } else if (g_str_equal(name, COMMAND_REPLAY_SEEK)) {
        owned = request;
        if (!seek(playing, request, &error))
            qmp_request_gerror(request, error);
    } else if ((why = check(playing, request))) {
        g_autofree char *text = g_strdup_printf("'%s' isn't for it: %s", name, why);

        owned = request;
        qmp_request_error(request, "GenericError", text);
    }
    return owned != NULL;
}

static PeerFlow flow(const char *name, gpointer user_data)
{
    (void)user_data;
    return g_str_equal(name, COMMAND_REPLAY_SEEK) ? PEER_EXCLUSIVE : PEER_PIPELINE;
}

static const ControlSocketOps socket_ops = {.take = take, .flow = flow};

/* --- the commands ---------------------------------------------------------------------------- */

static Playing *find(const ReplayService *service, const char *name)
{
    for (guint i = 0; i < service->playing->len; i++) {
        Playing *playing = service->playing->pdata[i];

        if (g_str_equal(playing->recording->name, name))
            return playing;
    }
    return NULL;
}

static gboolean state_error(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);

static gboolean state_error(GError **error, const char *format, ...)
{
    va_list args;

    va_start(args, format);
    g_propagate_error(error, g_error_new_valist(BRIDGE_ERROR, BRIDGE_ERROR_STATE, format, args));
    va_end(args);
    return FALSE;
}

static gboolean may_begin(const ReplayService *service, const char *name, GError **error)
{
    const Playing *same = find(service, name);

    if (service->ending)
        return state_error(error, "qmpbridge is ending: nothing is replayed any more");
    if (same)
        return state_error(error, "'%s' is being replayed already, at %s; 'end_replay' ends it",
                           name, control_socket_path(same->socket));
    if (service->playing->len >= REPLAY_SERVICE_MAX)
        return state_error(error, "%u replays run already; 'end_replay' ends one",
                           REPLAY_SERVICE_MAX);
    return TRUE;
}

static void start(Playing *playing, gboolean paused)
{
    static const ProofHandlers handlers = {
        .ready = on_ready,
        .event = on_event,
        .progress = on_progress,
        .done = on_done,
    };
    const ReplayServiceOptions *with = &playing->service->with;
    ProofOptions options = {
        .replay = with->replay,
        .digest = with->digest,
        .attended = TRUE,
        .paused = paused,
    };

    if (!options.replay.stall_timeout)
        options.replay.stall_timeout = STALL_SECONDS;
    playing->proof = proof_start(playing->recording, &options, &handlers, playing);
}

static gboolean handle_begin(ReplayService *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    g_autoptr(Recording) recording = NULL;
    g_autoptr(ControlSocket) socket = NULL;
    OwnedDir *runtime;
    const char *name = NULL;
    gboolean paused = FALSE;
    Playing *playing;

    if (!json_get_string(args, MEMBER_FILE_NAME, &name, error) ||
        !json_opt_bool(args, MEMBER_PAUSED, &paused, error) ||
        !name_check(name, strlen(name), error) || !may_begin(service, name, error) ||
        !(recording = store_find(service->with.store, name, error)) ||
        !replay_check(recording, error) || !(runtime = runtime_dir_new("replay", error)))
        return FALSE;
    playing = g_new0(Playing, 1);
    playing->service = service;
    playing->runtime = runtime;
    playing->recording = g_steal_pointer(&recording);
    playing->enders = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
    playing->socket =
        control_socket_new(NULL, owned_dir_path(runtime), NULL, &socket_ops, playing, error);
    if (!playing->socket) {
        playing_free(playing);
        return FALSE;
    }
    playing->begin = qmp_request_ref(request);
    g_ptr_array_add(service->playing, playing);
    start(playing, paused);
    return TRUE;
}

/* The one that is meant. @name: (nullable). */
static Playing *choose(const ReplayService *service, const char *name, GError **error)
{
    Playing *playing = name ? find(service, name) : NULL;

    if (!name && service->playing->len == 1)
        return service->playing->pdata[0];
    if (name && !playing)
        state_error(error, "'%.127s' isn't being replayed", name);
    else if (service->playing->len == 0)
        state_error(error, "nothing is being replayed: begin_replay starts a replay");
    else if (!playing)
        state_error(error, "%u replays run: file_name says which one", service->playing->len);
    return playing;
}

static gboolean handle_end(ReplayService *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    const char *name = NULL;
    Playing *playing;

    if (args && !json_opt_string(args, MEMBER_FILE_NAME, &name, error))
        return FALSE;
    if ((name && !name_check(name, strlen(name), error)) ||
        !(playing = choose(service, name, error)))
        return FALSE;
    g_ptr_array_add(playing->enders, qmp_request_ref(request));
    end(playing, REASON_REQUESTED);
    return TRUE;
}

gboolean replay_service_knows(const char *name)
{
    return g_str_equal(name, COMMAND_BEGIN_REPLAY) || g_str_equal(name, COMMAND_END_REPLAY);
}

gboolean replay_service_handle(ReplayService *service, QmpRequest *request)
{
    const char *name = qmp_request_name(request);
    gboolean begin = g_str_equal(name, COMMAND_BEGIN_REPLAY);
    g_autoptr(QmpRequest) owned = NULL;
    g_autoptr(GError) error = NULL;

    if (!replay_service_knows(name))
        return FALSE;
    owned = request;
    if (!service->with.store)
        state_error(&error, "'%s' isn't for a dry run, which has no store; run without --dry-run",
                    name);
    else if (begin && !qmp_request_args(request))
        state_error(&error, "arguments are missing: see 'help'");
    else if (begin)
        handle_begin(service, request, &error);
    else
        handle_end(service, request, &error);
    if (error)
        qmp_request_gerror(request, error);
    return TRUE;
}

/* --- what schema-driven clients read --------------------------------------------------------- */

static const ExtensionMember begin_arguments[] = {
    {MEMBER_FILE_NAME, "str", FALSE, NULL},
    {MEMBER_PAUSED, "bool", TRUE, NULL},
    {NULL},
};
static const ExtensionMember begin_members[] = {
    {MEMBER_FILE_NAME, "str", FALSE, NULL},
    {MEMBER_SOCKET, "str", FALSE, NULL},
    {MEMBER_CONSOLE, "str", FALSE, NULL},
    {MEMBER_BEGIN_ICOUNT, "int", FALSE, NULL},
    {MEMBER_END_ICOUNT, "int", FALSE, NULL},
    {MEMBER_ATTEMPT, "int", FALSE, NULL},
    {NULL},
};
static const ExtensionMember progress_members[] = {
    {MEMBER_FILE_NAME, "str", FALSE, NULL},
    {MEMBER_DONE, "int", FALSE, NULL},
    {MEMBER_TOTAL, "int", FALSE, NULL},
    {NULL},
};
static const ExtensionMember end_arguments[] = {{MEMBER_FILE_NAME, "str", TRUE, NULL}, {NULL}};
static const char *const reason_values[] = {REASON_FINISHED, REASON_REQUESTED, REASON_SHUTDOWN,
                                            NULL};
static const ExtensionMember end_members[] = {
    {MEMBER_FILE_NAME, "str", FALSE, NULL},
    {MEMBER_REASON, "enum", FALSE, reason_values},
    {MEMBER_RESULT, "enum", TRUE, verdict_names + VERDICT_IDENTICAL},
    {MEMBER_DETAIL, "str", TRUE, NULL},
    {NULL},
};

const ExtensionEntry replay_service_extension[] = {
    {COMMAND_BEGIN_REPLAY, FALSE, begin_arguments, begin_members},
    {COMMAND_END_REPLAY, FALSE, end_arguments, end_members},
    {EVENT_REPLAY_BEGIN, TRUE, begin_members, NULL},
    {EVENT_REPLAY_PROGRESS, TRUE, progress_members, NULL},
    {EVENT_REPLAY_END, TRUE, end_members, NULL},
    {NULL, FALSE, NULL, NULL},
};

/* --- life ------------------------------------------------------------------------------------ */

ReplayService *replay_service_new(const ReplayServiceOptions *options)
{
    ReplayService *service = g_new0(ReplayService, 1);

    service->with = *options;
    if (options->replay.emulators)
        emulators_ref(options->replay.emulators);
    service->playing = g_ptr_array_new_with_free_func(playing_free);
    return service;
}

void replay_service_free(ReplayService *service)
{
    if (!service)
        return;
    g_ptr_array_unref(service->playing);
    emulators_unref(service->with.replay.emulators);
    g_free(service);
}

void replay_service_shut_down(ReplayService *service)
{
    service->ending = TRUE;
    for (guint i = 0; i < service->playing->len; i++)
        end(service->playing->pdata[i], REASON_SHUTDOWN);
}

gboolean replay_service_is_busy(const ReplayService *service)
{
    return service->playing->len > 0;
}
