/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start of a program, and the functions of libc.h that are calls of the kernel. */
#include "guest-agent/bare/kernel.h"
#include "guest-agent/bare/libc.h"

__asm__(".text\n\t"
        ".balign 8\n\t"
        ".globl _start\n\t"
        ".type _start, STT_FUNC\n" KERNEL_START_LABEL KERNEL_START "\n");

int main(int argc, char **argv);
_Noreturn void bare_start(const long *stack);

int errno;
static char *const *environment;

/* What the kernel puts there: the number of arguments, these, NULL, the environment, NULL. */
__attribute__((used)) _Noreturn void bare_start(const long *stack)
{
    char **argv = (char **)(uintptr_t)(stack + 1);

    environment = argv + *stack + 1;
    _exit(main((int)*stack, argv));
}

static long call(long number, long first, long second, long third, long fourth)
{
    long result = kernel_call(number, first, second, third, fourth);

    if (result >= 0 || result < -4095)
        return result;
    errno = (int)-result;
    return -1;
}

ssize_t write(int fd, const void *bytes, size_t n)
{
    return call(KERNEL_WRITE, fd, (long)bytes, (long)n, 0);
}

_Noreturn void _exit(int status)
{
    for (;;)
        call(KERNEL_EXIT_GROUP, status, 0, 0, 0);
}

pid_t getpid(void)
{
    return (pid_t)call(KERNEL_GETPID, 0, 0, 0, 0);
}

/* SPARC's kernel returns the parent's number in the child. */
pid_t fork(void)
{
    pid_t parent = getpid(), child = (pid_t)call(KERNEL_FORK_CALL, 0, 0, 0);

    return child > 0 && getpid() != parent ? 0 : child;
}

static const char *path(void)
{
    for (char *const *at = environment; *at; at++)
        if (strncmp(*at, "PATH=", 5) == 0)
            return *at + 5;
    return "/usr/local/bin:/bin:/usr/bin";
}

static void execute(const char *file, char *const argv[])
{
    call(KERNEL_EXECVE, (long)file, (long)argv, (long)environment, 0);
}

int execvp(const char *file, char *const argv[])
{
    size_t length = strlen(file);
    int error = ENOENT;
    char name[4096];

    if (strchr(file, '/')) {
        execute(file, argv);
        return -1;
    }
    for (const char *at = path(), *end; at; at = *end ? end + 1 : NULL) {
        size_t folder;

        end = strchr(at, ':') ? strchr(at, ':') : at + strlen(at);
        folder = (size_t)(end - at);
        if (length == 0 || folder + 1 + length >= sizeof(name))
            continue;
        memcpy(name, at, folder);
        name[folder] = '/';
        memcpy(name + folder + (folder > 0), file, length + 1);
        execute(name, argv);
        if (errno != ENOENT && errno != ENOTDIR)
            error = errno;
    }
    errno = error;
    return -1;
}

pid_t waitpid(pid_t pid, int *status, int options)
{
    return (pid_t)call(KERNEL_WAIT4, pid, (long)status, options, 0);
}

int clock_gettime(int clock, struct timespec *now)
{
    return (int)call(KERNEL_CLOCK_GETTIME, clock, (long)now, 0, 0);
}

int nanosleep(const struct timespec *nap, struct timespec *left)
{
    return (int)call(KERNEL_NANOSLEEP, (long)nap, (long)left, 0, 0);
}

/* The way out of a handler is siglongjmp(), which leaves the mask alone: so nothing is masked.
 * Where the kernel insists on a function to return to, any is good enough. */
int sigaction(int signal_number, const struct sigaction *action, struct sigaction *old)
{
    struct sigaction given = *action;

    given.sa_flags |= KERNEL_SA_NODEFER | KERNEL_SA_RESTORER;
#if KERNEL_SA_RESTORER
    given.sa_restorer = (void (*)(void))1;
#endif
    return (int)call(KERNEL_RT_SIGACTION, signal_number, (long)&given, (long)old,
                     KERNEL_SIGSET_BYTES);
}

int sigemptyset(sigset_t *set)
{
    memset(set, 0, sizeof(*set));
    return 0;
}
