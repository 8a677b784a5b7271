/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording commands on the control socket; see service.h. A command's arguments are checked
 * and become a request to the recorder's state machine; what the recorder decides is done here, one
 * thing at a time.
 */
#include "qmpbridge/record/service.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/worker.h"
#include "qmpbridge/record/recorder.h"

/* A QEMU that dies closes its monitor that much later than its plugin's connection at most. */
#define EMULATOR_EXIT_GRACE_MS 500u

struct Service {
    ServiceOptions with;
    Recorder *recorder;
    Engine *engine;
    Recording *recording;     /**< (nullable) the one under way */
    RecorderRequest *request; /**< (nullable) the begin or end under way */
    Worker *worker;           /**< counts the store, or makes a recording whole */
    guint64 live;             /**< EngineSpace.live when the store was counted */
    guint watch;              /**< source: looks at the bounds while a recording runs */
    guint quiet;              /**< source: until then begins beyond the bounds are counted */
    guint refused;            /**< begins that were counted */
    char *last_error;         /**< (nullable) why the last recording failed */
    guint begun;              /**< counts recordings, so that a mark finds its own again */
    Marks *marks;             /**< those that the recording under way has */
    GQueue marking;           /**< of WaitingMark: the engine looks for their icounts */
    guint64 plugin;           /**< the plugin's client id, 0: not connected */
    gboolean watches;         /**< it can have the kernel note which pages are written */
    guint64 last_serial;      /**< of RECORD_CUT and RECORD_FLUSH */
    guint64 awaited;          /**< the serial whose answer is still to come; 0: none */
    guint64 journal;          /**< the serial of the cut that opened the journal; 0: not open */
    GError *journal_lost;     /**< (nullable) why the open journal will never be closed */
    guint grace;              /**< timer: whether QEMU dies, too, when its plugin has gone */
    gboolean pumping;
};

/* --- small helpers --------------------------------------------------------------------------- */

/* {"name": the recording's}. */
static JsonObject *named(const Recording *recording)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, MEMBER_NAME, recording->name);
    return object;
}

void service_emit(Service *service, const char *name, JsonObject *data)
{
    g_autoptr(JsonNode) event = message_event_new(name, data, clock_wall());

    eventlog_write(service->with.log, EVENTLOG_NOTE, event);
    qmp_server_emit(service->with.server, event);
}

/* The request that was begun or ended is over: its client may be answered. */
static QmpRequest *take_client(Service *service)
{
    g_autoptr(RecorderRequest) request = g_steal_pointer(&service->request);

    return request ? g_steal_pointer(&request->tag) : NULL;
}

static void pump(Service *service);

/* Hands a request to the recorder. @client: (transfer full) (nullable): who gets the answer. */
static void submit(Service *service, RecorderVerb verb, const char *name, const char *reason,
                   gboolean discard, QmpRequest *client)
{
    recorder_submit(service->recorder, recorder_request_new(verb, name, reason, discard, client));
    pump(service);
}

static void settle(Service *service, gboolean on)
{
    recorder_settled(service->recorder, on);
    pump(service);
    if (!service_is_changing(service) && service->with.settled)
        service->with.settled(service->with.user_data);
}

/* The recording under way has failed: the client is answered, and all others if @loud. */
static void drop_recording(Service *service, const GError *error, gboolean loud)
{
    g_autoptr(QmpRequest) client = take_client(service);
    JsonObject *data = named(service->recording);

    g_free(service->last_error);
    service->last_error = g_strdup(error->message);
    json_object_set_string_member(data, MEMBER_REASON, error->message);
    g_clear_pointer(&service->recording, recording_free);
    g_clear_handle_id(&service->watch, g_source_remove);
    if (loud)
        service_emit(service, EVENT_RECORD_ERROR, data);
    else
        json_object_unref(data);
    if (client)
        qmp_request_gerror(client, error);
    settle(service, FALSE);
}

