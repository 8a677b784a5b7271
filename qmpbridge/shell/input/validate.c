/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Validates values by kind; objects are validate-object.c's. The walk follows what was typed,
 * whose depth is bounded, so circles in a schema do no harm.
 */
#include "qmpbridge/shell/input/validate.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/core/suggest.h"
#include "qmpbridge/shell/input/validate-internal.h"

/* Values of an enum that an error lists. */
#define MAX_LISTED 8u

gboolean check_fail(Check *check, Place place, const char *format, ...)
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

void check_hint(Check *check, const char *format, ...)
{
    va_list args;

    if (!check->is->hints)
        return;
    va_start(args, format);
    g_ptr_array_add(check->is->hints, g_strdup_vprintf(format, args));
    va_end(args);
}

void check_flags(Check *check, guint flags, const char *what)
{
    if (flags & SCHEMA_DEPRECATED)
        check_hint(check, "%s is deprecated", what);
    if (flags & SCHEMA_UNSTABLE)
        check_hint(check, "%s is unstable: it may change or go without notice", what);
}

char *check_path(const Check *check, const char *name)
{
    return g_strconcat(check->path->str, check->path->len && name ? "." : "", name, NULL);
}

/* --- errors ------------------------------------------------------------------------------- */

static const char *expected(SchemaKind kind)
{
    static const char *const names[] = {
        [SCHEMA_STRING] = "a string",      [SCHEMA_ENUM] = "a string",
        [SCHEMA_INT] = "an integer",       [SCHEMA_NUMBER] = "a number",
        [SCHEMA_BOOL] = "true or false",   [SCHEMA_NULL] = "null",
        [SCHEMA_OBJECT] = "an object",     [SCHEMA_ARRAY] = "an array",
        [SCHEMA_ALTERNATE] = "of one of its types", [SCHEMA_ANY] = "a value",
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
    if (suggest.best)
        return check_fail(check, value->place, "'%s' can't be '%s'; did you mean '%s'?",
                          check->path->str, value->text, suggest.best);
    return check_fail(check, value->place, "'%s' can't be '%s'; it is one of: %s",
                      check->path->str, value->text, list->str);
}

gboolean check_enum(Check *check, const SchemaType *type, const Value *value)
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

gboolean check_guess(Check *check, const Value *value)
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

gboolean check_member(Check *check, const SchemaType *type, const Value *value, const char *name)
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
    return branch ? check_value(check, branch, value)
                  : fail_kind(check, SCHEMA_ALTERNATE, value);
}

gboolean check_value(Check *check, const SchemaType *type, const Value *value)
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

gboolean validate(const Validation *validation, const Value *value, GString *out, GError **error)
{
    g_autoptr(GString) path = g_string_new(validation->path);
    Check check = {validation, out, path, error};

    if (schema_type_kind(validation->type) == SCHEMA_OBJECT &&
        (value->kind == VALUE_OBJECT || value->kind == VALUE_PARTS))
        return check_object(&check, validation->type, value, validation->open);
    return check_value(&check, validation->type, value);
}
