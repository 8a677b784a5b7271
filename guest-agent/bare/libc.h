/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * As much of a C library as recctrlu uses, for a build that has none: it runs on any Linux since
 * 2.6.32, whatever the guest has else, and takes some 20 KiB. One thread, no locale, no buffers;
 * see the C standard and POSIX for what each does, and here for what it does less.
 */
#pragma once

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "guest-agent/bare/kernel.h"

typedef long ssize_t;
typedef int pid_t;

/* errno; the first 34 have the same numbers everywhere. */
extern int errno;
#define ENOENT 2
#define EINTR 4
#define ENOEXEC 8
#define ENOMEM 12
#define EACCES 13
#define ENOTDIR 20
#define EINVAL 22
#define ERANGE 34
#define ENOSYS 38 /* of this library's own */

/* --- strings, numbers ------------------------------------------------------------------------ */

void *memset(void *to, int byte, size_t n);
void *memcpy(void *to, const void *from, size_t n);
size_t strlen(const char *text);
size_t strnlen(const char *text, size_t n);
int strcmp(const char *a, const char *b);
int strncmp(const char *a, const char *b, size_t n);
char *strchr(const char *text, int c);
const char *strerror(int error);
unsigned long strtoul(const char *text, char **end, int base);

/* --- output: unbuffered ---------------------------------------------------------------------- */

typedef const int FILE; /* a descriptor */
extern FILE *const stdout, *const stderr;

/** Knows %s, %d, %u, %ld, a width for %s, and - in front of it. */
int fprintf(FILE *file, const char *format, ...) __attribute__((format(printf, 2, 3)));
int printf(const char *format, ...) __attribute__((format(printf, 1, 2)));
int fputs(const char *text, FILE *file);
int puts(const char *text);
ssize_t write(int fd, const void *bytes, size_t n);

/* --- processes ------------------------------------------------------------------------------- */

_Noreturn void _exit(int status);
pid_t getpid(void);
pid_t fork(void);
int execvp(const char *file, char *const argv[]);
pid_t waitpid(pid_t pid, int *status, int options);
#define WIFSIGNALED(status) (((status)&0x7f) != 0) /* stops aren't asked for */
#define WTERMSIG(status) ((status)&0x7f)
#define WEXITSTATUS(status) (((status) >> 8) & 0xff)

/* --- signals: a handler may not return ------------------------------------------------------- */

#define SIGINT 2
#define SIGQUIT 3
#define SIGILL 4
#define SIGTRAP 5
#define SIGBUS KERNEL_SIGBUS
#define SIGSEGV 11

typedef struct {
    unsigned long bits[KERNEL_SIGSET_BYTES / sizeof(long)];
} sigset_t;

/* As the kernel has it. Where it has no restorer the mask is in that place: both are zero. */
struct sigaction {
#ifdef KERNEL_FLAGS_FIRST
    unsigned int sa_flags;
    void (*sa_handler)(int signal_number);
#else
    void (*sa_handler)(int signal_number);
    unsigned long sa_flags;
    void (*sa_restorer)(void);
#endif
    sigset_t sa_mask;
};
#define SIG_IGN ((void (*)(int))1)

int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old);
int sigemptyset(sigset_t *set);

typedef void *sigjmp_buf[5];
#define sigsetjmp(buffer, save_mask) __builtin_setjmp(buffer)
#define siglongjmp(buffer, value) __builtin_longjmp(buffer, 1)

/* --- time ------------------------------------------------------------------------------------ */

struct timespec {
    long tv_sec, tv_nsec;
};
#define CLOCK_MONOTONIC 1
int clock_gettime(int clock, struct timespec *now);
int nanosleep(const struct timespec *nap, struct timespec *left);

/* --- what there is no need for --------------------------------------------------------------- */

typedef int pthread_mutex_t, pthread_t;
#define PTHREAD_MUTEX_INITIALIZER 0

static inline int pthread_mutex_lock(pthread_mutex_t *mutex)
{
    return *mutex;
}

static inline int pthread_mutex_unlock(pthread_mutex_t *mutex)
{
    return *mutex;
}

static inline pthread_t pthread_self(void)
{
    return 0;
}

static inline bool pthread_equal(pthread_t a, pthread_t b)
{
    return a == b;
}

/* The kernel may have no such call. */
#define GRND_NONBLOCK 1
static inline ssize_t getrandom(void *buffer, size_t n, unsigned flags)
{
    (void)buffer;
    (void)n;
    (void)flags;
    errno = ENOSYS;
    return -1;
}

/* For memory at low addresses, where all of the program is. */
#define PROT_READ 1
#define PROT_WRITE 2
#define MAP_PRIVATE 2
#define MAP_ANONYMOUS 0
#define MAP_FAILED ((void *)-1)
static inline void *mmap(void *at, size_t n, int protection, int flags, int fd, long offset)
{
    (void)at;
    (void)n;
    (void)protection;
    (void)flags;
    (void)fd;
    (void)offset;
    errno = ENOSYS;
    return MAP_FAILED;
}
