/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection: carries bytes between a channel and a peer, and the peer's requests to the owner.
 * Text goes out at once; whatever calls the owner passes through `later`, which is only emptied
 * from the main context, so that answering a request never runs another one.
 *
 * Requests point to their connection as long as they can still be answered. The owner may free the
 * connection from within its own callback: the references are those of the calls under way.
 */
#include "qmpbridge/io/server-connection.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/channel.h"

struct Connection {
    guint refs;               /* the owner's, and one for each call under way */
    const ConnectionOps *ops; /* NULL once closed */
    gpointer owner;
    guint64 id;
    TransportPeer who;
    Channel *channel;
    Peer *peer;
    GQueue later;    /* of PeerAction, none of them SEND */
    GSource *runner; /* ready when there is something in later, or to drop */
    GQueue requests; /* of QmpRequest, alive ones, not owned */
    gsize unwritten; /* bytes sent that the peer doesn't know as written yet */
    gboolean dropped;
    gboolean announced;
    gboolean delivering; /* later is being emptied: no need to arm the runner */
};

struct QmpRequest {
    guint refs;
    Connection *connection; /* NULL once answered or gone */
    GList link;             /* in connection->requests */
    guint64 client;
    guint64 token;
    char *name;
    GBytes *args_text; /* (nullable) */
    JsonObject *args;  /* (nullable): once asked for */
    Fds *fds;          /* (nullable) */
    gboolean oob;
};

static Connection *connection_ref(Connection *connection)
{
    connection->refs++;
    return connection;
}

static void connection_unref(Connection *connection)
{
    if (--connection->refs > 0)
        return;
    g_queue_clear_full(&connection->later, (GDestroyNotify)peer_action_free);
    g_source_destroy(connection->runner);
    g_source_unref(connection->runner);
    channel_unref(connection->channel);
    peer_free(connection->peer);
    g_free(connection);
}

/* A reference for as long as a call lasts. */
typedef Connection ConnectionRef;

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConnectionRef, connection_unref)

guint64 connection_id(const Connection *connection)
{
    return connection->id;
}

const TransportPeer *connection_who(const Connection *connection)
{
    return &connection->who;
}

gboolean connection_is_ready(const Connection *connection)
{
    return peer_is_ready(connection->peer);
}

/* The peer counts what its client hasn't taken: that is less by what has left since. */
static void account(Connection *connection)
{
    gsize queued = channel_queued(connection->channel);

    peer_wrote(connection->peer, connection->unwritten - queued);
    connection->unwritten = queued;
}

/* Sends what is to be sent, keeps the rest for later, and reads on or holds back. */
static void collect(Connection *connection)
{
    PeerAction *action;

    while ((action = peer_next_action(connection->peer))) {
        if (action->type == PEER_SEND) {
            connection->unwritten += g_bytes_get_size(action->bytes);
            channel_write(connection->channel, action->bytes);
            peer_action_free(action);
        } else {
            g_queue_push_tail(&connection->later, action);
        }
    }
    account(connection);
    channel_set_reading(connection->channel, peer_wants_input(connection->peer));
    if (connection->delivering)
        return;
    if (connection->later.length || (!connection->announced && connection_is_ready(connection)))
        g_source_set_ready_time(connection->runner, 0);
}

static void detach_requests(Connection *connection)
{
    QmpRequest *request;

    while ((request = g_queue_peek_head(&connection->requests))) {
        g_queue_unlink(&connection->requests, &request->link);
        request->connection = NULL;
    }
}

static void close_connection(Connection *connection)
{
    connection->ops = NULL;
    detach_requests(connection);
    g_source_set_ready_time(connection->runner, -1);
    channel_close(connection->channel);
}

void connection_free(Connection *connection)
{
    if (!connection)
        return;
    close_connection(connection);
    connection_unref(connection);
}

/* The connection is over: the owner frees it. */
static void end(Connection *connection, const GError *why)
{
    const ConnectionOps *ops = connection->ops;

    if (!ops)
        return;
    close_connection(connection);
    ops->gone(connection, why, connection->owner);
}

/* @action: its strings are taken over. Returns: (transfer full). */
static QmpRequest *request_new(Connection *connection, PeerAction *action)
{
    QmpRequest *request = g_new0(QmpRequest, 1);

    request->refs = 1;
    request->connection = connection;
    request->client = connection->id;
    request->token = action->token;
    request->name = g_steal_pointer(&action->name);
    request->args_text = g_steal_pointer(&action->args);
    request->fds = g_steal_pointer(&action->fds);
    request->oob = action->oob;
    request->link.data = request;
    g_queue_push_tail_link(&connection->requests, &request->link);
    return request;
}

static void deliver_one(Connection *connection, PeerAction *action)
{
    if (action->type == PEER_REQUEST)
        connection->ops->request(request_new(connection, action), connection->owner);
    else
        end(connection, action->error);
}

static void deliver_all(Connection *connection)
{
    if (!connection->announced && connection->ops && connection_is_ready(connection)) {
        connection->announced = TRUE;
        connection->ops->ready(connection, connection->owner);
    }
    while (connection->ops) {
        g_autoptr(PeerAction) action = g_queue_pop_head(&connection->later);

        if (!action)
            break;
        deliver_one(connection, action);
    }
}

/* Hands on what has gathered. The owner may do anything meanwhile, freeing the connection included,
 * or running a nested main loop. */
static void deliver(Connection *connection)
{
    gboolean was_delivering = connection->delivering;

    connection->delivering = TRUE;
    collect(connection);
    deliver_all(connection);
    connection->delivering = was_delivering;
}

