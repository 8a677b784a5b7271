/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The back end for stock QEMU; see backend-qemu.h. Begin and end are tables of steps; each step
 * waits for one thing: a reply, an event, the plugin, a worker, or a moment. This file holds the
 * helpers of which steps are made, what both tables share, and what happens after a failure.
 */
#include "qmpbridge/record/backend-qemu-private.h"

#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"

static Qemu *qemu_of(Backend *backend)
{
    return (Qemu *)backend;
}

void qemu_next(Qemu *qemu)
{
    sequence_next(qemu->sequence);
}

void qemu_fail(Qemu *qemu, GError *error)
{
    sequence_fail(g_steal_pointer(&qemu->sequence), error);
}

void qemu_fail_text(Qemu *qemu, BridgeError code, const char *text)
{
    qemu_fail(qemu, g_error_new_literal(BRIDGE_ERROR, code, text));
}

/* Fails with what a command was refused for. */
void qemu_fail_reply(Qemu *qemu, const char *what, const GError *error)
{
    qemu_fail(qemu, g_error_new(BRIDGE_ERROR, error->code, "%s: %s", what, error->message));
}

/** A command that QEMU hasn't answered yet, the step that asked having given up or not. */
typedef struct {
    Qemu *qemu;
    QmpReplyFunc func; /**< NULL once it was called */
    char *command;
    gint64 since;
    guint timer;
} Question;

static void qemu_unref(Qemu *qemu)
{
    if (--qemu->refs > 0)
        return;
    g_free(qemu->job);
    g_free(qemu);
}

static void question_free(gpointer data)
{
    Question *question = data;

    g_clear_handle_id(&question->timer, g_source_remove);
    qemu_unref(question->qemu);
    g_free(question->command);
    g_free(question);
}

static void question_answer(Question *question, JsonNode *value, const GError *error)
{
    QmpReplyFunc func = question->func;

    question->func = NULL;
    g_clear_handle_id(&question->timer, g_source_remove);
    func(question->qemu->with.monitor, value, error, question->qemu);
}

static gboolean question_late(gpointer user_data)
{
    Question *question = user_data;
    guint ms = question->qemu->with.monitor_timeout_ms;
    g_autoptr(GError) error =
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                    "QEMU hasn't answered within %g s; as soon as it does the guest goes on",
                    ms / 1000.0);

    question->timer = 0;
    if (!question->qemu->freed)
        question_answer(question, NULL, error);
    return G_SOURCE_REMOVE;
}

static void replied(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Question *question = user_data;

    (void)client;
    if (question->qemu->freed)
        return;
    if (question->func)
        question_answer(question, value, error);
    else
        eventlog_note(question->qemu->with.events, "QEMU answers '%s' after %.3f s, too late: %s",
                      question->command, (double)(clock_mono() - question->since) / 1e6,
                      error ? error->message : "it is taken back");
}

/* QEMU carries out the commands of a monitor in their order, so whatever is asked after a command
 * that was given up finds the VM as that command has left it. This is why none has a time-out of
 * the client's, which would drop it while it is unsent. */
void qemu_ask(Qemu *qemu, const char *command, JsonObject *args, QmpReplyFunc func)
{
    Question *question = g_new(Question, 1);

    *question = (Question){qemu, func, g_strdup(command), clock_mono(), 0};
    qemu->refs++;
    question->timer = g_timeout_add(qemu->with.monitor_timeout_ms, question_late, question);
    qmp_client_execute_full(qemu->with.monitor, command, args, QMP_EXECUTE, QMP_TIMEOUT_NONE,
                            replied, question, question_free);
}

JsonObject *qemu_string_args(const char *name, const char *value)
{
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, name, value);
    return args;
}

void qemu_ask_hmp(Qemu *qemu, const char *line, QmpReplyFunc func)
{
    qemu_ask(qemu, QUESTION_HMP, question_hmp_args(line), func);
}

static gboolean timer_fired(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->timer = 0;
    if (qemu->wait_connect) {
        qemu->wait_connect = FALSE;
        qemu_fail_text(qemu, BRIDGE_ERROR_STATE,
                       "the plugin recctrl isn't connected: start the VM by 'qmpbridge run'");
    } else if (qemu->wait_plugin) {
        qemu->wait_plugin = FALSE;
        qemu_fail_text(qemu, BRIDGE_ERROR_TIMEOUT, "the plugin didn't answer in time");
    } else {
        qemu_next(qemu);
    }
    return G_SOURCE_REMOVE;
}

gboolean qemu_read_icount(Qemu *qemu, JsonNode *value, const GError *error, guint64 *icount)
{
    g_autoptr(GError) bad = NULL;

    if (!error && question_read_icount(value, icount, &bad))
        return TRUE;
    qemu_fail_reply(qemu, QUESTION_ICOUNT, error ? error : bad);
    return FALSE;
}

void qemu_wait_for_plugin(Qemu *qemu)
{
    qemu->wait_plugin = TRUE;
    qemu_wait(qemu, qemu->with.plugin_timeout_ms);
}

