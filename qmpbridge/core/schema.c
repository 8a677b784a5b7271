/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads of a Schema. Each looks at one entry only, so circles among the types do no harm.
 */
#include "qmpbridge/core/schema.h"

#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/schema-internal.h"

Schema *schema_new(GBytes *text, GError **error)
{
    return schema_index(text, g_compute_checksum_for_bytes(G_CHECKSUM_SHA256, text), error);
}

Schema *schema_ref(Schema *schema)
{
    g_atomic_ref_count_inc(&schema->refs);
    return schema;
}

void schema_unref(Schema *schema)
{
    if (!schema || !g_atomic_ref_count_dec(&schema->refs))
        return;
    g_array_unref(schema->commands);
    g_array_unref(schema->events);
    g_array_unref(schema->members);
    g_string_chunk_free(schema->names);
    g_free(schema->types);
    g_free(schema->digest);
    g_free(schema);
}

const char *schema_digest(const Schema *schema)
{
    return schema->digest;
}

gsize schema_size(const Schema *schema)
{
    return sizeof(*schema) + schema->name_bytes + schema->n_types * sizeof(SchemaType) +
           schema->members->len * sizeof(SchemaMember) +
           (schema->commands->len + schema->events->len) * sizeof(SchemaEntity);
}

static const SchemaEntity *entities(const GArray *array, guint *count)
{
    *count = array ? array->len : 0;
    return array ? (const SchemaEntity *)(const void *)array->data : NULL;
}

const SchemaEntity *schema_commands(const Schema *schema, guint *count)
{
    return entities(schema ? schema->commands : NULL, count);
}

const SchemaEntity *schema_events(const Schema *schema, guint *count)
{
    return entities(schema ? schema->events : NULL, count);
}

static int compare_name(const void *name, const void *entity)
{
    return strcmp(name, ((const SchemaEntity *)entity)->name);
}

static const SchemaEntity *find(const GArray *array, const char *name)
{
    return array->len && name
               ? bsearch(name, array->data, array->len, sizeof(SchemaEntity), compare_name)
               : NULL;
}

const SchemaEntity *schema_command(const Schema *schema, const char *name)
{
    return schema ? find(schema->commands, name) : NULL;
}

const SchemaEntity *schema_event(const Schema *schema, const char *name)
{
    return schema ? find(schema->events, name) : NULL;
}

SchemaKind schema_type_kind(const SchemaType *type)
{
    return type ? type->kind : SCHEMA_UNKNOWN;
}

const char *schema_kind_name(SchemaKind kind)
{
    static const char *const names[] = {
        [SCHEMA_UNKNOWN] = "value", [SCHEMA_STRING] = "string",
        [SCHEMA_ENUM] = "enum",     [SCHEMA_INT] = "int",
        [SCHEMA_NUMBER] = "number", [SCHEMA_BOOL] = "bool",
        [SCHEMA_NULL] = "null",     [SCHEMA_OBJECT] = "object",
        [SCHEMA_ARRAY] = "array",   [SCHEMA_ALTERNATE] = "alternate",
        [SCHEMA_ANY] = "value",
    };

    return names[kind];
}

static const SchemaMember *member_at(const SchemaType *type, guint32 index)
{
    return &g_array_index(type->schema->members, SchemaMember, index);
}

const SchemaMember *schema_type_members(const SchemaType *type, guint *count)
{
    *count = type && type->kind != SCHEMA_ARRAY ? type->n_members : 0;
    return *count ? member_at(type, type->members) : NULL;
}

static const SchemaMember *find_member(const SchemaMember *members, guint count, const char *name)
{
    for (guint i = 0; i < count; i++) {
        if (members[i].name && strcmp(members[i].name, name) == 0)
            return &members[i];
    }
    return NULL;
}

const SchemaMember *schema_type_member(const SchemaType *type, const char *name)
{
    guint count;
    const SchemaMember *members = schema_type_members(type, &count);

    return find_member(members, count, name);
}

const SchemaType *schema_type_element(const SchemaType *type)
{
    return schema_type_kind(type) == SCHEMA_ARRAY ? member_at(type, type->members)->type : NULL;
}

const SchemaMember *schema_type_tag(const SchemaType *type)
{
    return type && type->tag != SCHEMA_NO_TAG ? member_at(type, type->tag) : NULL;
}

const SchemaMember *schema_type_variants(const SchemaType *type, guint *count)
{
    *count = schema_type_tag(type) ? type->n_variants : 0;
    return *count ? member_at(type, type->variants) : NULL;
}

const SchemaType *schema_type_variant(const SchemaType *type, const char *value)
{
    guint count;
    const SchemaMember *variants = schema_type_variants(type, &count);
    const SchemaMember *variant = value ? find_member(variants, count, value) : NULL;

    return variant ? variant->type : NULL;
}