static gboolean on_run(gpointer user_data)
{
    g_autoptr(ConnectionRef) connection = connection_ref(user_data);

    g_source_set_ready_time(connection->runner, -1);
    if (connection->dropped)
        end(connection, NULL);
    deliver(connection);
    return G_SOURCE_CONTINUE;
}

static gboolean dispatch_runner(GSource *source, GSourceFunc func, gpointer user_data)
{
    (void)source;
    return func(user_data);
}

static void on_data(Channel *channel, const void *data, gsize len, gpointer user_data)
{
    g_autoptr(ConnectionRef) connection = connection_ref(user_data);

    (void)channel;
    account(connection);
    peer_feed(connection->peer, data, len);
    deliver(connection);
}

static void on_closed(Channel *channel, const GError *error, gpointer user_data)
{
    g_autoptr(ConnectionRef) connection = connection_ref(user_data);

    (void)channel;
    end(connection, error);
}

static void on_fds(Channel *channel, Fds *fds, gpointer user_data)
{
    (void)channel;
    peer_take_fds(((Connection *)user_data)->peer, fds);
}

static const ChannelOps channel_ops = {.data = on_data, .fds = on_fds, .closed = on_closed};

static PeerFlow flow_of(const char *name, gpointer user_data)
{
    const Connection *connection = user_data;

    return connection->ops ? connection->ops->flow(name, connection->owner) : PEER_PIPELINE;
}

Connection *connection_new(guint64 id, GIOStream *stream, const TransportPeer *who,
                           const ConnectionOps *ops, gpointer owner)
{
    static GSourceFuncs funcs = {.dispatch = dispatch_runner};
    Connection *connection = g_new0(Connection, 1);

    connection->refs = 1;
    connection->ops = ops;
    connection->owner = owner;
    connection->id = id;
    connection->who = *who;
    connection->peer = peer_new(flow_of, connection, 0, 0);
    connection->channel = channel_new(stream, &channel_ops, connection);
    connection->runner = g_source_new(&funcs, sizeof(GSource));
    g_source_set_callback(connection->runner, on_run, connection, NULL);
    g_source_attach(connection->runner, NULL);
    return connection;
}

void connection_greet(Connection *connection, JsonNode *body)
{
    peer_greet(connection->peer, body);
    collect(connection);
}

void connection_event(Connection *connection, GBytes *text)
{
    account(connection);
    peer_event(connection->peer, text);
    collect(connection);
}

void connection_drop(Connection *connection)
{
    connection->dropped = TRUE;
    g_source_set_ready_time(connection->runner, 0);
}

QmpRequest *qmp_request_ref(QmpRequest *request)
{
    request->refs++;
    return request;
}

/* Takes the request off its connection. Returns: (transfer full) (nullable): the connection. */
static Connection *take_connection(QmpRequest *request)
{
    Connection *connection = g_steal_pointer(&request->connection);

    if (!connection)
        return NULL;
    g_queue_unlink(&connection->requests, &request->link);
    account(connection);
    return connection_ref(connection);
}

void qmp_request_unref(QmpRequest *request)
{
    if (request->refs == 1)
        qmp_request_error(request, "GenericError", "the command was dropped without an answer");
    if (--request->refs > 0)
        return;
    g_clear_pointer(&request->args_text, g_bytes_unref);
    g_clear_pointer(&request->args, json_object_unref);
    g_clear_pointer(&request->fds, fds_unref);
    g_free(request->name);
    g_free(request);
}

void qmp_request_return(QmpRequest *request, JsonNode *value)
{
    g_autoptr(ConnectionRef) connection = take_connection(request);

    if (!connection)
        return;
    peer_return(connection->peer, request->token, value);
    collect(connection);
}

void qmp_request_return_object(QmpRequest *request, JsonObject *object)
{
    g_autoptr(JsonNode) node = json_node_take(object);

    if (request)
        qmp_request_return(request, node);
}

void qmp_request_return_text(QmpRequest *request, GBytes *value)
{
    g_autoptr(ConnectionRef) connection = take_connection(request);

    if (!connection)
        return;
    peer_return_text(connection->peer, request->token, json_slice_of(value));
    collect(connection);
}

void qmp_request_error(QmpRequest *request, const char *klass, const char *desc)
{
    g_autoptr(ConnectionRef) connection = take_connection(request);

    if (!connection)
        return;
    peer_error(connection->peer, request->token, klass, desc);
    collect(connection);
}

void qmp_request_gerror(QmpRequest *request, const GError *error)
{
    qmp_request_error(request, bridge_error_qmp_class(error), error->message);
}

guint64 qmp_request_client(const QmpRequest *request)
{
    return request->client;
}

const char *qmp_request_name(const QmpRequest *request)
{
    return request->name;
}

/* The text was checked when it came in: it parses. */
JsonObject *qmp_request_args(QmpRequest *request)
{
    JsonSlice text = json_slice_of(request->args_text);

    if (!request->args && text.text)
        request->args = json_parse_object(text.text, (gssize)text.len, NULL);
    return request->args;
}

GBytes *qmp_request_args_text(const QmpRequest *request)
{
    return request->args_text;
}

Fds *qmp_request_fds(const QmpRequest *request)
{
    return request->fds;
}

gboolean qmp_request_oob(const QmpRequest *request)
{
    return request->oob;
}

gboolean qmp_request_alive(const QmpRequest *request)
{
    return request->connection != NULL;
}