void qemu_wait_for_connection(Qemu *qemu)
{
    qemu->wait_connect = TRUE;
    qemu_wait(qemu, qemu->with.plugin_timeout_ms);
}

void qemu_wait(Qemu *qemu, guint ms)
{
    qemu->timer = g_timeout_add(ms, timer_fired, qemu);
}

/* --- stop and go on ------------------------------------------------------------------------ */

static void stop_replied(QmpClient *client, JsonNode *value, const GError *error,
                         gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    /* Given up isn't taken back: the 'cont' of go_on() stands behind it. */
    qemu->held = !error || g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT);
    if (error)
        qemu_fail_reply(qemu, "stop", error);
    else
        qemu_next(qemu);
}

static void status_replied(QmpClient *client, JsonNode *value, const GError *error,
                           gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autoptr(GError) bad = NULL;
    gboolean running;

    (void)client;
    if (error || !json_get_bool(json_as_object(value), "running", &running, &bad)) {
        qemu_fail_reply(qemu, "query-status", error ? error : bad);
        return;
    }
    qemu->held_since = clock_mono();
    if (running)
        qemu_ask(qemu, "stop", NULL, stop_replied);
    else
        qemu_next(qemu); /* paused by somebody, or shut down: it stays so */
}

void qemu_step_hold(gpointer user_data)
{
    qemu_ask(user_data, "query-status", NULL, status_replied);
}

static void cont_replied(QmpClient *client, JsonNode *value, const GError *error,
                         gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    qemu->held = FALSE; /* also when it is late */
    if (error)
        qemu_fail_reply(qemu, "cont", error);
    else
        qemu_next(qemu);
}

void qemu_step_release(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->held)
        qemu_ask(qemu, "cont", NULL, cont_replied);
    else
        qemu_next(qemu);
}

/* --- after a failure: whatever was begun is taken back, then the VM goes on ------------------- */

static void go_on(Qemu *qemu);

static void taken_back(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error; /* there is nothing better to do */
    go_on(user_data);
}

/* Takes back one thing at a time; at last tells of the failure. */
static void go_on(Qemu *qemu)
{
    g_autoptr(GError) error = NULL;

    if (qemu->has_job) {
        qemu->has_job = FALSE;
        qemu_ask(qemu, "job-dismiss", qemu_string_args("id", qemu->job), taken_back);
    } else if (qemu->held) {
        qemu->held = FALSE;
        qemu_ask(qemu, "cont", NULL, taken_back);
    } else {
        error = g_steal_pointer(&qemu->failure);
        qemu->done(error, qemu->user_data);
    }
}

static void sequence_ended(const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->sequence = NULL;
    qemu->wait_connect = qemu->wait_plugin = qemu->wait_job = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    g_clear_pointer(&qemu->evidence, evidence_free);
    g_clear_error(&qemu->failure);
    if (!error) {
        qemu->done(NULL, qemu->user_data);
        return;
    }
    qemu->failure = g_error_copy(error);
    go_on(qemu);
}

static void run(Qemu *qemu, const SequenceStep *steps, BackendDone done, gpointer user_data)
{
    qemu->done = done;
    qemu->user_data = user_data;
    qemu->sequence = sequence_new(steps, sequence_ended, qemu);
    sequence_start(qemu->sequence);
}

static void qemu_begin(Backend *backend, Recording *recording, BackendDone done,
                       gpointer user_data)
{
    Qemu *qemu = qemu_of(backend);

    qemu->recording = recording;
    run(qemu, qemu_begin_steps, done, user_data);
}

static void qemu_end(Backend *backend, Recording *recording, BackendDone done, gpointer user_data)
{
    Qemu *qemu = qemu_of(backend);
    Evidence *evidence = evidence_new(recording);

    qemu->recording = recording;
    qemu->evidence = evidence;
    evidence->log = g_strdup(qemu->with.log);
    evidence->log_begin = recording->log_begin;
    evidence->vmstate = g_strdup(qemu->with.vmstate);
    evidence->overlay = g_strdup(qemu->with.overlay);
    evidence->console = g_strdup(qemu->with.console);
    evidence->console_begin = qemu->console_begin;
    memcpy(evidence->log_word, qemu->with.emulator->log_word, sizeof(evidence->log_word));
    memcpy(evidence->log_end, qemu->with.emulator->log_end, sizeof(evidence->log_end));
    run(qemu, qemu_end_steps, done, user_data);
}

/* --- space --------------------------------------------------------------------------------- */

/** Device state, registers and recording.json, and what a guest writes until the next look. */
#define SPACE_SLACK (32u << 20)

/* Space of a file, and the bytes after @from in it, of which there may be fewer than its space. */
static guint64 file_space(const char *path, guint64 from, guint64 *after)
{
    GStatBuf info;

    *after = 0;
    if (!path || g_stat(path, &info) != 0)
        return 0;
    if ((guint64)info.st_size > from)
        *after = MIN((guint64)info.st_size - from, (guint64)info.st_blocks * 512);
    return (guint64)info.st_blocks * 512;
}

