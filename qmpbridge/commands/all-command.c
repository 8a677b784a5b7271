/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `all`: one line on every VM at once: a call for each, which end in any order.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/executor.h"

typedef struct {
    CommandCall *call;   /* the parent; it owns this */
    GPtrArray *children; /* CommandCall */
    guint pending;
    GString *failed; /* names */
    int code;        /* of the first error */
} All;

static void all_free(gpointer data)
{
    All *all = data;

    for (guint i = 0; i < all->children->len; i++)
        call_cancel(all->children->pdata[i]);
    g_ptr_array_unref(all->children);
    g_string_free(all->failed, TRUE);
    g_free(all);
}

static void one_less(All *all)
{
    CommandCall *call = all->call;
    GError *error = NULL;

    if (--all->pending)
        return;
    if (all->failed->len)
        error = g_error_new(BRIDGE_ERROR, all->code, "failed on %s", all->failed->str);
    call_finish(call, error);
}

static void on_child_done(CommandCall *child, const GError *error, gpointer user_data)
{
    All *all = user_data;
    const char *name = attached_vm_name(call_vm(child));
    g_autoptr(GError) failure = bridge_error_of_line(error);

    if (failure) {
        output_error(shell_output(call_shell(child)), name, NULL, failure);
        if (!all->failed->len)
            all->code = failure->domain == BRIDGE_ERROR ? failure->code : (int)BRIDGE_ERROR_FAILED;
        g_string_append_printf(all->failed, "%s%s", all->failed->len ? ", " : "", name);
    }
    one_less(all);
}

/* The line behind the word `all`, as it was typed: its quotes are the other command's. */
static const char *rest_of_line(CommandCall *call)
{
    const char *line = call_line(call);

    line += strspn(line, " \t");
    line += strcspn(line, " \t");
    return line + strspn(line, " \t");
}

/* Each VM gets its own: what is the shell's own, or the store's, is done once and not here. */
static gboolean check(CommandCall *call, GError **error)
{
    const Command *command =
        command_find(shell_commands(call_shell(call)), call_words(call)->texts[1]);

    if (!attached_vms_count(shell_vms(call_shell(call))))
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "no VM is attached");
    else if (command && command->needs != NEEDS_VM && command->needs != NEEDS_MONITOR)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "'%s' isn't about a VM; 'all' takes the commands that are", command->name);
    else
        return TRUE;
    return FALSE;
}

static void run_all(CommandCall *call)
{
    AttachedVms *vms = shell_vms(call_shell(call));
    All *all = g_new0(All, 1);
    GError *error = NULL;

    all->call = call;
    all->children = g_ptr_array_new_with_free_func((GDestroyNotify)call_unref);
    all->failed = g_string_new(NULL);
    all->pending = 1; /* this function's own, so that it isn't over before all are begun */
    call_set_state(call, all, all_free);
    if (!check(call, &error)) {
        call_finish(call, error);
        return;
    }
    for (guint i = 0; i < attached_vms_count(vms); i++)
        g_ptr_array_add(all->children,
                        call_new(call_shell(call), attached_vms_nth(vms, i), on_child_done, all));
    all->pending += all->children->len;
    for (guint i = 0; i < all->children->len; i++)
        execute_line(all->children->pdata[i], rest_of_line(call));
    one_less(all);
}

const Command command_all = {
    .name = "all",
    .arguments = {{"command", ARGUMENT_COMMAND, .usage = "COMMAND [WORDS]",
                   .complete = complete_commands}},
    .help = "Execute a command on every VM at once",
    .details =
        "It is over when all VMs have answered. Each answer begins with the VM's name; where some\n"
        "fail the others go on, and the names of those that failed are printed at the end.",
    .family = FAMILY_VMS,
    .needs = NEEDS_NOTHING,
    .run = run_all,
};
