/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is in the store, and the removal of it.
 */
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/error.h"

/* How many wait for their proof. */
static void print_pending(Shell *shell, GPtrArray *recordings)
{
    g_autofree char *text = NULL;
    guint n = 0;

    for (guint i = 0; i < recordings->len; i++)
        n += recording_is_pending(recordings->pdata[i]) ? 1 : 0;
    text = g_strdup_printf("%u without a verdict: 'verify --pending' replays and compares", n);
    if (n)
        output_text(shell_output(shell), NULL, text);
}

static void run_list(CommandCall *call)
{
    Shell *shell = call_shell(call);
    GError *error = NULL;
    g_autoptr(GPtrArray) recordings = store_list(shell_store(shell, NULL), &error);

    if (recordings)
        output_list(shell_output(shell), recordings);
    if (recordings && !recordings->len)
        output_hint(shell_output(shell), NULL, "no recordings yet");
    if (recordings)
        print_pending(shell, recordings);
    call_finish(call, error);
}

static void run_show(CommandCall *call)
{
    Shell *shell = call_shell(call);
    GError *error = NULL;
    g_autoptr(Recording) recording =
        store_find(shell_store(shell, NULL), call_value(call, 0), &error);

    if (recording)
        output_recording(shell_output(shell), recording);
    call_finish(call, error);
}

/* The names before the first that can't be removed are gone. */
static void run_rm(CommandCall *call)
{
    Shell *shell = call_shell(call);
    Store *store = shell_store(shell, NULL);
    GError *error = NULL;

    for (char **name = call_pairs(call); *name; name++) {
        g_autofree char *text = NULL;

        if (!store_remove(store, *name, &error))
            break;
        text = g_strdup_printf("%s is removed", *name);
        output_hint(shell_output(shell), NULL, text);
    }
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

const Command command_rm = {
    .name = "rm",
    .arguments = {{"name", ARGUMENT_WORDS, FALSE, "NAME...", complete_recordings}},
    .help = "Remove recordings for good",
    .details = "Whole and incomplete ones, with all their files. One that is being recorded or\n"
               "replayed is refused, and the names behind it stay.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_rm,
};
