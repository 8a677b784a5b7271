/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the store. These only read.
 */
#include "qmpbridge/shell/commands/commands.h"

static void run_list(CommandCall *call)
{
    Shell *shell = call_shell(call);
    GError *error = NULL;
    g_autoptr(GPtrArray) recordings = store_list(shell_store(shell, NULL), &error);

    if (recordings)
        output_list(shell_output(shell), recordings);
    if (recordings && !recordings->len)
        output_hint(shell_output(shell), NULL, "no recordings yet");
    call_finish(call, error);
}

static void run_show(CommandCall *call)
{
    Shell *shell = call_shell(call);
    GError *error = NULL;
    g_autoptr(Recording) recording = store_find(shell_store(shell, NULL), call_value(call, 0),
                                                &error);

    if (recording)
        output_recording(shell_output(shell), recording);
    call_finish(call, error);
}

const Command command_list = {
    .name = "list",
    .help = "List the recordings",
    .details = "Incomplete ones are listed too, with the reason why they are.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_list,
};

const Command command_show = {
    .name = "show",
    .arguments = {{"name", .complete = complete_recordings}},
    .help = "Show all about a recording",
    .details = "Times, size, machine, emulator, marks, files with digests, and what its replay\n"
               "proved.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_show,
};
