/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Dotted paths in types. A path is walked part by part; at each object its unions are looked into
 * as far as their tags are known.
 */
#include "qmpbridge/core/schema-path.h"

#include <string.h>

/* Called for each type that adds members to an object; stops at the first TRUE. */
typedef gboolean (*PartFunc)(const SchemaType *part, gpointer data);

const char *schema_path_value(const char *path, char **pairs)
{
    gsize len = strlen(path);

    for (; pairs && *pairs; pairs++) {
        if (strncmp(*pairs, path, len) == 0 && (*pairs)[len] == '=')
            return *pairs + len + 1;
    }
    return NULL;
}

const SchemaType *schema_type_branch(const SchemaType *type, SchemaKind kind)
{
    guint count;
    const SchemaMember *branches;

    if (schema_type_kind(type) == kind)
        return type;
    if (schema_type_kind(type) != SCHEMA_ALTERNATE)
        return NULL;
    branches = schema_type_members(type, &count);
    for (guint i = 0; i < count; i++) {
        if (schema_type_kind(branches[i].type) == kind)
            return branches[i].type;
    }
    return NULL;
}

/* An object, then the variant that the words choose, then that one's own, ... */
static void each_part(const SchemaType *type, const char *path, char **pairs, PartFunc func,
                      gpointer data)
{
    for (guint depth = 0; depth < SCHEMA_PATH_DEPTH; depth++) {
        const SchemaMember *tag = schema_type_tag(type);
        g_autofree char *tag_path = NULL;

        if (!type || func(type, data) || !tag)
            return;
        tag_path = *path ? g_strconcat(path, ".", tag->name, NULL) : g_strdup(tag->name);
        type = schema_type_branch(schema_type_variant(type, schema_path_value(tag_path, pairs)),
                                  SCHEMA_OBJECT);
    }
}

typedef struct {
    const char *name;
    const SchemaMember *found;
} MemberSearch;

static gboolean match_part(const SchemaType *part, gpointer data)
{
    MemberSearch *search = data;

    search->found = schema_type_member(part, search->name);
    return search->found != NULL;
}

static gboolean is_index(const char *text)
{
    return *text && strspn(text, "0123456789") == strlen(text);
}

/* One step down from @type, which is at @path. *@member: what was stepped through, or NULL. */
static const SchemaType *step(const SchemaType *type, const char *path, const char *name,
                              char **pairs, const SchemaMember **member)
{
    const SchemaType *list = schema_type_branch(type, SCHEMA_ARRAY);
    MemberSearch search = {name, NULL};

    *member = NULL;
    if (list && is_index(name))
        return schema_type_element(list);
    each_part(schema_type_branch(type, SCHEMA_OBJECT), path, pairs, match_part, &search);
    *member = search.found;
    return search.found ? search.found->type : NULL;
}

static const SchemaType *walk(const SchemaType *top, const char *path, char **pairs,
                              const SchemaMember **member)
{
    g_autoptr(GString) at = g_string_new(NULL);
    const SchemaType *type = top;

    *member = NULL;
    for (guint depth = 0; type && *path; depth++) {
        g_autofree char *name = g_strndup(path, strcspn(path, "."));

        type = depth < SCHEMA_PATH_DEPTH ? step(type, at->str, name, pairs, member) : NULL;
        path += strlen(name);
        path += *path == '.';
        g_string_append_printf(at, "%s%s", at->len ? "." : "", name);
    }
    return type;
}

const SchemaType *schema_path_type(const SchemaType *top, const char *path, char **pairs)
{
    const SchemaMember *member;

    return walk(top, path, pairs, &member);
}

const SchemaMember *schema_path_member(const SchemaType *top, const char *path, char **pairs)
{
    const SchemaMember *member;

    return walk(top, path, pairs, &member) ? member : NULL;
}

static gboolean add_members(const SchemaType *part, gpointer data)
{
    guint count;
    const SchemaMember *members = schema_type_members(part, &count);

    for (guint i = 0; i < count; i++)
        g_ptr_array_add(data, (gpointer)&members[i]);
    return FALSE;
}

GPtrArray *schema_path_members(const SchemaType *top, const char *path, char **pairs)
{
    GPtrArray *members = g_ptr_array_new();
    const SchemaType *type = schema_path_type(top, path, pairs);

    each_part(schema_type_branch(type, SCHEMA_OBJECT), path, pairs, add_members, members);
    return members;
}
