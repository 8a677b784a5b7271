/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Candidates for the word under the cursor. Words before it are only split at blanks: a line
 * that is still being typed needs no better.
 */
#include "qmpbridge/shell/complete.h"

#include <string.h>

#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/shell/command.h"

typedef struct {
    const char *word;
    GPtrArray *found;
} Candidates;

static void offer(Candidates *c, const char *candidate)
{
    if (g_str_has_prefix(candidate, c->word))
        g_ptr_array_add(c->found, g_strdup(candidate));
}

static void offer_entities(Candidates *c, const SchemaEntity *entities, guint count)
{
    for (guint i = 0; i < count; i++)
        offer(c, entities[i].name);
}

static void offer_rows(Candidates *c)
{
    for (const Command *const *row = command_table(); *row; row++)
        offer(c, (*row)->name);
}

static void offer_recordings(Candidates *c, Shell *shell)
{
    Store *store = shell_store(shell, NULL);
    g_autoptr(GPtrArray) recordings = store ? store_list(store, NULL) : NULL;

    for (guint i = 0; recordings && i < recordings->len; i++)
        offer(c, ((Recording *)recordings->pdata[i])->name);
}

/* Values of an enum or a bool. */
static void offer_values(Candidates *c, const SchemaType *type, const char *key)
{
    static const SchemaMember bools[] = {{"false", NULL, 0}, {"true", NULL, 0}};
    guint count = G_N_ELEMENTS(bools);
    const SchemaMember *values = bools;
    const SchemaType *choices = schema_type_branch(type, SCHEMA_ENUM);

    if (choices)
        values = schema_type_members(choices, &count);
    else if (!schema_type_branch(type, SCHEMA_BOOL))
        return;
    for (guint i = 0; i < count; i++) {
        g_autofree char *whole = g_strconcat(key, "=", values[i].name, NULL);

        offer(c, whole);
    }
}

/* "key=" for each key, "key." for objects; after "key=", its values. */
static void offer_pairs(Candidates *c, Shell *shell, const char *command, char **pairs)
{
    const char *equals = strchr(c->word, '='), *dot = strrchr(c->word, '.');
    g_autofree char *key = g_strndup(c->word, equals ? (gsize)(equals - c->word)
                                              : dot  ? (gsize)(dot - c->word)
                                                     : 0);
    const SchemaEntity *entity = schema_command(shell_schema(shell), command);
    const SchemaType *top = entity ? entity->arguments : NULL;
    g_autoptr(GPtrArray) members = NULL;

    if (equals) {
        offer_values(c, schema_path_type(top, key, pairs), key);
        return;
    }
    members = schema_path_members(top, key, pairs);
    for (guint i = 0; i < members->len; i++) {
        const SchemaMember *member = members->pdata[i];
        gboolean object = schema_type_branch(member->type, SCHEMA_OBJECT) != NULL;
        g_autofree char *whole = g_strconcat(key, *key ? "." : "", member->name,
                                             object ? "." : "=", NULL);

        offer(c, whole);
    }
}

/* @words: those before the cursor, or NULL if the command takes no pairs of QMP. */
static void offer_argument(Candidates *c, Shell *shell, const Argument *argument, char **words)
{
    Schema *schema = shell_schema(shell);
    guint n_commands, n_events;
    const SchemaEntity *commands = schema_commands(schema, &n_commands);
    const SchemaEntity *events = schema_events(schema, &n_events);

    switch (argument->type) {
    case ARGUMENT_RECORDING:
        offer_recordings(c, shell);
        break;
    case ARGUMENT_EVENT:
        offer_entities(c, events, n_events);
        offer(c, "end");
        break;
    case ARGUMENT_COMMAND:
        offer_rows(c);
        offer_entities(c, commands, n_commands);
        break;
    case ARGUMENT_QMP:
        offer_entities(c, commands, n_commands);
        break;
    case ARGUMENT_SWITCH:
        offer(c, argument->name);
        break;
    case ARGUMENT_PAIRS:
        if (words)
            offer_pairs(c, shell, words[0], words + 1);
        break;
    case ARGUMENT_VM:
        for (guint i = 0; i < monitors_count(shell_monitors(shell)); i++)
            offer(c, monitor_name(monitors_nth(shell_monitors(shell), i)));
        break;
    case ARGUMENT_ADDRESS:
    case ARGUMENT_TEXT:
    case ARGUMENT_REST:
    case ARGUMENT_SECONDS:
    case ARGUMENT_WORDS:
        break;
    }
}

static int compare(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names that the table and the schema share are there twice. */
static char **take_sorted(GPtrArray *found)
{
    g_ptr_array_sort(found, compare);
    for (guint i = 1; i < found->len;) {
        if (strcmp(found->pdata[i - 1], found->pdata[i]) == 0)
            g_free(g_ptr_array_remove_index(found, i));
        else
            i++;
    }
    g_ptr_array_add(found, NULL);
    return (char **)g_ptr_array_free(found, FALSE);
}

static GPtrArray *words_before(char **words)
{
    GPtrArray *list = g_ptr_array_new();

    for (char **word = words; *word; word++) {
        if (**word)
            g_ptr_array_add(list, *word);
    }
    g_ptr_array_add(list, NULL);
    return list;
}

char **complete_word(Shell *shell, const char *before, const char *word)
{
    Candidates c = {word, g_ptr_array_new()};
    g_auto(GStrv) split = g_strsplit_set(before, " \t", -1);
    g_autoptr(GPtrArray) words = words_before(split);
    char **line = (char **)words->pdata;
    guint count = words->len - 1;
    const char *name = count ? line[0] : NULL;
    const Command *command = name ? command_find(name) : NULL;

    if (!name) {
        guint n_commands;
        const SchemaEntity *commands = schema_commands(shell_schema(shell), &n_commands);

        offer_rows(&c);
        offer_entities(&c, commands, n_commands);
    } else if (!command) {
        offer_pairs(&c, shell, name, line + 1);
    } else {
        guint index = MIN(count - 1, COMMAND_MAX_ARGUMENTS - 1);
        gboolean qmp = command->arguments[0].type == ARGUMENT_QMP && count > 1;

        if (qmp)
            index = 1;
        if (command->arguments[index].name)
            offer_argument(&c, shell, &command->arguments[index], qmp ? line + 1 : NULL);
    }
    return take_sorted(c.found);
}
