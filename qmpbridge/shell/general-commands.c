/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `help` and `quit`. Help on the shell's commands comes from the table, on QMP commands from the
 * peer's schema.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/commands.h"
#include "qmpbridge/shell/escape.h"

static void help_all(CommandCall *call)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (const Command *const *row = command_table(); *row; row++) {
        g_autofree char *usage = command_usage(*row);

        g_string_append_printf(out, "%-38s %s\n", usage, (*row)->help);
    }
    g_string_append(out, "\nAny other word is a QMP command: NAME KEY=VALUE...; 'help NAME' "
                         "tells its arguments.\n");
    output_text(shell_output(call_shell(call)), NULL, out->str);
    call_finish(call, NULL);
}

static void help_row(CommandCall *call, const Command *row)
{
    g_autofree char *usage = command_usage(row);
    g_autofree char *text = g_strdup_printf("%s\n%s.\n\n%s\n", usage, row->help, row->details);

    output_text(shell_output(call_shell(call)), NULL, text);
    call_finish(call, NULL);
}

/* "  driver    enum: qcow2, raw" */
static void append_member(GString *out, const SchemaMember *member)
{
    SchemaKind kind = schema_type_kind(member->type);
    g_autofree char *name = escape_text(member->name, -1);
    const SchemaMember *values;
    guint count;

    g_string_append_printf(out, "  %-24s %s%s", name, schema_kind_name(kind),
                           member->flags & SCHEMA_OPTIONAL ? ", optional" : "");
    values = schema_type_members(member->type, &count);
    for (guint i = 0; kind == SCHEMA_ENUM && i < count; i++) {
        g_autofree char *value = escape_text(values[i].name, -1);

        g_string_append_printf(out, "%s %s", i ? "," : ":", value);
    }
    g_string_append_c(out, '\n');
}

static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    Monitor *monitor = call_monitor(call);
    Schema *schema = call_is_over(call) || !monitor ? NULL : monitor_schema(monitor);
    const char *name = call_value(call, 0);
    g_autoptr(GString) out = g_string_new(NULL);
    const SchemaEntity *command = schema_command(schema, name);
    const SchemaMember *members;
    guint count;

    if (call_is_over(call))
        return;
    if (!command) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                      "no command '%s'; 'help' lists the shell's, "
                                      "'query-commands' those of the VM", name));
        return;
    }
    members = schema_type_members(command->arguments, &count);
    g_string_append_printf(out, "%s: a QMP command %s\n", name,
                           count ? "with arguments" : "without arguments");
    for (guint i = 0; i < count; i++)
        append_member(out, &members[i]);
    output_text(shell_output(call_shell(call)), NULL, out->str);
    call_finish(call, NULL);
}

static void run_help(CommandCall *call)
{
    const char *name = call_value(call, 0);

    if (!name)
        help_all(call);
    else if (command_find(name))
        help_row(call, command_find(name));
    else if (call_monitor(call))
        monitor_with_schema(call_monitor(call), on_schema, call_ref(call));
    else
        on_schema(call_ref(call));
}

static void run_quit(CommandCall *call)
{
    shell_set_quit(call_shell(call));
    call_finish(call, NULL);
}

const Command command_help = {
    .name = "help",
    .arguments = {{"command", ARGUMENT_COMMAND, TRUE}},
    .help = "List the commands, or explain one",
    .details = "For a QMP command it tells the arguments and their types.",
    .needs = NEEDS_NOTHING,
    .run = run_help,
};

const Command command_quit = {
    .name = "quit",
    .help = "Leave the shell",
    .details = "A VM that 'qmpbridge run' started is ended too: a recording in progress is kept.\n"
               "A VM that was attached to goes on; 'qmp quit' ends it.",
    .needs = NEEDS_NOTHING,
    .run = run_quit,
};
