/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of transport share. Private to them.
 */
#pragma once

#include "qmpbridge/io/transport.h"

G_BEGIN_DECLS

/** FALSE with BRIDGE_ERROR_USAGE if @name is no path or abstract name of a unix socket. */
gboolean transport_check_unix_name(const char *name, GError **error);

/** Where to connect to for anything but an fd: address. Returns: (transfer full). */
GSocketConnectable *transport_target(const TransportAddress *address);

/** The error of a connection that failed, which says where to look. @where: the address as
 * given. */
void transport_connect_failed(GError **error, const char *where, const GError *why);

/** A new connection is made fit for a monitor. */
void transport_tune(GSocketConnection *connection, const TransportAddress *address);

/**
 * Negotiates TLS on a connection. @callback is never called from within.
 *
 * @address: of kind TRANSPORT_TLS; borrowed, as @tls: both must live until the end.
 */
void transport_tls_async(GIOStream *stream, const TransportAddress *address,
                         const TransportTls *tls, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data);

/**
 * Returns: (transfer full): the TLS stream. NULL with BRIDGE_ERROR_CONNECT, BRIDGE_ERROR_USAGE (a
 * file), BRIDGE_ERROR_UNSUPPORTED (no backend), or an error of GIO if the stream broke.
 */
GIOStream *transport_tls_finish(GAsyncResult *result, GError **error);

G_END_DECLS
