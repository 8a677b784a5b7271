/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses, and streams made from them. Nothing here knows QMP. Main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/** Longest path of a unix socket: sun_path without its NUL. */
#define TRANSPORT_UNIX_MAX 107u

typedef enum { TRANSPORT_UNIX, TRANSPORT_TCP, TRANSPORT_FD } TransportKind;

/** A parsed address. */
typedef struct {
    TransportKind kind;
    char *path;   /**< unix: the path */
    char *host;   /**< tcp: name or number, without the brackets of IPv6 */
    guint16 port; /**< tcp */
    int fd;       /**< fd; else -1 */
} TransportAddress;

/**
 * Parses PATH, unix:PATH, tcp:HOST:PORT (HOST may be [IPv6]) or fd:N.
 *
 * Returns: (transfer full): free with transport_address_free(). NULL with BRIDGE_ERROR_USAGE; a
 * path over TRANSPORT_UNIX_MAX bytes says so.
 */
TransportAddress *transport_parse(const char *text, GError **error);

/** @address: (nullable). A descriptor in it isn't closed. */
void transport_address_free(TransportAddress *address);

/**
 * Connects to an address as transport_parse() takes it. Blocks for a TCP connection, 10 s at most.
 *
 * Returns: (transfer full): a stream whose both halves are pollable. NULL with
 * BRIDGE_ERROR_CONNECT (the message says what to look at) or BRIDGE_ERROR_USAGE.
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

/**
 * Listens on a unix socket with mode 0600 from its first instant. A stale socket at @path is
 * replaced; a live one, or a file that is no socket, is left alone.
 *
 * @path: at most TRANSPORT_UNIX_MAX bytes; its directory must exist.
 *
 * Returns: (transfer full): a listening socket. NULL with BRIDGE_ERROR_BUSY ("socket in use"),
 * BRIDGE_ERROR_USAGE (path too long, not a socket) or BRIDGE_ERROR_CONNECT.
 */
GSocket *transport_listen_unix(const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(TransportAddress, transport_address_free)

G_END_DECLS
