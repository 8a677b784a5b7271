/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key=value words as candidates: the members that the schema gives a command, those of unions as
 * far as the line has their tags; and their values.
 */
#include "qmpbridge/ui/prompt/candidates-pairs.h"

#include <string.h>

#include "qmpbridge/core/schema-path.h"

/* Keys whose values are names of files on the host of the VM. */
static const char *const file_keys[] = {
    "filename", "backing-file", "snapshot-file", "logfile", "in",   "out",
    "path",     "target",       "dir",           "log",     "file", "image-node-name",
};

/* TRUE if the line has a word for @key already, or for a member of it. */
static gboolean is_given(const Candidates *c, const char *key, gboolean members_too)
{
    gsize len = strlen(key);

    for (char **pair = c->words; *pair; pair++) {
        if (strncmp(*pair, key, len) == 0 &&
            ((*pair)[len] == '=' || (members_too && (*pair)[len] == '.')))
            return TRUE;
    }
    return FALSE;
}

/* TRUE if a value of the type can be a single word. */
static gboolean takes_word(const SchemaType *type)
{
    guint count;
    const SchemaMember *branches;

    switch (schema_type_kind(type)) {
    case SCHEMA_OBJECT:
    case SCHEMA_ARRAY:
        return FALSE;
    case SCHEMA_ALTERNATE:
        branches = schema_type_members(type, &count);
        for (guint i = 0; i < count; i++) {
            if (takes_word(branches[i].type))
                return TRUE;
        }
        return FALSE;
    default:
        return TRUE;
    }
}

static gboolean has_parts(const SchemaType *type)
{
    return schema_type_branch(type, SCHEMA_OBJECT) || schema_type_branch(type, SCHEMA_ARRAY);
}

/* "name=" and "name.", whichever the type takes and the line doesn't have yet. */
static void offer_key(Candidates *c, const char *before, const char *name, const SchemaType *type,
                      guint flags)
{
    g_autofree char *key = g_strconcat(before, name, NULL);
    g_autofree char *value = g_strconcat(name, "=", NULL), *part = g_strconcat(name, ".", NULL);

    if (is_given(c, key, FALSE))
        return;
    if (takes_word(type) && !is_given(c, key, TRUE))
        candidates_offer(c, before, value, flags | OFFER_GOES_ON);
    if (has_parts(type))
        candidates_offer(c, before, part, flags | OFFER_GOES_ON);
}

/* The first index of a list that the line doesn't have, and the one that is being typed. */
static void offer_index(Candidates *c, const char *before, const SchemaType *element)
{
    guint index = 0;

    for (;; index++) {
        g_autofree char *key = g_strdup_printf("%s%u", before, index);
        g_autofree char *name = g_strdup_printf("%u", index);

        offer_key(c, before, name, element, 0);
        if (!is_given(c, key, TRUE))
            return;
    }
}

/* @before: the key typed up to its last dot, that one included. */
static void offer_keys(Candidates *c, const char *before, const SchemaType *top)
{
    g_autofree char *path = g_strndup(before, strlen(before) - (*before != '\0'));
    char **pairs = c->words;
    const SchemaType *list = schema_type_branch(schema_path_type(top, path, pairs), SCHEMA_ARRAY);
    g_autoptr(GPtrArray) members = schema_path_members(top, path, pairs);

    if (list)
        offer_index(c, before, schema_type_element(list));
    for (guint i = 0; i < members->len; i++) {
        const SchemaMember *member = members->pdata[i];
        guint required = member->flags & SCHEMA_OPTIONAL ? 0 : OFFER_REQUIRED;

        offer_key(c, before, member->name, member->type, member->flags | required);
    }
}

/* Values of an enum or a bool. */
static void offer_choices(Candidates *c, const char *before, const SchemaType *type)
{
    const SchemaType *choices = schema_type_branch(type, SCHEMA_ENUM);
    guint count = 0;
    const SchemaMember *values = schema_type_members(choices, &count);

    for (guint i = 0; i < count; i++)
        candidates_offer(c, before, values[i].name, values[i].flags);
    if (schema_type_branch(type, SCHEMA_BOOL)) {
        candidates_offer(c, before, "true", 0);
        candidates_offer(c, before, "false", 0);
    }
}

static gboolean is_file_key(const char *key)
{
    const char *dot = strrchr(key, '.'), *last = dot ? dot + 1 : key;

    for (gsize i = 0; i < G_N_ELEMENTS(file_keys); i++) {
        if (strcmp(last, file_keys[i]) == 0)
            return TRUE;
    }
    return FALSE;
}

void candidates_offer_names(Candidates *c, const char *before, const LiveNamesPlace *place)
{
    g_autoptr(GPtrArray) found = NULL;

    if (!c->sources->names)
        return;
    found = live_names_find(c->sources->names, place, &c->out->pending);
    for (guint i = 0; i < found->len; i++) {
        const char *name = found->pdata[i];

        /* An object of QOM may have children. */
        candidates_offer(c, before, name, *name == '/' ? OFFER_GOES_ON : 0);
    }
}

/* @before: "key=", as typed. */
static void offer_values(Candidates *c, const char *before, const char *command,
                         const SchemaType *top)
{
    g_autofree char *key = g_strndup(before, strlen(before) - 1);
    const SchemaType *type = schema_path_type(top, key, c->words);
    LiveNamesPlace place = {command, key, c->typed->word + strlen(before), c->words};
    guint known = c->out->items->len;

    offer_choices(c, before, type);
    if (command && takes_word(type))
        candidates_offer_names(c, before, &place);
    /* Only where nothing better is known: "path" and "target" are names of many things. */
    if (schema_type_branch(type, SCHEMA_STRING) && is_file_key(key) && !c->out->pending &&
        c->out->items->len == known)
        candidates_offer_files(c, before);
}

void candidates_offer_pairs(Candidates *c, const char *command, const SchemaType *top)
{
    const char *word = c->typed->word, *equals = strchr(word, '='), *dot = strrchr(word, '.');
    const char *end = equals ? equals + 1 : dot ? dot + 1 : word;
    g_autofree char *before = g_strndup(word, (gsize)(end - word));

    if (equals)
        offer_values(c, before, command, top);
    else
        offer_keys(c, before, top);
}

void candidates_offer_arguments(Candidates *c, const char *command)
{
    const SchemaEntity *entity = schema_command(c->sources->schema, command);

    if (entity)
        candidates_offer_pairs(c, command, entity->arguments);
}
