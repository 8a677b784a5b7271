/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The plugin's side of the control protocol; see control.h. */
#include "plugin/control.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "plugin/console-room.h"
#include "plugin/report.h"
#include "plugin/watch.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/core/qmp-session.h"
#include "qmpbridge/core/record-protocol.h"

/* How long the peer may take to greet, and to answer what it can answer at once. */
#define GREETING_TIMEOUT (10 * G_USEC_PER_SEC)
#define ANSWER_TIMEOUT (30 * G_USEC_PER_SEC)
/* While a journal is open its file is brought up to date so often. */
#define DRAIN_EVERY (G_USEC_PER_SEC / 4)

typedef enum {
    TAG_AGENT = 1,
    TAG_QUERY,
    TAG_BEGIN,
    TAG_END,
    TAG_OTHER,
} Tag;

struct Control {
    SharedPolicy *shared;
    JournalWriter *writer;
    const Host *host;
    QmpSession *session; /* NULL while not connected */
    GQueue output;       /* of GBytes */
    GError *fault;
    gint64 now;
    gint64 drain_at;
    guint64 cut;         /* serial of the event that opened the journal */
    int watch;           /* of guest RAM while a recording runs; or -1 */
    ConsoleRoom *room;   /* (nullable) */
    guint64 room_serial; /* of the event that asks for it */
};

Control *control_new(SharedPolicy *shared, JournalWriter *writer, const Host *host)
{
    Control *control = g_new0(Control, 1);

    control->shared = shared;
    control->writer = writer;
    control->host = host;
    control->drain_at = G_MAXINT64;
    control->watch = -1;
    control->room = console_room_new();
    g_queue_init(&control->output);
    return control;
}

static void unwatch(Control *control)
{
    if (control->watch >= 0)
        close(control->watch);
    control->watch = -1;
}

void control_free(Control *control)
{
    if (!control)
        return;
    unwatch(control);
    console_room_unref(control->room);
    qmp_session_free(control->session);
    g_queue_clear_full(&control->output, (GDestroyNotify)g_bytes_unref);
    g_clear_error(&control->fault);
    g_free(control);
}

/* --- what is sent ------------------------------------------------------------------ */

static void submit_as(Control *control, const char *name, JsonObject *args, gint64 timeout, Tag tag,
                      gboolean oob)
{
    if (!control->session) {
        json_object_unref(args);
        return;
    }
    qmp_session_submit(control->session, message_command_new(name, args, oob), timeout,
                       control->now, GINT_TO_POINTER(tag));
}

static void submit(Control *control, const char *name, JsonObject *args, gint64 timeout, Tag tag)
{
    submit_as(control, name, args, timeout, tag, FALSE);
}

static void send_agent(Control *control)
{
    JsonObject *args = json_object_new();

    json_object_set_int_member(args, MEMBER_PROTOCOL, RECORD_PROTOCOL_VERSION);
    json_object_set_int_member(args, MEMBER_ABI, HYPERCALL_ABI_VERSION);
    json_object_set_int_member(args, MEMBER_API, control->host->api);
    json_object_set_string_member(args, MEMBER_TARGET, control->host->arch->target);
    json_object_set_boolean_member(args, MEMBER_TWO_WAY, control->host->two_way);
    json_object_set_boolean_member(args, MEMBER_WATCH, watch_possible());
    submit(control, COMMAND_RECORD_AGENT, args, ANSWER_TIMEOUT, TAG_AGENT);
}

/* Out of band: our own begin_record or end_record is waiting for just this answer, and in-band
 * commands are answered in their order.
 *
 * @log: bytes of QEMU's log that are whole; 0: not known.
 * @serial: of the event that this answers, or of the cut that opened the journal.
 * @error: (transfer full) (nullable): why the journal failed. */
