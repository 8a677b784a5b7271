/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How often a program waits, reads and writes: preloaded into one (LD_PRELOAD), which doesn't pass
 * it on. At its end the counts are written to the file that QMPBRIDGE_CALLS names, in a line
 * "waits N reads N writes N". What a command costs is seen so without a stopwatch.
 */
#include <dlfcn.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/types.h>
#include <sys/uio.h>
#include <unistd.h>

static unsigned long waits, reads, writes;

__attribute__((constructor)) static void keep_from_children(void)
{
    unsetenv("LD_PRELOAD");
}

__attribute__((destructor)) static void report(void)
{
    const char *path = getenv("QMPBRIDGE_CALLS");
    unsigned long counts[] = {waits, reads, writes};
    FILE *file = path ? fopen(path, "w") : NULL;

    if (!file)
        return;
    fprintf(file, "waits %lu reads %lu writes %lu\n", counts[0], counts[1], counts[2]);
    fclose(file);
}

/* Defines the function of that name: counts, and calls the C library's own. */
#define COUNTED(count, type, name, parameters, arguments)      \
    type name parameters                                       \
    {                                                          \
        static __typeof__(&name) next;                         \
                                                               \
        if (!next)                                             \
            next = (__typeof__(&name))dlsym(RTLD_NEXT, #name); \
        __atomic_fetch_add(&(count), 1, __ATOMIC_RELAXED);     \
        return next arguments;                                 \
    }

COUNTED(waits, int, poll, (struct pollfd * fds, nfds_t n, int timeout), (fds, n, timeout))
COUNTED(waits, int, ppoll,
        (struct pollfd * fds, nfds_t n, const struct timespec *timeout, const sigset_t *mask),
        (fds, n, timeout, mask))
COUNTED(reads, ssize_t, read, (int fd, void *data, size_t len), (fd, data, len))
COUNTED(reads, ssize_t, readv, (int fd, const struct iovec *pieces, int n), (fd, pieces, n))
COUNTED(reads, ssize_t, recv, (int fd, void *data, size_t len, int flags), (fd, data, len, flags))
COUNTED(reads, ssize_t, recvmsg, (int fd, struct msghdr *message, int flags), (fd, message, flags))
COUNTED(writes, ssize_t, write, (int fd, const void *data, size_t len), (fd, data, len))
COUNTED(writes, ssize_t, writev, (int fd, const struct iovec *pieces, int n), (fd, pieces, n))
COUNTED(writes, ssize_t, send, (int fd, const void *data, size_t len, int flags),
        (fd, data, len, flags))
COUNTED(writes, ssize_t, sendmsg, (int fd, const struct msghdr *message, int flags),
        (fd, message, flags))
