/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one command. It knows no command and prints nothing.
 */
#include "qmpbridge/shell/call.h"

struct CommandCall {
    guint refs;
    Shell *shell;
    AttachedVm *vm; /* (nullable) */
    char *line;     /* (nullable) */
    char *name;
    char **values, **pairs;
    Words *typed; /* (nullable) */
    gboolean over;
    gpointer state;
    GDestroyNotify free_state;
    void (*notify)(CommandCall *call);
    guint watch; /* of the VM, for notify */
    CallDone done;
    gpointer user_data;
};

CommandCall *call_new(Shell *shell, AttachedVm *vm, CallDone done, gpointer user_data)
{
    CommandCall *call = g_new0(CommandCall, 1);

    call->refs = 1;
    call->shell = shell;
    call->vm = vm ? attached_vm_ref(vm) : NULL;
    call->done = done;
    call->user_data = user_data;
    return call;
}

void call_set_words(CommandCall *call, const char *name, char **values, char **pairs)
{
    g_free(call->name);
    command_free_values(call->values);
    g_strfreev(call->pairs);
    call->name = g_strdup(name);
    call->values = values;
    call->pairs = pairs;
}

void call_set_typed(CommandCall *call, Words *words)
{
    words_free(call->typed);
    call->typed = words;
}

CommandCall *call_ref(CommandCall *call)
{
    call->refs++;
    return call;
}

void call_unref(CommandCall *call)
{
    if (--call->refs)
        return;
    call_set_state(call, NULL, NULL);
    attached_vm_unref(call->vm);
    command_free_values(call->values);
    g_strfreev(call->pairs);
    g_free(call->line);
    words_free(call->typed);
    g_free(call->name);
    g_free(call);
}

Shell *call_shell(CommandCall *call)
{
    return call->shell;
}

AttachedVm *call_vm(CommandCall *call)
{
    return call->vm;
}

const char *call_label(CommandCall *call)
{
    return call->vm ? shell_label(call->shell, call->vm) : NULL;
}

const char *call_name(CommandCall *call)
{
    return call->name;
}

const char *call_line(CommandCall *call)
{
    return call->line;
}

void call_set_line(CommandCall *call, const char *line)
{
    g_free(call->line);
    call->line = g_strdup(line);
}

const char *call_value(CommandCall *call, guint index)
{
    return call->values ? call->values[index] : NULL;
}

char **call_pairs(CommandCall *call)
{
    return call->pairs;
}

const Words *call_words(CommandCall *call)
{
    return call->typed;
}

gboolean call_is_over(CommandCall *call)
{
    return call->over;
}

void call_set_state(CommandCall *call, gpointer state, GDestroyNotify free_state)
{
    gpointer old = call->state;
    GDestroyNotify free_old = call->free_state;

    call->state = state;
    call->free_state = free_state;
    if (free_old)
        free_old(old);
}

gpointer call_state(CommandCall *call)
{
    return call->state;
}

static void on_change(gpointer user_data)
{
    CommandCall *call = user_data;

    call->notify(call);
}

void call_on_notify(CommandCall *call, void (*notify)(CommandCall *call))
{
    call->notify = notify;
    if (call->vm && !call->watch)
        call->watch = attached_vm_watch(call->vm, on_change, call);
}

/* What belongs to it goes, and nothing calls it any more. */
static void end(CommandCall *call)
{
    call->over = TRUE;
    if (call->watch)
        attached_vm_unwatch(call->vm, call->watch);
    call->watch = 0;
    call_set_state(call, NULL, NULL);
}

void call_finish(CommandCall *call, GError *error)
{
    g_autoptr(GError) reason = error;

    if (call->over)
        return;
    call_ref(call);
    end(call);
    call->done(call, reason, call->user_data);
    call_unref(call);
}

void call_cancel(CommandCall *call)
{
    if (!call->over)
        end(call);
}
