/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channel. Reading is one source that lives as long as reading is on; writing is tried at once
 * and needs a source only while the peer's socket is full, or to tell that it broke, because
 * callbacks never come from within a call of the owner's. Each source holds a reference while it
 * runs, so that a callback may release the channel.
 */
#include "qmpbridge/io/channel.h"

#include <gio/gfiledescriptorbased.h>
#include <glib-unix.h>

/* One read; a burst of events or a schema takes several, with other sources between them. */
#define READ_SIZE 65536u

struct Channel {
    guint refs;
    GIOStream *stream;
    GPollableInputStream *input;
    GPollableOutputStream *output;
    const ChannelOps *ops;
    gpointer user_data;
    GSource *reader;
    GSource *writer;
    GQueue queue; /* of GBytes */
    gsize offset; /* of the first of them, already written */
    gsize queued;
    gboolean reading;
    gboolean closed;
    GError *broken; /* a write failed; told from the main context */
};

static void clear_source(GSource **source)
{
    if (!*source)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

static void shut(Channel *channel)
{
    channel->closed = TRUE;
    clear_source(&channel->reader);
    clear_source(&channel->writer);
    g_queue_clear_full(&channel->queue, (GDestroyNotify)g_bytes_unref);
    channel->queued = 0;
    g_io_stream_close(channel->stream, NULL, NULL);
}

Channel *channel_ref(Channel *channel)
{
    channel->refs++;
    return channel;
}

void channel_unref(Channel *channel)
{
    if (--channel->refs > 0)
        return;
    if (!channel->closed)
        shut(channel);
    g_clear_error(&channel->broken);
    g_object_unref(channel->stream);
    g_free(channel);
}

/* The stream has ended: closes it and tells, unless the owner closed it before. */
static void ended(Channel *channel, const GError *error)
{
    if (channel->closed)
        return;
    shut(channel);
    channel->ops->closed(channel, error, channel->user_data);
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user_data)
{
    g_autoptr(Channel) channel = channel_ref(user_data);
    g_autoptr(GError) error = NULL;
    char bytes[READ_SIZE];
    gssize got;

    (void)fd;
    (void)condition;
    got = g_pollable_input_stream_read_nonblocking(channel->input, bytes, sizeof(bytes), NULL,
                                                   &error);
    if (got > 0)
        channel->ops->data(channel, bytes, (gsize)got, channel->user_data);
    else if (got == 0)
        ended(channel, NULL);
    else if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        ended(channel, error);
    return G_SOURCE_CONTINUE;
}

/* The descriptor below one half of the stream; -1 if there is none. */
static int descriptor_of(GIOStream *stream, gpointer half)
{
    if (G_IS_SOCKET_CONNECTION(stream))
        return g_socket_get_fd(g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream)));
    if (G_IS_FILE_DESCRIPTOR_BASED(half))
        return g_file_descriptor_based_get_fd(G_FILE_DESCRIPTOR_BASED(half));
    return -1;
}

/*
 * A source on the bare descriptor. The streams' own sources are pairs of parent and child, and
 * GLib takes their descriptor out of its poll set and puts it back for each dispatch, at the cost
 * of four system calls; a source that may recurse stays in. A nested loop may thus read on, which
 * keeps the order, since bytes are handed on as they are read.
 */
static GSource *attach_source(Channel *channel, int fd, GIOCondition condition,
                              GUnixFDSourceFunc func)
{
    GSource *source = g_unix_fd_source_new(fd, condition);

    g_source_set_can_recurse(source, TRUE);
    g_source_set_callback(source, G_SOURCE_FUNC(func), channel, NULL);
    g_source_attach(source, NULL);
    return source;
}

static void update_reader(Channel *channel)
{
    gboolean want = channel->reading && !channel->closed;

    if (!want)
        clear_source(&channel->reader);
    else if (!channel->reader)
        channel->reader =
            attach_source(channel, descriptor_of(channel->stream, channel->input),
                          G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
}

static void consume(Channel *channel, gsize wrote)
{
    GBytes *head = g_queue_peek_head(&channel->queue);

    channel->queued -= wrote;
    channel->offset += wrote;
    if (channel->offset == g_bytes_get_size(head)) {
        channel->offset = 0;
        g_bytes_unref(g_queue_pop_head(&channel->queue));
    }
}

/* Writes what the socket takes. Returns: FALSE if it is full or broken. */
static gboolean write_some(Channel *channel)
{
    GBytes *head;

    while ((head = g_queue_peek_head(&channel->queue))) {
        gsize len;
        const char *bytes = g_bytes_get_data(head, &len);
        g_autoptr(GError) error = NULL;
        gssize wrote;

        wrote = g_pollable_output_stream_write_nonblocking(
            channel->output, bytes + channel->offset, len - channel->offset, NULL, &error);
        if (wrote < 0) {
            if (!g_error_matches(error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK) && !channel->broken)
                channel->broken = g_steal_pointer(&error);
            return FALSE;
        }
        consume(channel, (gsize)wrote);
    }
    return TRUE;
}

static gboolean on_writable(gint fd, GIOCondition condition, gpointer user_data)
{
    g_autoptr(Channel) channel = channel_ref(user_data);

    (void)fd;
    (void)condition;
    if (write_some(channel))
        clear_source(&channel->writer);
    if (channel->broken)
        ended(channel, channel->broken);
    return G_SOURCE_CONTINUE;
}

void channel_write(Channel *channel, GBytes *bytes)
{
    if (channel->closed || channel->broken || g_bytes_get_size(bytes) == 0)
        return;
    g_queue_push_tail(&channel->queue, g_bytes_ref(bytes));
    channel->queued += g_bytes_get_size(bytes);
    /* A broken stream needs the source too: that is where it is told. */
    if (!channel->writer && !write_some(channel))
        channel->writer = attach_source(channel, descriptor_of(channel->stream, channel->output),
                                        G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable);
}

void channel_set_reading(Channel *channel, gboolean reading)
{
    channel->reading = reading;
    update_reader(channel);
}

gsize channel_queued(const Channel *channel)
{
    return channel->queued;
}

void channel_close(Channel *channel)
{
    if (channel->closed)
        return;
    write_some(channel);
    shut(channel);
}

Channel *channel_new(GIOStream *stream, const ChannelOps *ops, gpointer user_data)
{
    Channel *channel = g_new0(Channel, 1);

    channel->refs = 1;
    channel->stream = stream;
    channel->input = G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(stream));
    channel->output = G_POLLABLE_OUTPUT_STREAM(g_io_stream_get_output_stream(stream));
    channel->ops = ops;
    channel->user_data = user_data;
    channel_set_reading(channel, TRUE);
    return channel;
}
