/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words bound to the arguments of a row, usage texts, and the table's check of itself.
 */
#include "qmpbridge/shell/language/command.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/truth.h"
#include "qmpbridge/shell/language/words.h"

const Command *command_find(const CommandTable *table, const char *name)
{
    for (const Command *const *row = table->rows; *row; row++) {
        if (strcmp((*row)->name, name) == 0)
            return *row;
    }
    return NULL;
}

/* What usage texts show of an argument, without brackets. (transfer full) */
static char *shown_argument(const Argument *argument)
{
    g_autoptr(GString) out = g_string_new(NULL);

    if (argument->type == ARGUMENT_SWITCH)
        return g_strdup(argument->name);
    if (argument->type != ARGUMENT_KEYWORD)
        return g_ascii_strup(argument->name, -1);
    for (guint i = 0; i < COMMAND_MAX_KEYWORDS && argument->keywords[i]; i++)
        g_string_append_printf(out, "%s%s", i ? "|" : "", argument->keywords[i]);
    return g_string_free(g_steal_pointer(&out), FALSE);
}

static void append_argument(GString *out, const Argument *argument)
{
    g_autofree char *shown = shown_argument(argument);

    if (argument->usage)
        g_string_append_printf(out, " %s", argument->usage);
    else if (argument->type == ARGUMENT_PAIRS)
        g_string_append(out, " [KEY=VALUE]...");
    else if (argument->optional)
        g_string_append_printf(out, " [%s]", shown);
    else
        g_string_append_printf(out, " %s", shown);
}

static guint count_arguments(const Command *command)
{
    guint n = 0;

    while (n < COMMAND_MAX_ARGUMENTS && command->arguments[n].name)
        n++;
    return n;
}

gboolean command_is_offline(const Command *command)
{
    return command->needs == NEEDS_STORE || command->needs == NEEDS_FILES;
}

char *command_usage(const Command *command)
{
    GString *out = g_string_new(command->name);

    for (guint i = 0; i < count_arguments(command); i++)
        append_argument(out, &command->arguments[i]);
    return g_string_free(out, FALSE);
}

/* What a word says for an argument: the word, or what stands behind "name=". */
static const char *strip_name(const Argument *argument, const char *word)
{
    gsize len = strlen(argument->name);

    return strncmp(word, argument->name, len) == 0 && word[len] == '=' ? word + len + 1 : word;
}

