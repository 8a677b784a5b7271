/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channel: a non-blocking byte stream in the default main context, the part that client and
 * server share. Writes are queued and never block; reads come as callbacks. It knows no QMP.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/fds.h"

G_BEGIN_DECLS

typedef struct Channel Channel;

/** Called from the main context, never from within a channel_*() function. */
typedef struct {
    /** Bytes have come in; borrowed for the call. */
    void (*data)(Channel *channel, const void *data, gsize len, gpointer user_data);
    /** (nullable): Descriptors have come in with the bytes that @data gets next; borrowed. Where
     * this is NULL they are closed. */
    void (*fds)(Channel *channel, Fds *fds, gpointer user_data);
    /** The stream has ended; called once, nothing follows. @error: NULL at a plain end. */
    void (*closed)(Channel *channel, const GError *error, gpointer user_data);
} ChannelOps;

/**
 * A channel on a stream, reading at once.
 *
 * @stream: (transfer full): as transport.h makes them, its two halves pollable.
 * @ops: must outlive the channel.
 *
 * Returns: (transfer full): release with channel_unref().
 */
Channel *channel_new(GIOStream *stream, const ChannelOps *ops, gpointer user_data);

Channel *channel_ref(Channel *channel);
void channel_unref(Channel *channel);

/** Queues bytes, which leave before the main loop sleeps again. Does nothing once the channel is
 * closed. @bytes: borrowed, a ref is taken. */
void channel_write(Channel *channel, GBytes *bytes);

/** As channel_write(); descriptors go along with the first byte. @fds: (nullable): a reference is
 * held until they are sent. Only where channel_passes_fds(); elsewhere they are ignored. */
void channel_write_fds(Channel *channel, GBytes *bytes, Fds *fds);

/** TRUE if descriptors can be sent, that is, on a unix socket. */
gboolean channel_passes_fds(const Channel *channel);

/** Stops or resumes reading: with FALSE the peer is held back by its own socket buffer. If it
 * hangs up meanwhile, that is the end, and what it had sent is dropped. */
void channel_set_reading(Channel *channel, gboolean reading);

/** Bytes queued and not yet written. */
gsize channel_queued(const Channel *channel);

/**
 * Closes at once without a callback; nothing is called from now on. Output that is queued gets
 * one more non-blocking attempt, the rest is dropped.
 */
void channel_close(Channel *channel);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Channel, channel_unref)

G_END_DECLS