static void send_journal(Control *control, guint64 serial, const char *state, guint64 answers,
                         guint64 log, GError *error)
{
    JsonObject *args = json_object_new();

    json_object_set_int_member(args, MEMBER_SERIAL, (gint64)serial);
    json_object_set_string_member(args, MEMBER_STATE, error ? JOURNAL_STATE_FAILED : state);
    json_object_set_int_member(args, MEMBER_ANSWERS, (gint64)answers);
    if (!error && journal_writer_position(control->writer) > 0)
        json_object_set_int_member(args, MEMBER_POSITION,
                                   (gint64)journal_writer_position(control->writer));
    if (log > 0)
        json_object_set_int_member(args, MEMBER_LOG_SIZE, (gint64)log);
    if (error) {
        report("the journal failed: %s", error->message);
        json_object_set_string_member(args, MEMBER_REASON, error->message);
        g_error_free(error);
    }
    submit_as(control, COMMAND_RECORD_JOURNAL, args, ANSWER_TIMEOUT, TAG_OTHER, TRUE);
}

/* Out of band, too: the console goes on while our begin_record is waiting. @bytes: (nullable): NULL
 * if it can't be known. */
static void send_room(Control *control, const int *bytes)
{
    JsonObject *args = json_object_new();

    json_object_set_int_member(args, MEMBER_SERIAL, (gint64)control->room_serial);
    if (bytes)
        json_object_set_int_member(args, MEMBER_ROOM, *bytes);
    submit_as(control, COMMAND_CONSOLE_ROOM, args, ANSWER_TIMEOUT, TAG_OTHER, TRUE);
}

static void perform(Control *control, const PolicyAction *action)
{
    JsonObject *args = json_object_new();

    switch (action->type) {
    case POLICY_BEGIN:
        json_object_set_string_member(args, MEMBER_FILE_NAME, action->text);
        submit(control, COMMAND_BEGIN_RECORD, args, QMP_SESSION_NEVER, TAG_BEGIN);
        break;
    case POLICY_END:
        json_object_set_string_member(args, MEMBER_REASON, action->text);
        submit(control, COMMAND_END_RECORD, args, QMP_SESSION_NEVER, TAG_END);
        break;
    case POLICY_MARK:
        json_object_set_string_member(args, MEMBER_TEXT, action->text);
        submit(control, COMMAND_RECORD_MARK, args, ANSWER_TIMEOUT, TAG_OTHER);
        break;
    case POLICY_QUIT:
        report("as many recordings as nrec asks for are made: quitting the emulator");
        submit(control, "quit", args, ANSWER_TIMEOUT, TAG_OTHER);
        break;
    }
}

static void feed_policy(Control *control, PolicyInputType type, PolicyMode mode)
{
    PolicyInput input = {.type = type, .now = control->now, .mode = mode};
    PolicyOutput output;

    shared_policy_step(control->shared, &input, &output);
    for (guint i = 0; i < output.n_actions; i++)
        perform(control, &output.actions[i]);
}

/* --- what comes ---------------------------------------------------------------------- */

static void on_agent(Control *control, JsonNode *value, const GError *error)
{
    const char *mode = "none";

    if (error && g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_COMMAND_NOT_FOUND)) {
        report("the peer at control= can't record: it is no control socket of 'qmpbridge run'");
        return;
    }
    if (error) {
        report("the recorder refused the plugin: %s", error->message);
        return;
    }
    json_opt_string(json_as_object(value), MEMBER_MODE, &mode, NULL);
    feed_policy(control, POLICY_MODE,
                strcmp(mode, MODE_RECORD) == 0 ? POLICY_MODE_RECORD
                : strcmp(mode, MODE_DRY) == 0  ? POLICY_MODE_DRY
                                               : POLICY_MODE_NONE);
    submit(control, COMMAND_QUERY_RECORD, json_object_new(), ANSWER_TIMEOUT, TAG_QUERY);
}

static void on_query(Control *control, JsonNode *value)
{
    const char *state = "off";

    json_opt_string(json_as_object(value), MEMBER_STATE, &state, NULL);
    if (strcmp(state, "on") == 0)
        feed_policy(control, POLICY_HOST_BEGAN, 0);
}

