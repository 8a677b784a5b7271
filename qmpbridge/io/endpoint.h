/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoint: one monitor kept connected. It connects without blocking, negotiates, calls the owner
 * when the monitor is there and when it is lost, and comes back after a growing while. What QMP
 * says on the way is QmpClient's business.
 *
 *     CONNECTING --ready--> READY --lost--> WAITING --time--> CONNECTING
 *         `------------failed---------------^  `--no further attempt--> CLOSED
 *
 * All functions are for the main thread. All callbacks come from the main context, never from
 * within a call of the owner's, and any of them may call anything here, endpoint_free() included.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

/** How long an attempt may take up to the greeting by default, in milliseconds. */
#define ENDPOINT_CONNECT_TIMEOUT_MS 10000u

typedef struct Endpoint Endpoint;

typedef enum {
    ENDPOINT_CONNECTING, /**< an attempt is under way */
    ENDPOINT_READY,      /**< negotiated: endpoint_client() is there */
    ENDPOINT_WAITING,    /**< there will be another attempt */
    ENDPOINT_CLOSED,     /**< there will be none */
} EndpointState;

/** When a connection is tried again. */
typedef enum {
    ENDPOINT_RETRY_NEVER,  /**< one attempt, one connection */
    ENDPOINT_RETRY_LOST,   /**< the first attempt must succeed; what is lost then is regained */
    ENDPOINT_RETRY_ALWAYS, /**< the monitor may also come only later */
} EndpointRetry;

/** Callbacks of an endpoint; each may be NULL. */
typedef struct {
    /** Negotiation is done: endpoint_client() may be used. @greeting: as of QmpClientOps. */
    void (*ready)(Endpoint *endpoint, JsonNode *greeting, gpointer user_data);
    /** As of QmpClientOps; its text is qmp_client_event_text(endpoint_client(endpoint)). */
    void (*event)(Endpoint *endpoint, JsonNode *event, gpointer user_data);
    /** As of QmpClientOps. */
    void (*notice)(Endpoint *endpoint, const GError *what, gpointer user_data);
    /**
     * The connection is lost, or an attempt failed; called after the reply callbacks of what was
     * pending, and after each failed attempt again.
     *
     * @error: the errors of transport_connect_async() and of QmpClientOps.closed;
     *   BRIDGE_ERROR_BUSY if no greeting came.
     * @retry_ms: time to the next attempt; 0: there is none, the endpoint is CLOSED.
     */
    void (*lost)(Endpoint *endpoint, const GError *error, guint retry_ms, gpointer user_data);
} EndpointOps;

/** What an endpoint is made of. All is copied. */
typedef struct {
    const char *address;       /**< as of transport_parse() */
    const TransportTls *tls;   /**< (nullable): for tls: addresses */
    EndpointRetry retry;       /**< ENDPOINT_RETRY_NEVER is forced for fd: addresses */
    guint connect_timeout_ms;  /**< 0 for ENDPOINT_CONNECT_TIMEOUT_MS */
    guint greeting_timeout_ms; /**< 0 for QMP_GREETING_TIMEOUT_MS */
} EndpointOptions;

/** A time without connection; events of that time are missing. */
typedef struct {
    gint64 begin; /**< wall clock in microseconds since 1970 */
    gint64 end;   /**< likewise; 0 while it lasts */
} EndpointGap;

/**
 * An endpoint, which begins to connect at once.
 *
 * @ops: must outlive it.
 *
 * Returns: (transfer full): free with endpoint_free(). NULL with BRIDGE_ERROR_USAGE: the address.
 */
Endpoint *endpoint_new(const EndpointOptions *options, const EndpointOps *ops, gpointer user_data,
                       GError **error);

/**
 * An endpoint on a stream that exists; there is no second connection.
 *
 * @stream: (transfer full): as transport.h makes them.
 * @greeting_timeout_ms: 0 for QMP_GREETING_TIMEOUT_MS.
 * @ops: must outlive it.
 *
 * Returns: (transfer full): free with endpoint_free().
 */
Endpoint *endpoint_new_for_stream(GIOStream *stream, guint greeting_timeout_ms,
                                  const EndpointOps *ops, gpointer user_data);

/** Closes the connection; commands pending fail with BRIDGE_ERROR_CLOSED from within, nothing else
 * is called. @endpoint: (nullable). */
void endpoint_free(Endpoint *endpoint);

/** The connection's client, NULL unless the endpoint is READY. Returns: (transfer none). */
QmpClient *endpoint_client(const Endpoint *endpoint);

EndpointState endpoint_state(const Endpoint *endpoint);

/** The address as given, or NULL for a stream's. Returns: (transfer none). */
const char *endpoint_address(const Endpoint *endpoint);

/** Why it isn't connected, or wasn't the last time; NULL if nothing has failed yet.
 * Returns: (transfer none). */
const GError *endpoint_error(const Endpoint *endpoint);

/** While WAITING: milliseconds left until the next attempt. Else 0. */
guint endpoint_retry_ms(const Endpoint *endpoint);

/** While WAITING: tries now. Otherwise does nothing. */
void endpoint_retry_now(Endpoint *endpoint);

/**
 * How often a connection that was READY has been lost. In the @ready callback the last gap has
 * just got its end.
 *
 * @last: (nullable): set to the last gap, or to zeroes.
 */
guint endpoint_gaps(const Endpoint *endpoint, EndpointGap *last);

/** Who is at the other end, see transport_peer(). FALSE unless READY, or if it can't be known. */
gboolean endpoint_peer(const Endpoint *endpoint, TransportPeer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Endpoint, endpoint_free)

G_END_DECLS