static void fail_recording(Service *service, const GError *error)
{
    drop_recording(service, error, TRUE);
}

/* --- the store's bounds ---------------------------------------------------------------------- */

static EngineSpace space_of(Service *service)
{
    EngineSpace space = {0};

    if (service->engine->class->space)
        service->engine->class->space(service->engine, service->recording, &space);
    return space;
}

/* Ends a recording while there still is room for its end. */
static gboolean watch_room(gpointer user_data)
{
    Service *service = user_data;
    EngineSpace space = space_of(service);
    guint64 grown = space.live > service->live ? space.live - service->live : 0;
    g_autoptr(GError) error = NULL;
    const char *reason = NULL;

    grown += room_space(service->recording->directory);
    if (room_check(service->with.room, grown, space.end, &reason, &error))
        return G_SOURCE_CONTINUE;
    service->watch = 0;
    eventlog_note(service->with.log, "'%s' is ended: %s", service->recording->name, error->message);
    submit(service, RECORDER_END, NULL, reason, FALSE, NULL);
    return G_SOURCE_REMOVE;
}

static gboolean end_quiet(gpointer user_data)
{
    Service *service = user_data;
    JsonObject *data;

    if (service->refused == 0) {
        service->quiet = 0;
        return G_SOURCE_REMOVE;
    }
    data = json_object_new();
    json_object_set_int_member(data, MEMBER_COUNT, service->refused);
    service->refused = 0;
    service_emit(service, EVENT_RECORD_REFUSED, data);
    return G_SOURCE_CONTINUE;
}

/* A guest may ask in a loop: who watches reads why once, and then how often. */
static void refuse_begin(Service *service, const GError *error)
{
    gboolean loud = service->quiet == 0;

    if (loud)
        service->quiet = g_timeout_add(service->with.quiet_ms, end_quiet, service);
    else
        service->refused++;
    drop_recording(service, error, loud);
}

/* --- begin --------------------------------------------------------------------------------- */

static void begin_done(const GError *error, gpointer user_data)
{
    Service *service = user_data;
    g_autoptr(QmpRequest) client = NULL;
    g_autoptr(GError) bad = NULL;
    JsonObject *data;

    if (!error)
        error = service->journal_lost;
    if (error) {
        if (service->with.store)
            store_discard(service->with.store, service->recording, NULL);
        fail_recording(service, error);
        return;
    }
    /* What is known already is kept now, for the case that the end never comes. */
    if (service->with.store && !recording_save(service->recording, &bad))
        eventlog_note(service->with.log, "%s", bad->message);
    g_clear_pointer(&service->last_error, g_free);
    marks_forget(service->marks, service->recording->icount_begin);
    client = take_client(service);
    data = named(service->recording);
    json_object_set_int_member(data, MEMBER_PAUSE_US, service->recording->begin_pause);
    service_emit(service, EVENT_RECORD_BEGIN, data);
    qmp_request_return_object(client, named(service->recording));
    if (service->with.room)
        service->watch = g_timeout_add(service->with.watch_ms, watch_room, service);
    settle(service, TRUE);
}

/** What the service itself puts into a recording. */
static const Artefact marks_artefact = {
    .name = RECORDING_MARKS, .role = "marks", .need = ARTEFACT_IF_MADE};

static void declare_artefacts(const Service *service, Recording *recording)
{
    const Artefact *artefact = service->engine->class->artefacts;

    for (; artefact && artefact->name; artefact++)
        recording_declare(recording, artefact);
    recording_declare(recording, &marks_artefact);
}

static Recording *new_recording(Service *service, const char *name, GError **error)
{
    const Emulator *emulator = service->with.emulator;
    Recording *recording = service->with.store ? store_reserve(service->with.store, name, error)
                                               : recording_new(name, NULL);

    if (!recording)
        return NULL;
    recording->machine = machine_copy(service->with.machine);
    g_ptr_array_unref(recording->bases);
    recording->bases = g_ptr_array_ref(service->with.bases);
    declare_artefacts(service, recording);
    recording->engine = g_strdup(service->engine->class->name);
    recording->emulator_path = g_strdup(emulator->path);
    recording->emulator_version = g_strdup(emulator->version);
    return recording;
}

