/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One client's connection, and its requests. It knows no server: what it needs of its owner are the
 * operations below. Main thread.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/peer.h"
#include "qmpbridge/io/request.h"
#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

typedef struct Connection Connection;

/** What a connection needs of its owner, from the main context and never from within a call of the
 * owner's, except @flow. The owner may do anything meanwhile, connection_free() included. */
typedef struct {
    /** A request. @request: (transfer full): dropping it unanswered answers GenericError. */
    void (*request)(QmpRequest *request, gpointer owner);
    /** As of QmpServerOps. */
    PeerFlow (*flow)(const char *name, gpointer owner);
    /** The client has finished negotiation. */
    void (*ready)(Connection *connection, gpointer owner);
    /** The connection is closed, and its requests can't be answered any more: the owner frees it.
     * @why: (nullable): as of QmpServerOps.client_gone. */
    void (*gone)(Connection *connection, const GError *why, gpointer owner);
} ConnectionOps;

/**
 * A connection. Its input is kept, not looked at, until connection_greet().
 *
 * @id: of its requests, see qmp_request_client().
 * @stream: (transfer full).
 * @who: copied.
 * @ops: must outlive it.
 *
 * Returns: (transfer full): free with connection_free().
 */
Connection *connection_new(guint64 id, GIOStream *stream, const TransportPeer *who,
                           const ConnectionOps *ops, gpointer owner);

/** Closes it now; nothing is called any more. Requests still held may be answered, to no effect.
 * @connection: (nullable). */
void connection_free(Connection *connection);

guint64 connection_id(const Connection *connection);

/** The client's process. Returns: (transfer none). */
const TransportPeer *connection_who(const Connection *connection);

/** TRUE once negotiation is over. */
gboolean connection_is_ready(const Connection *connection);

/** Greets the client, unless that was done. */
void connection_greet(Connection *connection, JsonNode *body);

/** Sends an event's text. */
void connection_event(Connection *connection, GBytes *text);

/** Closes it from the main context, soon: @gone is called without a reason. */
void connection_drop(Connection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Connection, connection_free)

G_END_DECLS
