/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See run.h. */
#include "guest-agent/run.h"

#include "guest-agent/libc.h"

static const int terminal_signals[] = {SIGINT, SIGQUIT};
#define N_SIGNALS (sizeof(terminal_signals) / sizeof(terminal_signals[0]))

static void become(char *const argv[], const struct sigaction *saved)
{
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(terminal_signals[i], &saved[i], NULL);
    execvp(argv[0], argv);
    fprintf(stderr, "recctrlu: %s: %s\n", argv[0], strerror(errno));
    _exit(errno == ENOENT ? RUN_NOT_FOUND : RUN_NOT_EXEC);
}

static int wait_for(pid_t child)
{
    int status;

    while (waitpid(child, &status, 0) < 0)
        if (errno != EINTR)
            return RUN_FAILED;
    return WIFSIGNALED(status) ? RUN_SIGNALLED + WTERMSIG(status) : WEXITSTATUS(status);
}

int run_command(char *const argv[])
{
    struct sigaction ignore, saved[N_SIGNALS];
    pid_t child;
    int status;

    memset(&ignore, 0, sizeof(ignore));
    ignore.sa_handler = SIG_IGN;
    sigemptyset(&ignore.sa_mask);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(terminal_signals[i], &ignore, &saved[i]);
    child = fork();
    if (child == 0)
        become(argv, saved);
    if (child < 0)
        fprintf(stderr, "recctrlu: can't start %s: %s\n", argv[0], strerror(errno));
    status = child < 0 ? RUN_FAILED : wait_for(child);
    for (size_t i = 0; i < N_SIGNALS; i++)
        sigaction(terminal_signals[i], &saved[i], NULL);
    return status;
}
