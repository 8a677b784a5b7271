/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validates values by kind. The walk follows what was typed, whose depth is bounded, so circles in
 * a schema do no harm. Which members an object has depends on the tags of its unions: these are
 * looked at first, then names, then what is missing, then the values.
 */
#include "qmpbridge/shell/language/validate.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/language/scalar.h"

/* Values of an enum that an error lists. */
#define MAX_LISTED 8u
/* Variants that an error lists. */
#define MAX_LISTED_VARIANTS 4u

/* A validation under way. */
typedef struct {
    const Validation *is;
    GString *out;  /* the JSON text up to here */
    GString *path; /* of the value at hand, dotted */
    GError **error;
} Check;

/* Appends a value by its look. */
static gboolean check_guess(Check *check, const Value *value);
/* Appends a value of a type (nullable). */
static gboolean check_value(Check *check, const SchemaType *type, const Value *value);
/* Appends an object. @open: further members are taken. */
static gboolean check_object(Check *check, const SchemaType *type, const Value *value,
                             gboolean open);

/* Fails with BRIDGE_ERROR_USAGE that marks @place. Returns: FALSE. */
G_GNUC_PRINTF(3, 4)
static gboolean check_fail(Check *check, Place place, const char *format, ...)
{
    va_list args;
    GError *error;

    va_start(args, format);
    error = g_error_new_valist(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, format, args);
    va_end(args);
    words_mark(check->is->words, place.word, place.from, place.len, error);
    g_propagate_error(check->error, error);
    return FALSE;
}

/* Adds a line to the hints, where they are wanted. */
G_GNUC_PRINTF(2, 3)
static void check_hint(Check *check, const char *format, ...)
{
    va_list args;

    if (!check->is->hints)
        return;
    va_start(args, format);
    g_ptr_array_add(check->is->hints, g_strdup_vprintf(format, args));
    va_end(args);
}

/* Notes that something is deprecated or unstable: "argument 'x' of command y". */
static void check_flags(Check *check, guint flags, const char *what)
{
    if (flags & SCHEMA_DEPRECATED)
        check_hint(check, "%s is deprecated", what);
    if (flags & SCHEMA_UNSTABLE)
        check_hint(check, "%s is unstable: it may change or go without notice", what);
}

/* The path with @name (nullable) appended. (transfer full) */
static char *check_path(const Check *check, const char *name)
{
    return g_strconcat(check->path->str, check->path->len && name ? "." : "", name, NULL);
}

/* --- errors ------------------------------------------------------------------------------- */

static const char *expected(SchemaKind kind)
{
    static const char *const names[] = {
        [SCHEMA_STRING] = "a string",
        [SCHEMA_ENUM] = "a string",
        [SCHEMA_INT] = "an integer",
        [SCHEMA_NUMBER] = "a number",
        [SCHEMA_BOOL] = "true or false",
        [SCHEMA_NULL] = "null",
        [SCHEMA_OBJECT] = "an object",
        [SCHEMA_ARRAY] = "an array",
        [SCHEMA_ALTERNATE] = "of one of its types",
        [SCHEMA_ANY] = "a value",
        [SCHEMA_UNKNOWN] = "a value",
    };

    return names[kind];
}

static gboolean fail_kind(Check *check, SchemaKind kind, const Value *value)
{
    const char *path = check->path->str, *must = expected(kind);

    switch (value->kind) {
    case VALUE_WORD:
    case VALUE_LITERAL:
        return check_fail(check, value->place, "'%s' must be %s, not %s%s%s", path, must,
                          value->kind == VALUE_WORD ? "'" : "", value->text,
                          value->kind == VALUE_WORD ? "'" : "");
    case VALUE_STRING:
        return check_fail(check, value->place, "'%s' must be %s, not a string", path, must);
    case VALUE_ARRAY:
        return check_fail(check, value->place, "'%s' must be %s, not an array", path, must);
    default:
        return check_fail(check, value->place, "'%s' must be %s, not an object", path, must);
    }
}

