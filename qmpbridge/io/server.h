/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpServer: serves QMP on a unix socket to any number of clients of the same user, in the
 * default main context. It knows no command: each request goes to the handler, which answers
 * when it likes.
 *
 * All functions are for the main thread.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/peer.h"
#include "qmpbridge/io/request.h"
#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

typedef struct QmpServer QmpServer;

/** Callbacks of a server, from the main context. Any may call anything here. */
typedef struct {
    /**
     * A request: answer it now or later with qmp_request_return() or qmp_request_error().
     * @request: (transfer full): dropping it unanswered answers GenericError.
     */
    void (*handle)(QmpServer *server, QmpRequest *request, gpointer user_data);
    /** How @name goes along with others of its client; may be NULL: all PEER_PIPELINE. */
    PeerFlow (*flow)(const char *name, gpointer user_data);
    /**
     * A client has gone; its requests may still be answered, to no effect. May be NULL.
     * @who: its process. @why: (nullable): NULL if it left, or was dropped by the owner;
     * BRIDGE_ERROR_TOO_BIG if it didn't read what was sent to it.
     */
    void (*client_gone)(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data);
    /** A client has finished negotiation, so events reach it. May be NULL. */
    void (*client_ready)(QmpServer *server, guint64 client, gpointer user_data);
    /** A client wasn't let in. @why: BRIDGE_ERROR_BUSY (too many clients) or BRIDGE_ERROR_FAILED
     * (another user). May be NULL. */
    void (*refused)(QmpServer *server, const TransportPeer *who, const GError *why,
                    gpointer user_data);
} QmpServerOps;

/**
 * Listens on @path (by the rules of transport_listen_unix()). Clients that connect are greeted
 * only after qmp_server_set_greeting(). Only clients of this process's user, and root, are let in.
 * The process's soft limit of descriptors is raised as far as many clients need it.
 *
 * @ops: must outlive the server.
 *
 * Returns: (transfer full): free with qmp_server_free(). NULL with the errors of
 * transport_listen_unix().
 */
QmpServer *qmp_server_new(const char *path, const QmpServerOps *ops, gpointer user_data,
                          GError **error);

/** Drops all clients, removes the socket. Calls no callback. Requests still held may be answered,
 * to no effect. @server: (nullable). */
void qmp_server_free(QmpServer *server);

/** Where it listens. Returns: (transfer none). */
const char *qmp_server_path(const QmpServer *server);

/**
 * Sets the body of the greeting and greets the clients that wait for it. Later calls change it
 * for later clients.
 *
 * @body: {"version", "capabilities"}, as qmp_client_greeting() or message_greeting_body_new()
 *   give it; borrowed.
 */
void qmp_server_set_greeting(QmpServer *server, JsonNode *body);

/**
 * The emulator has gone: closes the connections of all clients, as it would have done, and takes
 * the greeting back; clients that come now wait for the next one. @client_gone is called later.
 */
void qmp_server_withdraw(QmpServer *server);

/** Sends an event (whole: {"event", ...}) to all clients that finished negotiation. Borrowed. */
void qmp_server_emit(QmpServer *server, JsonNode *event);

/** As qmp_server_emit(). @text: as qmp_client_event_text() gives it: plain, one line, CRLF. */
void qmp_server_emit_text(QmpServer *server, GBytes *text);

/** Sends an event to one client. Returns: FALSE if there is no such client, or it isn't ready. */
gboolean qmp_server_emit_to(QmpServer *server, guint64 client, JsonNode *event);

/** Clients connected. */
guint qmp_server_clients(const QmpServer *server);

/** Closes one client's connection; @client_gone is called later. Unknown ids are ignored. */
void qmp_server_drop(QmpServer *server, guint64 client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpServer, qmp_server_free)

G_END_DECLS
