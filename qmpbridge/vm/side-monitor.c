/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A second native monitor; see side-monitor.h. The three commands that make it are sent at once,
 * and the client on this end waits for the greeting; the first that fails ends the attempt.
 *
 * States: being made (neither settled nor passthrough) -> ready (passthrough) -> gone (closed).
 */
#include "qmpbridge/vm/side-monitor.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmpbridge/core/fds.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/transport.h"

/** How long QEMU may take to greet on it, in milliseconds; clients wait for that. */
#define GREETING_TIMEOUT_MS 10000u

struct SideMonitor {
    guint refs; /**< the owner's, and one for each command under way */
    QmpClient *first;
    QmpClient *client;        /**< (nullable) once gone */
    Passthrough *passthrough; /**< (nullable) unless ready */
    const ExtensionEntry *table;
    EventLog *log;                       /**< (nullable) */
    void (*settled)(gpointer user_data); /**< (nullable) once called */
    gpointer user_data;
};

typedef struct {
    const char *name, *args;
} Step;

static const Step steps[] = {
    {"getfd", "{\"fdname\": \"" SIDE_MONITOR_ID "\"}"},
    {"chardev-add", "{\"id\": \"" SIDE_MONITOR_ID "\", \"backend\": {\"type\": \"socket\", "
                    "\"data\": {\"addr\": {\"type\": \"fd\", \"data\": {\"str\": \"" SIDE_MONITOR_ID
                    "\"}}, \"server\": false}}}"},
    {"object-add", "{\"qom-type\": \"monitor-qmp\", \"id\": \"" SIDE_MONITOR_ID "\", "
                   "\"chardev\": \"" SIDE_MONITOR_ID "\", \"close-action\": \"delete\"}"},
};

/* Takes back what has succeeded; the others of these fail without harm. */
static const Step undo[] = {
    {"chardev-remove", "{\"id\": \"" SIDE_MONITOR_ID "\"}"},
    {"closefd", "{\"fdname\": \"" SIDE_MONITOR_ID "\"}"},
};

/**
 * What takes long and only reads. Not here: what stops the VM meanwhile (dump-guest-memory), what
 * belongs to a monitor (getfd, query-commands), and whatever else may be behind one name
 * (human-monitor-command, qom-get).
 */
static const char *const served[] = {
    "memsave",
    "pmemsave",
    "query-block",
    "query-blockstats",
    "query-command-line-options",
    "query-cpu-definitions",
    "query-cpu-model-expansion",
    "query-machines",
    "query-named-block-nodes",
    "query-qmp-schema",
    "screendump",
};

static void side_unref(gpointer data)
{
    SideMonitor *side = data;

    if (--side->refs > 0)
        return;
    qmp_client_unref(side->first);
    g_free(side);
}

static void execute(SideMonitor *side, const Step *step, Fds *fds, QmpTextFunc func)
{
    g_autoptr(GBytes) args = g_bytes_new_static(step->args, strlen(step->args));

    side->refs++;
    qmp_client_execute_fds(side->first, step->name, args, fds, QMP_EXECUTE, QMP_TIMEOUT_NONE, func,
                           side, side_unref);
}

static void undone(QmpClient *first, GBytes *value, const GError *error, gpointer user_data)
{
    (void)first;
    (void)value;
    (void)error;
    (void)user_data;
}

static void settle(SideMonitor *side)
{
    void (*settled)(gpointer user_data) = g_steal_pointer(&side->settled);

    if (settled)
        settled(side->user_data);
}

static void close_side(SideMonitor *side)
{
    QmpClient *client = g_steal_pointer(&side->client);

    g_clear_pointer(&side->passthrough, passthrough_free);
    if (client)
        qmp_client_unref(client);
}

/* It isn't there, or no longer. May end with the owner freeing it. */
static void fail(SideMonitor *side, const GError *error)
{
    gboolean was_ready = side->passthrough != NULL;

    if (!side->client)
        return;
    eventlog_note(side->log, "%s; all commands are the first monitor's: %s",
                  was_ready ? "the second monitor has gone" : "no second monitor could be made",
                  error->message);
    close_side(side);
    for (guint i = 0; !was_ready && i < G_N_ELEMENTS(undo); i++)
        execute(side, &undo[i], NULL, undone);
    settle(side);
}

static void made(QmpClient *first, GBytes *value, const GError *error, gpointer user_data)
{
    (void)first;
    (void)value;
    if (error)
        fail(user_data, error);
}

static void side_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    SideMonitor *side = user_data;

    (void)greeting;
    side->passthrough = passthrough_new(client, side->table);
    eventlog_note(side->log, "a second monitor, %s, serves what takes long", SIDE_MONITOR_ID);
    settle(side);
}

static void side_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    fail(user_data, error);
}

static const QmpClientOps side_ops = {.ready = side_ready, .closed = side_closed};

/* monitor-qmp objects came with QEMU 11.1. */
static gboolean is_able(JsonNode *greeting)
{
    Version version;

    return message_qemu_version(greeting, &version) && version_compare_series(&version, 11, 1) >= 0;
}

/* A stream, and in @theirs its other end. */
static GIOStream *make_pair(Fds *theirs, GError **error)
{
    GIOStream *stream;
    int ends[2];

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends) != 0) {
        g_set_error_literal(error, G_IO_ERROR, g_io_error_from_errno(errno), g_strerror(errno));
        return NULL;
    }
    fds_take(theirs, ends[1]);
    stream = transport_from_fd(ends[0], error);
    if (!stream)
        close(ends[0]);
    return stream;
}

SideMonitor *side_monitor_new(QmpClient *first, const ExtensionEntry *table, EventLog *log,
                              void (*settled)(gpointer user_data), gpointer user_data)
{
    g_autoptr(Fds) theirs = fds_new();
    g_autoptr(GError) error = NULL;
    GIOStream *stream;
    SideMonitor *side;

    if (!is_able(qmp_client_greeting(first)))
        return NULL;
    stream = make_pair(theirs, &error);
    if (!stream) {
        eventlog_note(log, "no second monitor could be made: %s", error->message);
        return NULL;
    }
    side = g_new0(SideMonitor, 1);
    side->refs = 1;
    side->first = qmp_client_ref(first);
    side->table = table;
    side->log = log;
    side->settled = settled;
    side->user_data = user_data;
    side->client = qmp_client_new(stream, GREETING_TIMEOUT_MS, &side_ops, side);
    for (guint i = 0; i < G_N_ELEMENTS(steps); i++)
        execute(side, &steps[i], i == 0 ? theirs : NULL, made);
    return side;
}

void side_monitor_free(SideMonitor *side)
{
    if (!side)
        return;
    side->settled = NULL;
    close_side(side);
    side_unref(side);
}

gboolean side_monitor_serves(const SideMonitor *side, const char *name)
{
    if (!side || !side->passthrough)
        return FALSE;
    for (guint i = 0; i < G_N_ELEMENTS(served); i++) {
        if (g_str_equal(name, served[i]))
            return TRUE;
    }
    return FALSE;
}

void side_monitor_client_gone(SideMonitor *side, guint64 client)
{
    if (side && side->passthrough)
        passthrough_client_gone(side->passthrough, client);
}

gboolean side_monitor_take(SideMonitor *side, QmpRequest *request)
{
    const char *name = qmp_request_name(request);

    if (qmp_request_oob(request) || !side_monitor_serves(side, name))
        return FALSE;
    eventlog_note(side->log, "client %" G_GUINT64_FORMAT "'s %s goes to the second monitor",
                  qmp_request_client(request), name);
    passthrough_request(side->passthrough, request);
    return TRUE;
}
