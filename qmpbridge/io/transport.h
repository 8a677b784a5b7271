/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, and streams made from them. Nothing here knows QMP. Main thread.
 */
#pragma once

#include <gio/gio.h>
#include <sys/types.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** How long a connection may take to be made by default, in milliseconds. */
#define TRANSPORT_TIMEOUT_MS 10000u

typedef enum {
    TRANSPORT_UNIX,
    TRANSPORT_ABSTRACT,
    TRANSPORT_TCP,
    TRANSPORT_TLS,
    TRANSPORT_FD,
} TransportKind;

/** A parsed address. */
typedef struct {
    TransportKind kind;
    char *path;   /**< unix: the path; abstract: the name */
    char *host;   /**< tcp, tls: name or number, without the brackets of IPv6 */
    guint16 port; /**< tcp, tls */
    int fd;       /**< fd; else -1 */
} TransportAddress;

/** How a tls: address is connected to; each may be NULL. */
typedef struct {
    const char *ca;          /**< PEM file of the CA to trust; NULL for those of the system */
    const char *certificate; /**< PEM file of this side's certificate, where the server asks */
    const char *key;         /**< PEM file of its key; NULL if it is in the same file */
    const char *server_name; /**< whom the server's certificate must name; NULL: the host */
} TransportTls;

/** A copy of all strings; of nothing, if @tls is NULL. Returns: (transfer full): never NULL. */
TransportTls *transport_tls_copy(const TransportTls *tls);

/** Frees what transport_tls_copy() made. @tls: (nullable). */
void transport_tls_free(TransportTls *tls);

/** Who is at the other end of a unix socket, as of connect() or listen(). */
typedef struct {
    pid_t pid;
    uid_t uid;
    gid_t gid;
    char name[16]; /**< as it called itself when transport_peer() looked; plain ASCII; or "" */
} TransportPeer;

/**
 * Parses PATH, unix:PATH, abstract:NAME, tcp:HOST:PORT, tls:HOST:PORT (HOST may be [IPv6]) or
 * fd:N.
 *
 * Returns: (transfer full): free with transport_address_free(). NULL with BRIDGE_ERROR_USAGE; a
 * path over TRANSPORT_UNIX_MAX bytes says so.
 */
TransportAddress *transport_parse(const char *text, GError **error);

/** @address: (nullable). A descriptor in it isn't closed. */
void transport_address_free(TransportAddress *address);

/**
 * Connects to an address as transport_parse() takes it; names are looked up and TLS is negotiated
 * without blocking. @callback is never called from within.
 *
 * @tls: (nullable): for tls: addresses; copied.
 * @timeout_ms: for all of it; 0 for TRANSPORT_TIMEOUT_MS.
 * @cancellable: (nullable).
 */
void transport_connect_async(const char *address, const TransportTls *tls, guint timeout_ms,
                             GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data);

/**
 * The end of transport_connect_async().
 *
 * Returns: (transfer full): a stream whose both halves are pollable. NULL with
 * BRIDGE_ERROR_CONNECT (the message says what to look at), BRIDGE_ERROR_CANCELLED,
 * BRIDGE_ERROR_USAGE (the address, a file of @tls) or BRIDGE_ERROR_UNSUPPORTED (no TLS here; the
 * message names the package).
 */
GIOStream *transport_connect_finish(GAsyncResult *result, GError **error);

/**
 * Connects, and blocks meanwhile: not for tls: addresses, for TCP 10 s at most.
 *
 * Returns: as transport_connect_finish().
 */
GIOStream *transport_connect(const char *address, GError **error);

/**
 * A stream on a descriptor: a socket, a pipe's end, a terminal or a character device.
 *
 * @fd: (transfer full): closed with the stream; made non-blocking. Untouched on failure.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_CONNECT.
 */
GIOStream *transport_from_fd(int fd, GError **error);

/** Who is at the other end. Returns: FALSE if @stream is on no unix socket. */
gboolean transport_peer(GIOStream *stream, TransportPeer *peer);

/**
 * Listens on a unix socket with mode 0600 from its first instant. A stale socket at @path is
 * replaced; a live one, or a file that is no socket, is left alone. Of several processes that do
 * this at once one succeeds: PATH.lock is there, and locked, meanwhile.
 *
 * @path: at most TRANSPORT_UNIX_MAX bytes; its directory must exist.
 *
 * Returns: (transfer full): a listening socket. NULL with BRIDGE_ERROR_BUSY ("socket in use"),
 * BRIDGE_ERROR_USAGE (path too long, not a socket) or BRIDGE_ERROR_CONNECT.
 */
GSocket *transport_listen_unix(const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TransportAddress, transport_address_free)

G_END_DECLS
