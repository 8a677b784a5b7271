/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a Schema is kept: arrays, whose elements refer to each other, and one arena of names. Only
 * the files schema*.c include this.
 */
#pragma once

#include "qmpbridge/core/schema.h"

G_BEGIN_DECLS

/* Stands for "no tag" in a type. */
#define SCHEMA_NO_TAG G_MAXUINT32

/* Members are in the schema's one array, which moves while it grows: hence indices. */
struct SchemaType {
    const Schema *schema;
    SchemaKind kind;
    guint32 members, n_members; /* of an array: one, of the elements' type */
    guint32 variants, n_variants;
    guint32 tag; /* in the schema's array; SCHEMA_NO_TAG */
};

struct Schema {
    gatomicrefcount refs;
    char *digest;
    GArray *commands, *events; /* SchemaEntity, sorted by name */
    GArray *members;           /* SchemaMember */
    SchemaType *types;         /* the first one is the unknown type */
    guint n_types;
    GStringChunk *names;
    gsize name_bytes;
};

/* As schema_new(), with a digest that is known: (transfer full). */
Schema *schema_index(GBytes *text, char *digest, GError **error);

G_END_DECLS
