/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who is at the other end of a stream: what the kernel vouches for, and a name that it doesn't.
 */
#include "qmpbridge/io/transport.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

/* What the process calls itself; it may be anything, so only plain characters stay. */
static void read_name(TransportPeer *peer)
{
    char path[32];
    ssize_t got = 0;
    int fd;

    snprintf(path, sizeof(path), "/proc/%d/comm", (int)peer->pid);
    fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd >= 0) {
        got = read(fd, peer->name, sizeof(peer->name) - 1);
        close(fd);
    }
    for (char *at = peer->name; at < peer->name + got; at++) {
        if (*at == '\n')
            *at = '\0';
        else if (!g_ascii_isgraph(*at))
            *at = '?';
    }
}

gboolean transport_peer(GIOStream *stream, TransportPeer *peer)
{
    struct ucred who;
    socklen_t len = sizeof(who);
    GSocket *socket;

    if (!G_IS_SOCKET_CONNECTION(stream))
        return FALSE;
    socket = g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream));
    if (g_socket_get_family(socket) != G_SOCKET_FAMILY_UNIX ||
        getsockopt(g_socket_get_fd(socket), SOL_SOCKET, SO_PEERCRED, &who, &len) != 0)
        return FALSE;
    *peer = (TransportPeer){.pid = who.pid, .uid = who.uid, .gid = who.gid};
    read_name(peer);
    return TRUE;
}
