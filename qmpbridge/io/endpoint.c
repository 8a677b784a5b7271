/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoint: one attempt, one client or one timer at a time. An attempt is known by its
 * cancellable: one that ends after it was given up finds another there, or none.
 */
#include "qmpbridge/io/endpoint.h"

#include "qmpbridge/core/backoff.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"

struct Endpoint {
    EndpointState state;
    char *address; /* (nullable) */
    gboolean is_tls;
    TransportTls *tls; /* (nullable) */
    EndpointRetry retry;
    guint connect_timeout_ms;
    guint greeting_timeout_ms;
    const EndpointOps *ops;
    gpointer user_data;
    GCancellable *attempt; /* (nullable): the one under way */
    QmpClient *client;     /* (nullable) */
    guint timer;           /* of the next attempt */
    gint64 next_attempt;   /* when it is due */
    Backoff backoff;
    GError *error; /* (nullable) */
    EndpointGap gap;
    guint gaps;
    TransportPeer peer;
    gboolean has_peer;
    gboolean was_ready;
    guint holds; /* while callbacks run: the memory stays though the owner has freed it */
    gboolean freed;
};

static void start_attempt(Endpoint *endpoint);

static void maybe_free(Endpoint *endpoint)
{
    if (!endpoint->freed || endpoint->holds > 0)
        return;
    g_clear_error(&endpoint->error);
    g_free(endpoint->address);
    transport_tls_free(endpoint->tls);
    g_free(endpoint);
}

static void stop_timer(Endpoint *endpoint)
{
    g_clear_handle_id(&endpoint->timer, g_source_remove);
}

static gboolean on_timer(gpointer user_data)
{
    Endpoint *endpoint = user_data;

    endpoint->timer = 0;
    start_attempt(endpoint);
    return G_SOURCE_REMOVE;
}

/* Errors that the next attempt would only repeat. */
static gboolean is_final(const GError *error)
{
    return g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE) ||
           g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED);
}

static gboolean will_retry(const Endpoint *endpoint, const GError *error)
{
    if (!endpoint->address || endpoint->retry == ENDPOINT_RETRY_NEVER || is_final(error))
        return FALSE;
    return endpoint->was_ready || endpoint->retry == ENDPOINT_RETRY_ALWAYS;
}

static guint schedule(Endpoint *endpoint)
{
    gint64 now = clock_mono();
    guint ms = backoff_down(&endpoint->backoff, now);

    endpoint->state = ENDPOINT_WAITING;
    endpoint->next_attempt = now + (gint64)ms * 1000;
    endpoint->timer = g_timeout_add(ms, on_timer, endpoint);
    return ms;
}

/* In TLS 1.3 this side is through with the handshake before the server has seen that there is no
 * certificate: all that is left to it then is to hang up. Returns: (transfer full). */
static GError *explain(const Endpoint *endpoint, const GError *error)
{
    gboolean refused = endpoint->is_tls && endpoint->state != ENDPOINT_READY &&
                       (!endpoint->tls || !endpoint->tls->certificate) &&
                       g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED);

    if (!refused)
        return g_error_copy(error);
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CONNECT,
                       "can't connect to %s: the server hung up after the handshake; it probably "
                       "wants a certificate of this side: --tls-cert",
                       endpoint->address);
}

/* The attempt failed, or the connection is gone. */
static void lost(Endpoint *endpoint, const GError *cause)
{
    GError *error = explain(endpoint, cause);
    guint retry_ms = 0;

    if (endpoint->state == ENDPOINT_READY) {
        endpoint->gaps++;
        endpoint->gap = (EndpointGap){.begin = clock_wall()};
    }
    g_clear_error(&endpoint->error);
    endpoint->error = error;
    endpoint->has_peer = FALSE;
    g_clear_pointer(&endpoint->client, qmp_client_unref);
    if (will_retry(endpoint, error))
        retry_ms = schedule(endpoint);
    else
        endpoint->state = ENDPOINT_CLOSED;
    endpoint->holds++;
    if (endpoint->ops->lost)
        endpoint->ops->lost(endpoint, endpoint->error, retry_ms, endpoint->user_data);
    endpoint->holds--;
    maybe_free(endpoint);
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    Endpoint *endpoint = user_data;

    (void)client;
    endpoint->state = ENDPOINT_READY;
    endpoint->was_ready = TRUE;
    backoff_up(&endpoint->backoff, clock_mono());
    if (endpoint->gap.begin && !endpoint->gap.end)
        endpoint->gap.end = clock_wall();
    if (endpoint->ops->ready)
        endpoint->ops->ready(endpoint, greeting, endpoint->user_data);
}

static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Endpoint *endpoint = user_data;

    (void)client;
    if (endpoint->ops->event)
        endpoint->ops->event(endpoint, event, endpoint->user_data);
}

static void on_notice(QmpClient *client, const GError *what, gpointer user_data)
{
    Endpoint *endpoint = user_data;

    (void)client;
    if (endpoint->ops->notice)
        endpoint->ops->notice(endpoint, what, endpoint->user_data);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    lost(user_data, error);
}

