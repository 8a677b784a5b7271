/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fast path of a channel: bytes go by the bare descriptor, since GIO's streams cost as much as
 * all the rest of the way. On unix sockets descriptors go along.
 */
#include "qmpbridge/io/channel-internal.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <glib-unix.h>

/* Room for the descriptors of one message. The kernel closes those that don't fit. */
typedef union {
    struct cmsghdr header;
    char bytes[CMSG_SPACE(FDS_MAX * sizeof(int))];
} ControlRoom;

static gssize failed(GError **error)
{
    int why = errno;

    if (why != EAGAIN && why != EWOULDBLOCK && why != EINTR)
        g_set_error_literal(error, G_IO_ERROR, g_io_error_from_errno(why), g_strerror(why));
    return -1;
}

static void take_fds(struct msghdr *message, Fds **fds)
{
    for (struct cmsghdr *at = CMSG_FIRSTHDR(message); at; at = CMSG_NXTHDR(message, at)) {
        gsize n = (at->cmsg_len - CMSG_LEN(0)) / sizeof(int);

        if (at->cmsg_level != SOL_SOCKET || at->cmsg_type != SCM_RIGHTS)
            continue;
        if (!*fds)
            *fds = fds_new();
        for (gsize i = 0; i < n; i++) {
            int fd;

            memcpy(&fd, CMSG_DATA(at) + i * sizeof(int), sizeof(int));
            fds_take(*fds, fd);
        }
    }
}

static gssize receive(Channel *channel, void *bytes, gsize room, Fds **fds)
{
    struct iovec piece = {bytes, room};
    ControlRoom control;
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = &control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(channel->in, &message, MSG_CMSG_CLOEXEC);

    if (got >= 0 && message.msg_controllen)
        take_fds(&message, fds);
    return got;
}

/* An owner that takes no descriptors gets bytes by read(): the kernel closes the descriptors. */
static gssize bare_read(Channel *channel, void *bytes, gsize room, Fds **fds, GError **error)
{
    gssize got = fds && channel->is_unix ? receive(channel, bytes, room, fds)
                                         : read(channel->in, bytes, room);

    return got < 0 ? failed(error) : got;
}

static void attach_fds(struct msghdr *message, ControlRoom *control, const Fds *fds)
{
    guint n = fds_count(fds);

    memset(control, 0, sizeof(*control));
    message->msg_control = control;
    message->msg_controllen = CMSG_SPACE(n * sizeof(int));
    control->header = (struct cmsghdr){
        .cmsg_len = CMSG_LEN(n * sizeof(int)), .cmsg_level = SOL_SOCKET, .cmsg_type = SCM_RIGHTS};
    for (guint i = 0; i < n; i++) {
        int fd = fds_get(fds, i);

        memcpy(CMSG_DATA(&control->header) + i * sizeof(int), &fd, sizeof(int));
    }
}

static gssize bare_write(Channel *channel, const struct iovec *pieces, guint n, Fds *fds,
                         GError **error)
{
    struct msghdr message = {.msg_iov = (struct iovec *)pieces, .msg_iovlen = n};
    ControlRoom control;
    gssize wrote;

    if (fds)
        attach_fds(&message, &control, fds);
    wrote = channel->is_socket ? sendmsg(channel->out, &message, MSG_NOSIGNAL)
                               : writev(channel->out, pieces, (int)n);
    return wrote < 0 ? failed(error) : wrote;
}

static gboolean on_in(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    channel_readable(user_data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_out(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    channel_writable(user_data);
    return G_SOURCE_CONTINUE;
}

static gboolean on_hang_up(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    channel_hung_up(user_data);
    return G_SOURCE_CONTINUE;
}

/*
 * The streams' own sources are pairs of parent and child, and GLib takes their descriptor out of
 * its poll set and puts it back for each dispatch, at the cost of four system calls; a source that
 * may recurse stays in. A nested loop may thus read on, which keeps the order, since bytes are
 * handed on as they are read.
 */
static GSource *bare_source(Channel *channel, GIOCondition condition)
{
    GSource *source = g_unix_fd_source_new(condition == G_IO_OUT ? channel->out : channel->in,
                                           condition | G_IO_HUP | G_IO_ERR);
    GUnixFDSourceFunc func = condition == G_IO_IN    ? on_in
                             : condition == G_IO_OUT ? on_out
                                                     : on_hang_up;

    g_source_set_can_recurse(source, TRUE);
    g_source_set_callback(source, G_SOURCE_FUNC(func), channel, NULL);
    return source;
}

const ChannelPath channel_bare = {bare_read, bare_write, bare_source};