static void start_begin(Service *service)
{
    g_autoptr(GError) error = NULL;
    Recording *recording = new_recording(service, service->request->name, &error);

    if (!recording) {
        fail_recording(service, error);
        return;
    }
    recording_free(service->recording);
    service->recording = recording;
    service->engine->class->begin(service->engine, recording, begin_done, service);
}

static void room_counted(const GError *failure, gpointer user_data)
{
    Service *service = user_data;
    g_autoptr(GError) error = NULL;
    const char *reason = NULL;
    EngineSpace space = space_of(service);

    (void)failure; /* it never does */
    g_clear_pointer(&service->worker, worker_free);
    service->live = space.live;
    if (room_check(service->with.room, 0, space.begin, &reason, &error))
        start_begin(service);
    else
        refuse_begin(service, error);
}

static void do_begin(Service *service, RecorderRequest *request)
{
    service->request = request;
    service->begun++;
    service->recording = recording_new(request->name, NULL); /* until it has its place */
    if (service->with.room)
        service->worker = worker_start(room_count, service->with.room, room_counted, service);
    else
        start_begin(service);
}

/* --- end ----------------------------------------------------------------------------------- */

static JsonObject *end_object(const Recording *recording)
{
    JsonObject *object = named(recording);

    json_object_set_string_member(object, MEMBER_REASON, recording->reason);
    if (recording->warning)
        json_object_set_string_member(object, MEMBER_WARNING, recording->warning);
    json_object_set_int_member(object, MEMBER_INSNS, (gint64)recording_insns(recording));
    json_object_set_int_member(object, MEMBER_BYTES, (gint64)recording->bytes);
    json_object_set_int_member(object, MEMBER_PAUSE_US, recording->end_pause);
    return object;
}

static void finish_end(Service *service, gboolean keep)
{
    g_autoptr(QmpRequest) client = take_client(service);
    g_autoptr(Recording) recording = g_steal_pointer(&service->recording);

    service_emit(service, EVENT_RECORD_END, end_object(recording));
    qmp_request_return_object(client, end_object(recording));
    if (keep && service->with.whole)
        service->with.whole(recording, service->with.user_data);
    settle(service, FALSE);
}

/* Leaves the recording incomplete, with the reason. */
static void abandon(Service *service, const GError *error)
{
    if (service->with.store)
        store_abandon(service->with.store, service->recording, error->message);
    fail_recording(service, error);
}

static gboolean commit(gpointer data, GError **error)
{
    Service *service = data;

    return store_commit(service->with.store, service->recording, error);
}

static void commit_done(const GError *error, gpointer user_data)
{
    Service *service = user_data;

    g_clear_pointer(&service->worker, worker_free);
    if (error)
        abandon(service, error);
    else
        finish_end(service, TRUE);
}

static void end_done(const GError *error, gpointer user_data)
{
    Service *service = user_data;
    gboolean discard = service->request->discard;
    g_autoptr(GError) bad = NULL;

    if (error) {
        abandon(service, error);
        return;
    }
    recording_set_reason(service->recording, discard ? "discarded" : service->request->reason);
    if (!service->with.store)
        finish_end(service, FALSE);
    else if (!discard)
        service->worker = worker_start(commit, service, commit_done, service);
    else if (store_discard(service->with.store, service->recording, &bad))
        finish_end(service, FALSE);
    else
        fail_recording(service, bad);
}

static void do_end(Service *service, RecorderRequest *request)
{
    g_clear_handle_id(&service->watch, g_source_remove);
    service->request = request;
    service->engine->class->end(service->engine, service->recording, end_done, service);
}

/* --- reset ----------------------------------------------------------------------------------- */

