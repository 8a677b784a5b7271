/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP commands: by name with key=value arguments, or whole as a JSON object. The peer decides
 * what it knows; this file only builds what is sent.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/shell/commands.h"
#include "qmpbridge/shell/pairs.h"

/* A call on its way to the schema or the peer, with the name of its QMP command. */
typedef struct {
    CommandCall *call;
    char *name;
} Pending;

static Pending *pending_new(CommandCall *call, const char *name)
{
    Pending *pending = g_new0(Pending, 1);

    pending->call = call_ref(call);
    pending->name = g_strdup(name);
    return pending;
}

static void pending_free(Pending *pending)
{
    call_unref(pending->call);
    g_free(pending->name);
    g_free(pending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Pending, pending_free)

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(Pending) pending = user_data;

    (void)client;
    if (call_is_over(pending->call))
        return;
    if (!error)
        output_reply(shell_output(call_shell(pending->call)), call_vm(pending->call), pending->name,
                     value);
    call_finish(pending->call, error ? g_error_copy(error) : NULL);
}

static GBytes *text_of(JsonObject *object)
{
    GString *text = g_string_new(NULL);

    json_append_object(text, object);
    return g_string_free_to_bytes(text);
}

static void on_schema(gpointer user_data)
{
    g_autoptr(Pending) pending = user_data;
    CommandCall *call = pending->call;
    g_autoptr(JsonObject) args = NULL;
    g_autoptr(GBytes) text = NULL;
    GError *error = NULL;

    if (call_is_over(call))
        return;
    args = pairs_to_json(monitor_schema(call_monitor(call)), pending->name, call_pairs(call),
                         &error);
    if (!args) {
        call_finish(call, error);
        return;
    }
    text = text_of(args);
    monitor_qmp_text(call_monitor(call), pending->name, text, QMP_EXECUTE, on_reply, pending);
    g_steal_pointer(&pending);
}

void call_qmp(CommandCall *call, const char *name)
{
    Pending *pending = pending_new(call, name);

    if (call_pairs(call) && call_pairs(call)[0])
        monitor_with_schema(call_monitor(call), on_schema, pending);
    else
        monitor_qmp_text(call_monitor(call), name, NULL, QMP_EXECUTE, on_reply, pending);
}

void call_qmp_json(CommandCall *call, const char *line)
{
    g_auto(Request) request = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(GBytes) args = NULL;

    if (!message_request((JsonSlice){line, strlen(line)}, &request, &error)) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "not a QMP command: %s",
                                      error->message));
        return;
    }
    args = json_slice_to_bytes(request.args);
    monitor_qmp_text(call_monitor(call), request.name, args,
                   request.oob ? QMP_EXECUTE_OOB : QMP_EXECUTE, on_reply,
                   pending_new(call, request.name));
}

static void run_qmp(CommandCall *call)
{
    call_qmp(call, call_value(call, 0));
}

const Command command_qmp = {
    .name = "qmp",
    .arguments = {{"name", ARGUMENT_QMP, FALSE}, {"arguments", ARGUMENT_PAIRS, TRUE}},
    .help = "Execute a QMP command",
    .details =
        "Any first word that is no command of the shell is taken as a QMP command, so qmp is\n"
        "only needed for those whose names the shell uses itself, such as quit.\n"
        "Arguments are KEY=VALUE, nested ones KEY.MEMBER=VALUE; a VALUE may be a JSON object or\n"
        "array. A line that is a JSON object is executed as it is:\n"
        "{\"execute\": \"query-status\"}.",
    .needs = NEEDS_MONITOR,
    .run = run_qmp,
};
