/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `hmp`: a line for the human monitor of QEMU, through QMP. The line goes there as it was typed,
 * with its quotes; what comes back is text, and may be an error.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/ui/output/escape.h"
#include "qmpbridge/shell/language/hmp.h"

#define HMP_COMMAND "human-monitor-command"

/* What the command says, or that it failed. @text: as HMP gave it. */
static void print(CommandCall *call, GBytes *value, const char *text)
{
    g_autofree char *failure = hmp_error(text);
    g_autofree char *safe = escape_console(text, strlen(text));

    if (failure) {
        g_autofree char *reason = escape_text(failure, -1);

        call_finish(call, g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_COMMAND, reason));
        return;
    }
    if (*safe && !g_str_has_suffix(safe, "\n")) {
        g_autofree char *line = g_strconcat(safe, "\n", NULL);

        output_answer(shell_output(call_shell(call)), call_label(call), HMP_COMMAND, value, line);
    } else {
        output_answer(shell_output(call_shell(call)), call_label(call), HMP_COMMAND, value,
                      *safe ? safe : NULL);
    }
    call_finish(call, NULL);
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    g_autofree char *text = value ? json_slice_string(json_slice_of(value)) : NULL;

    (void)client;
    if (call_is_over(call))
        return;
    if (text)
        print(call, value, text);
    else
        call_finish(call, error ? g_error_copy(error)
                                : g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                                                      HMP_COMMAND " returned no text"));
}

static void run_hmp(CommandCall *call)
{
    GString *args = g_string_new("{\"command-line\": ");
    g_autoptr(GBytes) text = NULL;

    json_append_string(args, call_value(call, 0));
    g_string_append_c(args, '}');
    text = g_string_free_to_bytes(args);
    attached_vm_qmp_text(call_vm(call), HMP_COMMAND, text, QMP_EXECUTE, on_reply, call_ref(call));
}

/* Commands of HMP, those behind `help`, and the subjects of `info`. */
static void complete_hmp(Candidates *c)
{
    gboolean info = g_strcmp0(c->words[1], "info") == 0;
    LiveNamesPlace place = {"hmp", c->before == 2 && info ? "info" : "command", c->typed->word,
                            NULL};

    if (c->before == 1 || (c->before == 2 && (info || strcmp(c->words[1], "help") == 0)))
        candidates_offer_names(c, "", &place);
}

const Command command_hmp = {
    .name = "hmp",
    .arguments = {{"line", ARGUMENT_LINE, .complete = complete_hmp}},
    .help = "Execute a line of QEMU's human monitor",
    .details =
        "The line goes to the human monitor as it was typed: quotes and backslashes are its own.\n"
        "'hmp help' lists its commands; they are completed, too. The human monitor tells errors\n"
        "in words only: a line that it complains about counts as failed.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_hmp,
};
