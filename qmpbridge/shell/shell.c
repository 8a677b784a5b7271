/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What command lines work with, and at most one of them at work; see shell.h.
 */
#include "qmpbridge/shell/shell.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"

struct Shell {
    ShellOptions options;
    const ShellHandlers *handlers;
    gpointer user_data;
    AttachedVms *vms;
    SchemaCache *schemas;
    GHashTable *hints; /* those that the owner has got, as keys */
    Store *store;
    Emulators *emulators;
    const ShellMode *mode; /* (nullable) */
    gpointer mode_data;
    gboolean quit, recording_failed, diverged;
};

Shell *shell_new(const ShellOptions *options, const ShellHandlers *handlers, gpointer user_data)
{
    Shell *shell = g_new0(Shell, 1);

    shell->options = *options;
    shell->options.store = g_strdup(options->store);
    shell->emulators = emulators_new(options->emulator, options->emulators, options->plugin);
    shell->options.emulator = NULL;
    shell->options.emulators = NULL;
    shell->options.plugin = g_strdup(options->plugin);
    shell->options.log_path = g_strdup(options->log_path);
    shell->options.tls = transport_tls_copy(options->tls);
    if (options->addresses)
        g_hash_table_ref(options->addresses);
    shell->handlers = handlers;
    shell->user_data = user_data;
    shell->vms = attached_vms_new();
    shell->schemas = schema_cache_new();
    shell->hints = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return shell;
}

void shell_free(Shell *shell)
{
    if (!shell)
        return;
    shell_set_mode(shell, NULL, NULL);
    attached_vms_free(shell->vms);
    schema_cache_free(shell->schemas);
    g_hash_table_unref(shell->hints);
    g_clear_pointer(&shell->store, store_free);
    g_free((char *)shell->options.store);
    emulators_unref(shell->emulators);
    g_free((char *)shell->options.plugin);
    g_free((char *)shell->options.log_path);
    transport_tls_free((TransportTls *)shell->options.tls);
    g_clear_pointer(&shell->options.addresses, g_hash_table_unref);
    g_free(shell);
}

/* --- the VMs ----------------------------------------------------------------------------- */

/* What the exit code depends on though no command failed. */
static void note_failures(Shell *shell, JsonObject *event)
{
    JsonObject *data = json_as_object(json_lookup(event, "data"));
    const char *name = json_as_string(json_lookup(event, "event"));
    const char *result = json_as_string(json_lookup(data, MEMBER_RESULT));
    gboolean backlog = FALSE; /* of an earlier run, whose recordings aren't this one's failures */

    if (g_strcmp0(name, EVENT_RECORD_ERROR) == 0)
        shell->recording_failed = TRUE;
    json_opt_bool(data, MEMBER_BACKLOG, &backlog, NULL);
    if (g_strcmp0(name, EVENT_RECORD_VERIFIED) == 0 && g_strcmp0(result, "diverged") == 0 &&
        !backlog)
        shell->diverged = TRUE;
}

static void on_event(AttachedVm *vm, JsonObject *event, GBytes *text, gpointer user_data)
{
    Shell *shell = user_data;

    note_failures(shell, event);
    if (shell->handlers->event)
        shell->handlers->event(shell, vm, text, shell->user_data);
}

static void on_ready(AttachedVm *vm, JsonObject *greeting, gpointer user_data)
{
    Shell *shell = user_data;

    if (shell->handlers->attached)
        shell->handlers->attached(shell, vm, greeting, shell->user_data);
}

static void on_lost(AttachedVm *vm, const GError *error, guint retry_ms, gpointer user_data)
{
    Shell *shell = user_data;

    gboolean failed = !retry_ms && !attached_vm_was_ready(vm) && attached_vm_address(vm);

    /* The command that attached it fails, and says why. */
    if (shell->handlers->lost && !failed)
        shell->handlers->lost(shell, vm, error, retry_ms, shell->user_data);
}

static const AttachedVmOps vm_ops = {on_ready, on_event, on_lost};

static AttachedVmOptions vm_options(const Shell *shell)
{
    const ShellOptions *options = &shell->options;

    return (AttachedVmOptions){
        .log = options->log,
        .schemas = shell->schemas,
        .timeout = options->timeout,
        .tls = options->tls,
        .retry = options->retry,
        .patient = options->patient,
    };
}

