/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The life of one command. It knows no command and prints nothing.
 */
#include "qmpbridge/shell/call.h"

struct CommandCall {
    guint refs;
    Shell *shell;
    char *name;
    char **values, **pairs;
    gboolean over;
    gpointer state;
    GDestroyNotify free_state;
    void (*notify)(CommandCall *call);
    CallDone done;
    gpointer user_data;
};

CommandCall *call_new(Shell *shell, const char *name, char **values, char **pairs, CallDone done,
                      gpointer user_data)
{
    CommandCall *call = g_new0(CommandCall, 1);

    call->refs = 1;
    call->shell = shell;
    call->name = g_strdup(name);
    call->values = values;
    call->pairs = pairs;
    call->done = done;
    call->user_data = user_data;
    return call;
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
    command_free_values(call->values);
    g_strfreev(call->pairs);
    g_free(call->name);
    g_free(call);
}

Shell *call_shell(CommandCall *call)
{
    return call->shell;
}

const char *call_name(CommandCall *call)
{
    return call->name;
}

const char *call_value(CommandCall *call, guint index)
{
    return call->values ? call->values[index] : NULL;
}

char **call_pairs(CommandCall *call)
{
    return call->pairs;
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

void call_on_notify(CommandCall *call, void (*notify)(CommandCall *call))
{
    call->notify = notify;
}

void call_notify(CommandCall *call)
{
    if (call->notify && !call->over)
        call->notify(call);
}

void call_finish(CommandCall *call, GError *error)
{
    g_autoptr(GError) reason = error;

    if (call->over)
        return;
    call_ref(call);
    call->over = TRUE;
    call_set_state(call, NULL, NULL);
    call->done(call, reason, call->user_data);
    call_unref(call);
}

void call_cancel(CommandCall *call)
{
    call->over = TRUE;
    call_set_state(call, NULL, NULL);
}
