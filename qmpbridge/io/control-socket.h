/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ControlSocket: a monitor, which has room for one client, served to any number of them. It joins a
 * server above, a passthrough onto the monitor below, and the event log, which notes what the
 * monitor says, what the clients execute, and when clients leave or are refused. It starts no
 * emulator and connects to none: its owner says when the monitor is there and when it is away, and
 * may answer commands of its own. Main thread.
 */
#pragma once

#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

/** The socket's name in a runtime directory. */
#define CONTROL_SOCKET_NAME "control.sock"

typedef struct ControlSocket ControlSocket;

/** What the owner adds, from the main context; each may be NULL. */
typedef struct {
    /** A client's command. Returns: TRUE if the owner answers it, and @request is (transfer full);
     * FALSE if it is the monitor's, and @request is untouched. */
    gboolean (*take)(QmpRequest *request, gpointer user_data);
    /** Passes a command on to the monitor, in place of passthrough_request().
     * @request: (transfer full). */
    void (*pass)(QmpRequest *request, gpointer user_data);
    /** As of QmpServerOps. */
    PeerFlow (*flow)(const char *name, gpointer user_data);
    /** An event of the monitor, already in the log. Returns: TRUE if clients don't get it. */
    gboolean (*event)(JsonNode *event, gpointer user_data);
    /** A client has gone. */
    void (*client_gone)(guint64 client, gpointer user_data);
} ControlSocketOps;

/**
 * Serves a socket. Its clients are greeted only after control_socket_greet().
 *
 * @path: (nullable): NULL for CONTROL_SOCKET_NAME in @directory.
 * @directory: (nullable): NULL if @path is given.
 * @log: (nullable): borrowed; outlives it.
 * @ops: must outlive it.
 *
 * Returns: (transfer full): NULL with the errors of qmp_server_new().
 */
ControlSocket *control_socket_new(const char *path, const char *directory, EventLog *log,
                                  const ControlSocketOps *ops, gpointer user_data, GError **error);

/** Drops the clients, without a call to @client_gone, and removes the socket. The monitor isn't
 * harmed. @socket: (nullable). */
void control_socket_free(ControlSocket *socket);

/** Where it listens. Returns: (transfer none). */
const char *control_socket_path(const ControlSocket *socket);

/** The server, for events and commands of the owner's. Returns: (transfer none). */
QmpServer *control_socket_server(const ControlSocket *socket);

/**
 * The monitor is connected: commands go there.
 *
 * @monitor: a reference is taken.
 * @extension: (nullable): what the owner adds to the monitor's schema; must outlive the socket.
 *
 * Returns: (transfer none): the passthrough, until control_socket_withdraw().
 */
Passthrough *control_socket_connect(ControlSocket *socket, QmpClient *monitor,
                                    const ExtensionEntry *extension);

/** Greets the clients that wait, and those that come. @greeting: of the monitor; borrowed. */
void control_socket_greet(ControlSocket *socket, JsonNode *greeting);

/** Within the event callback of the monitor's client: logs the event and hands it to the clients,
 * unless the owner keeps it. Returns: FALSE if the owner does. */
gboolean control_socket_event(ControlSocket *socket, JsonNode *event);

/** The monitor is away: closes the connections of all clients, as it would have done itself. New
 * clients wait for control_socket_greet(). */
void control_socket_withdraw(ControlSocket *socket);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ControlSocket, control_socket_free)

G_END_DECLS