static gboolean fail_enum(Check *check, const SchemaType *type, const Value *value)
{
    g_autoptr(GString) list = g_string_new(NULL);
    g_autofree char *meant = NULL;
    Suggest suggest = {.word = value->text};
    guint count;
    const SchemaMember *values = schema_type_members(type, &count);

    for (guint i = 0; i < count; i++) {
        suggest_offer(&suggest, values[i].name);
        if (i < MAX_LISTED)
            g_string_append_printf(list, "%s%s", i ? ", " : "", values[i].name);
    }
    if (count > MAX_LISTED)
        g_string_append(list, ", ...");
    meant = suggest_meant(&suggest);
    if (meant)
        return check_fail(check, value->place, "'%s' can't be '%s'; did you mean %s?",
                          check->path->str, value->text, meant);
    return check_fail(check, value->place, "'%s' can't be '%s'; it is one of: %s", check->path->str,
                      value->text, list->str);
}

/* A string as a value of an enum: fails with a suggestion if it is none. */
static gboolean check_enum(Check *check, const SchemaType *type, const Value *value)
{
    const SchemaMember *found;
    g_autofree char *what = NULL;

    if (value->kind != VALUE_WORD && value->kind != VALUE_STRING)
        return fail_kind(check, SCHEMA_ENUM, value);
    found = schema_type_member(type, value->text);
    if (!found)
        return fail_enum(check, type, value);
    if (found->flags) {
        what = g_strdup_printf("%s=%s", check->path->str, value->text);
        check_flags(check, found->flags, what);
    }
    return TRUE;
}

/* --- by look ------------------------------------------------------------------------------ */

/* JSON that stands in a word: NULL if it is none. */
static Value *word_json(const Check *check, const Value *word, GError **error)
{
    return value_from_json(word->text, check->is->words, word->place, error);
}

static gboolean guess_word(Check *check, const Value *value)
{
    gboolean literal = strchr("{[\"-0123456789", *value->text ? *value->text : '?') ||
                       !strcmp(value->text, "true") || !strcmp(value->text, "false") ||
                       !strcmp(value->text, "null");
    g_autoptr(Value) json = NULL;

    if (literal && !value->quoted) {
        if (scalar_append_int(check->out, value->text))
            return TRUE;
        json = word_json(check, value, NULL);
    }
    if (json)
        return check_guess(check, json);
    json_append_string(check->out, value->text);
    return TRUE;
}

static gboolean is_list(const Value *value)
{
    for (guint i = 0; i < value->children->len; i++) {
        g_autofree char *index = g_strdup_printf("%u", i);

        if (!value_child(value, index))
            return FALSE;
    }
    return value->children->len > 0;
}

static gboolean check_array(Check *check, const SchemaType *element, const Value *value);

static gboolean check_guess(Check *check, const Value *value)
{
    switch (value->kind) {
    case VALUE_WORD:
        return guess_word(check, value);
    case VALUE_STRING:
        json_append_string(check->out, value->text);
        return TRUE;
    case VALUE_LITERAL:
        g_string_append(check->out, value->text);
        return TRUE;
    case VALUE_ARRAY:
        return check_array(check, NULL, value);
    case VALUE_PARTS:
        if (value->name && is_list(value))
            return check_array(check, NULL, value);
        break;
    case VALUE_OBJECT:
        break;
    }
    return check_object(check, NULL, value, TRUE);
}

/* --- by kind ------------------------------------------------------------------------------ */

/* As check_value() for a member, or an element, called @name. */
static gboolean check_member(Check *check, const SchemaType *type, const Value *value,
                             const char *name)
{
    gsize len = check->path->len;
    gboolean ok;

    g_string_append_printf(check->path, "%s%s", len ? "." : "", name);
    ok = check_value(check, type, value);
    g_string_truncate(check->path, len);
    return ok;
}

static gboolean check_element(Check *check, const SchemaType *element, const Value *value,
                              guint index)
{
    g_autofree char *name = g_strdup_printf("%u", index);

    if (index)
        g_string_append(check->out, ", ");
    return check_member(check, element, value, name);
}