static void on_reply(Control *control, Tag tag, JsonNode *value, const GError *error)
{
    switch (tag) {
    case TAG_AGENT:
        on_agent(control, value, error);
        return;
    case TAG_QUERY:
        on_query(control, value);
        return;
    case TAG_BEGIN:
        feed_policy(control, error ? POLICY_BEGIN_FAILED : POLICY_BEGUN, 0);
        break;
    case TAG_END:
        feed_policy(control, error ? POLICY_END_FAILED : POLICY_ENDED, 0);
        break;
    case TAG_OTHER:
        break;
    }
    if (error) {
        report_guest("%s: %s",
                     tag == TAG_BEGIN ? "begin_record failed"
                     : tag == TAG_END ? "end_record failed"
                                      : "a command failed",
                     error->message);
    }
}

/* So that begin and end of a recording need not read all RAM while the guest stands still. From the
 * recording's end on it would only cost the guest page faults. */
static void watch(Control *control, JsonObject *data)
{
    guint64 address = 0, size = 0;

    if (!json_opt_uint(data, MEMBER_RAM_ADDRESS, &address, NULL) ||
        !json_opt_uint(data, MEMBER_RAM_SIZE, &size, NULL) || size == 0)
        return; /* a cut after RECORD_WATCH */
    unwatch(control);
    control->watch = watch_start(address, size);
}

static void on_watch(Control *control, JsonObject *data)
{
    guint64 serial = 0;

    json_opt_uint(data, MEMBER_SERIAL, &serial, NULL);
    watch(control, data);
    send_journal(control, serial, JOURNAL_STATE_WATCHED, 0, 0, NULL);
}

static void on_cut(Control *control, JsonObject *data)
{
    const char *path = NULL;
    GError *error = NULL, *torn = NULL;
    guint64 log = 0, before = control->cut;

    control->cut = 0;
    json_opt_uint(data, MEMBER_SERIAL, &control->cut, NULL);
    watch(control, data);
    if (json_get_string(data, MEMBER_JOURNAL, &path, &error) &&
        control->host->flush_log(TRUE, &log, &error))
        journal_writer_cut(control->writer, path, &torn, &error);
    if (torn)
        send_journal(control, before, JOURNAL_STATE_FAILED, 0, 0, torn);
    control->drain_at = control->now + DRAIN_EVERY;
    send_journal(control, control->cut, JOURNAL_STATE_CUT, 0, log, error);
}

static void on_flush(Control *control, JsonObject *data)
{
    GError *error = NULL, *torn = NULL;
    guint64 serial = 0, log = 0, answers;

    json_opt_uint(data, MEMBER_SERIAL, &serial, NULL);
    control->host->flush_log(FALSE, &log, &torn);
    journal_writer_close(control->writer, &answers, torn ? NULL : &error);
    if (torn)
        error = torn;
    control->drain_at = G_MAXINT64;
    send_journal(control, serial, JOURNAL_STATE_CLOSED, answers, log, error);
}

static void on_room(Control *control, JsonObject *data)
{
    const char *console = NULL;

    control->room_serial = 0;
    json_opt_uint(data, MEMBER_SERIAL, &control->room_serial, NULL);
    if (!control->room || !json_get_string(data, MEMBER_CONSOLE, &console, NULL) ||
        !console_room_ask(control->room, control->host, console))
        send_room(control, NULL);
}

static void on_ended(Control *control, PolicyInputType how)
{
    unwatch(control);
    feed_policy(control, how, 0);
}

static void on_event(Control *control, JsonNode *node)
{
    Message message;

    if (!message_classify(node, &message, NULL) || message.kind != MESSAGE_EVENT)
        return;
    if (strcmp(message.name, EVENT_RECORD_WATCH) == 0)
        on_watch(control, json_as_object(message.value));
    else if (strcmp(message.name, EVENT_RECORD_CUT) == 0)
        on_cut(control, json_as_object(message.value));
    else if (strcmp(message.name, EVENT_RECORD_FLUSH) == 0)
        on_flush(control, json_as_object(message.value));
    else if (strcmp(message.name, EVENT_CONSOLE_ROOM) == 0)
        on_room(control, json_as_object(message.value));
    else if (strcmp(message.name, EVENT_RECORD_BEGIN) == 0)
        feed_policy(control, POLICY_HOST_BEGAN, 0);
    else if (strcmp(message.name, EVENT_RECORD_END) == 0)
        on_ended(control, POLICY_HOST_ENDED);
    else if (strcmp(message.name, EVENT_RECORD_ERROR) == 0)
        on_ended(control, POLICY_HOST_FAILED);
    else if (strcmp(message.name, "RESET") == 0)
        feed_policy(control, POLICY_RESET, 0);
}

