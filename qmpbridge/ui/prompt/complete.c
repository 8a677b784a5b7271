/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Decides what kind of word is under the cursor: a command, an argument of a row of the table, or
 * one of a QMP command; the row's completer or the schema then offers candidates.
 */
#include <string.h>

#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/shell/language/transaction-action.h"
#include "qmpbridge/ui/prompt/complete.h"
#include "qmpbridge/ui/prompt/candidates-pairs.h"
#include "qmpbridge/ui/prompt/argument-completers.h"

/* What an argument can be: its keywords, each once, and what its completer knows. */
static void offer_argument(Candidates *c, const Argument *argument)
{
    for (guint i = 0; i < COMMAND_MAX_KEYWORDS && argument->keywords[i]; i++) {
        if (!candidates_has_word(c, argument->keywords[i]))
            candidates_offer(c, "", argument->keywords[i], 0);
    }
    if (argument->type == ARGUMENT_SWITCH)
        candidates_offer(c, "", argument->name, 0);
    c->argument = argument;
    if (argument->complete)
        argument->complete(c);
    c->argument = NULL;
}

static gboolean takes_several(const Argument *argument)
{
    return argument->type == ARGUMENT_PAIRS || argument->type == ARGUMENT_WORDS ||
           argument->type == ARGUMENT_LINE;
}

/* The argument at the place of the word; behind optional ones also those that may follow. */
static void offer_row(Candidates *c, const Command *row, guint index)
{
    for (guint i = 0; i < COMMAND_MAX_ARGUMENTS && row->arguments[i].name; i++) {
        const Argument *argument = &row->arguments[i];

        if (i >= index || takes_several(argument))
            offer_argument(c, argument);
        if (i >= index && !argument->optional)
            return;
    }
}

static void offer_words(Candidates *c)
{
    const Command *row = c->before ? command_find(c->sources->commands, c->words[0]) : NULL;

    /* `all COMMAND ...`: the command is completed as if it stood alone. */
    for (; row && row->arguments[0].type == ARGUMENT_COMMAND;
         row = c->before ? command_find(c->sources->commands, c->words[0]) : NULL) {
        c->words++;
        c->before--;
    }
    if (!c->before)
        complete_commands(c);
    else if (row)
        offer_row(c, row, c->before - 1);
    else
        candidates_offer_arguments(c, c->words[0]);
}

/* A line of `transaction`: an action with what it takes, or a word of the block's own. */
static void offer_action(Candidates *c)
{
    const Schema *schema = c->sources->schema;
    guint count;
    const SchemaMember *actions = transaction_actions(schema, &count);

    if (c->before) {
        candidates_offer_pairs(c, c->words[0], transaction_action_data(schema, c->words[0]));
        return;
    }
    for (guint i = 0; i < count; i++)
        candidates_offer(c, "", actions[i].name, actions[i].flags);
    for (const char *const *word = c->sources->block; *word; word++)
        candidates_offer(c, "", *word, 0);
}

Completion *complete_line(const CompletionSources *sources, const char *line, gsize cursor)
{
    g_autoptr(Typed) typed = typed_parse(line, cursor);
    Completion *out = completion_new(typed->start);
    Candidates c = {
        .sources = sources,
        .line = line,
        .cursor = cursor,
        .typed = typed,
        .words = (char **)typed->words->pdata,
        .before = typed->before,
        .out = out,
    };

    if (!typed->closed && g_utf8_validate(line, -1, NULL))
        (sources->block ? offer_action : offer_words)(&c);
    completion_sort(out);
    return out;
}
