/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of added commands and events as QMP introspection (qapi/introspect.json of QEMU).
 * Built-in types keep their names there; every other type gets a name of its own.
 */
#include "qmpbridge/io/passthrough.h"

#include <string.h>

#include "qmpbridge/core/json-scan.h"

/* What the answer is to hold besides what it does. */
typedef struct {
    const ExtensionEntry *table;
    GString *out;      /* the array's text; its last bracket is still missing */
    gboolean first;    /* nothing is in it yet */
    guint builtins;    /* bits: which of `builtins` the answer has */
    GHashTable *named; /* of commands: names that both the answer and the table have */
    JsonArray *added;  /* entries that come after the others */
    guint next_type;
} Builder;

static const struct {
    const char *name, *json_type;
} builtins[] = {
    {"str", "string"}, {"int", "int"}, {"number", "number"}, {"bool", "boolean"}, {"any", "value"},
};

/* Members of an entry; in the order of entry_names. */
enum { NAME, META_TYPE, N_MEMBERS };

static const char *const entry_names[] = {"name", "meta-type", NULL};

static void put(Builder *builder, JsonSlice text)
{
    g_string_append(builder->out, builder->first ? "" : ", ");
    g_string_append_len(builder->out, text.text, (gssize)text.len);
    builder->first = FALSE;
}

static void begin(Builder *builder, GBytes *answer, const ExtensionEntry *table)
{
    *builder = (Builder){.table = table, .first = TRUE};
    builder->out = g_string_sized_new(g_bytes_get_size(answer) + 8192);
    builder->added = json_array_new();
    g_string_append_c(builder->out, '[');
}

/* Returns: (transfer full): the text of @answer if it was none to be extended. */
static GBytes *end(Builder *builder, GBytes *answer, gboolean good)
{
    for (guint i = 0; i < json_array_get_length(builder->added); i++) {
        g_autofree char *text = json_to_text(json_array_get_element(builder->added, i));

        put(builder, (JsonSlice){text, strlen(text)});
    }
    json_array_unref(builder->added);
    g_string_append_c(builder->out, ']');
    if (good)
        return g_string_free_to_bytes(builder->out);
    g_string_free(builder->out, TRUE);
    return g_bytes_ref(answer);
}

static JsonObject *add_entry(Builder *builder, const char *name, const char *meta_type)
{
    JsonObject *entry = json_object_new();

    json_object_set_string_member(entry, "name", name);
    json_object_set_string_member(entry, "meta-type", meta_type);
    json_array_add_object_element(builder->added, entry);
    return entry;
}

/* Returns: (transfer full). */
static char *new_type_name(Builder *builder)
{
    return g_strdup_printf("qmpbridge:%u", builder->next_type++);
}

static void ensure_builtin(Builder *builder, const char *name)
{
    for (guint i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if (g_strcmp0(name, builtins[i].name) != 0 || builder->builtins & 1u << i)
            continue;
        builder->builtins |= 1u << i;
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

static gboolean is_replaced(const JsonSlice *entry, const ExtensionEntry *table)
{
    for (; table && table->name; table++) {
        if (json_slice_is(entry[NAME], table->name) &&
            json_slice_is(entry[META_TYPE], table->is_event ? "event" : "command"))
            return TRUE;
    }
    return FALSE;
}

static void note_builtin(Builder *builder, JsonSlice name)
{
    for (guint i = 0; i < G_N_ELEMENTS(builtins); i++) {
        if (json_slice_is(name, builtins[i].name))
            builder->builtins |= 1u << i;
    }
}

/* Most entries are types that are numbered: only the others need a closer look. */
static void copy_schema_entry(JsonSlice entry, gpointer user_data)
{
    Builder *builder = user_data;
    JsonSlice values[N_MEMBERS];
    JsonScan scan;

    if (json_scan(entry, entry_names, values, &scan, NULL) && values[META_TYPE].text) {
        if (is_replaced(values, builder->table))
            return;
        if (json_slice_is(values[META_TYPE], "builtin"))
            note_builtin(builder, values[NAME]);
    }
    put(builder, entry);
}

GBytes *passthrough_extend_schema(GBytes *schema, const ExtensionEntry *table)
{
    Builder builder;
    gboolean good;

    begin(&builder, schema, table);
    good = json_scan_array(json_slice_of(schema), copy_schema_entry, &builder);
    for (; table && table->name; table++)
        add_extension(&builder, table);
    return end(&builder, schema, good);
}

static void copy_command(JsonSlice entry, gpointer user_data)
{
    Builder *builder = user_data;
    JsonSlice values[N_MEMBERS] = {{NULL, 0}};
    JsonScan scan;

    put(builder, entry);
    if (!json_scan(entry, entry_names, values, &scan, NULL))
        return;
    for (guint i = 0; builder->table && builder->table[i].name; i++) {
        if (json_slice_is(values[NAME], builder->table[i].name))
            g_hash_table_add(builder->named, (gpointer)builder->table[i].name);
    }
}

GBytes *passthrough_extend_commands(GBytes *commands, const ExtensionEntry *table)
{
    g_autoptr(GHashTable) named = g_hash_table_new(g_str_hash, g_str_equal);
    Builder builder;
    gboolean good;

    begin(&builder, commands, table);
    builder.named = named;
    good = json_scan_array(json_slice_of(commands), copy_command, &builder);
    for (guint i = 0; table && table[i].name; i++) {
        JsonObject *entry;

        if (table[i].is_event || g_hash_table_contains(named, table[i].name))
            continue;
        entry = json_object_new();
        json_object_set_string_member(entry, "name", table[i].name);
        json_array_add_object_element(builder.added, entry);
    }
    return end(&builder, commands, good);
}

ExtensionEntry *extension_join(const ExtensionEntry *one, const ExtensionEntry *other)
{
    GArray *joined = g_array_new(TRUE, FALSE, sizeof(ExtensionEntry)); /* zeroes end it */

    for (; one->name; one++)
        g_array_append_val(joined, *one);
    for (; other->name; other++)
        g_array_append_val(joined, *other);
    return (ExtensionEntry *)(gpointer)g_array_free(joined, FALSE);
}
