/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Candidates for the word under the cursor. Words before it are only split at blanks: a line
 * that is still being typed needs no better.
 */
#include "qmpbridge/shell/complete.h"

#include <string.h>

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

/* @names: (transfer full). */
static void offer_all(Candidates *c, char **names)
{
    for (char **name = names; *name; name++)
        offer(c, *name);
    g_strfreev(names);
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

/* "key=" for each key, "key." for objects; after "key=", its values. */
static void offer_pairs(Candidates *c, Shell *shell, const char *command)
{
    const char *equals = strchr(c->word, '='), *dot = strrchr(c->word, '.');
    g_autofree char *key = g_strndup(c->word, equals ? (gsize)(equals - c->word)
                                              : dot  ? (gsize)(dot - c->word)
                                                     : 0);
    Schema *schema = shell_schema(shell);
    g_auto(GStrv) names = equals ? schema_values(schema, command, key)
                                 : schema_keys(schema, command, key, "");

    for (char **name = names; *name; name++) {
        gboolean object = !equals && schema_key_type(schema, command, *name) == SCHEMA_OBJECT;
        g_autofree char *whole = equals ? g_strconcat(key, "=", *name, NULL)
                                        : g_strconcat(*name, object ? "." : "=", NULL);

        offer(c, whole);
    }
}

static void offer_argument(Candidates *c, Shell *shell, const Argument *argument,
                           const char *command)
{
    Schema *schema = shell_schema(shell);

    switch (argument->type) {
    case ARGUMENT_RECORDING:
        offer_recordings(c, shell);
        break;
    case ARGUMENT_EVENT:
        offer_all(c, schema_names(schema, "event"));
        offer(c, "end");
        break;
    case ARGUMENT_COMMAND:
        offer_rows(c);
        offer_all(c, schema_names(schema, "command"));
        break;
    case ARGUMENT_QMP:
        offer_all(c, schema_names(schema, "command"));
        break;
    case ARGUMENT_SWITCH:
        offer(c, argument->name);
        break;
    case ARGUMENT_PAIRS:
        if (command)
            offer_pairs(c, shell, command);
        break;
    case ARGUMENT_TEXT:
    case ARGUMENT_REST:
    case ARGUMENT_SECONDS:
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
    return list;
}

char **complete_word(Shell *shell, const char *before, const char *word)
{
    Candidates c = {word, g_ptr_array_new()};
    g_auto(GStrv) split = g_strsplit_set(before, " \t", -1);
    g_autoptr(GPtrArray) words = words_before(split);
    const char *name = words->len ? words->pdata[0] : NULL;
    const Command *command = name ? command_find(name) : NULL;

    if (!name) {
        offer_rows(&c);
        offer_all(&c, schema_names(shell_schema(shell), "command"));
    } else if (!command) {
        offer_pairs(&c, shell, name);
    } else {
        guint index = MIN(words->len - 1, COMMAND_MAX_ARGUMENTS - 1);
        gboolean qmp = command->arguments[0].type == ARGUMENT_QMP && words->len > 1;

        if (qmp)
            index = 1;
        if (command->arguments[index].name)
            offer_argument(&c, shell, &command->arguments[index], qmp ? words->pdata[1] : NULL);
    }
    return take_sorted(c.found);
}
