/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Running a command and nothing else.
 */
#pragma once

/** Exit codes of `recctrlu run` besides those of the command, as env(1) and timeout(1) use them. */
enum RunExit {
    RUN_FAILED = 125,    /* recctrlu itself failed: see its message */
    RUN_NOT_EXEC = 126,  /* the command can't be executed */
    RUN_NOT_FOUND = 127, /* there is no such command */
    RUN_SIGNALLED = 128, /* plus the number of the signal that ended it */
};

/**
 * Runs a command and waits for its end. Interrupts from the terminal reach the command only, so
 * that the caller lives to stop its recording.
 *
 * @argv: NULL-terminated, not empty.
 *
 * Returns: the exit status as a shell would report it.
 */
int run_command(char *const argv[]);
