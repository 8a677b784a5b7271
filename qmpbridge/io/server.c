/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpServer: the listening socket, the list of connections, and who may connect. What happens on
 * one connection is in server-connection.c.
 */
#include "qmpbridge/io/server.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/server-connection.h"
#include "qmpbridge/io/transport.h"

/* While the process has no descriptor left accept() fails again and again: the server stops
 * accepting for this long. */
#define ACCEPT_PAUSE_MS 200u
/* Descriptors beside those of the clients: files, processes, the emulator's monitor. */
#define OTHER_DESCRIPTORS 256u

struct QmpServer {
    char *path;
    dev_t device; /* of the socket file that we made */
    ino_t inode;
    GSocket *listener;
    GSource *acceptor;
    guint pause;
    const QmpServerOps *ops;
    gpointer user_data;
    GPtrArray *connections;
    guint64 last_id;
    JsonNode *greeting;
};

static void start_accepting(QmpServer *server);

static gboolean resume_accepting(gpointer user_data)
{
    QmpServer *server = user_data;

    server->pause = 0;
    start_accepting(server);
    return G_SOURCE_REMOVE;
}

static void stop_accepting(QmpServer *server)
{
    if (server->acceptor)
        g_source_destroy(server->acceptor);
    g_clear_pointer(&server->acceptor, g_source_unref);
}

/* The socket's mode keeps others out; this also holds if the mode was changed. Returns: (transfer
 * full) (nullable): why a client isn't let in. */
static GError *check_peer(const QmpServer *server, const TransportPeer *who)
{
    if (who->uid != geteuid() && who->uid != 0)
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                           "the socket is for user %u and root only", (guint)geteuid());
    if (server->connections->len >= QMP_SERVER_MAX_CLIENTS)
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_BUSY, "there are %u clients already",
                           QMP_SERVER_MAX_CLIENTS);
    return NULL;
}

static void connection_request(QmpRequest *request, gpointer owner)
{
    QmpServer *server = owner;

    server->ops->handle(server, request, server->user_data);
}

static PeerFlow connection_flow(const char *name, gpointer owner)
{
    const QmpServer *server = owner;

    return server->ops->flow ? server->ops->flow(name, server->user_data) : PEER_PIPELINE;
}

static void connection_ready(Connection *connection, gpointer owner)
{
    QmpServer *server = owner;

    if (server->ops->client_ready)
        server->ops->client_ready(server, connection_id(connection), server->user_data);
}

/* The owner may free the server: that comes last. */
static void connection_gone(Connection *connection, const GError *why, gpointer owner)
{
    QmpServer *server = owner;
    guint64 id = connection_id(connection);
    TransportPeer who = *connection_who(connection);

    g_ptr_array_remove_fast(server->connections, connection);
    if (server->ops->client_gone)
        server->ops->client_gone(server, id, &who, why, server->user_data);
}

static const ConnectionOps connection_ops = {
    .request = connection_request,
    .flow = connection_flow,
    .ready = connection_ready,
    .gone = connection_gone,
};

/* @socket: (transfer full) */
static void welcome(QmpServer *server, GSocket *socket)
{
    g_autoptr(GSocket) owned = socket;
    g_autoptr(GIOStream) stream =
        G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
    g_autoptr(GError) why = NULL;
    Connection *connection;
    TransportPeer who;

    if (!transport_peer(stream, &who))
        return;
    why = check_peer(server, &who);
    if (why) {
        if (server->ops->refused)
            server->ops->refused(server, &who, why, server->user_data);
        return;
    }
    g_socket_set_blocking(socket, FALSE);
    connection =
        connection_new(++server->last_id, g_steal_pointer(&stream), &who, &connection_ops, server);
    g_ptr_array_add(server->connections, connection);
    if (server->greeting)
        connection_greet(connection, server->greeting);
}

static gboolean on_acceptable(GSocket *listener, GIOCondition condition, gpointer user_data)
{
    QmpServer *server = user_data;
    g_autoptr(GError) error = NULL;
    GSocket *socket = g_socket_accept(listener, NULL, &error);

    (void)condition;
    if (socket) {
        welcome(server, socket);
    } else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK)) {
        stop_accepting(server);
        server->pause = g_timeout_add(ACCEPT_PAUSE_MS, resume_accepting, server);
    }
    return G_SOURCE_CONTINUE;
}

