/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of forwarded ports; see forwards.h.
 */
#include "qmpbridge/vm/forwards.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

/* 0, or errno of the attempt to listen as QEMU's user network will. */
static int try_port(const MachineForward *forward)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(forward->host)};
    int fd = socket(AF_INET, (forward->udp ? SOCK_DGRAM : SOCK_STREAM) | SOCK_CLOEXEC, 0);
    int yes = 1, why = 0;

    if (fd < 0)
        return errno;
    inet_pton(AF_INET, machine_forward_address(forward), &address.sin_addr);
    if ((!forward->udp && setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof(yes)) != 0) ||
        bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
        (!forward->udp && listen(fd, 1) != 0))
        why = errno;
    close(fd);
    return why;
}

gboolean forwards_check_free(const Machine *machine, GError **error)
{
    for (guint i = 0; i < machine->forwards->len; i++) {
        const MachineForward *forward = &g_array_index(machine->forwards, MachineForward, i);
        int why = try_port(forward);

        if (why) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                        "%s port %u of %s can't be forwarded: %s; port 0 takes a free one",
                        forward->udp ? "UDP" : "TCP", forward->host,
                        machine_forward_address(forward), g_strerror(why));
            return FALSE;
        }
    }
    return TRUE;
}

JsonObject *forwards_question(void)
{
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, "command-line", "info usernet");
    return args;
}

GArray *forwards_read(const char *answer)
{
    GArray *forwards = g_array_new(FALSE, TRUE, sizeof(MachineForward));
    g_auto(GStrv) lines = g_strsplit(answer, "\n", -1);

    for (char **line = lines; *line && forwards->len < MACHINE_MAX_FORWARDS; line++) {
        MachineForward forward = {0};
        unsigned host, guest;
        char protocol[4];

        /* libslirp's src/misc.c: protocol and state, descriptor, source, destination. */
        if (sscanf(*line, " %3[TCUDP][HOST_FORWARD] %*d %15s %u %*s %u", protocol, forward.address,
                   &host, &guest) != 4 ||
            host > G_MAXUINT16 || guest > G_MAXUINT16)
            continue;
        if (g_str_equal(forward.address, "*"))
            strcpy(forward.address, "0.0.0.0");
        forward.udp = protocol[0] == 'U';
        forward.host = (guint16)host;
        forward.guest = (guint16)guest;
        g_array_append_val(forwards, forward);
    }
    return forwards;
}

guint forwards_count_connections(const char *answer)
{
    static const char *const open[] = {"SYN_SENT", "SYN_RCVD", "ESTABLISHED"};
    g_auto(GStrv) lines = g_strsplit(answer, "\n", -1);
    guint count = 0;

    for (char **line = lines; *line; line++) {
        char state[16];

        for (guint i = 0; sscanf(*line, " TCP[%15[A-Z_0-9]]", state) == 1 && i < G_N_ELEMENTS(open);
             i++)
            count += g_str_equal(state, open[i]);
    }
    return count;
}
