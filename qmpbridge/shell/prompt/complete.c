/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides what kind of word is under the cursor: a command, an argument of a row of the table, or
 * one of a QMP command; and marks what is offered.
 */
#include <string.h>

#include "qmpbridge/shell/command.h"
#include "qmpbridge/shell/input/input.h"
#include "qmpbridge/shell/prompt/complete-private.h"
#include "qmpbridge/shell/output/escape.h"

static char *make_label(const char *name, guint flags)
{
    g_autofree char *safe = escape_text(name, -1);

    return g_strconcat(safe, flags & OFFER_REQUIRED ? " (required)" : "",
                       flags & SCHEMA_DEPRECATED ? " (deprecated)" : "",
                       flags & SCHEMA_UNSTABLE ? " (unstable)" : "", NULL);
}

void candidates_offer(Candidates *c, const char *before, const char *name, guint flags)
{
    g_autofree char *whole = g_strconcat(before, name, NULL);
    gboolean goes_on = (flags & OFFER_GOES_ON) != 0;

    if (g_str_has_prefix(whole, c->typed->word))
        completion_add(c->out, typed_insert(c->typed, c->line, c->cursor, whole, goes_on),
                       make_label(name, flags), goes_on, flags & OFFER_REQUIRED ? 0 : 1);
}

void candidates_offer_entities(Candidates *c, const SchemaEntity *entities, guint count)
{
    for (guint i = 0; i < count; i++)
        candidates_offer(c, "", entities[i].name, entities[i].flags);
}

static void offer_qmp(Candidates *c)
{
    guint count;
    const SchemaEntity *commands = schema_commands(c->sources->schema, &count);

    candidates_offer_entities(c, commands, count);
}

static void offer_rows(Candidates *c)
{
    for (const Command *const *row = command_table(); *row; row++)
        candidates_offer(c, "", (*row)->name, 0);
}

static void offer_events(Candidates *c)
{
    guint count;
    const SchemaEntity *events = schema_events(c->sources->schema, &count);

    candidates_offer_entities(c, events, count);
}

/* @names: (transfer full) (nullable). */
static void offer_all(Candidates *c, const char *before, char **names)
{
    for (char **name = names; name && *name; name++)
        candidates_offer(c, before, *name, 0);
    g_strfreev(names);
}

/* --- QMP commands ------------------------------------------------------------------------ */

static void offer_arguments(Candidates *c, const char *command)
{
    const SchemaEntity *entity = schema_command(c->sources->schema, command);

    if (entity)
        candidates_offer_pairs(c, command, entity->arguments);
}

/* --- hmp --------------------------------------------------------------------------------- */

static void offer_hmp(Candidates *c, guint index)
{
    char **words = c->words;
    NamesPlace place = {"hmp", "command", c->typed->word, NULL};

    if (index == 1 && g_strcmp0(words[1], "info") == 0)
        place.key = "info";
    else if (index > 1 || (index == 1 && g_strcmp0(words[1], "help") != 0))
        return;
    candidates_offer_names(c, "", &place);
}

/* --- rows of the table ------------------------------------------------------------------- */

/* Key=value words behind the name of a QMP command or an event. */
static void offer_row_pairs(Candidates *c, const Command *row)
{
    const char *name = c->words[1];
    const SchemaEntity *event = schema_event(c->sources->schema, name);

    if (row->arguments[0].type == ARGUMENT_QMP)
        offer_arguments(c, name);
    else if (row->arguments[0].type == ARGUMENT_EVENT && event)
        candidates_offer_pairs(c, NULL, event->arguments);
}

static gboolean is_typed(const Candidates *c, const char *word)
{
    for (guint i = 0; i < c->before; i++) {
        if (strcmp(c->words[i], word) == 0)
            return TRUE;
    }
    return FALSE;
}

/* The words of a usage text, "[on|only PATTERN...]": keywords in lower case until one is typed,
 * then the names of events that they take, or key=value. */
static void offer_usage_words(Candidates *c, const Command *row, const char *usage)
{
    g_auto(GStrv) words = g_strsplit_set(usage, "[]|. ", -1);
    gboolean several = strstr(usage, "PATTERN") == NULL, typed = FALSE;

    for (char **word = words; *word; word++)
        typed |= g_ascii_islower(**word) && is_typed(c, *word);
    for (char **word = words; *word; word++) {
        if (g_ascii_islower(**word) && !is_typed(c, *word) && (several || !typed))
            candidates_offer(c, "", *word, 0);
    }
    if (!several && typed)
        offer_events(c);
    offer_row_pairs(c, row);
}

/* "NAME=PATH": the part behind the name is a file. */
static void offer_address(Candidates *c)
{
    const char *equals = strchr(c->typed->word, '=');
    g_autofree char *before =
        g_strndup(c->typed->word, equals ? (gsize)(equals + 1 - c->typed->word) : 0);

    candidates_offer_files(c, before);
}

