/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Connecting. An attempt is one GTask whose data is the ConnectAttempt: connect, then TLS where the
 * address wants it; a timer and the caller's cancellable end it early through a cancellable of its
 * own.
 */
#include "qmpbridge/io/transport-internal.h"

#include <gio/gunixsocketaddress.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "qmpbridge/core/error.h"

typedef struct {
    char *text;
    TransportAddress *address;
    TransportTls *tls;
    guint timeout_ms;
    gboolean late;
    guint timer;
    GCancellable *own;
    GCancellable *outer; /* (nullable) */
    gulong handler;      /* of outer */
} ConnectAttempt;

static const struct {
    int code;
    const char *hint;
} hints[] = {
    {G_IO_ERROR_NOT_FOUND, "; is the VM running, and is this its socket?"},
    {G_IO_ERROR_CONNECTION_REFUSED, "; nobody listens there, the VM has probably ended"},
    {G_IO_ERROR_PERMISSION_DENIED, "; the socket belongs to another user"},
    {G_IO_ERROR_WOULD_BLOCK, "; too many others wait to be let in"},
};

void transport_connect_failed(GError **error, const char *where, const GError *why)
{
    const char *hint = "";

    for (guint i = 0; i < G_N_ELEMENTS(hints); i++) {
        if (g_error_matches(why, G_IO_ERROR, hints[i].code))
            hint = hints[i].hint;
    }
    if (why->domain == G_TLS_ERROR)
        hint = "; does that port speak TLS? for plain TCP write tcp:";
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "can't connect to %s: %s%s", where,
                why->message, hint);
}

GSocketConnectable *transport_target(const TransportAddress *address)
{
    switch (address->kind) {
    case TRANSPORT_UNIX:
        return G_SOCKET_CONNECTABLE(g_unix_socket_address_new(address->path));
    case TRANSPORT_ABSTRACT:
        return G_SOCKET_CONNECTABLE(g_unix_socket_address_new_with_type(
            address->path, (int)strlen(address->path), G_UNIX_SOCKET_ADDRESS_ABSTRACT));
    default:
        return g_network_address_new(address->host, address->port);
    }
}

/* Command and reply are small and wait for each other: Nagle's algorithm only delays them. */
void transport_tune(GSocketConnection *connection, const TransportAddress *address)
{
    GSocket *socket = g_socket_connection_get_socket(connection);

    g_socket_set_timeout(socket, 0); /* an idle monitor is a healthy one */
    if (address->kind != TRANSPORT_UNIX && address->kind != TRANSPORT_ABSTRACT)
        g_socket_set_option(socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
}

static void attempt_free(gpointer data)
{
    ConnectAttempt *attempt = data;

    g_clear_handle_id(&attempt->timer, g_source_remove);
    g_clear_object(&attempt->outer);
    g_object_unref(attempt->own);
    transport_tls_free(attempt->tls);
    transport_address_free(attempt->address);
    g_free(attempt->text);
    g_free(attempt);
}

/* @stream: (transfer full) (nullable). @why: (nullable). */
static void attempt_end(GTask *task, GIOStream *stream, const GError *why)
{
    ConnectAttempt *attempt = g_task_get_task_data(task);
    GError *error = NULL;

    g_clear_handle_id(&attempt->timer, g_source_remove);
    if (attempt->handler)
        g_cancellable_disconnect(attempt->outer, attempt->handler);
    attempt->handler = 0;
    if (stream)
        g_task_return_pointer(task, stream, g_object_unref);
    else if (attempt->late)
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CONNECT,
                            "can't connect to %s: no answer within %.3g s", attempt->text,
                            attempt->timeout_ms / 1000.0);
    else if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CANCELLED))
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CANCELLED, "connecting to %s was given up",
                            attempt->text);
    else if (why->domain == BRIDGE_ERROR)
        error = g_error_copy(why);
    else
        transport_connect_failed(&error, attempt->text, why);
    if (error)
        g_task_return_error(task, error);
    g_object_unref(task);
}

