/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * qmp-echo SOCKET: a QMP monitor that costs next to nothing, to measure what is in front of it.
 * Whatever the command, it returns the same status; all commands of one read are answered by one
 * write. It takes any number of clients, and well-behaved ones only: objects without braces in
 * their strings, the id being the last member. Prints a line once it listens.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#define ROOM 65536u
#define EVENTS 64

static const char greeting[] = "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 0, \"minor\": 0, "
                               "\"major\": 9}, \"package\": \"\"}, \"capabilities\": [\"oob\"]}}"
                               "\r\n";
static const char value[] = "{\"return\": {\"status\": \"prelaunch\", \"singlestep\": false, "
                            "\"running\": false}";
static const char id_name[] = "\"id\":";

typedef struct {
    int fd;
    size_t size; /* of a command not yet whole */
    char input[ROOM];
} Client;

static void die(const char *what)
{
    fprintf(stderr, "qmp-echo: %s: %s\n", what, strerror(errno));
    exit(1);
}

/* A reply is less than this much longer than its command, which is a byte at least. */
#define OVERHEAD (sizeof(value) + 17)

/* Appends the reply to one command. Its id, which comes last, is given back with its brace. */
static char *put_reply(char *out, const char *command, size_t len)
{
    const char *id = memmem(command, len, id_name, sizeof(id_name) - 1);

    out = mempcpy(out, value, sizeof(value) - 1);
    if (id)
        *out++ = ',';
    else
        id = command + len - 1;
    out = mempcpy(out, id, (size_t)(command + len - id));
    return mempcpy(out, "\r\n", 2);
}

/* Returns: the end of the object that is the first in the text, or NULL. */
static const char *end_of_command(const char *at, const char *end)
{
    for (int depth = 0; at < end; at++) {
        depth += (*at == '{') - (*at == '}');
        if (*at == '}' && depth <= 0)
            return at + 1;
    }
    return NULL;
}

/* Answers every command that is whole. Returns: FALSE if the client is to be given up. */
static int answer(Client *client)
{
    static char output[ROOM * OVERHEAD];
    const char *at = client->input;
    const char *end = at + client->size;
    const char *next;
    char *out = output;
    size_t len;

    for (; (next = end_of_command(at, end)); at = next)
        out = put_reply(out, at, (size_t)(next - at));
    client->size = (size_t)(end - at);
    memmove(client->input, at, client->size);
    len = (size_t)(out - output);
    return len == 0 || send(client->fd, output, len, MSG_NOSIGNAL) == (ssize_t)len;
}

static void serve(Client *client)
{
    ssize_t n = read(client->fd, client->input + client->size, ROOM - client->size);

    if (n > 0) {
        client->size += (size_t)n;
        if (answer(client))
            return;
    }
    close(client->fd);
    free(client);
}

static void take(int poll, int listener)
{
    Client *client = malloc(sizeof(*client));
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = client};

    if (!client)
        die("memory");
    client->size = 0;
    client->fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
    if (client->fd < 0 || epoll_ctl(poll, EPOLL_CTL_ADD, client->fd, &event) < 0 ||
        write(client->fd, greeting, sizeof(greeting) - 1) < 0)
        die("a client");
}

static int listen_at(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (strlen(path) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        die(path);
    }
    strcpy(address.sun_path, path);
    if (fd < 0 || bind(fd, (struct sockaddr *)&address, sizeof(address)) < 0 || listen(fd, 128) < 0)
        die(path);
    return fd;
}

int main(int argc, char **argv)
{
    struct epoll_event listening = {.events = EPOLLIN};
    int poll = epoll_create1(EPOLL_CLOEXEC);
    int listener;

    if (argc != 2) {
        fprintf(stderr, "usage: qmp-echo SOCKET\n");
        return 2;
    }
    listener = listen_at(argv[1]);
    if (epoll_ctl(poll, EPOLL_CTL_ADD, listener, &listening) < 0)
        die("epoll");
    puts("listening");
    fflush(stdout);
    for (;;) {
        struct epoll_event events[EVENTS];
        int ready = epoll_wait(poll, events, EVENTS, -1);

        for (int i = 0; i < ready; i++) {
            if (events[i].data.ptr)
                serve(events[i].data.ptr);
            else
                take(poll, listener);
        }
    }
}