/* An end copies RAM, log, console and disk with the VM stopped, and once RAM is digested and
 * removed the snapshot; a begin writes that snapshot first. */
static void qemu_space(Backend *backend, const Recording *recording, BackendSpace *space)
{
    const Qemu *qemu = qemu_of(backend);
    guint64 ram = MIN(ram_resident(qemu->with.pid), (guint64)qemu->with.machine->memory << 20);
    guint64 snapshot, disk, log, console;

    space->live = file_space(qemu->with.vmstate, 0, &snapshot) +
                  file_space(qemu->with.overlay, 0, &disk) +
                  file_space(qemu->with.log, recording->log_begin, &log) +
                  file_space(qemu->with.console, qemu->console_begin, &console);
    space->begin = 2 * ram + disk + SPACE_SLACK;
    space->end = MAX(ram, snapshot) + log + disk + console + SPACE_SLACK;
}

/* --- what others say ----------------------------------------------------------------------- */

static void qemu_connected(Backend *backend)
{
    Qemu *qemu = qemu_of(backend);

    if (!qemu->wait_connect)
        return;
    qemu->wait_connect = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    qemu_next(qemu);
}

static void qemu_journal(Backend *backend, const JournalAnswer *answer)
{
    Qemu *qemu = qemu_of(backend);

    if (!qemu->wait_plugin)
        return;
    qemu->wait_plugin = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    qemu->recording->answers = answer->answers;
    qemu->log_size = answer->log_size;
    if (answer->state == JOURNAL_FAILED)
        qemu_fail_text(qemu, BRIDGE_ERROR_RECORDING, answer->reason);
    else
        qemu_next(qemu);
}

static void orphan_dismissed(QmpClient *client, JsonNode *value, const GError *error,
                             gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error; /* there is nothing better to do */
    (void)user_data;
}

static void job_concluded(Qemu *qemu, const char *id)
{
    if (qemu->wait_job && g_str_equal(id, qemu->job)) {
        qemu->wait_job = FALSE;
        if (qemu->has_job)
            qemu_next(qemu); /* else job_started() will */
    } else { /* of a snapshot that was given up */
        eventlog_note(qemu->with.events, "%s, which was given up, is over: it is dismissed", id);
        qemu_ask(qemu, "job-dismiss", qemu_string_args("id", id), orphan_dismissed);
    }
}

static gboolean qemu_event(Backend *backend, const char *name, JsonObject *data)
{
    const char *id = json_as_string(json_lookup(data, "id"));

    if (!g_str_equal(name, "JOB_STATUS_CHANGE") || !id ||
        !g_str_has_prefix(id, QEMU_SNAPSHOT_JOB))
        return FALSE;
    if (g_strcmp0(json_as_string(json_lookup(data, "status")), "concluded") == 0)
        job_concluded(qemu_of(backend), id);
    return TRUE;
}

static void qemu_lost(Backend *backend, const GError *why)
{
    Qemu *qemu = qemu_of(backend);

    if (!qemu->wait_connect && !qemu->wait_plugin && !(qemu->wait_job && qemu->has_job))
        return; /* what waits for a reply of QEMU fails by that */
    if (qemu->wait_job && qmp_client_is_ready(qemu->with.monitor)) {
        g_clear_error(&qemu->failure); /* only the plugin has gone: QEMU must end its job first */
        qemu->failure = g_error_copy(why);
        return;
    }
    qemu_fail(qemu, g_error_copy(why));
}

static void qemu_free(Backend *backend)
{
    Qemu *qemu = qemu_of(backend);

    g_clear_handle_id(&qemu->timer, g_source_remove);
    worker_free(qemu->worker);
    sequence_free(qemu->sequence);
    evidence_free(qemu->evidence);
    g_clear_error(&qemu->failure);
    qemu->freed = TRUE;
    qemu_unref(qemu);
}

static const BackendClass qemu_class = {
    .mode = MODE_RECORD,
    .keeps = TRUE,
    .begin = qemu_begin,
    .end = qemu_end,
    .space = qemu_space,
    .connected = qemu_connected,
    .journal = qemu_journal,
    .event = qemu_event,
    .lost = qemu_lost,
    .free = qemu_free,
};

Backend *backend_qemu_new(const BackendQemuOptions *options)
{
    Qemu *qemu = g_new0(Qemu, 1);

    qemu->base.class = &qemu_class;
    qemu->refs = 1;
    qemu->with = *options;
    if (!qemu->with.monitor_timeout_ms)
        qemu->with.monitor_timeout_ms = BACKEND_QEMU_MONITOR_TIMEOUT_MS;
    if (!qemu->with.plugin_timeout_ms)
        qemu->with.plugin_timeout_ms = BACKEND_QEMU_PLUGIN_TIMEOUT_MS;
    return &qemu->base;
}
