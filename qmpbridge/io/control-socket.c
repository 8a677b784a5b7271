/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ControlSocket; see control-socket.h. The passthrough is there as long as the monitor is.
 */
#include "qmpbridge/io/control-socket.h"

struct ControlSocket {
    QmpServer *server;
    EventLog *log; /**< (nullable) */
    const ControlSocketOps *ops;
    gpointer user_data;
    QmpClient *monitor;       /**< (nullable) while it is away */
    Passthrough *passthrough; /**< (nullable) while it is away */
};

static void request_came(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    ControlSocket *socket = user_data;

    (void)server;
    if (socket->ops->take && socket->ops->take(request, socket->user_data))
        return;
    if (!socket->passthrough) {
        qmp_request_error(request, "GenericError", "the monitor is away");
        qmp_request_unref(request);
        return;
    }
    eventlog_note(socket->log, "client %" G_GUINT64_FORMAT " executes %s",
                  qmp_request_client(request), qmp_request_name(request));
    if (socket->ops->pass)
        socket->ops->pass(request, socket->user_data);
    else
        passthrough_request(socket->passthrough, request);
}

static PeerFlow request_flow(const char *name, gpointer user_data)
{
    const ControlSocket *socket = user_data;

    return socket->ops->flow ? socket->ops->flow(name, socket->user_data) : PEER_PIPELINE;
}

/* Returns: (transfer full). */
static char *describe(const TransportPeer *who)
{
    return g_strdup_printf("%s, pid %d, uid %u", *who->name ? who->name : "unknown", (int)who->pid,
                           (guint)who->uid);
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    ControlSocket *socket = user_data;
    g_autofree char *process = describe(who);

    (void)server;
    eventlog_note(socket->log, "client %" G_GUINT64_FORMAT " (%s) %s%s", client, process,
                  why ? "was dropped: " : "has left", why ? why->message : "");
    if (socket->passthrough)
        passthrough_client_gone(socket->passthrough, client);
    if (socket->ops->client_gone)
        socket->ops->client_gone(client, socket->user_data);
}

static void client_refused(QmpServer *server, const TransportPeer *who, const GError *why,
                           gpointer user_data)
{
    ControlSocket *socket = user_data;
    g_autofree char *process = describe(who);

    (void)server;
    eventlog_note(socket->log, "a client (%s) wasn't let in: %s", process, why->message);
}

static const QmpServerOps server_ops = {
    .handle = request_came,
    .flow = request_flow,
    .client_gone = client_gone,
    .refused = client_refused,
};

ControlSocket *control_socket_new(const char *path, const char *directory, EventLog *log,
                                  const ControlSocketOps *ops, gpointer user_data, GError **error)
{
    g_autoptr(ControlSocket) socket = g_new0(ControlSocket, 1);
    g_autofree char *own = path ? NULL : g_build_filename(directory, CONTROL_SOCKET_NAME, NULL);

    socket->log = log;
    socket->ops = ops;
    socket->user_data = user_data;
    socket->server = qmp_server_new(path ? path : own, &server_ops, socket, error);
    return socket->server ? g_steal_pointer(&socket) : NULL;
}

static void disconnect(ControlSocket *socket)
{
    g_clear_pointer(&socket->passthrough, passthrough_free);
    g_clear_pointer(&socket->monitor, qmp_client_unref);
}

void control_socket_free(ControlSocket *socket)
{
    if (!socket)
        return;
    disconnect(socket);
    qmp_server_free(socket->server);
    g_free(socket);
}

const char *control_socket_path(const ControlSocket *socket)
{
    return qmp_server_path(socket->server);
}

QmpServer *control_socket_server(const ControlSocket *socket)
{
    return socket->server;
}

Passthrough *control_socket_connect(ControlSocket *socket, QmpClient *monitor,
                                    const ExtensionEntry *extension)
{
    disconnect(socket);
    socket->monitor = qmp_client_ref(monitor);
    socket->passthrough = passthrough_new(monitor, extension);
    return socket->passthrough;
}

void control_socket_greet(ControlSocket *socket, JsonNode *greeting)
{
    qmp_server_set_greeting(socket->server, greeting);
}

gboolean control_socket_event(ControlSocket *socket, JsonNode *event)
{
    eventlog_write(socket->log, EVENTLOG_IN, event);
    if (socket->ops->event && socket->ops->event(event, socket->user_data))
        return FALSE;
    qmp_server_emit_text(socket->server, qmp_client_event_text(socket->monitor));
    return TRUE;
}

void control_socket_withdraw(ControlSocket *socket)
{
    disconnect(socket);
    qmp_server_withdraw(socket->server);
}