static const QmpClientOps client_ops = {on_ready, on_event, on_notice, on_closed};

/* @stream: (transfer full) */
static void speak(Endpoint *endpoint, GIOStream *stream)
{
    endpoint->has_peer = transport_peer(stream, &endpoint->peer);
    endpoint->client = qmp_client_new(stream, endpoint->greeting_timeout_ms, &client_ops, endpoint);
}

/* What an attempt gives back. The endpoint may be gone by then, which the cancellable shows. */
typedef struct {
    Endpoint *endpoint;
    GCancellable *cancellable;
} EndpointAttempt;

static void on_connected(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autofree EndpointAttempt *attempt = user_data;
    g_autoptr(GCancellable) cancellable = attempt->cancellable;
    g_autoptr(GError) error = NULL;
    g_autoptr(GIOStream) stream = transport_connect_finish(result, &error);

    (void)source;
    if (g_cancellable_is_cancelled(cancellable))
        return;
    g_clear_object(&attempt->endpoint->attempt);
    if (stream)
        speak(attempt->endpoint, g_steal_pointer(&stream));
    else
        lost(attempt->endpoint, error);
}

static void start_attempt(Endpoint *endpoint)
{
    EndpointAttempt *attempt = g_new(EndpointAttempt, 1);

    endpoint->state = ENDPOINT_CONNECTING;
    endpoint->attempt = g_cancellable_new();
    *attempt = (EndpointAttempt){endpoint, g_object_ref(endpoint->attempt)};
    transport_connect_async(endpoint->address, endpoint->tls, endpoint->connect_timeout_ms,
                            endpoint->attempt, on_connected, attempt);
}

static Endpoint *create(guint greeting_timeout_ms, const EndpointOps *ops, gpointer user_data)
{
    Endpoint *endpoint = g_new0(Endpoint, 1);

    endpoint->state = ENDPOINT_CONNECTING;
    endpoint->greeting_timeout_ms = greeting_timeout_ms;
    endpoint->ops = ops;
    endpoint->user_data = user_data;
    backoff_init(&endpoint->backoff, g_random_int());
    return endpoint;
}

Endpoint *endpoint_new(const EndpointOptions *options, const EndpointOps *ops, gpointer user_data,
                       GError **error)
{
    g_autoptr(TransportAddress) address = transport_parse(options->address, error);
    Endpoint *endpoint;

    if (!address)
        return NULL;
    endpoint = create(options->greeting_timeout_ms, ops, user_data);
    endpoint->address = g_strdup(options->address);
    endpoint->connect_timeout_ms = options->connect_timeout_ms;
    endpoint->is_tls = address->kind == TRANSPORT_TLS;
    endpoint->retry = address->kind == TRANSPORT_FD ? ENDPOINT_RETRY_NEVER : options->retry;
    if (options->tls)
        endpoint->tls = transport_tls_copy(options->tls);
    start_attempt(endpoint);
    return endpoint;
}

Endpoint *endpoint_new_for_stream(GIOStream *stream, guint greeting_timeout_ms,
                                  const EndpointOps *ops, gpointer user_data)
{
    Endpoint *endpoint = create(greeting_timeout_ms, ops, user_data);

    speak(endpoint, stream);
    return endpoint;
}

void endpoint_free(Endpoint *endpoint)
{
    if (!endpoint || endpoint->freed)
        return;
    endpoint->freed = TRUE;
    endpoint->state = ENDPOINT_CLOSED;
    endpoint->holds++;
    stop_timer(endpoint);
    if (endpoint->attempt)
        g_cancellable_cancel(endpoint->attempt);
    g_clear_object(&endpoint->attempt);
    if (endpoint->client)
        qmp_client_close(endpoint->client);
    g_clear_pointer(&endpoint->client, qmp_client_unref);
    endpoint->holds--;
    maybe_free(endpoint);
}

QmpClient *endpoint_client(const Endpoint *endpoint)
{
    return endpoint->state == ENDPOINT_READY ? endpoint->client : NULL;
}

EndpointState endpoint_state(const Endpoint *endpoint)
{
    return endpoint->state;
}

const char *endpoint_address(const Endpoint *endpoint)
{
    return endpoint->address;
}

const GError *endpoint_error(const Endpoint *endpoint)
{
    return endpoint->error;
}

guint endpoint_retry_ms(const Endpoint *endpoint)
{
    if (endpoint->state != ENDPOINT_WAITING)
        return 0;
    return (guint)MAX((endpoint->next_attempt - clock_mono()) / 1000, 0);
}

void endpoint_retry_now(Endpoint *endpoint)
{
    if (endpoint->state != ENDPOINT_WAITING)
        return;
    stop_timer(endpoint);
    start_attempt(endpoint);
}

guint endpoint_gaps(const Endpoint *endpoint, EndpointGap *last)
{
    if (last)
        *last = endpoint->gap;
    return endpoint->gaps;
}

gboolean endpoint_peer(const Endpoint *endpoint, TransportPeer *peer)
{
    if (endpoint->state != ENDPOINT_READY || !endpoint->has_peer)
        return FALSE;
    *peer = endpoint->peer;
    return TRUE;
}
