/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses and streams.
 */
#include "qmpbridge/io/transport.h"

#include <errno.h>
#include <fcntl.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <gio/gunixsocketaddress.h>
#include <glib-unix.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

#define CONNECT_TIMEOUT_S 10u
#define BACKLOG 16

static gboolean parse_number(const char *text, guint64 max, guint64 *value)
{
    return g_ascii_string_to_unsigned(text, 10, 0, max, value, NULL);
}

static gboolean usage(GError **error, const char *format, const char *text)
{
    g_autofree char *safe = g_strescape(text, NULL);

    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "%s: '%.200s'; write PATH, unix:PATH, tcp:HOST:PORT or fd:N", format, safe);
    return FALSE;
}

static gboolean check_unix_path(const char *path, GError **error)
{
    if (*path == '\0')
        return usage(error, "no socket path", path);
    if (strlen(path) > TRANSPORT_UNIX_MAX) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "the socket path has %" G_GSIZE_FORMAT
                    " bytes, more than the %u that the system allows; choose a shorter one",
                    strlen(path), TRANSPORT_UNIX_MAX);
        return FALSE;
    }
    return TRUE;
}

static gboolean parse_tcp(TransportAddress *address, const char *text, GError **error)
{
    const char *colon = strrchr(text, ':');
    guint64 port;

    address->kind = TRANSPORT_TCP;
    if (!colon || !parse_number(colon + 1, G_MAXUINT16, &port) || port == 0)
        return usage(error, "no TCP port in the address", text);
    address->port = (guint16)port;
    address->host = g_strndup(text, (gsize)(colon - text));
    if (address->host[0] == '[' && g_str_has_suffix(address->host, "]")) {
        char *bare = g_strndup(address->host + 1, strlen(address->host) - 2);

        g_free(address->host);
        address->host = bare;
    }
    if (address->host[0] == '\0')
        return usage(error, "no TCP host in the address", text);
    return TRUE;
}

static gboolean parse_fd(TransportAddress *address, const char *text, GError **error)
{
    guint64 fd;

    address->kind = TRANSPORT_FD;
    if (!parse_number(text, G_MAXINT, &fd))
        return usage(error, "no descriptor in the address", text);
    address->fd = (int)fd;
    return TRUE;
}

static gboolean parse_unix(TransportAddress *address, const char *path, GError **error)
{
    address->kind = TRANSPORT_UNIX;
    address->path = g_strdup(path);
    return check_unix_path(path, error);
}

static gboolean parse(TransportAddress *address, const char *text, GError **error)
{
    if (g_str_has_prefix(text, "tcp:"))
        return parse_tcp(address, text + strlen("tcp:"), error);
    if (g_str_has_prefix(text, "fd:"))
        return parse_fd(address, text + strlen("fd:"), error);
    if (g_str_has_prefix(text, "unix:"))
        return parse_unix(address, text + strlen("unix:"), error);
    return parse_unix(address, text, error);
}

TransportAddress *transport_parse(const char *text, GError **error)
{
    g_autoptr(TransportAddress) address = g_new0(TransportAddress, 1);

    address->fd = -1;
    return parse(address, text, error) ? g_steal_pointer(&address) : NULL;
}

void transport_address_free(TransportAddress *address)
{
    if (!address)
        return;
    g_free(address->path);
    g_free(address->host);
    g_free(address);
}

static void connect_failed(GError **error, const char *where, const GError *why)
{
    const char *hint = "";

    if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_NOT_FOUND))
        hint = "; is the VM running, and is this its socket?";
    else if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED))
        hint = "; nobody listens there, the VM has probably ended";
    else if (g_error_matches(why, G_IO_ERROR, G_IO_ERROR_PERMISSION_DENIED))
        hint = "; the socket belongs to another user";
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "can't connect to %s: %s%s", where,
                why->message, hint);
}

/* Command and reply are small and wait for each other: Nagle's algorithm only delays them. */
static void set_no_delay(GSocketConnection *connection)
{
    g_socket_set_option(g_socket_connection_get_socket(connection), IPPROTO_TCP, TCP_NODELAY, 1,
                        NULL);
}

static GIOStream *connect_to(const TransportAddress *address, const char *where, GError **error)
{
    g_autoptr(GSocketClient) client = g_socket_client_new();
    g_autoptr(GSocketConnectable) target = NULL;
    g_autoptr(GError) why = NULL;
    GSocketConnection *connection;

    if (address->kind == TRANSPORT_UNIX)
        target = G_SOCKET_CONNECTABLE(g_unix_socket_address_new(address->path));
    else
        target = g_network_address_new(address->host, address->port);
    g_socket_client_set_enable_proxy(client, FALSE);
    g_socket_client_set_timeout(client, CONNECT_TIMEOUT_S);
    connection = g_socket_client_connect(client, target, NULL, &why);
    if (!connection) {
        connect_failed(error, where, why);
        return NULL;
    }
    /* The limit was for connecting; an idle monitor is a healthy one. */
    g_socket_set_timeout(g_socket_connection_get_socket(connection), 0);
    if (address->kind == TRANSPORT_TCP)
        set_no_delay(connection);
    return G_IO_STREAM(connection);
}

GIOStream *transport_connect(const char *text, GError **error)
{
    g_autoptr(TransportAddress) address = transport_parse(text, error);

    if (!address)
        return NULL;
    if (address->kind == TRANSPORT_FD)
        return transport_from_fd(address->fd, error);
    return connect_to(address, text, error);
}

static GIOStream *stream_of_socket(int fd, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GSocket) socket = g_socket_new_from_fd(fd, &why);

    if (!socket) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "descriptor %d: %s", fd,
                    why->message);
        return NULL;
    }
    g_socket_set_blocking(socket, FALSE);
    return G_IO_STREAM(g_socket_connection_factory_create_connection(socket));
}

/* A pipe, a terminal or a character device: one descriptor for both directions, closed once. */
static GIOStream *stream_of_file(int fd, GError **error)
{
    g_autoptr(GError) why = NULL;
    g_autoptr(GInputStream) input = NULL;
    g_autoptr(GOutputStream) output = NULL;

    if (!g_unix_set_fd_nonblocking(fd, TRUE, &why)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "descriptor %d: %s", fd,
                    why->message);
        return NULL;
    }
    input = g_unix_input_stream_new(fd, TRUE);
    output = g_unix_output_stream_new(fd, FALSE);
    if (!g_pollable_input_stream_can_poll(G_POLLABLE_INPUT_STREAM(input))) {
        g_unix_input_stream_set_close_fd(G_UNIX_INPUT_STREAM(input), FALSE);
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT,
                    "descriptor %d is a plain file, not a socket, pipe or terminal", fd);
        return NULL;
    }
    return g_simple_io_stream_new(input, output);
}

GIOStream *transport_from_fd(int fd, GError **error)
{
    struct stat info;

    if (fstat(fd, &info) < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "descriptor %d: %s", fd,
                    g_strerror(errno));
        return NULL;
    }
    return S_ISSOCK(info.st_mode) ? stream_of_socket(fd, error) : stream_of_file(fd, error);
}

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

    if (!check_unix_path(path, error))
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
