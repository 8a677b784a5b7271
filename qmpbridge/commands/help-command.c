/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `help`: on the shell's commands from the table, on those of QMP and on events from the peer's
 * schema.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/commands/commands.h"
#include "qmpbridge/commands/help-qmp.h"

/* Where the texts begin; a usage that is longer has a line of its own. */
#define TEXT_COLUMN 40

static void append_row(GString *out, const Command *row)
{
    g_autofree char *usage = command_usage(row);

    g_string_append_printf(out, "  %-*s", TEXT_COLUMN - 2, usage);
    if (strlen(usage) > TEXT_COLUMN - 3)
        g_string_append_printf(out, "\n%*s", TEXT_COLUMN, "");
    g_string_append_printf(out, "%s\n", row->help);
}

static void append_family(GString *out, const CommandTable *table, CommandFamily family)
{
    g_string_append_printf(out, "%s\n", command_family_name(family));
    for (const Command *const *row = table->rows; *row; row++) {
        if ((*row)->family == family)
            append_row(out, *row);
    }
}

static void help_all(CommandCall *call)
{
    g_autoptr(GString) out = g_string_new(NULL);

    for (CommandFamily family = FAMILY_NONE + 1; command_family_name(family); family++)
        append_family(out, shell_commands(call_shell(call)), family);
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

static void offer_all(Suggest *suggest, const SchemaEntity *entities, guint count)
{
    for (guint i = 0; i < count; i++)
        suggest_offer(suggest, entities[i].name);
}

static GError *unknown(const Schema *schema, const CommandTable *table, const char *name)
{
    g_autofree char *meant = NULL;
    Suggest suggest = {.word = name};
    guint count;
    const SchemaEntity *entities = schema_commands(schema, &count);

    for (const Command *const *row = table->rows; *row; row++)
        suggest_offer(&suggest, (*row)->name);
    offer_all(&suggest, entities, count);
    entities = schema_events(schema, &count);
    offer_all(&suggest, entities, count);
    meant = suggest_meant(&suggest);
    if (meant)
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "no command '%s'; did you mean %s?",
                           name, meant);
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                       schema ? "no command '%s'; 'help' lists the shell's, Tab completes all"
                              : "no command '%s' of the shell, and no VM that could tell more",
                       name);
}

static void mark_word(CommandCall *call, const char *name, GError *error)
{
    const Words *words = call_words(call);

    for (guint i = 1; words && i < words->count; i++) {
        if (strcmp(words->texts[i], name) == 0)
            words_mark(words, i, 0, strlen(name), error);
    }
}

static void help_entity(CommandCall *call, const Schema *schema)
{
    const char *name = call_value(call, 0);
    const SchemaEntity *entity = schema_command(schema, name);
    g_autofree char *text = NULL;
    GError *error = NULL;

    if (!entity)
        entity = schema_event(schema, name);
    if (entity) {
        text = help_qmp(schema, entity, call_pairs(call));
        output_text(shell_output(call_shell(call)), call_label(call), text);
    } else {
        error = unknown(schema, shell_commands(call_shell(call)), name);
        mark_word(call, name, error);
    }
    call_finish(call, error);
}

static void on_schema(gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;

    if (!call_is_over(call))
        help_entity(call, attached_vm_schema(call_vm(call)));
}

static void run_help(CommandCall *call)
{
    const char *name = call_value(call, 0);
    const Command *row = name ? command_find(shell_commands(call_shell(call)), name) : NULL;

    if (!name)
        help_all(call);
    else if (row && !(call_pairs(call) && call_pairs(call)[0]))
        help_row(call, row);
    else if (call_vm(call))
        attached_vm_with_schema(call_vm(call), on_schema, call_ref(call));
    else
        help_entity(call, NULL);
}

const Command command_help = {
    .name = "help",
    .arguments = {{"command", .optional = TRUE, .complete = complete_commands},
                  {"arguments", ARGUMENT_PAIRS, TRUE, .complete = complete_qmp_arguments}},
    .help = "List the commands, or explain one",
    .details =
        "For a QMP command it tells the arguments, their types and values, and what comes back;\n"
        "for an event its data. Arguments may depend on others: 'help blockdev-add\n"
        "driver=qcow2' tells those of that driver.",
    .family = FAMILY_SHELL,
    .needs = NEEDS_NOTHING,
    .run = run_help,
};
