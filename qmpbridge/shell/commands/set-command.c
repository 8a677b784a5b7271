/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `set`: what a script does about a command that fails.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/commands/commands.h"

static void run_set(CommandCall *call)
{
    Shell *shell = call_shell(call);
    const char *option = call_value(call, 0);
    GError *error = NULL;

    if (!option)
        output_text(shell_output(shell), NULL,
                    shell_keeps_going(shell)
                        ? "set +e: a script goes on after a command that failed\n"
                        : "set -e: a script ends with the first command that fails\n");
    else if (!strcmp(option, "-e") || !strcmp(option, "+e"))
        shell_set_keep_going(shell, *option == '+');
    else
        error = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "usage: set [-e|+e]");
    call_finish(call, error);
}

const Command command_set = {
    .name = "set",
    .arguments = {{"option", ARGUMENT_TEXT, TRUE, "[-e|+e]"}},
    .help = "Choose what a script does about failures",
    .details =
        "After 'set +e', as with --keep-going, a script goes on after a command that failed; the\n"
        "error is told with its place, and the exit code is that of the first one. 'set -e', the\n"
        "default, ends the script there. Without an argument it tells what is set.",
    .family = FAMILY_SHELL,
    .needs = NEEDS_NOTHING,
    .run = run_set,
};
