/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the arguments of commands are completed with; see argument-completers.h.
 */
#include "qmpbridge/ui/prompt/argument-completers.h"

#include <string.h>

#include "qmpbridge/ui/prompt/candidates-pairs.h"

/* "name=" that begins the word, or "". (transfer full) */
static char *named_part(const Candidates *c)
{
    g_autofree char *name = c->argument ? g_strconcat(c->argument->name, "=", NULL) : NULL;

    return g_strdup(name && g_str_has_prefix(c->typed->word, name) ? name : "");
}

void complete_by_name(Candidates *c)
{
    g_autofree char *name = g_strconcat(c->argument->name, "=", NULL);

    if (!g_str_has_prefix(c->typed->word, name))
        candidates_offer(c, "", name, OFFER_GOES_ON | (c->argument->optional ? 0 : OFFER_REQUIRED));
}

/* @names: (transfer full) (nullable). */
static void offer_names(Candidates *c, char **names)
{
    g_autofree char *before = named_part(c);

    for (char **name = names; name && *name; name++)
        candidates_offer(c, before, *name, 0);
    g_strfreev(names);
}

void complete_recordings(Candidates *c)
{
    complete_by_name(c);
    if (c->sources->recordings)
        offer_names(c, c->sources->recordings(c->sources->user_data));
}

void complete_vms(Candidates *c)
{
    if (c->sources->vms)
        offer_names(c, c->sources->vms(c->sources->user_data));
}

void complete_files(Candidates *c)
{
    g_autofree char *before = named_part(c);

    candidates_offer_files(c, before);
}

void complete_addresses(Candidates *c)
{
    const char *equals = strchr(c->typed->word, '=');
    g_autofree char *before =
        g_strndup(c->typed->word, equals ? (gsize)(equals + 1 - c->typed->word) : 0);

    candidates_offer_files(c, before);
}

void complete_commands(Candidates *c)
{
    for (const Command *const *row = c->sources->commands->rows; *row; row++)
        candidates_offer(c, "", (*row)->name, 0);
    complete_qmp_commands(c);
}

void complete_qmp_commands(Candidates *c)
{
    guint count;
    const SchemaEntity *commands = schema_commands(c->sources->schema, &count);

    candidates_offer_entities(c, commands, count);
}

void complete_qmp_arguments(Candidates *c)
{
    if (c->before > 1)
        candidates_offer_arguments(c, c->words[1]);
}

void complete_events(Candidates *c)
{
    guint count;
    const SchemaEntity *events = schema_events(c->sources->schema, &count);

    candidates_offer_entities(c, events, count);
}
