/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The glue between complete.h and a Shell. The VM that a line is for is the current one.
 */
#include "qmpbridge/ui/prompt/completer.h"

#include "qmpbridge/ui/prompt/complete.h"

/* The names of one VM. */
typedef struct {
    Completer *completer;
    char *vm;
    LiveNames *names;
} Slot;

/* The schema of a VM is on its way; it may come when the completer is gone. */
typedef struct {
    Completer *completer; /* NULL once it is gone */
} SchemaWait;

struct Completer {
    Shell *shell;
    GHashTable *slots; /* by name of VM */
    SchemaWait *wait;  /* or NULL */
    gboolean asking;   /* for the schema, just now */
    void (*changed)(gpointer user_data);
    gpointer user_data;
};

static void slot_free(gpointer data)
{
    Slot *slot = data;

    live_names_free(slot->names);
    g_free(slot->vm);
    g_free(slot);
}

Completer *completer_new(Shell *shell, void (*changed)(gpointer user_data), gpointer user_data)
{
    Completer *completer = g_new0(Completer, 1);

    completer->shell = shell;
    completer->changed = changed;
    completer->user_data = user_data;
    completer->slots = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, slot_free);
    return completer;
}

void completer_free(Completer *completer)
{
    if (!completer)
        return;
    if (completer->wait)
        completer->wait->completer = NULL;
    g_hash_table_unref(completer->slots);
    g_free(completer);
}

void completer_forget(Completer *completer)
{
    GHashTableIter iter;
    gpointer slot;

    g_hash_table_iter_init(&iter, completer->slots);
    while (g_hash_table_iter_next(&iter, NULL, &slot))
        live_names_forget(((Slot *)slot)->names);
}

void completer_drop(Completer *completer, const char *vm)
{
    g_hash_table_remove(completer->slots, vm);
}

/* --- live names -------------------------------------------------------------------------- */

static void on_answer(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)error; /* a query that the VM doesn't know has no names */
    live_names_answer(user_data, value);
}

static gboolean answer_nothing(gpointer user_data)
{
    live_names_answer(user_data, NULL);
    return G_SOURCE_REMOVE;
}

static void ask(LiveNamesQuery *query, const char *command, GBytes *args, gpointer user_data)
{
    Slot *slot = user_data;
    AttachedVm *vm = attached_vms_find(shell_vms(slot->completer->shell), slot->vm);
    QmpClient *client = vm ? attached_vm_client(vm) : NULL;

    if (client)
        qmp_client_execute_text(client, command, args, QMP_EXECUTE, LIVE_NAMES_TIMEOUT_MS,
                                on_answer, query, NULL);
    else
        g_idle_add(answer_nothing, query);
}

static void on_names_changed(gpointer user_data)
{
    Slot *slot = user_data;

    slot->completer->changed(slot->completer->user_data);
}

static gint64 now_ms(gpointer user_data)
{
    (void)user_data;
    return g_get_monotonic_time() / 1000;
}

static LiveNames *names_of(Completer *completer, const char *vm)
{
    static const LiveNamesOps ops = {ask, on_names_changed, now_ms};
    Slot *slot = g_hash_table_lookup(completer->slots, vm);

    if (!slot) {
        slot = g_new0(Slot, 1);
        slot->completer = completer;
        slot->vm = g_strdup(vm);
        slot->names = live_names_new(&ops, slot);
        g_hash_table_insert(completer->slots, slot->vm, slot);
    }
    return slot->names;
}

/* --- the schema -------------------------------------------------------------------------- */

static void on_schema(gpointer user_data)
{
    SchemaWait *wait = user_data;
    Completer *completer = wait->completer;

    g_free(wait);
    if (!completer)
        return;
    completer->wait = NULL;
    if (!completer->asking)
        completer->changed(completer->user_data);
}

/* TRUE if the schema of @vm is on its way. */
static gboolean await_schema(Completer *completer, AttachedVm *vm)
{
    if (attached_vm_schema(vm) || !attached_vm_client(vm))
        return FALSE;
    if (!completer->wait) {
        completer->wait = g_new(SchemaWait, 1);
        completer->wait->completer = completer;
        completer->asking = TRUE;
        attached_vm_with_schema(vm, on_schema, completer->wait);
        completer->asking = FALSE;
    }
    return completer->wait != NULL;
}

/* --- the shell --------------------------------------------------------------------------- */

/* @names: char *, (transfer full). */
static char **take_strv(GPtrArray *names)
{
    g_ptr_array_add(names, NULL);
    return (char **)g_ptr_array_free(names, FALSE);
}

static char **list_recordings(gpointer user_data)
{
    Completer *completer = user_data;
    Store *store = shell_store(completer->shell, NULL);
    g_autoptr(GPtrArray) recordings = store ? store_list(store, NULL) : NULL;
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; recordings && i < recordings->len; i++)
        g_ptr_array_add(names, g_strdup(((Recording *)recordings->pdata[i])->name));
    return take_strv(names);
}

static char **list_vms(gpointer user_data)
{
    Completer *completer = user_data;
    AttachedVms *vms = shell_vms(completer->shell);
    GPtrArray *names = g_ptr_array_new();

    for (guint i = 0; i < attached_vms_count(vms); i++)
        g_ptr_array_add(names, g_strdup(attached_vm_name(attached_vms_nth(vms, i))));
    return take_strv(names);
}

Completion *completer_complete(Completer *completer, const char *line, gsize cursor)
{
    AttachedVm *vm = shell_vm(completer->shell);
    const ShellMode *mode = shell_mode(completer->shell);
    CompletionSources sources = {
        .commands = shell_commands(completer->shell),
        .schema = vm ? attached_vm_schema(vm) : NULL,
        .names = vm ? names_of(completer, attached_vm_name(vm)) : NULL,
        .block = mode ? mode->words : NULL,
        .recordings = list_recordings,
        .vms = list_vms,
        .user_data = completer,
    };
    Completion *completion = complete_line(&sources, line, cursor);

    if (vm && await_schema(completer, vm))
        completion->pending = TRUE;
    return completion;
}
