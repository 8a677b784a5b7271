/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The general path of a channel, for streams whose bytes aren't those of a descriptor: TLS. Small
 * pieces are joined, so that they become one record.
 */
#include "qmpbridge/io/channel-internal.h"

#include <string.h>

/* The most that one TLS record holds. */
#define RECORD_SIZE 16384u

static GPollableInputStream *input(Channel *channel)
{
    return G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(channel->stream));
}

static GPollableOutputStream *output(Channel *channel)
{
    return G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(channel->stream));
}

/* @error: (transfer full) (nullable): handed on unless it only says that it would block. */
static gssize outcome(gssize done, GError *why, GError **error)
{
    if (done >= 0)
        return done;
    if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        g_error_free(why);
    else
        g_propagate_error(error, why);
    return -1;
}

static gssize pollable_read(Channel *channel, void *bytes, gsize room, Fds **fds, GError **error)
{
    GError *why = NULL;
    gssize got = g_pollable_input_stream_read_nonblocking(input(channel), bytes, room, NULL, &why);

    (void)fds;
    return outcome(got, why, error);
}

/*
 * A write that would block has begun a record all the same, and the next one must begin with the
 * same bytes: they are still at the head of the queue, and what is behind them doesn't matter.
 *
 * The last byte of all gets a record of its own. QEMU before 8.0 takes one byte out of a record for
 * each time that the socket is readable, and sleeps on the rest of the last one (io/channel-tls.c
 * looks for pending bytes since 8.0): with a last record of one byte there is no rest.
 */
static gssize pollable_write(Channel *channel, const struct iovec *pieces, guint n, Fds *fds,
                             GError **error)
{
    char joined[RECORD_SIZE];
    gsize len = 0;
    GError *why = NULL;
    gssize wrote;

    (void)fds;
    for (guint i = 0; i < n && len < sizeof(joined); i++) {
        gsize part = MIN(pieces[i].iov_len, sizeof(joined) - len);

        memcpy(joined + len, pieces[i].iov_base, part);
        len += part;
    }
    if (len > 1 && len == channel->queued)
        len--;
    wrote = g_pollable_output_stream_write_nonblocking(output(channel), joined, len, NULL, &why);
    return outcome(wrote, why, error);
}

static gboolean on_in(GObject *stream, gpointer user_data)
{
    (void)stream;
    channel_readable(user_data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_out(GObject *stream, gpointer user_data)
{
    (void)stream;
    channel_writable(user_data);
    return G_SOURCE_CONTINUE;
}

static GSource *pollable_source(Channel *channel, GIOCondition condition)
{
    gboolean in = condition == G_IO_IN;
    GPollableSourceFunc func = in ? on_in : on_out;
    GSource *source;

    if (condition == G_IO_HUP)
        return NULL;
    source = in ? g_pollable_input_stream_create_source(input(channel), NULL)
                : g_pollable_output_stream_create_source(output(channel), NULL);
    g_source_set_callback(source, G_SOURCE_FUNC(func), channel, NULL);
    return source;
}

const ChannelPath channel_pollable = {pollable_read, pollable_write, pollable_source};