static void start_accepting(QmpServer *server)
{
    server->acceptor = g_socket_create_source(server->listener, G_IO_IN, NULL);
    g_source_set_callback(server->acceptor, G_SOURCE_FUNC(on_acceptable), server, NULL);
    g_source_attach(server->acceptor, NULL);
}

static void make_room(void)
{
    struct rlimit limit;
    const rlim_t wanted = QMP_SERVER_MAX_CLIENTS + OTHER_DESCRIPTORS;

    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
        return;
    limit.rlim_cur = MIN(wanted, limit.rlim_max);
    setrlimit(RLIMIT_NOFILE, &limit);
}

QmpServer *qmp_server_new(const char *path, const QmpServerOps *ops, gpointer user_data,
                          GError **error)
{
    GSocket *listener = transport_listen_unix(path, error);
    QmpServer *server;
    struct stat info = {0};

    if (!listener)
        return NULL;
    server = g_new0(QmpServer, 1);
    server->path = g_strdup(path);
    server->listener = listener;
    server->ops = ops;
    server->user_data = user_data;
    server->connections = g_ptr_array_new_with_free_func((GDestroyNotify)connection_free);
    if (lstat(path, &info) == 0) {
        server->device = info.st_dev;
        server->inode = info.st_ino;
    }
    make_room();
    start_accepting(server);
    return server;
}

/* Another server may have replaced the file since: that one stays. */
static void remove_socket(QmpServer *server)
{
    struct stat info;

    if (lstat(server->path, &info) == 0 && info.st_dev == server->device &&
        info.st_ino == server->inode)
        unlink(server->path);
}

void qmp_server_free(QmpServer *server)
{
    if (!server)
        return;
    stop_accepting(server);
    if (server->pause)
        g_source_remove(server->pause);
    remove_socket(server);
    g_ptr_array_unref(server->connections);
    g_object_unref(server->listener);
    g_clear_pointer(&server->greeting, json_node_unref);
    g_free(server->path);
    g_free(server);
}

const char *qmp_server_path(const QmpServer *server)
{
    return server->path;
}

void qmp_server_set_greeting(QmpServer *server, JsonNode *body)
{
    g_clear_pointer(&server->greeting, json_node_unref);
    server->greeting = json_node_ref(body);
    for (guint i = 0; i < server->connections->len; i++)
        connection_greet(server->connections->pdata[i], body);
}

void qmp_server_withdraw(QmpServer *server)
{
    g_clear_pointer(&server->greeting, json_node_unref);
    for (guint i = 0; i < server->connections->len; i++)
        connection_drop(server->connections->pdata[i]);
}

static GBytes *event_text(JsonNode *event)
{
    GString *text = g_string_sized_new(256);

    json_append(text, event);
    g_string_append(text, "\r\n");
    return g_string_free_to_bytes(text);
}

void qmp_server_emit(QmpServer *server, JsonNode *event)
{
    g_autoptr(GBytes) text = NULL;

    if (server->connections->len == 0)
        return;
    text = event_text(event);
    qmp_server_emit_text(server, text);
}

void qmp_server_emit_text(QmpServer *server, GBytes *text)
{
    for (guint i = 0; i < server->connections->len; i++)
        connection_event(server->connections->pdata[i], text);
}

static Connection *find(QmpServer *server, guint64 client)
{
    for (guint i = 0; i < server->connections->len; i++) {
        if (connection_id(server->connections->pdata[i]) == client)
            return server->connections->pdata[i];
    }
    return NULL;
}

gboolean qmp_server_emit_to(QmpServer *server, guint64 client, JsonNode *event)
{
    Connection *connection = find(server, client);
    g_autoptr(GBytes) text = NULL;

    if (!connection || !connection_is_ready(connection))
        return FALSE;
    text = event_text(event);
    connection_event(connection, text);
    return TRUE;
}

guint qmp_server_clients(const QmpServer *server)
{
    return server->connections->len;
}

void qmp_server_drop(QmpServer *server, guint64 client)
{
    Connection *connection = find(server, client);

    if (connection)
        connection_drop(connection);
}
