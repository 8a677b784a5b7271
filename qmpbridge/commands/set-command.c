/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `set`: what a script does about a command that fails.
 */
#include "qmpbridge/commands/commands.h"

static void run_set(CommandCall *call)
{
    Shell *shell = call_shell(call);
    const char *option = call_value(call, 0);

    if (!option)
        output_text(shell_output(shell), NULL,
                    shell_keeps_going(shell)
                        ? "set +e: a script goes on after a command that failed\n"
                        : "set -e: a script ends with the first command that fails\n");
    else
        shell_set_keep_going(shell, *option == '+');
    call_finish(call, NULL);
}

const Command command_set = {
    .name = "set",
    .arguments = {{"option", ARGUMENT_KEYWORD, TRUE, .keywords = {"-e", "+e"}}},
    .help = "Choose what a script does about failures",
    .details =
        "After 'set +e', as with --keep-going, a script goes on after a command that failed; the\n"
        "error is printed with its place, and the exit code is that of the first one. 'set -e',\n"
        "the default, ends the script there. Without an argument it prints what is set.",
    .family = FAMILY_SHELL,
    .needs = NEEDS_NOTHING,
    .run = run_set,
};
