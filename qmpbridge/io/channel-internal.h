/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a channel, shared by channel.c (queue, sources, lifetime) and the two paths that
 * bytes take: channel-bare.c for descriptors, channel-pollable.c for streams without one of their
 * own, such as TLS. Private to these three.
 */
#pragma once

#include <sys/uio.h>

#include "qmpbridge/io/channel.h"

G_BEGIN_DECLS

/** How bytes go in and out. */
typedef struct {
    /**
     * One read. @fds: (out) (optional): descriptors that came along.
     * Returns: bytes; 0 at the end; -1 with *@error, or without it if there is nothing yet.
     */
    gssize (*read)(Channel *channel, void *bytes, gsize room, Fds **fds, GError **error);
    /**
     * One write of @n pieces. @fds: (nullable): to go along.
     * Returns: bytes; -1 with *@error, or without it if the stream is full.
     */
    gssize (*write)(Channel *channel, const struct iovec *pieces, guint n, Fds *fds,
                    GError **error);
    /** A source that calls channel_readable() (G_IO_IN), channel_writable() (G_IO_OUT) or
     * channel_hung_up() (G_IO_HUP). Returns: (transfer full) (nullable): NULL for the last where
     * only reading would show it. */
    GSource *(*source)(Channel *channel, GIOCondition condition);
} ChannelPath;

/** Descriptors waiting for the byte with which they go. */
typedef struct {
    guint64 position;
    Fds *fds;
} ChannelFds;

/** What all channels share, see channel.c. */
typedef struct ChannelOutbox ChannelOutbox;

struct Channel {
    guint refs;
    GIOStream *stream;
    const ChannelPath *path;
    int in; /* descriptors of the stream's halves, for the bare path */
    int out;
    gboolean is_socket;
    gboolean is_unix;
    const ChannelOps *ops;
    gpointer user_data;
    GSource *reader;
    GSource *writer;
    ChannelOutbox *outbox;
    GList waiting; /* in the outbox, if it is there */
    gboolean is_waiting;
    GQueue queue; /* of GBytes */
    gsize offset; /* of the first of them, already written */
    gsize queued;
    guint64 written;
    GQueue fds; /* of ChannelFds */
    gboolean reading;
    GIOCondition watched; /* by the reader: G_IO_IN or G_IO_HUP */
    gboolean closed;
    GError *broken; /* a write failed; @closed is called from the main context */
};

extern const ChannelPath channel_bare;
extern const ChannelPath channel_pollable;

/** There may be something to read, or room to write; the peer has closed both directions. May
 * release the channel. */
void channel_readable(Channel *channel);
void channel_writable(Channel *channel);
void channel_hung_up(Channel *channel);

G_END_DECLS