AttachedVm *shell_attach_stream(Shell *shell, const char *name, GIOStream *stream)
{
    AttachedVmOptions options = vm_options(shell);
    AttachedVm *vm = attached_vm_new_for_stream(name, stream, &options, &vm_ops, shell);

    attached_vms_add(shell->vms, vm);
    return vm;
}

AttachedVm *shell_attach(Shell *shell, const char *where, GError **error)
{
    AttachedVmOptions options = vm_options(shell);
    GHashTable *addresses = shell->options.addresses;
    const char *address = addresses ? g_hash_table_lookup(addresses, where) : NULL;
    g_autofree char *name = address ? g_strdup(where) : attached_vms_split(where, &address);
    AttachedVm *vm;

    if (!name)
        name = attached_vms_name_for(shell->vms, address);
    if (attached_vms_find(shell->vms, name)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                    "there is a VM '%s' already; attach this one as NAME=%s", name, address);
        return NULL;
    }
    vm = attached_vm_new(name, address, &options, &vm_ops, shell, error);
    if (vm)
        attached_vms_add(shell->vms, vm);
    return vm;
}

void shell_detach(Shell *shell, AttachedVm *vm)
{
    attached_vms_remove(shell->vms, vm);
}

AttachedVms *shell_vms(const Shell *shell)
{
    return shell->vms;
}

AttachedVm *shell_vm(const Shell *shell)
{
    return attached_vms_current(shell->vms);
}

const char *shell_label(const Shell *shell, const AttachedVm *vm)
{
    return vm && attached_vms_count(shell->vms) > 1 ? attached_vm_name(vm) : NULL;
}

Schema *shell_schema(const Shell *shell)
{
    AttachedVm *vm = shell_vm(shell);

    return vm ? attached_vm_schema(vm) : NULL;
}

/* --- what a command leaves behind -------------------------------------------------------- */

void shell_set_mode(Shell *shell, const ShellMode *mode, gpointer data)
{
    const ShellMode *old = shell->mode;
    gpointer old_data = shell->mode_data;

    shell->mode = mode;
    shell->mode_data = data;
    if (old && old->free)
        old->free(old_data);
}

const ShellMode *shell_mode(const Shell *shell)
{
    return shell->mode;
}

gpointer shell_mode_data(const Shell *shell)
{
    return shell->mode_data;
}

gboolean shell_wants_quit(const Shell *shell)
{
    return shell->quit;
}

void shell_set_quit(Shell *shell)
{
    shell->quit = TRUE;
}

gboolean shell_keeps_going(const Shell *shell)
{
    return shell->options.keep_going;
}

void shell_set_keep_going(Shell *shell, gboolean keep_going)
{
    shell->options.keep_going = keep_going;
}

void shell_note_verdict(Shell *shell, Verdict verdict)
{
    if (verdict == VERDICT_DIVERGED)
        shell->diverged = TRUE;
}

int shell_exit_code(const Shell *shell, int code)
{
    if (code != EXIT_CODE_OK && code != EXIT_CODE_COMMAND)
        return code;
    if (shell->diverged)
        return EXIT_CODE_DIVERGED;
    return shell->recording_failed ? EXIT_CODE_RECORDING : code;
}

/* --- what commands work with ------------------------------------------------------------- */

/* Hints are made of a schema, so a peer decides how many different ones there are. */
#define MAX_HINTS 1000u

void shell_hint_once(Shell *shell, AttachedVm *vm, const char *hint)
{
    if (g_hash_table_size(shell->hints) >= MAX_HINTS ||
        !g_hash_table_add(shell->hints, g_strdup(hint)))
        return;
    if (shell->handlers->hint)
        shell->handlers->hint(shell, vm, hint, shell->user_data);
}

const CommandTable *shell_commands(const Shell *shell)
{
    return shell->options.commands;
}

Output *shell_output(const Shell *shell)
{
    return shell->options.output;
}

const ShellOptions *shell_options(const Shell *shell)
{
    return &shell->options;
}

Emulators *shell_emulators(const Shell *shell)
{
    return shell->emulators;
}

static Store *open_store(Shell *shell, gboolean create, GError **error)
{
    g_autofree char *path = NULL;

    if (!shell->store) {
        path = shell->options.store ? g_strdup(shell->options.store) : store_default_path();
        shell->store = store_open(path, create, error);
    }
    return shell->store;
}

Store *shell_store(Shell *shell, GError **error)
{
    return open_store(shell, FALSE, error);
}

Store *shell_make_store(Shell *shell, GError **error)
{
    return open_store(shell, TRUE, error);
}