static void reset_done(const GError *error, gpointer user_data)
{
    Service *service = user_data;

    g_clear_pointer(&service->request, recorder_request_free);
    if (error)
        service->with.stuck(error, service->with.user_data);
    settle(service, FALSE);
}

static void do_reset(Service *service, RecorderRequest *request)
{
    service->request = request;
    service->engine->class->reset(service->engine, reset_done, service);
}

/* --- what the recorder decides --------------------------------------------------------------- */

static void refuse(RecorderAction *action)
{
    g_autoptr(QmpRequest) client = g_steal_pointer(&action->request->tag);

    if (client)
        qmp_request_gerror(client, action->error);
}

/* Does what the recorder decided. What is done may lead here again: one loop is enough. */
static void pump(Service *service)
{
    RecorderAction *action;

    if (service->pumping)
        return;
    service->pumping = TRUE;
    while ((action = recorder_next_action(service->recorder))) {
        if (action->type != RECORDER_REFUSE && service->with.changing)
            service->with.changing(service->with.user_data);
        if (action->type == RECORDER_REFUSE)
            refuse(action);
        else if (action->type == RECORDER_DO_BEGIN)
            do_begin(service, g_steal_pointer(&action->request));
        else if (action->type == RECORDER_DO_RESET)
            do_reset(service, g_steal_pointer(&action->request));
        else
            do_end(service, g_steal_pointer(&action->request));
        recorder_action_free(action);
    }
    service->pumping = FALSE;
}

void service_end(Service *service, const char *reason)
{
    if (service_is_busy(service))
        submit(service, RECORDER_END, NULL, reason, FALSE, NULL);
}

void service_shut_down(Service *service, const char *reason)
{
    recorder_refuse_begins(service->recorder, "qmpbridge is ending: nothing is recorded any more");
    pump(service);
    service_end(service, reason);
}

/* --- what others say ----------------------------------------------------------------------- */

gboolean service_event(Service *service, JsonNode *event)
{
    JsonObject *object = json_as_object(event);
    JsonObject *data = json_as_object(json_lookup(object, "data"));
    const char *name = json_as_string(json_lookup(object, "event"));
    const EngineClass *class = service->engine ? service->engine->class : NULL;

    if (!name || !class)
        return FALSE;
    if (class->wants_reset && class->wants_reset(name, data)) {
        submit(service, RECORDER_RESET, NULL, "reset", FALSE, NULL);
        return TRUE;
    }
    return class->event && class->event(service->engine, name, data);
}

static void engine_lost(Service *service, const GError *why)
{
    if (service->engine && service->engine->class->lost)
        service->engine->class->lost(service->engine, why);
}

/* The answers that the guest gets from now on are in no journal, even if the plugin comes back. */
static void lose_journal(Service *service, const GError *why)
{
    service->journal = 0;
    g_clear_error(&service->journal_lost);
    service->journal_lost = g_error_copy(why);
}

/* A recording that begins or ends just now finds the loss out by itself. */
static void fail_unjournaled(Service *service)
{
    if (service->journal_lost && recorder_state(service->recorder) == RECORDER_ON)
        abandon(service, service->journal_lost);
}

static gboolean emulator_lives(gpointer user_data)
{
    Service *service = user_data;

    service->grace = 0;
    fail_unjournaled(service);
    return G_SOURCE_REMOVE;
}

/* The plugin is no longer there, for @why: a recording that it keeps a journal of fails. */
static void lose_plugin(Service *service, const char *why)
{
    g_autoptr(GError) error = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, why);

    service->plugin = 0;
    service->awaited = 0;
    eventlog_note(service->with.log, "%s", why);
    engine_lost(service, error);
    if (!service->journal)
        return;
    lose_journal(service, error);
    /* A QEMU that dies closes all its connections at once, and which end is seen first is chance:
     * its death is the reason that counts. */
    if (!service->grace)
        service->grace = g_timeout_add(EMULATOR_EXIT_GRACE_MS, emulator_lives, service);
}

