/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A file that is followed; see file-follower.h.
 */
#include "qmpbridge/ui/console/file-follower.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib-unix.h>

#include "qmpbridge/core/error.h"

#define PIECE_BYTES 16384u
/** A guest's UART writes byte by byte: so many are collected for this long, in milliseconds. */
#define COLLECT_MS 2u

struct FileFollower {
    int fd, inotify;
    off_t offset; /**< of what comes next */
    const FileFollowerHandlers *handlers;
    gpointer user_data;
    guint source; /**< of inotify, or the timer that collects */
};

static void watch(FileFollower *follower);

static gboolean collected(gpointer user_data)
{
    FileFollower *follower = user_data;
    char events[4096];
    struct stat info;

    while (read(follower->inotify, events, sizeof(events)) > 0)
        ;
    follower->source = 0;
    watch(follower);
    if (file_follower_read(follower) && fstat(follower->fd, &info) == 0 && info.st_nlink == 0)
        follower->handlers->removed(follower->user_data);
    return G_SOURCE_REMOVE;
}

static gboolean changed(int fd, GIOCondition condition, gpointer user_data)
{
    FileFollower *follower = user_data;

    (void)fd;
    (void)condition;
    follower->source = g_timeout_add(COLLECT_MS, collected, follower);
    return G_SOURCE_REMOVE;
}

static void watch(FileFollower *follower)
{
    follower->source = g_unix_fd_add(follower->inotify, G_IO_IN, changed, follower);
}

gboolean file_follower_read(FileFollower *follower)
{
    char piece[PIECE_BYTES];
    ssize_t n;

    while ((n = pread(follower->fd, piece, sizeof(piece), follower->offset)) > 0) {
        gsize taken = follower->handlers->came(piece, (gsize)n, follower->user_data);

        follower->offset += (off_t)taken;
        if (taken < (gsize)n)
            return FALSE;
    }
    return TRUE;
}

FileFollower *file_follower_new(const char *path, gsize backlog,
                                const FileFollowerHandlers *handlers, gpointer user_data,
                                GError **error)
{
    FileFollower *follower;
    struct stat info;
    int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
    int inotify = fd < 0 ? -1 : inotify_init1(IN_NONBLOCK | IN_CLOEXEC);

    if (inotify < 0 || fstat(fd, &info) != 0 || !S_ISREG(info.st_mode) ||
        inotify_add_watch(inotify, path, IN_MODIFY | IN_ATTRIB | IN_DELETE_SELF) < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND,
                    "the console's file can't be followed: %s: %s", path, g_strerror(errno));
        if (fd >= 0)
            close(fd);
        if (inotify >= 0)
            close(inotify);
        return NULL;
    }
    follower = g_new0(FileFollower, 1);
    *follower = (FileFollower){fd, inotify, 0, handlers, user_data, 0};
    if ((guint64)info.st_size > backlog)
        follower->offset = info.st_size - (off_t)backlog;
    follower->source = g_timeout_add(0, collected, follower); /* what is there already */
    return follower;
}

void file_follower_free(FileFollower *follower)
{
    if (!follower)
        return;
    g_clear_handle_id(&follower->source, g_source_remove);
    close(follower->fd);
    close(follower->inotify);
    g_free(follower);
}