static gboolean is_keyword(const Argument *argument, const char *word)
{
    for (guint i = 0; i < COMMAND_MAX_KEYWORDS && argument->keywords[i]; i++) {
        if (strcmp(word, argument->keywords[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean takes(const Argument *argument, const char *word)
{
    const char *value = strip_name(argument, word);
    gboolean unused;

    switch (argument->type) {
    case ARGUMENT_PAIRS:
        return FALSE;
    case ARGUMENT_KEYWORD:
        return is_keyword(argument, value);
    case ARGUMENT_SWITCH:
        return !strcmp(word, argument->name) || (value != word && truth_parse(value, &unused));
    default:
        return TRUE;
    }
}

static gboolean takes_rest(const Argument *argument)
{
    return argument->type == ARGUMENT_REST || argument->type == ARGUMENT_WORDS ||
           argument->type == ARGUMENT_LINE || argument->type == ARGUMENT_COMMAND;
}

static gboolean has_pairs(const Command *command)
{
    for (guint i = 0; i < count_arguments(command); i++) {
        if (command->arguments[i].type == ARGUMENT_PAIRS)
            return TRUE;
    }
    return FALSE;
}

/* The first argument that is free and takes the word, or -1. */
static int place(const Command *command, char **values, const char *word)
{
    guint count = count_arguments(command);

    for (guint i = 0; i < count; i++) {
        if (!values[i] && strip_name(&command->arguments[i], word) != word &&
            takes(&command->arguments[i], word))
            return (int)i;
    }
    for (guint i = 0; i < count; i++) {
        if (!values[i] && takes(&command->arguments[i], word))
            return (int)i;
    }
    return -1;
}

static char *value_of(const Argument *argument, char **words)
{
    g_autofree char *joined = NULL;
    gboolean on = TRUE;

    if (argument->type == ARGUMENT_LINE)
        return g_strjoinv(" ", words);
    if (argument->type == ARGUMENT_SWITCH) {
        truth_parse(strip_name(argument, *words), &on); /* its bare name turns it on */
        return g_strdup(on ? "true" : "false");
    }
    if (argument->type == ARGUMENT_REST || argument->type == ARGUMENT_COMMAND)
        joined = g_strjoinv(" ", words);
    return g_strdup(strip_name(argument, joined ? joined : *words));
}

static void add_words(GPtrArray *list, char **words)
{
    for (; *words; words++)
        g_ptr_array_add(list, g_strdup(*words));
}

static gboolean bind_words(const Command *command, char **words, char **values, GPtrArray *pairs)
{
    gboolean with_pairs = has_pairs(command);

    for (; words && *words; words++) {
        int index = place(command, values, *words);
        gboolean pair = with_pairs && strchr(*words, '=');

        if (pair && (index < 0 || strip_name(&command->arguments[index], *words) == *words)) {
            g_ptr_array_add(pairs, g_strdup(*words));
            continue;
        }
        if (index < 0)
            return FALSE;
        if (command->arguments[index].type == ARGUMENT_WORDS) {
            add_words(pairs, words);
            break;
        }
        values[index] = value_of(&command->arguments[index], words);
        if (takes_rest(&command->arguments[index]))
            break;
    }
    for (guint i = 0; i < count_arguments(command); i++) {
        const Argument *argument = &command->arguments[i];
        gboolean given = argument->type == ARGUMENT_WORDS ? pairs->len > 0 : values[i] != NULL;

        if (!given && !argument->optional)
            return FALSE;
    }
    return TRUE;
}

gboolean command_bind(const Command *command, char **words, char ***values, char ***pairs,
                      GError **error)
{
    GPtrArray *list = g_ptr_array_new();
    gboolean ok;

    *values = g_new0(char *, COMMAND_MAX_ARGUMENTS);
    ok = bind_words(command, words, *values, list);
    g_ptr_array_add(list, NULL);
    *pairs = (char **)g_ptr_array_free(list, FALSE);
    if (!ok) {
        g_autofree char *usage = command_usage(command);

        command_free_values(g_steal_pointer(values));
        g_clear_pointer(pairs, g_strfreev);
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "usage: %s", usage);
    }
    return ok;
}

/* @first in front of @words, which may be NULL: both are taken. */
static char **words_before(char **first, char **words)
{
    guint count = words ? g_strv_length(words) : 0;
    char **all;

    if (!words)
        return NULL;
    all = g_new0(char *, count + 2);
    all[0] = g_steal_pointer(first);
    memcpy(all + 1, words, count * sizeof(*words));
    g_free(words);
    return all;
}

char **command_line_words(const CommandTable *table, const char *line)
{
    const char *name = line + strspn(line, " \t\n"), *rest;
    g_autofree char *first = g_strndup(name, strcspn(name, " \t\n"));
    const Command *command = command_find(table, first);
    char **words;

    if (!command)
        return NULL;
    rest = name + strlen(first) + strspn(name + strlen(first), " \t\n");
    if (command->arguments[0].type == ARGUMENT_COMMAND)
        return words_before(&first, command_line_words(table, rest));
    if (command->arguments[0].type != ARGUMENT_LINE)
        return NULL;
    words = g_new0(char *, 3);
    words[0] = g_steal_pointer(&first);
    words[1] = *rest ? g_strchomp(g_strdup(rest)) : NULL;
    return words;
}

gboolean command_line_is_open(const CommandTable *table, const char *line)
{
    g_auto(GStrv) raw = command_line_words(table, line);

    return !raw && words_is_open(line);
}

void command_free_values(char **values)
{
    for (guint i = 0; values && i < COMMAND_MAX_ARGUMENTS; i++)
        g_free(values[i]);
    g_free(values);
}

static const char *check_arguments(const Command *command)
{
    gboolean optional = FALSE, rest = FALSE;

    for (guint i = 0; i < count_arguments(command); i++) {
        const Argument *argument = &command->arguments[i];

        if (rest)
            return "an argument follows the one that takes the rest";
        if (optional && !argument->optional)
            return "a required argument follows an optional one";
        if (argument->type == ARGUMENT_PAIRS && !argument->optional)
            return "key=value arguments must be optional";
        if (argument->type == ARGUMENT_KEYWORD && !argument->keywords[0])
            return "an argument that takes keywords has none";
        rest = takes_rest(argument);
        optional = argument->optional;
    }
    return NULL;
}

const char *command_family_name(CommandFamily family)
{
    static const char *const names[] = {
        [FAMILY_NONE] = "",           [FAMILY_RECORDING] = "Recordings",
        [FAMILY_STORE] = "The store", [FAMILY_QMP] = "QMP",
        [FAMILY_VMS] = "VMs",         [FAMILY_SHELL] = "The shell",
    };

    return (guint)family < G_N_ELEMENTS(names) ? names[family] : NULL;
}

static const char *check_row(const Command *command)
{
    const char *help = command->help, *details = command->details;

    if (!command->name || !*command->name || strpbrk(command->name, " =\t"))
        return "bad name";
    if (!help || !g_ascii_isupper(*help) || g_str_has_suffix(help, ".") || strchr(help, '\n'))
        return "help must be one line, a capital first and no full stop last";
    if (strlen(help) > 60)
        return "help is longer than 60 characters";
    if (!details || !g_str_has_suffix(details, "."))
        return "details must be sentences";
    if (command->family == FAMILY_NONE || !command_family_name(command->family))
        return "no family";
    if (!command->run)
        return "no handler";
    return check_arguments(command);
}

char *command_table_check(const Command *const *rows)
{
    for (guint i = 0; rows[i]; i++) {
        const char *fault = check_row(rows[i]);

        if (!fault && i && strcmp(rows[i - 1]->name, rows[i]->name) >= 0)
            fault = "not in order, or twice";
        if (fault)
            return g_strdup_printf("%s: %s", rows[i]->name ? rows[i]->name : "?", fault);
    }
    return NULL;
}