static gboolean client_has_gone(gpointer tag)
{
    return tag && !qmp_request_alive(tag);
}

void service_client_gone(Service *service, guint64 client)
{
    recorder_forget_begins(service->recorder, client_has_gone);
    pump(service);
    if (client == service->plugin)
        lose_plugin(service, "the plugin recctrl has closed its connection");
}

void service_lost(Service *service, const GError *why)
{
    g_autoptr(GError) error = NULL;

    recorder_close(service->recorder, "the emulator has gone");
    pump(service);
    error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "emulator-exit: %s",
                        why ? why->message : "QEMU has quit");
    engine_lost(service, error);
    if (recorder_state(service->recorder) == RECORDER_ON)
        abandon(service, error);
}

gboolean service_is_changing(const Service *service)
{
    RecorderState state = recorder_state(service->recorder);

    return state != RECORDER_OFF && state != RECORDER_ON;
}

gboolean service_is_busy(const Service *service)
{
    return recorder_state(service->recorder) != RECORDER_OFF;
}

guint64 service_plugin_client(const Service *service)
{
    return service->plugin;
}

gboolean service_ask_icount(Service *service, EngineIcount func, gpointer user_data)
{
    gboolean counts = service->engine && service->engine->class->icount;

    if (counts)
        service->engine->class->icount(service->engine, func, user_data);
    return counts;
}

/* --- the way to the plugin ----------------------------------------------------------------- */

static gboolean plugin_present(gpointer user_data)
{
    const Service *service = user_data;

    return service->plugin != 0;
}

/* Each event is numbered, so that a late answer isn't taken for that to the next one. */
static void ask_plugin(Service *service, const char *name, JsonObject *data)
{
    g_autoptr(JsonNode) event = NULL;

    service->awaited = ++service->last_serial;
    json_object_set_int_member(data, MEMBER_SERIAL, (gint64)service->awaited);
    event = message_event_new(name, data, clock_wall());
    eventlog_write(service->with.log, EVENTLOG_NOTE, event);
    qmp_server_emit_to(service->with.server, service->plugin, event);
}

static void answer_engine(Service *service, const EngineJournal *answer)
{
    if (service->engine->class->journal)
        service->engine->class->journal(service->engine, answer);
}

static gboolean plugin_watch(guint64 ram_address, guint64 ram_size, gpointer user_data)
{
    Service *service = user_data;
    JsonObject *data;

    if (!service->plugin || !service->watches)
        return FALSE;
    data = json_object_new();
    json_object_set_int_member(data, MEMBER_RAM_ADDRESS, (gint64)ram_address);
    json_object_set_int_member(data, MEMBER_RAM_SIZE, (gint64)ram_size);
    ask_plugin(service, EVENT_RECORD_WATCH, data);
    return TRUE;
}

static void plugin_cut(const char *journal, guint64 ram_address, guint64 ram_size,
                       gpointer user_data)
{
    Service *service = user_data;
    JsonObject *data = json_object_new();

    g_clear_error(&service->journal_lost);
    json_object_set_string_member(data, MEMBER_JOURNAL, journal);
    if (ram_size > 0) {
        json_object_set_int_member(data, MEMBER_RAM_ADDRESS, (gint64)ram_address);
        json_object_set_int_member(data, MEMBER_RAM_SIZE, (gint64)ram_size);
    }
    ask_plugin(service, EVENT_RECORD_CUT, data);
    service->journal = service->awaited;
}

static void plugin_flush(gpointer user_data)
{
    Service *service = user_data;
    EngineJournal lost = {.state = JOURNAL_FAILED, .reason = "the plugin has no journal open"};

    if (service->journal) {
        ask_plugin(service, EVENT_RECORD_FLUSH, json_object_new());
        return;
    }
    if (service->journal_lost)
        lost.reason = service->journal_lost->message;
    answer_engine(service, &lost);
}

