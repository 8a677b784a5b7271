/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One connection of a QmpServer, and its requests. Private to the server: nothing else includes
 * this file.
 */
#pragma once

#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

typedef struct Connection Connection;

/** A connection on @stream (transfer full). The server keeps it until it removes it.
 * @who: borrowed. */
Connection *connection_new(QmpServer *server, guint64 id, GIOStream *stream,
                           const TransportPeer *who);

guint64 connection_id(const Connection *connection);

/** TRUE once negotiation is over. */
gboolean connection_is_ready(const Connection *connection);

/** Greets the client, unless that was done. */
void connection_greet(Connection *connection, JsonNode *body);

/** Sends an event's text. */
void connection_event(Connection *connection, GBytes *text);

/** Closes it from the main context, soon. */
void connection_drop(Connection *connection);

/** Closes it now, without a callback: the server is going. The connection may not be used. */
void connection_abandon(Connection *connection);

/** For connections: the owner's callbacks. */
const QmpServerOps *qmp_server_ops(QmpServer *server, gpointer *user_data);

/** For connections: takes one off the list. */
void qmp_server_remove(QmpServer *server, Connection *connection);

G_END_DECLS
