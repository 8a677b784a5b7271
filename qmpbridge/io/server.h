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
#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

typedef struct QmpServer QmpServer;
typedef struct QmpRequest QmpRequest;

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
    /** Somebody wasn't let in. @why: BRIDGE_ERROR_BUSY (too many clients) or BRIDGE_ERROR_FAILED
     * (another user). May be NULL. */
    void (*refused)(QmpServer *server, const TransportPeer *who, const GError *why,
                    gpointer user_data);
} QmpServerOps;

/**
 * Listens on @path (transport_listen_unix() tells the rules). Clients that connect are greeted
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

/** Requests are counted references. */
QmpRequest *qmp_request_ref(QmpRequest *request);
void qmp_request_unref(QmpRequest *request);

/** The client's id: never 0, never used again by this server. */
guint64 qmp_request_client(const QmpRequest *request);

/** The command. Returns: (transfer none). */
const char *qmp_request_name(const QmpRequest *request);

/** The arguments, or NULL; parsed at the first call. Returns: (transfer none). */
JsonObject *qmp_request_args(QmpRequest *request);

/** The arguments as plain text (see core/json-scan.h), or NULL. Returns: (transfer none). */
GBytes *qmp_request_args_text(const QmpRequest *request);

/** The descriptor that came with it, for getfd and add-fd; else NULL. Closed with the request,
 * unless a reference is taken. Returns: (transfer none). */
Fds *qmp_request_fds(const QmpRequest *request);

/** TRUE if it came by exec-oob. */
gboolean qmp_request_oob(const QmpRequest *request);

/** FALSE once its client has gone, its server is freed, or it is answered. */
gboolean qmp_request_alive(const QmpRequest *request);

/**
 * Answers a request. Only the first answer counts; without a client it is dropped.
 *
 * @value: (nullable): borrowed; NULL returns {}.
 */
void qmp_request_return(QmpRequest *request, JsonNode *value);

/** As qmp_request_return(). @value: plain text (see core/json-scan.h) of any JSON value. */
void qmp_request_return_text(QmpRequest *request, GBytes *value);

/** Answers with an error. @klass: a QMP error class; @desc: one line that names the remedy. */
void qmp_request_error(QmpRequest *request, const char *klass, const char *desc);

/** Answers with an error; the class comes from bridge_error_qmp_class(). */
void qmp_request_gerror(QmpRequest *request, const GError *error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpServer, qmp_server_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpRequest, qmp_request_unref)

G_END_DECLS
