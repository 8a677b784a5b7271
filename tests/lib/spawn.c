/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Preloaded (LD_PRELOAD) into an emulator, it tries from within what a guest that has taken it over
 * would try: to start a process, or another program. It waits until the FIFO $QMPBRIDGE_SPAWN is
 * written to; the file $QMPBRIDGE_SPAWN.log then gets a line for each attempt: the system call and
 * its errno, 0 if it was let through.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

/* A child that came to be is of no use, and must not go on as the emulator. */
static long start_process(void)
{
    long pid = syscall(SYS_clone, SIGCHLD, NULL, NULL, NULL, NULL);

    if (pid == 0)
        _exit(0);
    return pid;
}

static long start_program(void)
{
    char name[] = "true";
    char *const argv[] = {name, NULL};

    return syscall(SYS_execve, "/bin/true", argv, NULL);
}

static void attempt(int log, const char *call, long (*function)(void))
{
    dprintf(log, "%s:", call);
    dprintf(log, " %d\n", function() < 0 ? errno : 0);
}

static void *try_all(void *fifo)
{
    char path[4096], byte;
    int log, fd;

    snprintf(path, sizeof(path), "%s.log", (const char *)fifo);
    log = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    fd = open(fifo, O_RDONLY | O_CLOEXEC); /* until the test opens it, too */
    if (log < 0 || fd < 0 || read(fd, &byte, 1) != 1)
        return NULL;
    attempt(log, "clone", start_process);
    attempt(log, "execve", start_program);
    return NULL;
}

/* The shell scripts around an emulator have the library, too. */
__attribute__((constructor)) static void begin(void)
{
    static char fifo[4096];
    const char *path = getenv("QMPBRIDGE_SPAWN");
    pthread_t thread;

    if (!path || strncmp(program_invocation_short_name, "qemu-system-", 12) != 0)
        return;
    snprintf(fifo, sizeof(fifo) - 8, "%s", path);
    pthread_create(&thread, NULL, try_all, fifo);
}
