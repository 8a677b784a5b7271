/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Looks things up in a QMP schema. It never walks further than the dots of a key and the cases
 * of one union, so a schema that refers to itself does no harm.
 */
#include "qmpbridge/shell/schema.h"

#include <string.h>

struct Schema {
    JsonArray *entries;
    GHashTable *by_name; /* name -> JsonObject, borrowed from entries */
};

static const char *member_string(JsonObject *object, const char *name)
{
    return json_as_string(json_lookup(object, name));
}

static JsonArray *member_array(JsonObject *object, const char *name)
{
    return json_as_array(json_lookup(object, name));
}

static guint length(JsonArray *array)
{
    return array ? json_array_get_length(array) : 0;
}

Schema *schema_new(JsonArray *entries)
{
    Schema *schema = g_new0(Schema, 1);

    schema->entries = entries ? json_array_ref(entries) : json_array_new();
    schema->by_name = g_hash_table_new(g_str_hash, g_str_equal);
    for (guint i = 0; i < length(schema->entries); i++) {
        JsonObject *entry = json_array_object(schema->entries, i);
        const char *name = member_string(entry, "name");

        if (name && member_string(entry, "meta-type"))
            g_hash_table_insert(schema->by_name, (gpointer)name, entry);
    }
    return schema;
}

void schema_free(Schema *schema)
{
    if (!schema)
        return;
    g_hash_table_destroy(schema->by_name);
    json_array_unref(schema->entries);
    g_free(schema);
}

static JsonObject *find(Schema *schema, const char *name)
{
    return schema && name ? g_hash_table_lookup(schema->by_name, name) : NULL;
}

static gboolean is_meta(JsonObject *entry, const char *meta)
{
    return g_strcmp0(member_string(entry, "meta-type"), meta) == 0;
}

/* The type of a command's arguments, or NULL. */
static JsonObject *arguments_of(Schema *schema, const char *command)
{
    JsonObject *entry = find(schema, command);

    return entry && is_meta(entry, "command") ? find(schema, member_string(entry, "arg-type"))
                                              : NULL;
}

gboolean schema_has_command(Schema *schema, const char *name)
{
    JsonObject *entry = find(schema, name);

    return entry && is_meta(entry, "command");
}

