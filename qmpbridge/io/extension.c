/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of added commands and events as QMP introspection (qapi/introspect.json of QEMU).
 * Built-in types keep their names there; every other type gets a name of its own.
 */
#include "qmpbridge/io/passthrough.h"

/* Where the answer is being extended: the array and the next free type name. */
typedef struct {
    JsonArray *schema;
    guint next_type;
} Builder;

static const struct {
    const char *name, *json_type;
} builtins[] = {
    { "str", "string" }, { "int", "int" }, { "number", "number" },
    { "bool", "boolean" }, { "any", "value" },
};

static gboolean has_name(JsonObject *entry, const char *name)
{
    const char *value = NULL;

    return json_get_string(entry, "name", &value, NULL) && g_strcmp0(value, name) == 0;
}

static gboolean has_meta_type(JsonObject *entry, const char *meta_type)
{
    const char *value = NULL;

    return json_get_string(entry, "meta-type", &value, NULL) && g_strcmp0(value, meta_type) == 0;
}

static gboolean in_array(JsonArray *array, const char *name)
{
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (has_name(json_array_object(array, i), name))
            return TRUE;
    }
    return FALSE;
}

static JsonObject *add_entry(Builder *builder, const char *name, const char *meta_type)
{
    JsonObject *entry = json_object_new();

    json_object_set_string_member(entry, "name", name);
    json_object_set_string_member(entry, "meta-type", meta_type);
    json_array_add_object_element(builder->schema, entry);
    return entry;
}

/* Returns: (transfer full). */
static char *new_type_name(Builder *builder)
{
    return g_strdup_printf("qmpbridge:%u", builder->next_type++);
}

static void ensure_builtin(Builder *builder, const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if (g_strcmp0(name, builtins[i].name) == 0 && !in_array(builder->schema, name))
            json_object_set_string_member(add_entry(builder, name, "builtin"), "json-type",
                                          builtins[i].json_type);
    }
}

/* Both forms of an enum's members: `values` is what old clients know. Returns: (transfer full). */
static char *add_enum(Builder *builder, const char *const *values)
{
    char *name = new_type_name(builder);
    JsonObject *entry = add_entry(builder, name, "enum");
    JsonArray *members = json_array_new();
    JsonArray *plain = json_array_new();

    for (; values && *values; values++) {
        JsonObject *member = json_object_new();

        json_object_set_string_member(member, "name", *values);
        json_array_add_object_element(members, member);
        json_array_add_string_element(plain, *values);
    }
    json_object_set_array_member(entry, "members", members);
    json_object_set_array_member(entry, "values", plain);
    return name;
}

static JsonObject *build_member(Builder *builder, const ExtensionMember *from)
{
    JsonObject *member = json_object_new();
    g_autofree char *type = NULL;

    if (g_strcmp0(from->type, "enum") == 0) {
        type = add_enum(builder, from->values);
    } else {
        type = g_strdup(from->type);
        ensure_builtin(builder, type);
    }
    json_object_set_string_member(member, "name", from->name);
    json_object_set_string_member(member, "type", type);
    /* Introspection marks an optional member by a default, which today is always null. */
    if (from->optional)
        json_object_set_null_member(member, "default");
    return member;
}

/* Returns: (transfer full): the name of an object type with these members. */
static char *add_object(Builder *builder, const ExtensionMember *members)
{
    char *name = new_type_name(builder);
    JsonArray *array = json_array_new();

    for (; members && members->name; members++)
        json_array_add_object_element(array, build_member(builder, members));
    json_object_set_array_member(add_entry(builder, name, "object"), "members", array);
    return name;
}

static void add_extension(Builder *builder, const ExtensionEntry *from)
{
    g_autofree char *arg_type = add_object(builder, from->arguments);
    g_autofree char *ret_type = from->is_event ? NULL : add_object(builder, from->returns);
    JsonObject *entry = add_entry(builder, from->name, from->is_event ? "event" : "command");

    json_object_set_string_member(entry, "arg-type", arg_type);
    if (ret_type)
        json_object_set_string_member(entry, "ret-type", ret_type);
}

static gboolean is_replaced(JsonObject *entry, const ExtensionEntry *table)
{
    for (; table && table->name; table++) {
        if (has_name(entry, table->name) &&
            has_meta_type(entry, table->is_event ? "event" : "command"))
            return TRUE;
    }
    return FALSE;
}

void passthrough_extend_schema(JsonNode *schema, const ExtensionEntry *table)
{
    Builder builder = { json_as_array(schema), 0 };

    if (!builder.schema)
        return;
    for (guint i = json_array_get_length(builder.schema); i > 0; i--) {
        if (is_replaced(json_array_object(builder.schema, i - 1), table))
            json_array_remove_element(builder.schema, i - 1);
    }
    for (; table && table->name; table++)
        add_extension(&builder, table);
}

void passthrough_extend_commands(JsonNode *commands, const ExtensionEntry *table)
{
    JsonArray *array = json_as_array(commands);

    for (; array && table && table->name; table++) {
        JsonObject *entry;

        if (table->is_event || in_array(array, table->name))
            continue;
        entry = json_object_new();
        json_object_set_string_member(entry, "name", table->name);
        json_array_add_object_element(array, entry);
    }
}
