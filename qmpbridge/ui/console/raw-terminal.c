/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A raw terminal; see raw-terminal.h. Signal handlers have no other way to their data than
 * variables of the file, and use only what is safe in them (signal-safety(7)): tcsetattr(),
 * sigaction(), raise().
 *
 * SIGTERM, SIGHUP and SIGINT are the program's: its main loop ends, and it calls
 * raw_terminal_end().
 */
#include "qmpbridge/ui/console/raw-terminal.h"

#include <errno.h>
#include <signal.h>
#include <termios.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

static struct {
    volatile sig_atomic_t on;
    int fd;
    struct termios before, raw;
} terminal;

/* Signals by which the program ends where it stands. */
static const int deadly[] = {SIGABRT, SIGBUS, SIGFPE, SIGILL, SIGQUIT, SIGSEGV, SIGSYS};

/* The default action follows as soon as the handler has returned. */
static void on_deadly(int signal)
{
    tcsetattr(terminal.fd, TCSANOW, &terminal.before);
    raise(signal);
}

/* The shell gets the terminal as it was; behind raise() the program goes on. */
static void on_stop(int signal)
{
    int saved = errno;

    (void)signal;
    tcsetattr(terminal.fd, TCSANOW, &terminal.before);
    raise(SIGSTOP);
    errno = saved;
}

/* In the background this stops the program again, until it is in the foreground. */
static void on_continue(int signal)
{
    int saved = errno;

    (void)signal;
    tcsetattr(terminal.fd, TCSANOW, &terminal.raw);
    errno = saved;
}

static void handle(int signal, void (*handler)(int), int flags)
{
    struct sigaction action = {.sa_handler = handler, .sa_flags = flags};

    sigemptyset(&action.sa_mask);
    sigaction(signal, &action, NULL);
}

static void handle_all(gboolean on)
{
    for (gsize i = 0; i < G_N_ELEMENTS(deadly); i++)
        handle(deadly[i], on ? on_deadly : SIG_DFL, on ? (int)SA_RESETHAND : 0);
    handle(SIGTSTP, on ? on_stop : SIG_DFL, SA_RESTART);
    handle(SIGCONT, on ? on_continue : SIG_DFL, SA_RESTART);
}

gboolean raw_terminal_begin(int fd, GError **error)
{
    if (tcgetattr(fd, &terminal.before) != 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "the terminal: %s",
                    g_strerror(errno));
        return FALSE;
    }
    terminal.fd = fd;
    terminal.raw = terminal.before;
    cfmakeraw(&terminal.raw);
    handle_all(TRUE);
    terminal.on = TRUE;
    tcsetattr(fd, TCSADRAIN, &terminal.raw);
    return TRUE;
}

void raw_terminal_end(void)
{
    if (!terminal.on)
        return;
    handle_all(FALSE);
    terminal.on = FALSE;
    tcsetattr(terminal.fd, TCSADRAIN, &terminal.before);
}

gboolean raw_terminal_is_on(void)
{
    return terminal.on;
}
