/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp-relay SOCKET MONITOR: carries bytes between one client at a time and a monitor, and nothing
 * else: the least that a process in between can cost, to measure the bridge beside. It looks into
 * nothing, queues nothing, and ends when a write is short. Prints a line once it listens.
 */
#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM 65536u

static void die(const char *what)
{
    fprintf(stderr, "qmp-relay: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int open_unix(const char *path, int (*join)(int, const struct sockaddr *, socklen_t))
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    if (fd < 0 || join(fd, (const struct sockaddr *)&address, sizeof(address)) < 0)
        die(path);
    return fd;
}

/* Returns: 0 at the end of @from. */
static int carry(int from, int to)
{
    static char bytes[ROOM];
    ssize_t n = read(from, bytes, sizeof(bytes));

    if (n <= 0)
        return 0;
    if (send(to, bytes, (size_t)n, MSG_NOSIGNAL) != n)
        die("a short write");
    return 1;
}

static void relay(int client, int monitor)
{
    struct pollfd fds[] = {{.fd = client, .events = POLLIN}, {.fd = monitor, .events = POLLIN}};

    while (poll(fds, 2, -1) > 0) {
        if (fds[0].revents && !carry(client, monitor))
            return;
        if (fds[1].revents && !carry(monitor, client))
            return;
    }
}

int main(int argc, char **argv)
{
    int listener;

    if (argc != 3) {
        fprintf(stderr, "usage: qmp-relay SOCKET MONITOR\n");
        return 2;
    }
    unlink(argv[1]);
    listener = open_unix(argv[1], bind);
    if (listen(listener, 1) < 0)
        die(argv[1]);
    printf("listening\n");
    fflush(stdout);
    for (;;) {
        int client = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
        int monitor = open_unix(argv[2], connect);

        if (client < 0)
            die("accept");
        relay(client, monitor);
        close(client);
        close(monitor);
    }
}
