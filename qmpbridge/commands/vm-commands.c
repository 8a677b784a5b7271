/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VMs of the shell: one more, one less, another current one.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/commands.h"

/* --- attach ------------------------------------------------------------------------------ */

typedef struct {
    CommandCall *call;
    AttachedVm *vm; /* the new one; a reference */
} Attach;

static void attach_free(Attach *attach)
{
    call_unref(attach->call);
    attached_vm_unref(attach->vm);
    g_free(attach);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Attach, attach_free)

static void on_attached(const GError *error, gpointer user_data)
{
    g_autoptr(Attach) attach = user_data;
    Shell *shell = call_shell(attach->call);
    g_autofree char *text = NULL;

    if (call_is_over(attach->call))
        return;
    if (error) {
        shell_detach(shell, attach->vm);
    } else {
        text =
            g_strdup_printf("attached to %s, which is current now", attached_vm_name(attach->vm));
        attached_vms_use(shell_vms(shell), attach->vm);
        output_hint(shell_output(shell), NULL, text);
    }
    call_finish(attach->call, error ? g_error_copy(error) : NULL);
}

static void run_attach(CommandCall *call)
{
    GError *error = NULL;
    AttachedVm *vm = shell_attach(call_shell(call), call_value(call, 0), &error);
    Attach *attach;

    if (!vm) {
        call_finish(call, error);
        return;
    }
    attach = g_new(Attach, 1);
    *attach = (Attach){call_ref(call), attached_vm_ref(vm)};
    attached_vm_when_ready(vm, on_attached, attach);
}

/* --- detach and use ---------------------------------------------------------------------- */

/* The VM that the first argument names, or else the current one. */
static AttachedVm *named(CommandCall *call, GError **error)
{
    AttachedVms *vms = shell_vms(call_shell(call));
    const char *name = call_value(call, 0);
    AttachedVm *vm = name ? attached_vms_find(vms, name) : attached_vms_current(vms);
    GString *names;

    if (vm)
        return vm;
    names = g_string_new(NULL);
    for (guint i = 0; i < attached_vms_count(vms); i++)
        g_string_append_printf(names, "%s%s", i ? ", " : "",
                               attached_vm_name(attached_vms_nth(vms, i)));
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND, "no VM%s%s is attached; there %s %s",
                name ? " " : "", name ? name : "", names->len ? "are:" : "is",
                names->len ? names->str : "none");
    g_string_free(names, TRUE);
    return NULL;
}

static void run_detach(CommandCall *call)
{
    GError *error = NULL;
    AttachedVm *vm = named(call, &error);

    if (vm)
        shell_detach(call_shell(call), vm);
    call_finish(call, error);
}

static void run_use(CommandCall *call)
{
    GError *error = NULL;
    AttachedVm *vm = named(call, &error);

    if (vm)
        attached_vms_use(shell_vms(call_shell(call)), vm);
    call_finish(call, error);
}

const Command command_attach = {
    .name = "attach",
    .arguments = {{"address", .complete = complete_addresses}},
    .help = "Attach to a further VM",
    .details =
        "ADDRESS is as on the command line: a path, unix:PATH, abstract:NAME, tcp:HOST:PORT,\n"
        "tls:HOST:PORT, fd:N, or a name of the configuration file. NAME=ADDRESS gives the VM a\n"
        "name; otherwise it gets one. It becomes the current one, to which commands go; what is\n"
        "printed of a VM begins with its name as long as there are several.",
    .family = FAMILY_VMS,
    .needs = NEEDS_NOTHING,
    .run = run_attach,
};

const Command command_detach = {
    .name = "detach",
    .arguments = {{"vm", .optional = TRUE, .complete = complete_vms}},
    .help = "Let a VM go; it runs on",
    .details = "Without a name it is the current one.",
    .family = FAMILY_VMS,
    .needs = NEEDS_NOTHING,
    .run = run_detach,
};

const Command command_use = {
    .name = "use",
    .arguments = {{"vm", .complete = complete_vms}},
    .help = "Make another VM the current one",
    .details = "Commands go to the current VM; 'all' sends one to every VM.",
    .family = FAMILY_VMS,
    .needs = NEEDS_NOTHING,
    .run = run_use,
};
