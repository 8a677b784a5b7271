/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp-pump SOCKET CLIENTS SECONDS WINDOW: as many clients of a QMP monitor send query-status as
 * fast as its replies come, each with WINDOW commands in flight. It prints the replies per second
 * and, in microseconds, the median and the 99th percentile of the time to a reply. Replies are
 * counted and never parsed, so that what it measures is the other side.
 */
#include "tests/bench/latency.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define MAX_WINDOW 64u
#define EVENTS 64

static const char capabilities[] = "{\"execute\":\"qmp_capabilities\"}\n";
static const char command[] = "{\"execute\":\"query-status\"}\n";
static const char needle[] = "\"return\"";

typedef struct {
    int fd;
    size_t matched;            /* bytes of the needle seen at the end of the last read */
    uint64_t sent[MAX_WINDOW]; /* when; replies come in order */
    unsigned next, oldest;     /* in sent */
} Client;

static void die(const char *what)
{
    fprintf(stderr, "qmp-pump: %s: %s\n", what, strerror(errno));
    exit(1);
}

static int connect_to(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
        die(path);
    return fd;
}

static void send_all(Client *client, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(client->fd, text, len);

        if (n < 0)
            die("write");
        text += n;
        len -= (size_t)n;
    }
}

/* Replies in the next piece of input. The needle has no border, so one counter suffices. */
static unsigned read_replies(Client *client)
{
    char buffer[65536];
    ssize_t n = read(client->fd, buffer, sizeof(buffer));
    unsigned found = 0;

    if (n <= 0)
        die("read");
    for (ssize_t i = 0; i < n; i++) {
        if (buffer[i] != needle[client->matched]) {
            client->matched = buffer[i] == needle[0];
        } else if (++client->matched == sizeof(needle) - 1) {
            client->matched = 0;
            found++;
        }
    }
    return found;
}

static void send_commands(Client *client, unsigned count)
{
    char text[MAX_WINDOW * sizeof(command)];
    uint64_t time = latency_now();
    size_t len = 0;

    for (unsigned i = 0; i < count; i++) {
        memcpy(text + len, command, sizeof(command) - 1);
        len += sizeof(command) - 1;
        client->sent[client->next++ % MAX_WINDOW] = time;
    }
    send_all(client, text, len);
}

static unsigned long serve(Client *client, Latency *latency)
{
    unsigned replies = read_replies(client);
    uint64_t time = latency_now();

    for (unsigned i = 0; i < replies; i++)
        latency_note(latency, time - client->sent[client->oldest++ % MAX_WINDOW]);
    if (replies)
        send_commands(client, replies);
    return replies;
}

static int negotiate_all(Client *clients, unsigned count, const char *path)
{
    int poll = epoll_create1(EPOLL_CLOEXEC);

    for (unsigned i = 0; i < count; i++) {
        struct epoll_event event = {.events = EPOLLIN, .data.ptr = &clients[i]};

        clients[i].fd = connect_to(path);
        send_all(&clients[i], capabilities, sizeof(capabilities) - 1);
        while (read_replies(&clients[i]) == 0) {
        }
        if (epoll_ctl(poll, EPOLL_CTL_ADD, clients[i].fd, &event) < 0)
            die("epoll");
    }
    return poll;
}

static double pump(int poll, double seconds, Latency *latency)
{
    uint64_t begin = latency_now();
    uint64_t end = begin + (uint64_t)(seconds * 1e6);
    unsigned long replies = 0;

    while (latency_now() < end) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll, events, EVENTS, 10000);

        if (ready <= 0)
            die("no reply");
        for (int i = 0; i < ready; i++)
            replies += serve(events[i].data.ptr, latency);
    }
    return (double)replies * 1e6 / (double)(latency_now() - begin);
}

int main(int argc, char **argv)
{
    static Latency latency;
    unsigned count = argc == 5 ? (unsigned)atoi(argv[2]) : 0;
    unsigned window = argc == 5 ? (unsigned)atoi(argv[4]) : 0;
    Client *clients;
    double rate;
    int poll;

    if (count == 0 || window == 0 || window > MAX_WINDOW) {
        fprintf(stderr, "usage: qmp-pump SOCKET CLIENTS SECONDS WINDOW\n");
        return 2;
    }
    clients = calloc(count, sizeof(*clients));
    if (!clients)
        die("memory");
    poll = negotiate_all(clients, count, argv[1]);
    for (unsigned i = 0; i < count; i++)
        send_commands(&clients[i], window);
    rate = pump(poll, atof(argv[3]), &latency);
    printf("%.0f %llu %llu\n", rate, (unsigned long long)latency_percentile(&latency, 0.5),
           (unsigned long long)latency_percentile(&latency, 0.99));
    free(clients);
    return 0;
}
