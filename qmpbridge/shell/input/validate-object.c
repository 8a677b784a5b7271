/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validates the members of objects. Which ones there are depends on the tags of unions, so these
 * are looked at first; then names, then what is missing, then the values.
 */
#include <string.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/input/validate-internal.h"

/* Variants that an error lists. */
#define MAX_LISTED 4u

/* An object type as far as its tags are known. */
typedef struct {
    const SchemaType *parts[SCHEMA_PATH_DEPTH]; /* the object, its variant, that one's, ... */
    guint count;
} Shape;

static void add_part(Shape *shape, const SchemaType *type)
{
    if (schema_type_kind(type) == SCHEMA_OBJECT && shape->count < SCHEMA_PATH_DEPTH)
        shape->parts[shape->count++] = type;
}

/* Follows the tags. FALSE if one has a value that it can't have. */
static gboolean find_shape(Check *check, const SchemaType *type, const Value *value, Shape *shape)
{
    *shape = (Shape){.count = 0};
    add_part(shape, type);
    for (guint i = 0; i < shape->count; i++) {
        const SchemaMember *tag = schema_type_tag(shape->parts[i]);
        const Value *given = tag ? value_child(value, tag->name) : NULL;
        gsize len = check->path->len;
        gboolean ok = TRUE;

        if (!given)
            continue;
        g_string_append_printf(check->path, "%s%s", len ? "." : "", tag->name);
        if (schema_type_kind(tag->type) == SCHEMA_ENUM)
            ok = check_enum(check, tag->type, given);
        g_string_truncate(check->path, len);
        if (!ok)
            return FALSE;
        add_part(shape, schema_type_variant(shape->parts[i], given->text));
    }
    return TRUE;
}

static const SchemaMember *find_member(const Shape *shape, const char *name)
{
    for (guint i = 0; i < shape->count; i++) {
        const SchemaMember *member = schema_type_member(shape->parts[i], name);

        if (member)
            return member;
    }
    return NULL;
}

/* --- names that aren't there -------------------------------------------------------------- */

/* Cases of a union whose variants have such a member: "ssh, nfs". NULL if none has. */
static char *cases_with(const SchemaType *type, const char *name)
{
    g_autoptr(GString) list = g_string_new(NULL);
    guint count, found = 0;
    const SchemaMember *variants = schema_type_variants(type, &count);

    for (guint i = 0; i < count; i++) {
        if (!schema_type_member(variants[i].type, name) || ++found > MAX_LISTED)
            continue;
        g_string_append_printf(list, "%s%s", found > 1 ? ", " : "", variants[i].name);
    }
    if (found > MAX_LISTED)
        g_string_append(list, ", ...");
    return found ? g_strdup(list->str) : NULL;
}

/* The member exists, but goes with another value of a tag, or with one that isn't given. */
static gboolean fail_variant(Check *check, const Shape *shape, const Value *object,
                             const Value *child, gboolean *failed)
{
    g_autofree char *path = check_path(check, child->name);

    *failed = TRUE;
    for (guint i = 0; i < shape->count; i++) {
        const SchemaMember *tag = schema_type_tag(shape->parts[i]);
        g_autofree char *cases = tag ? cases_with(shape->parts[i], child->name) : NULL;
        const Value *given = tag ? value_child(object, tag->name) : NULL;
        g_autofree char *tag_path = tag ? check_path(check, tag->name) : NULL;

        if (cases && given)
            return check_fail(check, child->name_place, "'%s' goes with %s=%s, not with %s",
                              path, tag_path, cases, given->text);
        if (cases)
            return check_fail(check, child->name_place, "'%s' needs %s=%s", path, tag_path, cases);
    }
    *failed = FALSE;
    return TRUE;
}

static gboolean fail_unknown(Check *check, const Shape *shape, const Value *object,
                             const Value *child)
{
    gboolean is_variant, top = check->path->len == strlen(check->is->path);
    Suggest suggest = {.word = child->name};
    g_autofree char *meant = NULL, *owner = NULL;

    fail_variant(check, shape, object, child, &is_variant);
    if (is_variant)
        return FALSE;
    for (guint i = 0; i < shape->count; i++) {
        guint count;
        const SchemaMember *members = schema_type_members(shape->parts[i], &count);

        for (guint k = 0; k < count; k++) {
            if (!value_child(object, members[k].name))
                suggest_offer(&suggest, members[k].name);
        }
    }
    meant = suggest.best ? g_strdup_printf("; did you mean '%s'?", suggest.best) : g_strdup("");
    owner = top ? g_strdup(check->is->command) : g_strdup_printf("'%s'", check->path->str);
    return check_fail(check, child->name_place, "%s has no %s '%s'%s", owner,
                      top ? "argument" : "member", child->name, meant);
}

/* Each name is known and there once. */
static gboolean check_names(Check *check, const Shape *shape, const Value *value, gboolean open)
{
    g_autoptr(GHashTable) seen = g_hash_table_new(g_str_hash, g_str_equal);

    for (guint i = 0; i < value->children->len; i++) {
        const Value *child = value->children->pdata[i];
        g_autofree char *path = check_path(check, child->name);

        if (!g_hash_table_add(seen, child->name))
            return check_fail(check, child->name_place, "'%s' is given twice", path);
        if (!open && !find_member(shape, child->name))
            return fail_unknown(check, shape, value, child);
    }
    return TRUE;
}

/* --- what is missing ---------------------------------------------------------------------- */

static gboolean fail_missing(Check *check, const Value *object, const SchemaMember *member)
{
    g_autofree char *path = check_path(check, member->name);
    const char *kind = schema_kind_name(schema_type_kind(member->type));

    return check_fail(check, object->place, "'%s' (%s) is missing; 'help %s' tells more", path,
                      kind, check->is->command);
}

static gboolean check_missing(Check *check, const Shape *shape, const Value *value)
{
    for (guint i = 0; i < shape->count; i++) {
        guint count;
        const SchemaMember *members = schema_type_members(shape->parts[i], &count);

        for (guint k = 0; k < count; k++) {
            if (!(members[k].flags & SCHEMA_OPTIONAL) && !value_child(value, members[k].name))
                return fail_missing(check, value, &members[k]);
        }
    }
    return TRUE;
}

/* --- the whole ---------------------------------------------------------------------------- */

static void hint_member(Check *check, const SchemaMember *member)
{
    g_autofree char *path = NULL, *what = NULL;

    if (!(member->flags & (SCHEMA_DEPRECATED | SCHEMA_UNSTABLE)))
        return;
    path = check_path(check, member->name);
    what = g_strdup_printf("argument '%s' of %s", path, check->is->command);
    check_flags(check, member->flags, what);
}

static gboolean append_members(Check *check, const Shape *shape, const Value *value)
{
    g_string_append_c(check->out, '{');
    for (guint i = 0; i < value->children->len; i++) {
        const Value *child = value->children->pdata[i];
        const SchemaMember *member = find_member(shape, child->name);

        if (i)
            g_string_append(check->out, ", ");
        json_append_string(check->out, child->name);
        g_string_append(check->out, ": ");
        if (member)
            hint_member(check, member);
        if (!check_member(check, member ? member->type : NULL, child, child->name))
            return FALSE;
    }
    g_string_append_c(check->out, '}');
    return TRUE;
}

gboolean check_object(Check *check, const SchemaType *type, const Value *value, gboolean open)
{
    Shape shape;

    return find_shape(check, type, value, &shape) && check_names(check, &shape, value, open) &&
           check_missing(check, &shape, value) && append_members(check, &shape, value);
}