static void handle(Control *control, QmpSessionAction *action)
{
    switch (action->type) {
    case QMP_SESSION_SEND:
        g_queue_push_tail(&control->output, g_bytes_ref(action->bytes));
        break;
    case QMP_SESSION_READY:
        send_agent(control);
        break;
    case QMP_SESSION_REPLY:
        on_reply(control, GPOINTER_TO_INT(action->tag), action->node, action->error);
        break;
    case QMP_SESSION_EVENT:
        on_event(control, action->node);
        break;
    case QMP_SESSION_NOTICE:
        report("odd message from the recorder: %s", action->error->message);
        break;
    case QMP_SESSION_FATAL:
        g_clear_error(&control->fault);
        control->fault = g_error_copy(action->error);
        break;
    }
}

static void pump(Control *control)
{
    QmpSessionAction *action;

    while (control->session && (action = qmp_session_next_action(control->session))) {
        handle(control, action);
        qmp_session_action_free(action);
    }
}

void control_connected(Control *control, gint64 now)
{
    control->now = now;
    g_clear_error(&control->fault);
    g_clear_pointer(&control->session, qmp_session_free);
    control->session = qmp_session_new(now, GREETING_TIMEOUT);
    pump(control);
}

void control_disconnected(Control *control)
{
    g_clear_pointer(&control->session, qmp_session_free);
    g_queue_clear_full(&control->output, (GDestroyNotify)g_bytes_unref);
    g_clear_error(&control->fault);
    journal_writer_abandon(control->writer);
    unwatch(control);
    control->drain_at = G_MAXINT64;
    feed_policy(control, POLICY_MODE, POLICY_MODE_NONE);
}

void control_feed(Control *control, const void *data, gsize length, gint64 now)
{
    control->now = now;
    if (control->session) {
        qmp_session_feed(control->session, data, length, now);
        pump(control);
    }
}

static void drain(Control *control)
{
    GError *error = NULL;

    if (!journal_writer_drain(control->writer, &error))
        send_journal(control, control->cut, JOURNAL_STATE_FAILED, 0, 0, error);
    if (control->now >= control->drain_at)
        control->drain_at = control->now + DRAIN_EVERY;
}

void control_run(Control *control, gint64 now)
{
    g_autofree char *complaint = shared_policy_take_complaint(control->shared, now);
    PolicyAction action;
    int room;

    control->now = now;
    if (control->room && console_room_take(control->room, &room))
        send_room(control, &room);
    if (complaint)
        report("a guest's hypercall was refused: %s", complaint);
    while (shared_policy_take(control->shared, &action))
        perform(control, &action);
    if (shared_policy_deadline(control->shared) && now >= shared_policy_deadline(control->shared))
        feed_policy(control, POLICY_TICK, 0);
    drain(control);
    if (control->session)
        qmp_session_tick(control->session, now);
    pump(control);
}

GBytes *control_next_output(Control *control)
{
    return g_queue_pop_head(&control->output);
}

const GError *control_fault(const Control *control)
{
    return control->fault;
}

int control_wake_fd(const Control *control)
{
    return control->room ? console_room_fd(control->room) : -1;
}

gint64 control_deadline(Control *control)
{
    gint64 deadline = shared_policy_deadline(control->shared);

    if (!deadline)
        deadline = G_MAXINT64;
    if (control->session)
        deadline = MIN(deadline, qmp_session_next_deadline(control->session));
    return MIN(deadline, control->drain_at);
}