/* The plugin has answered the event @serial. Returns: FALSE with STATE if nothing waits for it. */
static gboolean take_answer(Service *service, guint64 serial, const EngineJournal *answer,
                            GError **error)
{
    g_autoptr(GError) failure = NULL;

    if (serial != 0 && serial == service->awaited) {
        service->awaited = 0;
        if (answer->state == JOURNAL_CLOSED || answer->state == JOURNAL_FAILED)
            service->journal = 0;
        answer_engine(service, answer);
    } else if (serial != 0 && serial == service->journal && answer->state == JOURNAL_FAILED) {
        failure = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, answer->reason);
        lose_journal(service, failure);
        fail_unjournaled(service);
    } else {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                    "no answer to the event %" G_GUINT64_FORMAT " is awaited: it came too late",
                    serial);
        return FALSE;
    }
    return TRUE;
}

const EnginePlugin service_plugin = {
    .present = plugin_present,
    .watch = plugin_watch,
    .cut = plugin_cut,
    .flush = plugin_flush,
};

/* --- the commands --------------------------------------------------------------------------- */

static gboolean handle_begin(Service *service, QmpRequest *request, GError **error)
{
    const char *name = NULL;

    if (!json_get_string(qmp_request_args(request), MEMBER_FILE_NAME, &name, error) ||
        !name_check(name, strlen(name), error))
        return FALSE;
    submit(service, RECORDER_BEGIN, name, NULL, FALSE, qmp_request_ref(request));
    return TRUE;
}

/* The reason that a client gives, as a static string; only the plugin has reasons of its own. */
static const char *end_reason(const char *given)
{
    static const char *const known[] = {"timeout", "reset"};

    for (guint i = 0; i < G_N_ELEMENTS(known); i++)
        if (g_strcmp0(given, known[i]) == 0)
            return known[i];
    return "requested";
}

static gboolean handle_end(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    const char *reason = NULL;
    gboolean discard = FALSE;

    if (args && (!json_opt_bool(args, MEMBER_DISCARD, &discard, error) ||
                 !json_opt_string(args, MEMBER_REASON, &reason, error)))
        return FALSE;
    submit(service, RECORDER_END, NULL, end_reason(reason), discard, qmp_request_ref(request));
    return TRUE;
}

static gboolean handle_query(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    RecorderState state = recorder_state(service->recorder);
    gboolean failed = state == RECORDER_OFF && service->last_error;

    (void)error;
    json_object_set_string_member(object, MEMBER_STATE,
                                  failed ? "failed" : recorder_state_name(state));
    json_object_set_string_member(object, MEMBER_MODE, service->engine->class->mode);
    json_object_set_boolean_member(object, MEMBER_PLUGIN, service->plugin != 0);
    if (failed)
        json_object_set_string_member(object, MEMBER_REASON, service->last_error);
    if (service->recording) {
        json_object_set_string_member(object, MEMBER_NAME, service->recording->name);
        json_object_set_int_member(object, MEMBER_BEGIN_ICOUNT,
                                   (gint64)service->recording->icount_begin);
        json_object_set_int_member(object, MEMBER_BEGIN_WALL_US, service->recording->wall_begin);
    }
    if (service->with.store)
        json_object_set_string_member(object, MEMBER_STORE, store_path(service->with.store));
    qmp_request_return_object(request, object);
    return TRUE;
}

/** A mark that was asked for: where it is, the engine has yet to say. */
typedef struct {
    QmpRequest *client;
    gint64 wall;
    char *text;
    guint begun; /**< Service.begun of its recording */
} WaitingMark;

static void waiting_mark_free(gpointer data)
{
    WaitingMark *waiting = data;

    qmp_request_unref(waiting->client);
    g_free(waiting->text);
    g_free(waiting);
}

