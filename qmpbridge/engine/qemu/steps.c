/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What begin and end of a recording on stock QEMU are made of; see steps.h.
 */
#include "qmpbridge/engine/qemu/steps.h"

#include "qmpbridge/io/clock.h"

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

gboolean qemu_is_late(Qemu *qemu, const char *what, const GError *error)
{
    if (!g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT))
        return FALSE;
    qemu_fail_reply(qemu, what, error);
    return TRUE;
}

/** A command that QEMU hasn't answered yet; the step that sent it may have given it up. */
typedef struct {
    Qemu *qemu;
    QmpReplyFunc func; /**< NULL once it was called */
    char *command;
    gint64 since;
    guint timer;
} Pending;

void qemu_unref(Qemu *qemu)
{
    if (--qemu->refs > 0)
        return;
    g_queue_clear_full(&qemu->icounts, g_free);
    g_free(qemu->job);
    g_free(qemu->log);
    g_free(qemu->vmstate);
    g_strfreev(qemu->overlays);
    g_free(qemu->packets);
    g_free(qemu->console);
    g_clear_pointer(&qemu->blocks, g_ptr_array_unref);
    checkpoint_clear(&qemu->taking);
    checkpoint_ring_free(qemu->checkpoints);
    g_free(qemu);
}

static void pending_free(gpointer data)
{
    Pending *pending = data;

    g_clear_handle_id(&pending->timer, g_source_remove);
    qemu_unref(pending->qemu);
    g_free(pending->command);
    g_free(pending);
}

static void pending_answer(Pending *pending, JsonNode *value, const GError *error)
{
    QmpReplyFunc func = pending->func;

    pending->func = NULL;
    g_clear_handle_id(&pending->timer, g_source_remove);
    func(pending->qemu->with.monitor, value, error, pending->qemu);
}

static gboolean pending_late(gpointer user_data)
{
    Pending *pending = user_data;
    guint ms = pending->qemu->with.monitor_timeout_ms;
    g_autoptr(GError) error = g_error_new(
        BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
        "QEMU hasn't answered within %g s; as soon as it does the guest goes on", ms / 1000.0);

    pending->timer = 0;
    if (!pending->qemu->freed)
        pending_answer(pending, NULL, error);
    return G_SOURCE_REMOVE;
}

static void replied(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Pending *pending = user_data;

    (void)client;
    if (pending->qemu->freed)
        return;
    if (pending->func)
        pending_answer(pending, value, error);
    else
        eventlog_note(pending->qemu->with.events, "QEMU answers '%s' after %.3f s, too late: %s",
                      pending->command, (double)(clock_mono() - pending->since) / 1e6,
                      error ? error->message : "it is taken back");
}

/* QEMU carries out the commands of a monitor in their order, so whatever is asked after a command
 * that was given up finds the VM as that command has left it. This is why none has a time-out of
 * the client's, which would drop it while it is unsent. */
void qemu_ask(Qemu *qemu, const char *command, JsonObject *args, QmpReplyFunc func)
{
    Pending *pending = g_new(Pending, 1);

    *pending = (Pending){qemu, func, g_strdup(command), clock_mono(), 0};
    qemu->refs++;
    pending->timer = g_timeout_add(qemu->with.monitor_timeout_ms, pending_late, pending);
    qmp_client_execute_full(qemu->with.monitor, command, args, QMP_EXECUTE, QMP_TIMEOUT_NONE,
                            replied, pending, pending_free);
}

void qemu_drop_begin(Qemu *qemu)
{
    if (qemu->begin)
        checkpoint_ring_drop(qemu->checkpoints, qemu->begin);
    qemu->begin = NULL;
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
    } else if (qemu->wait_reset) {
        qemu->wait_reset = FALSE;
        qemu_fail_text(qemu, BRIDGE_ERROR_TIMEOUT,
                       "QEMU hangs in the reset of its VM, as it does in record mode when the "
                       "guest is reset while its disk is at work");
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

void qemu_wait_for_reset(Qemu *qemu)
{
    qemu->wait_reset = TRUE;
    qemu_wait(qemu, qemu->with.monitor_timeout_ms);
}

void qemu_wait(Qemu *qemu, guint ms)
{
    qemu->timer = g_timeout_add(ms, timer_fired, qemu);
}

static void worker_done(const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;

    g_clear_pointer(&qemu->worker, worker_free);
    if (error)
        qemu_fail(qemu, g_error_copy(error));
    else
        qemu_next(qemu);
}

void qemu_work(Qemu *qemu, WorkerFunc func, gpointer data)
{
    qemu->worker = worker_start(func, data, worker_done, qemu);
}

/* --- stop and go on ------------------------------------------------------------------------ */

static void stop_replied(QmpClient *client, JsonNode *value, const GError *error,
                         gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    /* QEMU still carries out a 'stop' that was given up: go_on() has to send a 'cont' behind it. */
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
        qemu_next(qemu); /* paused by a client, or shut down: it stays so */
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
