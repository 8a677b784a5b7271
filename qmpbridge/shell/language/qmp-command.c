/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands as typed, put together of what value*.c reads and validate*.c checks.
 */
#include "qmpbridge/shell/language/qmp-command.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/language/validate.h"
#include "qmpbridge/vm/arguments.h"

static QmpCommand *qmp_command_new(const char *name)
{
    QmpCommand *qmp = g_new0(QmpCommand, 1);

    qmp->name = g_strdup(name);
    qmp->hints = g_ptr_array_new_with_free_func(g_free);
    return qmp;
}

void qmp_command_free(QmpCommand *qmp)
{
    if (!qmp)
        return;
    g_clear_pointer(&qmp->args, g_bytes_unref);
    g_ptr_array_unref(qmp->hints);
    g_free(qmp->name);
    g_free(qmp);
}

/* Commands that take more arguments than the schema has: QEMU makes them by hand ('gen': false
 * in qapi/qdev.json), since they are the properties of a device. */
static gboolean is_open(const char *command)
{
    return strcmp(command, "device_add") == 0;
}

static guint index_of(const Words *words, const char *text)
{
    guint i = 0;

    while (words && i < words->count && strcmp(words->texts[i], text))
        i++;
    return i;
}

/* --- names -------------------------------------------------------------------------------- */

void qmp_command_fail_name(const Words *words, const char *name, const char *what,
                           const Suggest *nearest, GError **error)
{
    g_autofree char *meant = suggest_meant(nearest);
    GError *unknown = meant ? g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                          "no %s '%s'; did you mean %s?", what, name, meant)
                            : g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                                          "no %s '%s'; Tab completes them", what, name);

    words_mark(words, index_of(words, name), 0, strlen(name), unknown);
    g_propagate_error(error, unknown);
}

/* The word may have been meant for the shell as well as for the peer. */
static Suggest nearest_command(const Schema *schema, const CommandTable *table, const char *name)
{
    Suggest suggest = {.word = name};
    guint count;
    const SchemaEntity *commands = schema_commands(schema, &count);

    for (const Command *const *row = table->rows; *row; row++)
        suggest_offer(&suggest, (*row)->name);
    for (guint i = 0; i < count; i++)
        suggest_offer(&suggest, commands[i].name);
    return suggest;
}

/* What the peer doesn't have, but the shell has a command for. */
static void fail_command(const Schema *schema, const CommandTable *table, const char *name,
                         const Words *words, GError **error)
{
    static const char *const recording[] = {COMMAND_BEGIN_RECORD, COMMAND_END_RECORD,
                                            COMMAND_QUERY_RECORD, COMMAND_RECORD_MARK, NULL};
    Suggest nearest = nearest_command(schema, table, name);

    if (g_strv_contains(recording, name)) /* no mark: not what was typed is wrong */
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "this monitor has no '%s': " ARGUMENTS_TO_RECORD, name);
    else if (command_find(table, name))
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "QMP has no '%s', which is a command of the shell", name);
    else
        qmp_command_fail_name(words, name, "command", &nearest, error);
}

static void hint_command(QmpCommand *qmp, guint flags)
{
    static const char unstable[] = "%s is unstable: it may change or go without notice";

    if (flags & SCHEMA_DEPRECATED)
        g_ptr_array_add(qmp->hints, g_strdup_printf("%s is deprecated", qmp->name));
    if (flags & SCHEMA_UNSTABLE)
        g_ptr_array_add(qmp->hints, g_strdup_printf(unstable, qmp->name));
}

/* --- from words --------------------------------------------------------------------------- */

static GBytes *validated(const Validation *validation, const Value *value, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);

    return validate(validation, value, text, error) ? g_string_free_to_bytes(g_steal_pointer(&text))
                                                    : NULL;
}

Value *qmp_command_read_pairs(const char *name, char **pairs, const Words *words, GError **error)
{
    Value *value = value_from_pairs(pairs, words, error);

    if (value)
        value->place = (Place){index_of(words, name), 0, strlen(name)};
    return value;
}

QmpCommand *qmp_command_from_pairs(const Schema *schema, const CommandTable *table,
                                   const char *name, char **pairs, const Words *words,
                                   GError **error)
{
    const SchemaEntity *command = schema_command(schema, name);
    g_autoptr(QmpCommand) qmp = qmp_command_new(name);
    g_autoptr(Value) value = NULL;
    Validation validation = {name,          "",    command ? command->arguments : NULL,
                             is_open(name), words, qmp->hints};

    if (schema && !command) {
        fail_command(schema, table, name, words, error);
        return NULL;
    }
    if (command)
        hint_command(qmp, command->flags);
    value = qmp_command_read_pairs(name, pairs, words, error);
    if (!value)
        return NULL;
    qmp->args = validated(&validation, value, error);
    if (!qmp->args)
        return NULL;
    if (value->children->len == 0)
        g_clear_pointer(&qmp->args, g_bytes_unref);
    return g_steal_pointer(&qmp);
}

/* --- from JSON ---------------------------------------------------------------------------- */

Words *qmp_command_whole_line(const char *line)
{
    char *texts[] = {(char *)line, NULL};
    Words *words = words_quote(texts);

    g_free(words->line);
    words->line = g_strdup(line);
    words->begin[0] = 0;
    words->end[0] = strlen(line);
    return words;
}

static Value *read_line(const char *line, const Words *words, Request *request, GError **error)
{
    Place place = {0, 0, strlen(line)};
    g_autoptr(GError) reason = NULL;
    g_autoptr(Value) value = value_from_json(line, words, place, error);

    if (!value) {
        g_prefix_error(error, "not a QMP command: ");
        return NULL;
    }
    if (message_request((JsonSlice){line, strlen(line)}, request, &reason))
        return g_steal_pointer(&value);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "not a QMP command: %s", reason->message);
    return NULL;
}

QmpCommand *qmp_command_from_json(const Schema *schema, const char *line, GError **error)
{
    g_auto(Request) request = {0};
    g_autoptr(Words) words = NULL;
    g_autoptr(Value) value = NULL;
    g_autoptr(QmpCommand) qmp = NULL;
    const SchemaEntity *command;
    Value *args;
    Validation validation;

    if (!g_utf8_validate(line, -1, NULL)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the line is not UTF-8");
        return NULL;
    }
    words = qmp_command_whole_line(line);
    value = read_line(line, words, &request, error);
    if (!value)
        return NULL;
    command = schema_command(schema, request.name);
    qmp = qmp_command_new(request.name);
    qmp->oob = request.oob;
    if (command)
        hint_command(qmp, command->flags);
    args = value_child(value, "arguments");
    if (!args && command) /* so that the error names what is missing */
        g_ptr_array_add(value->children, args = value_new(VALUE_OBJECT, NULL, NULL, value->place));
    validation = (Validation){qmp->name,          "arguments", command ? command->arguments : NULL,
                              is_open(qmp->name), words,       qmp->hints};
    qmp->args = args ? validated(&validation, args, error) : NULL;
    if (args && !qmp->args)
        return NULL;
    if (args && args->children->len == 0)
        g_clear_pointer(&qmp->args, g_bytes_unref);
    return g_steal_pointer(&qmp);
}

gboolean qmp_command_is_oob(const char *line)
{
    g_auto(Request) request = {0};

    return message_request((JsonSlice){line, strlen(line)}, &request, NULL) && request.oob;
}
