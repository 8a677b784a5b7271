/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Channel. Reading is one source that lives as long as reading is on; while it is off another one
 * looks whether the peer has hung up, so that what is kept for it can be freed. A source that waits
 * for the socket is needed only while it is full, or to call @closed once it broke, because
 * callbacks never come from within a call of the owner's. Each source holds a reference while it
 * runs, so that a callback may release the channel. How bytes are read and written is the path's
 * business.
 *
 * What is written while one channel's bytes are handled leaves in one system call for each channel
 * as soon as they are handled: whoever waits for it works while the main loop makes its round. The
 * outbox, a source that all channels share, knows which ones have something; it only has a prepare
 * function, which sends what was written anywhere else before the main loop sleeps, and never wakes
 * the loop.
 */
#include "qmpbridge/io/channel-internal.h"

#include <gio/gfiledescriptorbased.h>
#include <gio/gunixconnection.h>

/* One read; a burst of events or a schema takes several, with other sources between them. */
#define READ_SIZE 65536u
/* Pieces written by one system call. */
#define MAX_PIECES 16u
/* With more than this in the queue it does not wait until what is being handled is handled. */
#define WRITE_NOW 262144u

/* One for all channels of the main context, which it outlives by none. */
struct ChannelOutbox {
    GSource source;
    guint channels;
    GQueue waiting; /* of Channel, by its link */
    char *buffer;   /* (nullable) while a read uses it: of READ_SIZE */
};

static void flush(Channel *channel);

static void send_waiting(ChannelOutbox *outbox)
{
    GList *link;

    while ((link = g_queue_pop_head_link(&outbox->waiting))) {
        Channel *channel = link->data;

        channel->is_waiting = FALSE;
        flush(channel);
    }
}

static gboolean prepare_outbox(GSource *source, gint *timeout)
{
    *timeout = -1;
    send_waiting((ChannelOutbox *)source);
    return FALSE;
}

static gboolean dispatch_outbox(GSource *source, GSourceFunc func, gpointer user_data)
{
    (void)source;
    (void)func;
    (void)user_data;
    return G_SOURCE_CONTINUE;
}

static void finalize_outbox(GSource *source)
{
    g_free(((ChannelOutbox *)source)->buffer);
}

/* With a high priority it is asked even if others are ready. */
static ChannelOutbox *outbox_join(void)
{
    static GSourceFuncs funcs = {
        .prepare = prepare_outbox, .dispatch = dispatch_outbox, .finalize = finalize_outbox};
    GSource *source = g_main_context_find_source_by_funcs_user_data(NULL, &funcs, NULL);
    ChannelOutbox *outbox = (ChannelOutbox *)source;

    if (!outbox) {
        source = g_source_new(&funcs, sizeof(ChannelOutbox));
        outbox = (ChannelOutbox *)source;
        g_source_set_callback(source, NULL, NULL, NULL); /* it is found by its data: none */
        g_source_set_priority(source, G_PRIORITY_HIGH);
        g_source_set_can_recurse(source, TRUE);
        g_source_attach(source, NULL);
        g_source_unref(source);
    }
    outbox->channels++;
    return outbox;
}

static void outbox_leave(ChannelOutbox *outbox)
{
    if (--outbox->channels == 0)
        g_source_destroy((GSource *)outbox);
}

static void outbox_add(ChannelOutbox *outbox, Channel *channel)
{
    if (channel->is_waiting)
        return;
    channel->is_waiting = TRUE;
    g_queue_push_tail_link(&outbox->waiting, &channel->waiting);
}

static void outbox_remove(ChannelOutbox *outbox, Channel *channel)
{
    if (channel->is_waiting)
        g_queue_unlink(&outbox->waiting, &channel->waiting);
    channel->is_waiting = FALSE;
}

static void clear_source(GSource **source)
{
    if (!*source)
        return;
    g_source_destroy(*source);
    g_clear_pointer(source, g_source_unref);
}

static void channel_fds_free(gpointer data)
{
    ChannelFds *entry = data;

    fds_unref(entry->fds);
    g_free(entry);
}

/* Closes the socket before the stream on it: TLS would write close_notify, and wait until the
 * socket has room for it. */
static void close_stream(GIOStream *stream)
{
    if (G_IS_TLS_CONNECTION(stream)) {
        g_autoptr(GIOStream) base = NULL;

        g_object_get(stream, "base-io-stream", &base, NULL);
        g_io_stream_close(base, NULL, NULL);
    }
    g_io_stream_close(stream, NULL, NULL);
}

static void shut(Channel *channel)
{
    channel->closed = TRUE;
    clear_source(&channel->reader);
    clear_source(&channel->writer);
    outbox_remove(channel->outbox, channel);
    g_queue_clear_full(&channel->queue, (GDestroyNotify)g_bytes_unref);
    g_queue_clear_full(&channel->fds, channel_fds_free);
    channel->queued = 0;
    close_stream(channel->stream);
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
    outbox_leave(channel->outbox);
    g_free(channel);
}

/* The stream has ended: closes it and calls @closed, unless the owner closed it before. */
static void ended(Channel *channel, const GError *error)
{
    if (channel->closed)
        return;
    shut(channel);
    channel->ops->closed(channel, error, channel->user_data);
}

/* The bytes of one read. A callback may run a nested main loop, which takes another buffer. */
static void handle(Channel *channel, const char *bytes, gssize got, Fds *fds, const GError *error)
{
    if (fds && got > 0)
        channel->ops->fds(channel, fds, channel->user_data);
    if (got > 0 && !channel->closed)
        channel->ops->data(channel, bytes, (gsize)got, channel->user_data);
    else if (got == 0 || error)
        ended(channel, error);
}