/* The elements that "list.0=", "list.1=", ... gave, in any order. */
static gboolean check_indices(Check *check, const SchemaType *element, const Value *value)
{
    for (guint i = 0; i < value->children->len; i++) {
        const Value *child = value->children->pdata[i];

        if (strspn(child->name, "0123456789") != strlen(child->name))
            return check_fail(check, child->name_place,
                              "'%s' is an array: its elements are %s.0, %s.1, ...",
                              check->path->str, check->path->str, check->path->str);
    }
    for (guint i = 0; i < value->children->len; i++) {
        g_autofree char *index = g_strdup_printf("%u", i);
        const Value *child = value_child(value, index);

        if (!child) {
            child = value->children->pdata[value->children->len - 1];
            return check_fail(check, child->name_place, "'%s.%s' is given, but no '%s.%s'",
                              check->path->str, child->name, check->path->str, index);
        }
        if (!check_element(check, element, child, i))
            return FALSE;
    }
    return TRUE;
}

static gboolean check_array(Check *check, const SchemaType *element, const Value *value)
{
    g_string_append_c(check->out, '[');
    if (value->kind == VALUE_PARTS && !check_indices(check, element, value))
        return FALSE;
    for (guint i = 0; value->kind == VALUE_ARRAY && i < value->children->len; i++) {
        if (!check_element(check, element, value->children->pdata[i], i))
            return FALSE;
    }
    g_string_append_c(check->out, ']');
    return TRUE;
}

static gboolean append_scalar(Check *check, SchemaKind kind, const char *text)
{
    switch (kind) {
    case SCHEMA_INT:
        return scalar_append_int(check->out, text);
    case SCHEMA_NUMBER:
        return scalar_append_number(check->out, text);
    case SCHEMA_BOOL:
        return scalar_append_bool(check->out, text);
    default:
        if (strcmp(text, "null"))
            return FALSE;
        g_string_append(check->out, "null");
        return TRUE;
    }
}

static gboolean check_scalar(Check *check, SchemaKind kind, const Value *value)
{
    if (value->kind == VALUE_WORD && append_scalar(check, kind, value->text))
        return TRUE;
    if (value->kind != VALUE_LITERAL || !scalar_is(value->text, kind))
        return fail_kind(check, kind, value);
    g_string_append(check->out, value->text);
    return TRUE;
}

static gboolean check_string(Check *check, const SchemaType *type, const Value *value)
{
    if (value->kind != VALUE_WORD && value->kind != VALUE_STRING)
        return fail_kind(check, SCHEMA_STRING, value);
    if (schema_type_kind(type) == SCHEMA_ENUM && !check_enum(check, type, value))
        return FALSE;
    json_append_string(check->out, value->text);
    return TRUE;
}

static gboolean check_container(Check *check, const SchemaType *type, const Value *value)
{
    gboolean array = schema_type_kind(type) == SCHEMA_ARRAY;
    g_autoptr(Value) json = NULL;

    if (value->kind == VALUE_WORD && *value->text == (array ? '[' : '{')) {
        json = word_json(check, value, check->error);
        if (!json)
            return FALSE;
        value = json;
    }
    if (array && (value->kind == VALUE_ARRAY || value->kind == VALUE_PARTS))
        return check_array(check, schema_type_element(type), value);
    if (!array && (value->kind == VALUE_OBJECT || value->kind == VALUE_PARTS))
        return check_object(check, type, value, FALSE);
    return fail_kind(check, schema_type_kind(type), value);
}

/* --- alternates --------------------------------------------------------------------------- */