/* What an argument can be. @before: "" or "name=". */
static void offer_argument(Candidates *c, const Argument *argument, const char *before)
{
    const CompleteSources *sources = c->sources;

    switch (argument->type) {
    case ARGUMENT_RECORDING:
        if (sources->recordings)
            offer_all(c, before, sources->recordings(sources->user_data));
        break;
    case ARGUMENT_EVENT:
        offer_events(c);
        candidates_offer(c, before, "end", 0);
        break;
    case ARGUMENT_COMMAND:
        offer_rows(c);
        offer_qmp(c);
        break;
    case ARGUMENT_QMP:
        offer_qmp(c);
        break;
    case ARGUMENT_SWITCH:
        candidates_offer(c, "", argument->name, 0);
        break;
    case ARGUMENT_VM:
        if (sources->vms)
            offer_all(c, before, sources->vms(sources->user_data));
        break;
    case ARGUMENT_ADDRESS:
        offer_address(c);
        break;
    case ARGUMENT_FILE:
        candidates_offer_files(c, before);
        break;
    case ARGUMENT_TEXT:
    case ARGUMENT_REST:
    case ARGUMENT_LINE:
    case ARGUMENT_SECONDS:
    case ARGUMENT_PAIRS:
    case ARGUMENT_WORDS:
        break;
    }
}

/* Arguments whose values can't be guessed are offered by name. */
static gboolean has_name(const Argument *argument)
{
    return argument->type == ARGUMENT_TEXT || argument->type == ARGUMENT_SECONDS ||
           argument->type == ARGUMENT_RECORDING;
}

/* "name=" that begins the word, or "". (transfer full) */
static char *named_part(const Candidates *c, const Argument *argument)
{
    g_autofree char *name = g_strconcat(argument->name, "=", NULL);

    return g_strdup(g_str_has_prefix(c->typed->word, name) ? name : "");
}

static void offer_one(Candidates *c, const Command *row, const Argument *argument)
{
    g_autofree char *before = named_part(c, argument);
    g_autofree char *name = g_strconcat(argument->name, "=", NULL);
    guint flags = OFFER_GOES_ON | (argument->optional ? 0 : OFFER_REQUIRED);

    if (argument->type == ARGUMENT_PAIRS)
        offer_row_pairs(c, row);
    if (argument->type == ARGUMENT_WORDS)
        offer_usage_words(c, row, argument->usage ? argument->usage : "");
    offer_argument(c, argument, before);
    if (has_name(argument) && !*before)
        candidates_offer(c, "", name, flags);
}

/* The argument at the place of the word; behind optional ones also those that may follow. */
static void offer_row(Candidates *c, const Command *row, guint index)
{
    if (row->arguments[0].type == ARGUMENT_LINE) {
        offer_hmp(c, index);
        return;
    }
    for (guint i = 0; i < COMMAND_MAX_ARGUMENTS && row->arguments[i].name; i++) {
        const Argument *argument = &row->arguments[i];

        if (i >= index || argument->type == ARGUMENT_PAIRS || argument->type == ARGUMENT_WORDS)
            offer_one(c, row, argument);
        if (i >= index && !argument->optional)
            return;
    }
}

/* `all COMMAND ...`: the command is completed as if it stood alone. */
static gboolean is_prefix(const Command *row)
{
    return row->arguments[0].type == ARGUMENT_COMMAND && row->arguments[1].name;
}

static void offer_words(Candidates *c)
{
    const Command *row = c->before ? command_find(c->words[0]) : NULL;

    for (; row && is_prefix(row); row = c->before ? command_find(c->words[0]) : NULL) {
        c->words++;
        c->before--;
    }
    if (!c->before) {
        offer_rows(c);
        offer_qmp(c);
    } else if (row) {
        offer_row(c, row, c->before - 1);
    } else {
        offer_arguments(c, c->words[0]);
    }
}

/* A line of `transaction`: an action with what it takes, or a word of the block's own. */
static void offer_action(Candidates *c)
{
    const Schema *schema = c->sources->schema;
    guint count;
    const SchemaMember *actions = input_actions(schema, &count);

    if (c->before) {
        candidates_offer_pairs(c, c->words[0], input_action_data(schema, c->words[0]));
        return;
    }
    for (guint i = 0; i < count; i++)
        candidates_offer(c, "", actions[i].name, actions[i].flags);
    for (const char *const *word = c->sources->block; *word; word++)
        candidates_offer(c, "", *word, 0);
}

Completion *complete_line(const CompleteSources *sources, const char *line, gsize cursor)
{
    g_autoptr(Typed) typed = typed_parse(line, cursor);
    Completion *out = completion_new(typed->start);
    Candidates c = {sources, line,   cursor, typed, (char **)typed->words->pdata,
                    typed->before, out};

    if (!typed->closed && g_utf8_validate(line, -1, NULL))
        (sources->block ? offer_action : offer_words)(&c);
    completion_sort(out);
    return out;
}