static gboolean on_late(gpointer user_data)
{
    ConnectAttempt *attempt = user_data;

    attempt->timer = 0;
    attempt->late = TRUE;
    g_cancellable_cancel(attempt->own);
    return G_SOURCE_REMOVE;
}

static void on_outer_cancelled(GCancellable *outer, gpointer user_data)
{
    (void)outer;
    g_cancellable_cancel(user_data);
}

static void on_tls(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GError) error = NULL;
    GIOStream *stream = transport_tls_finish(result, &error);

    (void)source;
    attempt_end(user_data, stream, error);
}

static void on_connected(GObject *source, GAsyncResult *result, gpointer user_data)
{
    ConnectAttempt *attempt = g_task_get_task_data(user_data);
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocketConnection) connection =
        g_socket_client_connect_finish(G_SOCKET_CLIENT(source), result, &error);

    if (connection)
        transport_tune(connection, attempt->address);
    if (connection && attempt->address->kind == TRANSPORT_TLS)
        transport_tls_async(G_IO_STREAM(connection), attempt->address, attempt->tls, attempt->own,
                            on_tls, user_data);
    else
        attempt_end(user_data, (GIOStream *)g_steal_pointer(&connection), error);
}

static void attempt_connect(GTask *task, ConnectAttempt *attempt)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) target = transport_target(attempt->address);

    attempt->timer = g_timeout_add(attempt->timeout_ms, on_late, attempt);
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_connect_async(client, target, attempt->own, on_connected, task);
}

static void attempt_start(GTask *task, ConnectAttempt *attempt)
{
    g_autoptr(GError) error = NULL;
    GIOStream *stream = NULL;

    attempt->address = transport_parse(attempt->text, &error);
    if (attempt->address && attempt->address->kind != TRANSPORT_FD) {
        attempt_connect(task, attempt);
        return;
    }
    if (attempt->address)
        stream = transport_from_fd(attempt->address->fd, &error);
    attempt_end(task, stream, error);
}

void transport_connect_async(const char *address, const TransportTls *tls, guint timeout_ms,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
    GTask *task = g_task_new(NULL, NULL, callback, user_data);
    ConnectAttempt *attempt = g_new0(ConnectAttempt, 1);

    g_task_set_source_tag(task, transport_connect_async);
    g_task_set_task_data(task, attempt, attempt_free);
    attempt->text = g_strdup(address);
    attempt->timeout_ms = timeout_ms ? timeout_ms : TRANSPORT_TIMEOUT_MS;
    attempt->own = g_cancellable_new();
    attempt->tls = transport_tls_copy(tls);
    if (cancellable) {
        attempt->outer = g_object_ref(cancellable);
        attempt->handler =
            g_cancellable_connect(cancellable, G_CALLBACK(on_outer_cancelled), attempt->own, NULL);
    }
    attempt_start(task, attempt);
}

GIOStream *transport_connect_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}

static GIOStream *connect_blocking(const TransportAddress *address, const char *where,
                                   GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) target = transport_target(address);
    g_autoptr(GError) why = NULL;
    GSocketConnection *connection;

    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, TRANSPORT_TIMEOUT_MS / 1000);
    connection = g_socket_client_connect(client, target, NULL, &why);
    if (!connection) {
        transport_connect_failed(error, where, why);
        return NULL;
    }
    transport_tune(connection, address);
    return G_IO_STREAM(connection);
}

GIOStream *transport_connect(const char *text, GError **error)
{
    g_autoptr(TransportAddress) address = transport_parse(text, error);

    if (!address)
        return NULL;
    if (address->kind == TRANSPORT_FD)
        return transport_from_fd(address->fd, error);
    if (address->kind == TRANSPORT_TLS) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                            "a tls: address can't be used here");
        return NULL;
    }
    return connect_blocking(address, text, error);
}
