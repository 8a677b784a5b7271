/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QMP commands: by name with key=value arguments, or whole as a JSON object. What is sent is
 * made and checked by qmp-command.c, against the peer's schema.
 */
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/shell/language/qmp-command.h"

/* A call on its way to the schema or the peer, with the name of its QMP command. */
typedef struct {
    CommandCall *call;
    char *name; /* or the line, until it has been read */
} PendingCall;

static PendingCall *pending_new(CommandCall *call, const char *name)
{
    PendingCall *pending = g_new0(PendingCall, 1);

    pending->call = call_ref(call);
    pending->name = g_strdup(name);
    return pending;
}

static void pending_free(PendingCall *pending)
{
    call_unref(pending->call);
    g_free(pending->name);
    g_free(pending);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(PendingCall, pending_free)

void call_answer(CommandCall *call, const char *name, GBytes *value, const GError *error)
{
    if (call_is_over(call))
        return;
    if (!error)
        output_reply(shell_output(call_shell(call)), call_label(call), name, value);
    call_finish(call, error ? g_error_copy(error) : NULL);
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(PendingCall) pending = user_data;

    (void)client;
    call_answer(pending->call, pending->name, value, error);
}

/* What people should know of a command: a shell prints each once. */
static void show_hints(CommandCall *call, GPtrArray *hints)
{
    for (guint i = 0; i < hints->len; i++)
        shell_hint_once(call_shell(call), call_vm(call), hints->pdata[i]);
}

/* Sends what was typed, or ends the call with what is wrong with it. @qmp: (transfer full)
 * (nullable). */
static void execute(PendingCall *pending, QmpCommand *qmp, GError *error)
{
    g_autoptr(QmpCommand) command = qmp;
    CommandCall *call = pending->call;

    if (!command) {
        call_finish(call, error);
        pending_free(pending);
        return;
    }
    show_hints(call, command->hints);
    attached_vm_qmp_text(call_vm(call), command->name, command->args,
                         command->oob ? QMP_EXECUTE_OOB : QMP_EXECUTE, on_reply, pending);
}

static void on_schema(gpointer user_data)
{
    g_autoptr(PendingCall) pending = user_data;
    CommandCall *call = pending->call;
    GError *error = NULL;
    QmpCommand *qmp;

    if (call_is_over(call))
        return;
    qmp =
        qmp_command_from_pairs(attached_vm_schema(call_vm(call)), shell_commands(call_shell(call)),
                               pending->name, call_pairs(call), call_words(call), &error);
    execute(g_steal_pointer(&pending), qmp, error);
}

void call_qmp(CommandCall *call, const char *name)
{
    attached_vm_with_schema(call_vm(call), on_schema, pending_new(call, name));
}

/* The name is that of the command only once it has been read. */
static void on_json_schema(gpointer user_data)
{
    g_autoptr(PendingCall) pending = user_data;
    CommandCall *call = pending->call;
    GError *error = NULL;
    QmpCommand *qmp;

    if (call_is_over(call))
        return;
    qmp = qmp_command_from_json(attached_vm_schema(call_vm(call)), pending->name, &error);
    if (qmp) {
        g_free(pending->name);
        pending->name = g_strdup(qmp->name);
    }
    execute(g_steal_pointer(&pending), qmp, error);
}

static void run_qmp_json(CommandCall *call)
{
    const char *line = call_line(call);
    PendingCall *pending = pending_new(call, line);

    if (qmp_command_is_oob(line)) /* it is meant to get through where nothing else does */
        on_json_schema(pending);
    else
        attached_vm_with_schema(call_vm(call), on_json_schema, pending);
}

static void run_qmp(CommandCall *call)
{
    call_qmp(call, call_value(call, 0));
}

static void run_qmp_by_name(CommandCall *call)
{
    call_qmp(call, call_name(call));
}

/* Rows of no name, which people can't type: the table runs them for lines that have no row. */
const Command command_qmp_by_name = {.needs = NEEDS_MONITOR, .run = run_qmp_by_name};
const Command command_qmp_json = {.needs = NEEDS_MONITOR, .run = run_qmp_json};

const Command command_qmp = {
    .name = "qmp",
    .arguments = {{"name", .complete = complete_qmp_commands},
                  {"arguments", ARGUMENT_PAIRS, TRUE, .complete = complete_qmp_arguments}},
    .help = "Execute a QMP command",
    .details =
        "Any first word that is no command of the shell is taken as a QMP command, so qmp is\n"
        "only needed for those whose names the shell uses itself, such as quit.\n"
        "Arguments are KEY=VALUE, nested ones KEY.MEMBER=VALUE, elements of arrays KEY.0=VALUE;\n"
        "a VALUE may be a JSON object or array. Quoting is the shell's; a line whose bracket or\n"
        "quote is open goes on in the next one. What the VM's schema doesn't allow is not sent.\n"
        "A line may also be a JSON object: {\"execute\": \"query-status\"}. Then a command that\n"
        "the schema doesn't know is sent, too.",
    .family = FAMILY_QMP,
    .needs = NEEDS_MONITOR,
    .run = run_qmp,
};
