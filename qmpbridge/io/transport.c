/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Streams from descriptors.
 */
#include "qmpbridge/io/transport.h"

#include <errno.h>
#include <gio/gunixinputstream.h>
#include <gio/gunixoutputstream.h>
#include <glib-unix.h>
#include <sys/stat.h>

#include "qmpbridge/core/error.h"

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