void channel_readable(Channel *borrowed)
{
    g_autoptr(Channel) channel = channel_ref(borrowed);
    ChannelOutbox *outbox = channel->outbox;
    g_autoptr(GError) error = NULL;
    g_autoptr(Fds) fds = NULL;
    g_autofree char *bytes = g_steal_pointer(&outbox->buffer);
    gssize got;

    if (!bytes)
        bytes = g_malloc(READ_SIZE);
    got = channel->path->read(channel, bytes, READ_SIZE, channel->ops->fds ? &fds : NULL, &error);
    handle(channel, bytes, got, fds, error);
    send_waiting(outbox);
    if (!outbox->buffer)
        outbox->buffer = g_steal_pointer(&bytes);
}

void channel_hung_up(Channel *borrowed)
{
    g_autoptr(Channel) channel = channel_ref(borrowed);

    ended(channel, NULL);
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

static GSource *attach_source(Channel *channel, GIOCondition condition)
{
    GSource *source = channel->path->source(channel, condition);

    if (source)
        g_source_attach(source, NULL);
    return source;
}

static void update_reader(Channel *channel)
{
    GIOCondition want = channel->reading ? G_IO_IN : G_IO_HUP;

    if (channel->closed || want == channel->watched)
        return;
    channel->watched = want;
    clear_source(&channel->reader);
    channel->reader = attach_source(channel, want);
}

static void consume(Channel *channel, gsize wrote)
{
    channel->queued -= wrote;
    channel->written += wrote;
    channel->offset += wrote;
    while (channel->queue.length) {
        gsize size = g_bytes_get_size(g_queue_peek_head(&channel->queue));

        if (channel->offset < size)
            break;
        channel->offset -= size;
        g_bytes_unref(g_queue_pop_head(&channel->queue));
    }
}

/* Descriptors whose byte is the next one, or NULL. *@limit: bytes up to the next ones' byte. */
static Fds *due_fds(Channel *channel, gsize *limit)
{
    GList *at = channel->fds.head;
    ChannelFds *entry = at ? at->data : NULL;
    Fds *due = NULL;

    if (entry && entry->position == channel->written) {
        due = entry->fds;
        entry = at->next ? at->next->data : NULL;
    }
    *limit = entry ? entry->position - channel->written : G_MAXSIZE;
    return due;
}

/* Writes as many pieces as one system call takes. Returns: as ChannelPath.write. */
static gssize write_pieces(Channel *channel, GError **error)
{
    struct iovec pieces[MAX_PIECES];
    guint n = 0;
    gsize skip = channel->offset;
    gsize limit = G_MAXSIZE;
    Fds *fds = channel->fds.head ? due_fds(channel, &limit) : NULL;
    gssize wrote;

    for (GList *at = channel->queue.head; at && n < MAX_PIECES && limit; at = at->next) {
        gsize len;
        const char *bytes = g_bytes_get_data(at->data, &len);

        len = MIN(len - skip, limit);
        pieces[n++] = (struct iovec){(void *)(bytes + skip), len};
        limit -= len;
        skip = 0;
    }
    wrote = channel->path->write(channel, pieces, n, fds, error);
    if (fds && wrote > 0)
        channel_fds_free(g_queue_pop_head(&channel->fds));
    return wrote;
}

/* Writes what the socket takes. Returns: FALSE if it is full or broken. */
static gboolean write_some(Channel *channel)
{
    while (channel->queue.length) {
        gssize wrote = write_pieces(channel, channel->broken ? NULL : &channel->broken);

        if (wrote < 0)
            return FALSE;
        consume(channel, (gsize)wrote);
    }
    return TRUE;
}

void channel_writable(Channel *borrowed)
{
    g_autoptr(Channel) channel = channel_ref(borrowed);

    if (write_some(channel))
        clear_source(&channel->writer);
    if (channel->broken)
        ended(channel, channel->broken);
}

/* A broken stream needs the writer too: it calls @closed. */
static void flush(Channel *channel)
{
    if (channel->queue.length && !channel->writer && !write_some(channel))
        channel->writer = attach_source(channel, G_IO_OUT);
}

void channel_write(Channel *channel, GBytes *bytes)
{
    if (channel->closed || channel->broken || g_bytes_get_size(bytes) == 0)
        return;
    g_queue_push_tail(&channel->queue, g_bytes_ref(bytes));
    channel->queued += g_bytes_get_size(bytes);
    if (channel->queued > WRITE_NOW)
        flush(channel);
    else
        outbox_add(channel->outbox, channel);
}

void channel_write_fds(Channel *channel, GBytes *bytes, Fds *fds)
{
    if (fds && channel->is_unix && !channel->closed && g_bytes_get_size(bytes) > 0) {
        ChannelFds *entry = g_new(ChannelFds, 1);

        *entry = (ChannelFds){channel->written + channel->queued, fds_ref(fds)};
        g_queue_push_tail(&channel->fds, entry);
    }
    channel_write(channel, bytes);
}

gboolean channel_passes_fds(const Channel *channel)
{
    return channel->is_unix;
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
    channel->is_unix = G_IS_UNIX_CONNECTION(stream);
    channel->path = channel->in >= 0 ? &channel_bare : &channel_pollable;
    channel->ops = ops;
    channel->user_data = user_data;
    channel->outbox = outbox_join();
    channel->waiting.data = channel;
    channel_set_reading(channel, TRUE);
    return channel;
}