static void keep_mark(Service *service, const WaitingMark *waiting, guint64 icount)
{
    Mark mark = {.icount = icount, .wall = waiting->wall, .text = waiting->text};
    g_autoptr(GError) error = NULL;
    JsonObject *data;

    if (!service->recording || waiting->begun != service->begun) {
        qmp_request_error(waiting->client, "GenericError",
                          "the recording has ended before the mark was set");
        return;
    }
    if (!marks_check(service->marks, waiting->text, &error) ||
        !recording_add_mark(service->recording, &mark, &error)) {
        qmp_request_gerror(waiting->client, error);
        return;
    }
    marks_add(service->marks, &mark);
    data = named(service->recording);
    json_object_set_string_member(data, MEMBER_TEXT, waiting->text);
    if (icount != MARK_NO_ICOUNT)
        json_object_set_int_member(data, MEMBER_ICOUNT, (gint64)icount);
    service_emit(service, EVENT_RECORD_MARK, data);
    qmp_request_return(waiting->client, NULL);
}

/* An EngineIcount, for the oldest mark that waits for it. */
static void mark_located(const guint64 *icount, gpointer user_data)
{
    Service *service = user_data;
    WaitingMark *waiting = g_queue_pop_head(&service->marking);

    keep_mark(service, waiting, icount ? *icount : MARK_NO_ICOUNT);
    waiting_mark_free(waiting);
}

/* The recording may begin to end while the engine looks. The mark is in time all the same: files
 * are only digested once the VM has stood still, and by then the engine has answered. */
static gboolean handle_mark(Service *service, QmpRequest *request, GError **error)
{
    const char *text = NULL;
    WaitingMark *waiting;

    if (!json_get_string(qmp_request_args(request), MEMBER_TEXT, &text, error))
        return FALSE;
    if (recorder_state(service->recorder) != RECORDER_ON) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "nothing is being recorded: begin_record starts a recording");
        return FALSE;
    }
    if (!marks_check(service->marks, text, error))
        return FALSE;
    waiting = g_new(WaitingMark, 1);
    *waiting =
        (WaitingMark){qmp_request_ref(request), clock_wall(), g_strdup(text), service->begun};
    g_queue_push_tail(&service->marking, waiting);
    if (!service_ask_icount(service, mark_located, service))
        mark_located(NULL, service);
    return TRUE;
}

static gboolean handle_agent(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *object = json_object_new();
    gboolean watches = FALSE;
    gint64 protocol = 0;

    if (!json_get_int(qmp_request_args(request), MEMBER_PROTOCOL, &protocol, error) ||
        protocol != RECORD_PROTOCOL_VERSION) {
        if (error && !*error)
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                        "protocol %" G_GINT64_FORMAT " isn't known: this speaks %d", protocol,
                        RECORD_PROTOCOL_VERSION);
        json_object_unref(object);
        return FALSE;
    }
    if (service->plugin && service->plugin != qmp_request_client(request))
        lose_plugin(service, "another client has taken the place of the plugin recctrl");
    json_opt_bool(qmp_request_args(request), MEMBER_WATCH, &watches, NULL);
    service->watches = watches;
    service->plugin = qmp_request_client(request);
    json_object_set_string_member(object, MEMBER_MODE, service->engine->class->mode);
    qmp_request_return_object(request, object);
    if (service->engine->class->connected)
        service->engine->class->connected(service->engine);
    return TRUE;
}

static gboolean handle_journal(Service *service, QmpRequest *request, GError **error)
{
    JsonObject *args = qmp_request_args(request);
    EngineJournal answer = {.reason = "the plugin has lost its journal"};
    const char *state = NULL;
    guint64 serial = 0;
    guint i = 0;

    if (qmp_request_client(request) != service->plugin) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                            "only the plugin keeps a journal: send record-agent first");
        return FALSE;
    }
    if (!json_get_uint(args, MEMBER_SERIAL, &serial, error) ||
        !json_get_string(args, MEMBER_STATE, &state, error) ||
        !json_opt_uint(args, MEMBER_ANSWERS, &answer.answers, error) ||
        !json_opt_uint(args, MEMBER_POSITION, &answer.position, error) ||
        !json_opt_uint(args, MEMBER_LOG_SIZE, &answer.log_size, error) ||
        !json_opt_string(args, MEMBER_REASON, &answer.reason, error))
        return FALSE;
    while (service_journal_states[i] && !g_str_equal(service_journal_states[i], state))
        i++;
    if (!service_journal_states[i]) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "'%.40s' is no state of a journal",
                    state);
        return FALSE;
    }
    answer.state = (JournalState)i;
    if (!take_answer(service, serial, &answer, error))
        return FALSE;
    qmp_request_return(request, NULL);
    return TRUE;
}