/* The kinds that a JSON value may be of, the likeliest first. SCHEMA_UNKNOWN ends them. */
static const SchemaKind *kinds_of(const Value *value)
{
    static const SchemaKind object[] = {SCHEMA_OBJECT, SCHEMA_UNKNOWN};
    static const SchemaKind array[] = {SCHEMA_ARRAY, SCHEMA_UNKNOWN};
    static const SchemaKind parts[] = {SCHEMA_OBJECT, SCHEMA_ARRAY, SCHEMA_UNKNOWN};
    static const SchemaKind string[] = {SCHEMA_ENUM, SCHEMA_STRING, SCHEMA_UNKNOWN};
    static const SchemaKind literal[] = {SCHEMA_INT, SCHEMA_NUMBER, SCHEMA_BOOL, SCHEMA_NULL,
                                         SCHEMA_UNKNOWN};
    static const SchemaKind *const kinds[] = {
        [VALUE_WORD] = string,   [VALUE_STRING] = string, [VALUE_LITERAL] = literal,
        [VALUE_OBJECT] = object, [VALUE_ARRAY] = array,   [VALUE_PARTS] = parts,
    };

    return kinds[value->kind];
}

static const SchemaType *find_branch(const SchemaType *type, const Value *value)
{
    for (const SchemaKind *kind = kinds_of(value); *kind != SCHEMA_UNKNOWN; kind++) {
        const SchemaType *branch = schema_type_branch(type, *kind);

        if (branch && (value->kind != VALUE_LITERAL || scalar_is(value->text, *kind)))
            return branch;
    }
    return NULL;
}

/* A word may be any JSON value, or a string as it stands. */
static gboolean check_alternate(Check *check, const SchemaType *type, const Value *value)
{
    g_autoptr(Value) json = NULL;
    const SchemaType *branch = NULL;

    if (value->kind == VALUE_WORD && !value->quoted)
        json = word_json(check, value, NULL);
    if (json)
        branch = find_branch(type, json);
    if (branch)
        return check_value(check, branch, json);
    branch = find_branch(type, value);
    return branch ? check_value(check, branch, value) : fail_kind(check, SCHEMA_ALTERNATE, value);
}

static gboolean check_value(Check *check, const SchemaType *type, const Value *value)
{
    SchemaKind kind = schema_type_kind(type);

    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_ENUM:
        return check_string(check, type, value);
    case SCHEMA_INT:
    case SCHEMA_NUMBER:
    case SCHEMA_BOOL:
    case SCHEMA_NULL:
        return check_scalar(check, kind, value);
    case SCHEMA_OBJECT:
    case SCHEMA_ARRAY:
        return check_container(check, type, value);
    case SCHEMA_ALTERNATE:
        return check_alternate(check, type, value);
    case SCHEMA_UNKNOWN:
    case SCHEMA_ANY:
        break;
    }
    return check_guess(check, value);
}

/* --- objects ------------------------------------------------------------------------------- */

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
        if (!schema_type_member(variants[i].type, name) || ++found > MAX_LISTED_VARIANTS)
            continue;
        g_string_append_printf(list, "%s%s", found > 1 ? ", " : "", variants[i].name);
    }
    if (found > MAX_LISTED_VARIANTS)
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
            return check_fail(check, child->name_place, "'%s' goes with %s=%s, not with %s", path,
                              tag_path, cases, given->text);
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
    meant = suggest_meant(&suggest);
    owner = top ? g_strdup(check->is->command) : g_strdup_printf("'%s'", check->path->str);
    return check_fail(check, child->name_place, "%s has no %s '%s'%s%s%s", owner,
                      top ? "argument" : "member", child->name, meant ? "; did you mean " : "",
                      meant ? meant : "", meant ? "?" : "");
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

static gboolean check_object(Check *check, const SchemaType *type, const Value *value,
                             gboolean open)
{
    Shape shape;

    return find_shape(check, type, value, &shape) && check_names(check, &shape, value, open) &&
           check_missing(check, &shape, value) && append_members(check, &shape, value);
}

gboolean validate(const Validation *validation, const Value *value, GString *out, GError **error)
{
    g_autoptr(GString) path = g_string_new(validation->path);
    Check check = {validation, out, path, error};

    if (schema_type_kind(validation->type) == SCHEMA_OBJECT &&
        (value->kind == VALUE_OBJECT || value->kind == VALUE_PARTS))
        return check_object(&check, validation->type, value, validation->open);
    return check_value(&check, validation->type, value);
}
