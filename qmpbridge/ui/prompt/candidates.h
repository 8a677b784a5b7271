/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The candidates for the word under the cursor, in the making. complete.c finds out which argument
 * that word is; the argument's completer (argument-completers.h) then offers names, values and
 * files here.
 * What doesn't begin as the word does is left out. Main thread.
 */
#pragma once

#include "qmpbridge/core/schema.h"
#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/ui/prompt/completion.h"
#include "qmpbridge/ui/prompt/live-names.h"
#include "qmpbridge/shell/language/typed.h"

G_BEGIN_DECLS

/** What candidates come from; each may be NULL, but for the commands. */
typedef struct {
    const CommandTable *commands;
    const Schema *schema;     /**< of the VM that the line is for */
    LiveNames *names;         /**< likewise */
    const char *const *block; /**< in a block of actions: its own words; NULL ends them */
    /** Names of recordings, of VMs of the shell. Returns: (transfer full). */
    char **(*recordings)(gpointer user_data);
    char **(*vms)(gpointer user_data);
    gpointer user_data;
} CompletionSources;

/** See command.h, whose rows only know the name. */
struct Candidates {
    const CompletionSources *sources;
    const char *line;
    gsize cursor;
    const Typed *typed;
    char **words;             /**< those of @typed, from the command on */
    guint before;             /**< how many of these stand before the cursor */
    const Argument *argument; /**< (nullable): the row's, while its completer is called */
    Completion *out;
};

/** What is said of a candidate; besides, SchemaFlags may be set. */
#define OFFER_GOES_ON (1u << 8)  /**< meant to be typed on */
#define OFFER_REQUIRED (1u << 9) /**< the command fails without it */

/**
 * Offers a word, if it begins as what is typed does.
 *
 * @before: its beginning, which isn't shown in the list: "driver=".
 * @name: the rest.
 */
void candidates_offer(Candidates *c, const char *before, const char *name, guint flags);
/** Offers commands or events of the schema. */
void candidates_offer_entities(Candidates *c, const SchemaEntity *entities, guint count);
/** TRUE if one of the words before the cursor is @word. */
gboolean candidates_has_word(const Candidates *c, const char *word);

/** Offers the files that begin with what is typed behind @before. */
void candidates_offer_files(Candidates *c, const char *before);

G_END_DECLS