static const struct {
    const char *name;
    PeerFlow flow;
    gboolean (*handle)(Service *service, QmpRequest *request, GError **error);
} commands[] = {
    {COMMAND_BEGIN_RECORD, PEER_EXCLUSIVE, handle_begin},
    {COMMAND_END_RECORD, PEER_EXCLUSIVE, handle_end},
    {COMMAND_QUERY_RECORD, PEER_IMMEDIATE, handle_query},
    {COMMAND_RECORD_MARK, PEER_EXCLUSIVE, handle_mark},
    {COMMAND_RECORD_AGENT, PEER_EXCLUSIVE, handle_agent},
    /* The plugin says this while its own begin_record or end_record waits for it. */
    {COMMAND_RECORD_JOURNAL, PEER_IMMEDIATE, handle_journal},
};

PeerFlow service_flow(const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        if (g_str_equal(name, commands[i].name))
            return commands[i].flow;
    }
    return PEER_PIPELINE;
}

gboolean service_handle(Service *service, QmpRequest *request)
{
    for (guint i = 0; i < G_N_ELEMENTS(commands); i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(QmpRequest) held = NULL;

        if (!g_str_equal(qmp_request_name(request), commands[i].name))
            continue;
        held = request;
        if (!qmp_request_args(held) && commands[i].handle != handle_end &&
            commands[i].handle != handle_query)
            qmp_request_error(held, "GenericError", "arguments are missing: see 'help'");
        else if (!commands[i].handle(service, held, &error))
            qmp_request_gerror(held, error);
        return TRUE;
    }
    return FALSE;
}

/* --- life ---------------------------------------------------------------------------------- */

Service *service_new(const ServiceOptions *options)
{
    Service *service = g_new0(Service, 1);

    service->with = *options;
    if (!service->with.watch_ms)
        service->with.watch_ms = SERVICE_WATCH_MS;
    if (!service->with.quiet_ms)
        service->with.quiet_ms = SERVICE_QUIET_MS;
    service->recorder = recorder_new();
    service->marks = marks_new();
    g_queue_init(&service->marking);
    return service;
}

void service_set_engine(Service *service, Engine *engine)
{
    service->engine = engine;
}

void service_free(Service *service)
{
    if (!service)
        return;
    recorder_close(service->recorder, "qmpbridge is ending");
    pump(service);
    worker_free(service->worker);
    g_clear_handle_id(&service->watch, g_source_remove);
    g_clear_handle_id(&service->quiet, g_source_remove);
    if (service->engine)
        service->engine->class->free(service->engine);
    /* A commit that was under way is over by now: that recording is whole. */
    if (service->recording && service->with.store && service->recording->directory &&
        service->recording->state != RECORDING_COMPLETE)
        store_abandon(service->with.store, service->recording,
                      "qmpbridge was ended before the recording was");
    recording_free(service->recording);
    if (service->request && service->request->tag)
        qmp_request_unref(service->request->tag);
    g_queue_clear_full(&service->marking, waiting_mark_free);
    marks_free(service->marks);
    recorder_request_free(service->request);
    recorder_free(service->recorder);
    g_clear_handle_id(&service->grace, g_source_remove);
    g_clear_error(&service->journal_lost);
    g_free(service->last_error);
    g_free(service);
}
