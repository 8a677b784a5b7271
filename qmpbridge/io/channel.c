/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channel. Reading is one source that lives as long as reading is on. What is written during a
 * dispatch leaves in one system call just before the main loop sleeps again, from a source that
 * only has a prepare function and never wakes anybody; a source that waits for the socket is
 * needed only while it is full, or to tell that it broke, because callbacks never come from
 * within a call of the owner's. Each source holds a reference while it runs, so that a callback
 * may release the channel.
 *
 * Bytes go by the bare descriptor: GIO's streams cost as much as all the rest of the way.
 */
#include "qmpbridge/io/channel.h"

#include <errno.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include <gio/gfiledescriptorbased.h>
#include <glib-unix.h>

/* One read; a burst of events or a schema takes several, with other sources between them. */
#define READ_SIZE 65536u
/* Pieces written by one system call. */
#define MAX_PIECES 16u
/* With more than this in the queue it does not wait for the end of the dispatch. */
#define WRITE_NOW 262144u

struct Channel {
    guint refs;
    GIOStream *stream;
    int in;  /* descriptors of the stream's halves */
    int out;
    gboolean is_socket;
    const ChannelOps *ops;
    gpointer user_data;
    GSource *reader;
    GSource *writer;
    GSource *flusher;
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
    clear_source(&channel->flusher);
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

static gboolean would_block(int why)
{
    return why == EAGAIN || why == EWOULDBLOCK || why == EINTR;
}

static GError *io_error(int why)
{
    return g_error_new_literal(G_IO_ERROR, g_io_error_from_errno(why), g_strerror(why));
}

static gboolean on_readable(gint fd, GIOCondition condition, gpointer user_data)
{
    g_autoptr(Channel) channel = channel_ref(user_data);
    g_autoptr(GError) error = NULL;
    char bytes[READ_SIZE];
    ssize_t got = read(fd, bytes, sizeof(bytes));

    (void)condition;
    if (got > 0) {
        channel->ops->data(channel, bytes, (gsize)got, channel->user_data);
    } else if (got == 0) {
        ended(channel, NULL);
    } else if (!would_block(errno)) {
        error = io_error(errno);
        ended(channel, error);
    }
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
            attach_source(channel, channel->in, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable);
}

static void consume(Channel *channel, gsize wrote)
{
    channel->queued -= wrote;
    channel->offset += wrote;
    while (channel->queue.length) {
        gsize size = g_bytes_get_size(g_queue_peek_head(&channel->queue));

        if (channel->offset < size)
            break;
        channel->offset -= size;
        g_bytes_unref(g_queue_pop_head(&channel->queue));
    }
}

/* One system call's worth. Returns: as write(). */
static ssize_t write_pieces(Channel *channel)
{
    struct iovec pieces[MAX_PIECES];
    struct msghdr message = { .msg_iov = pieces };
    gsize skip = channel->offset;

    for (GList *at = channel->queue.head; at && message.msg_iovlen < MAX_PIECES; at = at->next) {
        gsize len;
        const char *bytes = g_bytes_get_data(at->data, &len);

        pieces[message.msg_iovlen++] = (struct iovec){ (void *)(bytes + skip), len - skip };
        skip = 0;
    }
    if (channel->is_socket)
        return sendmsg(channel->out, &message, MSG_NOSIGNAL);
    return writev(channel->out, pieces, (int)message.msg_iovlen);
}

/* Writes what the socket takes. Returns: FALSE if it is full or broken. */
static gboolean write_some(Channel *channel)
{
    while (channel->queue.length) {
        ssize_t wrote = write_pieces(channel);

        if (wrote < 0) {
            if (!would_block(errno) && !channel->broken)
                channel->broken = io_error(errno);
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

/* A broken stream needs the writer too: that is where it is told. */
static void flush(Channel *channel)
{
    if (channel->queue.length && !channel->writer && !write_some(channel))
        channel->writer =
            attach_source(channel, channel->out, G_IO_OUT | G_IO_HUP | G_IO_ERR, on_writable);
}

/* The flusher: a source that is asked before each sleep, and never is ready. */
typedef struct {
    GSource source;
    Channel *channel;
} Flusher;

static gboolean prepare_flusher(GSource *source, gint *timeout)
{
    *timeout = -1;
    flush(((Flusher *)source)->channel);
    return FALSE;
}

static gboolean dispatch_flusher(GSource *source, GSourceFunc func, gpointer user_data)
{
    (void)source;
    (void)func;
    (void)user_data;
    return G_SOURCE_CONTINUE;
}

/* With a high priority it is asked even if others are ready. */
static GSource *flusher_new(Channel *channel)
{
    static GSourceFuncs funcs = { .prepare = prepare_flusher, .dispatch = dispatch_flusher };
    GSource *source = g_source_new(&funcs, sizeof(Flusher));

    ((Flusher *)source)->channel = channel;
    g_source_set_priority(source, G_PRIORITY_HIGH);
    g_source_set_can_recurse(source, TRUE);
    g_source_attach(source, NULL);
    return source;
}

void channel_write(Channel *channel, GBytes *bytes)
{
    if (channel->closed || channel->broken || g_bytes_get_size(bytes) == 0)
        return;
    g_queue_push_tail(&channel->queue, g_bytes_ref(bytes));
    channel->queued += g_bytes_get_size(bytes);
    if (channel->queued > WRITE_NOW)
        flush(channel);
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
    channel->in = descriptor_of(stream, g_io_stream_get_input_stream(stream));
    channel->out = descriptor_of(stream, g_io_stream_get_output_stream(stream));
    channel->is_socket = G_IS_SOCKET_CONNECTION(stream);
    channel->ops = ops;
    channel->user_data = user_data;
    channel->flusher = flusher_new(channel);
    channel_set_reading(channel, TRUE);
    return channel;
}
