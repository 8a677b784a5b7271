/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Listening on a unix socket that is only this user's.
 */
#include "qmpbridge/io/transport-internal.h"

#include <errno.h>
#include <gio/gunixsocketaddress.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

#define BACKLOG 128

/* TRUE if somebody accepts connections there. */
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
    /* Only a refusal proves that nobody is there; a full backlog, say, proves the opposite. */
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

    if (fchmod(g_socket_get_fd(socket), 0600) < 0 ||
        !g_socket_bind(socket, address, FALSE, error))
        return FALSE;
    if (lstat(path, &info) == 0 && (info.st_mode & 0777) == 0600)
        return TRUE;
    return chmod(path, 0600) == 0;
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

GSocket *transport_listen_unix(const char *path, GError **error)
{
    g_autoptr(GSocketAddress) address = NULL;
    g_autoptr(GError) why = NULL;
    GSocket *socket;

    if (!transport_check_unix_name(path, error))
        return NULL;
    address = g_unix_socket_address_new(path);
    if (!clear_stale(path, address, error))
        return NULL;
    socket = listen_at(path, address, &why);
    if (!socket)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "can't listen on %s: %s", path,
                    why ? why->message : g_strerror(errno));
    return socket;
}
