/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `quit`.
 */
#include "qmpbridge/commands/commands.h"

static void run_quit(CommandCall *call)
{
    shell_set_quit(call_shell(call));
    call_finish(call, NULL);
}

const Command command_quit = {
    .name = "quit",
    .help = "Leave the shell",
    .details = "A VM that 'qmpbridge run' started is ended too: a recording in progress is kept.\n"
               "A VM that was attached to goes on; 'qmp quit' ends it.",
    .family = FAMILY_SHELL,
    .needs = NEEDS_NOTHING,
    .run = run_quit,
};