static int compare_strings(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static char **take_strings(GPtrArray *strings)
{
    g_ptr_array_add(strings, NULL);
    return (char **)g_ptr_array_free(strings, FALSE);
}

char **schema_names(Schema *schema, const char *meta)
{
    GPtrArray *names = g_ptr_array_new();
    GHashTableIter iter;
    gpointer name, entry;

    if (schema) {
        g_hash_table_iter_init(&iter, schema->by_name);
        while (g_hash_table_iter_next(&iter, &name, &entry)) {
            if (is_meta(entry, meta))
                g_ptr_array_add(names, g_strdup(name));
        }
    }
    g_ptr_array_sort(names, compare_strings);
    return take_strings(names);
}

/* Calls of the visitor stop at the first TRUE. */
typedef gboolean (*MemberFunc)(JsonObject *member, gpointer data);

static gboolean each_in(JsonObject *type, MemberFunc func, gpointer data)
{
    JsonArray *members = member_array(type, "members");

    for (guint i = 0; i < length(members); i++) {
        JsonObject *member = json_array_object(members, i);

        if (member_string(member, "name") && func(member, data))
            return TRUE;
    }
    return FALSE;
}

/* The members of an object type: the common ones, then those of each variant. */
static void each_member(Schema *schema, JsonObject *type, MemberFunc func, gpointer data)
{
    JsonArray *variants = member_array(type, "variants");

    if (!type || !is_meta(type, "object") || each_in(type, func, data))
        return;
    for (guint i = 0; i < length(variants); i++) {
        JsonObject *variant = json_array_object(variants, i);
        JsonObject *part = find(schema, member_string(variant, "type"));

        if (part && each_in(part, func, data))
            return;
    }
}

typedef struct {
    const char *name;
    gsize len;
    const char *type; /* out */
} MemberSearch;

static gboolean match_member(JsonObject *member, gpointer data)
{
    MemberSearch *search = data;
    const char *name = member_string(member, "name");

    if (strlen(name) != search->len || memcmp(name, search->name, search->len))
        return FALSE;
    search->type = member_string(member, "type");
    return TRUE;
}

/* The type that a dotted key ends at, from type @at on. */
static JsonObject *descend(Schema *schema, JsonObject *at, const char *key)
{
    while (at && *key) {
        MemberSearch search = {.name = key, .len = strcspn(key, ".")};

        each_member(schema, at, match_member, &search);
        at = find(schema, search.type);
        key += search.len;
        if (*key == '.')
            key++;
    }
    return at;
}

static SchemaType builtin_type(const char *json)
{
    static const struct {
        const char *name;
        SchemaType type;
    } types[] = {
        {"string", SCHEMA_STRING},  {"int", SCHEMA_INT},     {"number", SCHEMA_NUMBER},
        {"boolean", SCHEMA_BOOL},   {"object", SCHEMA_OBJECT}, {"array", SCHEMA_ARRAY},
        {"value", SCHEMA_ANY},
    };

    for (gsize i = 0; i < G_N_ELEMENTS(types); i++) {
        if (g_strcmp0(json, types[i].name) == 0)
            return types[i].type;
    }
    return SCHEMA_UNKNOWN;
}

static SchemaType type_of(JsonObject *entry)
{
    if (!entry)
        return SCHEMA_UNKNOWN;
    if (is_meta(entry, "builtin"))
        return builtin_type(member_string(entry, "json-type"));
    if (is_meta(entry, "enum"))
        return SCHEMA_ENUM;
    if (is_meta(entry, "object"))
        return SCHEMA_OBJECT;
    if (is_meta(entry, "array"))
        return SCHEMA_ARRAY;
    return is_meta(entry, "alternate") ? SCHEMA_ANY : SCHEMA_UNKNOWN;
}

SchemaType schema_key_type(Schema *schema, const char *command, const char *key)
{
    if (!*key)
        return SCHEMA_UNKNOWN;
    return type_of(descend(schema, arguments_of(schema, command), key));
}

typedef struct {
    GPtrArray *keys;
    const char *prefix, *suffix;
} KeyList;

static gboolean add_key(JsonObject *member, gpointer data)
{
    KeyList *list = data;
    gboolean optional = json_lookup(member, "default") != NULL;
    gboolean nested = list->prefix && *list->prefix;

    g_ptr_array_add(list->keys, g_strconcat(nested ? list->prefix : "", nested ? "." : "",
                                            member_string(member, "name"),
                                            optional ? list->suffix : "", NULL));
    return FALSE;
}

char **schema_keys(Schema *schema, const char *command, const char *prefix,
                   const char *suffix_optional)
{
    KeyList list = {g_ptr_array_new(), prefix, suffix_optional};
    JsonObject *type = arguments_of(schema, command);

    if (type && prefix && *prefix)
        type = descend(schema, type, prefix);
    each_member(schema, type, add_key, &list);
    return take_strings(list.keys);
}

static gboolean add_value(JsonObject *member, gpointer data)
{
    g_ptr_array_add(data, g_strdup(member_string(member, "name")));
    return FALSE;
}

char **schema_values(Schema *schema, const char *command, const char *key)
{
    GPtrArray *values = g_ptr_array_new();
    JsonObject *entry = *key ? descend(schema, arguments_of(schema, command), key) : NULL;

    if (type_of(entry) == SCHEMA_BOOL) {
        g_ptr_array_add(values, g_strdup("false"));
        g_ptr_array_add(values, g_strdup("true"));
    } else if (type_of(entry) == SCHEMA_ENUM && member_array(entry, "members")) {
        each_in(entry, add_value, values);
    } else if (type_of(entry) == SCHEMA_ENUM) { /* before QEMU 6.2 */
        JsonArray *old = member_array(entry, "values");

        for (guint i = 0; i < length(old); i++) {
            const char *value = json_as_string(json_array_get_element(old, i));

            if (value)
                g_ptr_array_add(values, g_strdup(value));
        }
    }
    return take_strings(values);
}

const char *schema_type_name(SchemaType type)
{
    static const char *const names[] = {
        [SCHEMA_UNKNOWN] = "value", [SCHEMA_STRING] = "string", [SCHEMA_ENUM] = "enum",
        [SCHEMA_INT] = "int",       [SCHEMA_NUMBER] = "number", [SCHEMA_BOOL] = "bool",
        [SCHEMA_OBJECT] = "object", [SCHEMA_ARRAY] = "array",   [SCHEMA_ANY] = "value",
    };

    return names[type];
}
