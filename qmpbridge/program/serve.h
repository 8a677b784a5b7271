/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `qmpbridge serve` is made of: a QMP monitor of any QEMU, which has room for one client,
 * served to any number of them. It records nothing: for that the VM is started by `run`.
 *
 * While the monitor is away the clients' connections are closed, as QEMU would have done, and new
 * ones wait for its greeting.
 */
#pragma once

#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

typedef struct Serve Serve;

/** Options of `serve`. Borrowed for the call. */
typedef struct {
    const char *monitor;     /**< address, as of transport_parse() */
    const TransportTls *tls; /**< (nullable): for tls: addresses */
    const char *socket;      /**< (nullable) --socket; default: in the runtime directory */
    const char *log;         /**< (nullable) --log */
} ServeOptions;

/** What the owner of a Serve hears, from the main context. */
typedef struct {
    /** The monitor is there: clients are served. @version: of its QEMU, "10.0.2" (nullable). */
    void (*ready)(const char *version, gpointer user_data);
    /** The monitor is away. @retry_ms: when it is tried again; 0: never, all is over. */
    void (*lost)(const GError *error, guint retry_ms, gpointer user_data);
} ServeHandlers;

/**
 * Serves the socket and begins to connect to the monitor, which may also come only later.
 * @handlers: must outlive it.
 * Errors: USAGE (address, path), BUSY (socket in use), CONNECT, EMULATOR (no runtime directory),
 * STORE (the log). Returns: (transfer full), or NULL.
 */
Serve *serve_start(const ServeOptions *options, const ServeHandlers *handlers, gpointer user_data,
                   GError **error);

/** The control socket that is served. Returns: (transfer none). */
const char *serve_socket(const Serve *serve);

/** Drops the clients and leaves the monitor, which isn't harmed. @serve: (nullable). */
void serve_free(Serve *serve);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Serve, serve_free)

G_END_DECLS
