/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening on a unix socket that is only this user's. Between the look at a socket that is there
 * and the moment at which the new one listens, another server might do the same: its live socket
 * would be taken for a stale one, or be unlinked. So a process that replaces a socket holds a lock
 * meanwhile, on a file beside it, PATH.lock, which is removed before the lock is released. (The
 * directory itself isn't locked: that means more to io/owned-dir.c.)
 */
#include "qmpbridge/io/transport-internal.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

#define BACKLOG 128
/* The lock is held for microseconds, unless a stranger holds it: it is waited for this long, by a
 * look every so often. */
#define LOCK_TIMEOUT_US (2 * G_USEC_PER_SEC)
#define LOCK_PAUSE_US 1000

/* TRUE if a process accepts connections there. */
static gboolean is_live(GSocketAddress *address)
{
    g_autoptr(GSocket) probe =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    g_autoptr(GError) why = NULL;

    if (!probe)
        return TRUE;
    g_socket_set_blocking(probe, FALSE);
    if (g_socket_connect(probe, address, NULL, &why))
        return TRUE;
    /* Only a refusal proves that no process listens; a full backlog, say, proves the opposite. */
    return !g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);
}

static gboolean clear_stale(const char *path, GSocketAddress *address, GError **error)
{
    struct stat info;

    if (lstat(path, &info) < 0)
        return TRUE;
    if (!S_ISSOCK(info.st_mode)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "%s exists and is no socket; choose another path", path);
        return FALSE;
    }
    if (is_live(address)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                    "socket in use: %s; another process serves it, so choose another path or "
                    "end that process",
                    path);
        return FALSE;
    }
    unlink(path);
    return TRUE;
}

/*
 * On Linux the mode of a socket file is that of the socket's inode at bind(), less the umask.
 * fchmod() before bind() therefore leaves no instant in which others may connect, and unlike
 * umask() it concerns no other thread. The socket isn't listening before its mode is checked.
 */
static gboolean bind_private(GSocket *socket, const char *path, GSocketAddress *address,
                             GError **error)
{
    struct stat info;

    if (fchmod(g_socket_get_fd(socket), 0600) < 0 || !g_socket_bind(socket, address, FALSE, error))
        return FALSE;
    if (lstat(path, &info) == 0 && (info.st_mode & 0777) == 0600)
        return TRUE;
    return chmod(path, 0600) == 0;
}

/* Returns: a descriptor of the lock's file, locked; -1 with errno, which is EWOULDBLOCK if another
 * process has the lock, or had it and has removed the file. */
static int try_lock(const char *path)
{
    int fd = open(path, O_RDWR | O_CREAT | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK | O_CLOEXEC, 0600);
    struct stat info;
    int why = EWOULDBLOCK;

    if (fd < 0)
        return -1;
    if (flock(fd, LOCK_EX | LOCK_NB) != 0)
        why = errno;
    else if (fstat(fd, &info) == 0 && info.st_nlink > 0)
        return fd;
    close(fd);
    errno = why;
    return -1;
}

/* Returns: a descriptor that holds the lock until release(); -1 on failure. */
static int acquire(const char *lock, const char *path, GError **error)
{
    gint64 deadline = g_get_monotonic_time() + LOCK_TIMEOUT_US;
    int fd;

    while ((fd = try_lock(lock)) < 0 && (errno == EWOULDBLOCK || errno == EINTR) &&
           g_get_monotonic_time() < deadline)
        g_usleep(LOCK_PAUSE_US);
    if (fd >= 0)
        return fd;
    if (errno == EWOULDBLOCK)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                    "can't listen on %s: another process holds %s; end that process, or choose "
                    "another path",
                    path, lock);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "can't listen on %s: %s: %s", path,
                    lock, g_strerror(errno));
    return -1;
}

/* Removes the file, then the lock. A process that waits for it gets the lock of a file without a
 * name, and makes a new file. */
static void release(const char *lock, int fd)
{
    unlink(lock);
    close(fd);
}

static GSocket *listen_at(const char *path, GSocketAddress *address, GError **error)
{
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, error);

    if (!socket)
        return NULL;
    g_socket_set_listen_backlog(socket, BACKLOG);
    g_socket_set_blocking(socket, FALSE);
    if (!bind_private(socket, path, address, error) || !g_socket_listen(socket, error))
        return NULL;
    return g_steal_pointer(&socket);
}

static GSocket *replace_at(const char *path, GError **error)
{
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new(path);
    g_autoptr(GError) why = NULL;
    GSocket *socket;

    if (!clear_stale(path, address, error))
        return NULL;
    socket = listen_at(path, address, &why);
    if (!socket)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "can't listen on %s: %s", path,
                    why ? why->message : g_strerror(errno));
    return socket;
}

GSocket *transport_listen_unix(const char *path, GError **error)
{
    g_autofree char *lock = g_strconcat(path, ".lock", NULL);
    GSocket *socket;
    int fd;

    if (!transport_check_unix_name(path, error))
        return NULL;
    fd = acquire(lock, path, error);
    if (fd < 0)
        return NULL;
    socket = replace_at(path, error);
    release(lock, fd);
    return socket;
}
