/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The actions and properties of `transaction`; see transaction-action.h.
 */
#include "qmpbridge/shell/language/transaction-action.h"

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/language/validate.h"

/* The union that `transaction` takes a list of; NULL where it isn't known. */
static const SchemaType *action_type(const Schema *schema)
{
    const SchemaEntity *command = schema_command(schema, "transaction");

    return command ? schema_path_type(command->arguments, "actions.0", NULL) : NULL;
}

/* FALSE if there is no such action. *@data: (nullable): the type of what it takes. */
static gboolean find_action(const SchemaType *type, const char *name, const SchemaType **data)
{
    const SchemaMember *tag = schema_type_tag(type);
    const SchemaMember *member;

    *data = NULL;
    if (!tag)
        return TRUE;
    if (!schema_type_member(tag->type, name))
        return FALSE;
    member = schema_type_member(schema_type_variant(type, name), "data");
    *data = member ? member->type : NULL;
    return TRUE;
}

const SchemaMember *transaction_actions(const Schema *schema, guint *count)
{
    const SchemaMember *tag = schema_type_tag(action_type(schema));

    return schema_type_members(tag ? tag->type : NULL, count);
}

const SchemaType *transaction_action_data(const Schema *schema, const char *name)
{
    const SchemaType *data = NULL;

    find_action(action_type(schema), name, &data);
    return data;
}

static Suggest nearest_action(const Schema *schema, const char *name)
{
    Suggest suggest = {.word = name};
    guint count;
    const SchemaMember *values = transaction_actions(schema, &count);

    for (guint i = 0; i < count; i++)
        suggest_offer(&suggest, values[i].name);
    return suggest;
}

GBytes *transaction_action(const Schema *schema, const char *name, char **pairs, const Words *words,
                           GPtrArray *hints, GError **error)
{
    const SchemaType *type = action_type(schema), *data;
    g_autoptr(Value) value = NULL;
    g_autoptr(GString) text = g_string_new("{\"type\": ");
    Validation validation = {name, "", NULL, FALSE, words, hints};

    if (!find_action(type, name, &data)) {
        Suggest nearest = nearest_action(schema, name);

        qmp_command_fail_name(words, name, "action", &nearest, error);
        return NULL;
    }
    value = qmp_command_read_pairs(name, pairs, words, error);
    if (!value)
        return NULL;
    validation.type = data;
    json_append_string(text, name);
    g_string_append(text, ", \"data\": ");
    if (!validate(&validation, value, text, error))
        return NULL;
    g_string_append_c(text, '}');
    return g_string_free_to_bytes(g_steal_pointer(&text));
}

GBytes *transaction_action_json(const Schema *schema, const char *line, GPtrArray *hints,
                                GError **error)
{
    g_autoptr(Words) words = qmp_command_whole_line(line);
    Place place = {0, 0, words->end[0]};
    g_autoptr(Value) value = value_from_json(line, words, place, error);
    g_autoptr(GString) text = g_string_new(NULL);
    Validation validation = {"transaction", "", action_type(schema), FALSE, words, hints};

    return value && validate(&validation, value, text, error)
               ? g_string_free_to_bytes(g_steal_pointer(&text))
               : NULL;
}

const SchemaType *transaction_properties_type(const Schema *schema)
{
    const SchemaEntity *command = schema_command(schema, "transaction");

    return schema_path_type(command ? command->arguments : NULL, "properties", NULL);
}

char *transaction_properties(const Schema *schema, char **pairs, const Words *words, GError **error)
{
    g_autoptr(Value) value = qmp_command_read_pairs("transaction", pairs, words, error);
    g_autoptr(GString) text = g_string_new(NULL);
    Validation validation = {"transaction", "",    transaction_properties_type(schema),
                             FALSE,         words, NULL};

    return value && validate(&validation, value, text, error)
               ? g_string_free(g_steal_pointer(&text), FALSE)
               : NULL;
}
