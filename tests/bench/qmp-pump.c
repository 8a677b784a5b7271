/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp-pump SOCKET SECONDS WINDOW: sends query-status to a QMP monitor as fast as its replies
 * come, with WINDOW commands in flight, and prints the replies per second. It only counts
 * replies and never parses them, so that what it measures is the other side.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

static const char command[] = "{\"execute\":\"query-status\"}\n";
static const char needle[] = "\"return\"";

typedef struct {
    int fd;
    size_t matched; /* bytes of the needle seen at the end of the last read */
} Pump;

static void die(const char *what)
{
    fprintf(stderr, "qmp-pump: %s: %s\n", what, strerror(errno));
    exit(1);
}

static double now(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
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
    if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        die(path);
    }
    return fd;
}

static void send_all(Pump *pump, const char *text, size_t len)
{
    while (len > 0) {
        ssize_t n = write(pump->fd, text, len);

        if (n < 0) {
            die("write");
        }
        text += n;
        len -= (size_t)n;
    }
}

/* Replies in the next piece of input. The needle has no border, so one counter suffices. */
static unsigned read_replies(Pump *pump)
{
    char buffer[65536];
    ssize_t n = read(pump->fd, buffer, sizeof(buffer));
    unsigned found = 0;

    if (n <= 0) {
        die("read");
    }
    for (ssize_t i = 0; i < n; i++) {
        if (buffer[i] != needle[pump->matched]) {
            pump->matched = buffer[i] == needle[0];
        } else if (++pump->matched == sizeof(needle) - 1) {
            pump->matched = 0;
            found++;
        }
    }
    return found;
}

static void negotiate(Pump *pump)
{
    static const char capabilities[] = "{\"execute\":\"qmp_capabilities\"}\n";

    send_all(pump, capabilities, sizeof(capabilities) - 1);
    while (read_replies(pump) == 0) {
    }
}

static double measure(Pump *pump, double seconds, unsigned window)
{
    double begin = now();
    unsigned long replies = 0;

    for (unsigned i = 0; i < window; i++) {
        send_all(pump, command, sizeof(command) - 1);
    }
    while (now() - begin < seconds) {
        for (unsigned n = read_replies(pump); n > 0; n--) {
            replies++;
            send_all(pump, command, sizeof(command) - 1);
        }
    }
    return (double)replies / (now() - begin);
}

int main(int argc, char **argv)
{
    Pump pump = {.fd = -1};

    if (argc != 4) {
        fprintf(stderr, "usage: qmp-pump SOCKET SECONDS WINDOW\n");
        return 2;
    }
    pump.fd = connect_to(argv[1]);
    negotiate(&pump);
    printf("%.0f\n", measure(&pump, atof(argv[2]), (unsigned)atoi(argv[3])));
    return 0;
}
