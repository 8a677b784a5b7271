/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: any JSON as the answer to query-qmp-schema. Whatever is in it, its model can be
 * walked, each thing is found by its name, and by its path from a command.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/schema-path.h"
#include "qmpbridge/core/schema.h"

/* Types may refer to each other in circles. */
#define DEPTH 4
#define STEPS 2000u

typedef struct {
    const SchemaType *top; /* arguments of the command that is walked */
    char *pairs[2];        /* the last tag and its value, as a word */
    guint steps;
} Walk;

static void walk(Walk *walk, const SchemaType *type, const char *path, int depth);

static char *join(const char *path, const char *name)
{
    return *path ? g_strconcat(path, ".", name, NULL) : g_strdup(name);
}

static void check_name(const char *name)
{
    g_assert_nonnull(name);
    g_assert_true(*name && strlen(name) <= SCHEMA_MAX_NAME);
    g_assert_true(g_utf8_validate(name, -1, NULL));
}

static void walk_member(Walk *at, const SchemaType *type, const SchemaMember *member,
                        const char *path, int depth)
{
    const SchemaMember *found;
    g_autofree char *below = NULL;

    if (!member->name) {
        g_assert_cmpint(schema_type_kind(type), ==, SCHEMA_ALTERNATE);
        walk(at, member->type, path, depth - 1);
        return;
    }
    check_name(member->name);
    found = schema_type_member(type, member->name);
    g_assert_true(found && strcmp(found->name, member->name) == 0);
    g_assert_true((member->type == NULL) == (schema_type_kind(type) == SCHEMA_ENUM));
    below = join(path, member->name);
    schema_path_type(at->top, below, at->pairs);
    schema_path_member(at->top, below, at->pairs);
    walk(at, member->type, below, depth - 1);
}

static void walk_union(Walk *at, const SchemaType *type, const char *path, int depth)
{
    const SchemaMember *tag = schema_type_tag(type);
    guint count;
    const SchemaMember *variants = schema_type_variants(type, &count);

    if (!tag)
        return;
    for (guint i = 0; i < count; i++) {
        g_autofree char *name = join(path, tag->name);
        char *outer = at->pairs[0];

        check_name(variants[i].name);
        g_assert_nonnull(schema_type_variant(type, variants[i].name));
        at->pairs[0] = g_strconcat(name, "=", variants[i].name, NULL);
        g_ptr_array_unref(schema_path_members(at->top, path, at->pairs));
        walk(at, variants[i].type, path, depth - 1);
        g_free(at->pairs[0]);
        at->pairs[0] = outer;
    }
}

static void walk(Walk *at, const SchemaType *type, const char *path, int depth)
{
    guint count;
    const SchemaMember *members = schema_type_members(type, &count);

    if (depth == 0 || ++at->steps > STEPS)
        return;
    g_assert_nonnull(schema_kind_name(schema_type_kind(type)));
    for (guint i = 0; i < count; i++)
        walk_member(at, type, &members[i], path, depth);
    walk_union(at, type, path, depth);
    if (schema_type_kind(type) == SCHEMA_ARRAY) {
        g_autofree char *element = join(path, "0");

        g_assert_nonnull(schema_type_element(type));
        walk(at, schema_type_element(type), element, depth - 1);
    }
}

typedef const SchemaEntity *(*FindFunc)(const Schema *schema, const char *name);

static void walk_entities(const Schema *schema, const SchemaEntity *entities, guint count,
                          FindFunc find)
{
    for (guint i = 0; i < count; i++) {
        Walk at = {.top = entities[i].arguments};

        check_name(entities[i].name);
        g_assert_true(find(schema, entities[i].name) == &entities[i]);
        g_assert_true(i == 0 || strcmp(entities[i - 1].name, entities[i].name) < 0);
        walk(&at, entities[i].arguments, "", DEPTH);
        walk(&at, entities[i].returns, "", DEPTH);
    }
}

static void index_text(GBytes *text)
{
    g_autoptr(SchemaCache) cache = schema_cache_new();
    g_autoptr(GError) error = NULL;
    g_autoptr(Schema) schema = schema_cache_get(cache, text, &error);
    g_autoptr(Schema) again = schema ? schema_cache_get(cache, text, NULL) : NULL;
    const SchemaEntity *entities;
    guint count;

    g_assert_true((schema == NULL) == (error != NULL));
    g_assert_true(schema == again);
    if (!schema)
        return;
    g_assert_cmpuint(schema_size(schema), <, 4096 + 64 * g_bytes_get_size(text));
    entities = schema_commands(schema, &count);
    walk_entities(schema, entities, count, schema_command);
    entities = schema_events(schema, &count);
    walk_entities(schema, entities, count, schema_event);
}

/* A session hands on plain text only. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    JsonSlice text = {(const char *)data, size};
    g_autoptr(GBytes) bytes = NULL;
    JsonScan scan;

    if (!json_scan(text, NULL, NULL, &scan, NULL))
        return 0;
    bytes = scan.plain ? g_bytes_new(data, size) : g_string_free_to_bytes(json_make_plain(text));
    index_text(bytes);
    return 0;
}
