/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What query-qmp-schema told: which commands and events there are and what type each argument
 * has (docs/devel/qapi-code-gen.rst of QEMU, "Client JSON Protocol introspection"). The peer's
 * answer is untrusted: anything malformed in it counts as not known. Pure; one thread at a time.
 */
#pragma once

#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

typedef struct Schema Schema;

typedef enum {
    SCHEMA_UNKNOWN, /**< no such argument, or not described */
    SCHEMA_STRING,
    SCHEMA_ENUM,
    SCHEMA_INT,
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_OBJECT,
    SCHEMA_ARRAY,
    SCHEMA_ANY, /**< alternates and 'any': more than one JSON type fits */
} SchemaType;

/** A schema from the returned array. @entries: (nullable): a ref is taken. (transfer full) */
Schema *schema_new(JsonArray *entries);

/** @schema: (nullable). */
void schema_free(Schema *schema);

/** TRUE if there is such a command. @schema: (nullable): FALSE. */
gboolean schema_has_command(Schema *schema, const char *name);

/**
 * Names of a kind, sorted. @meta: "command" or "event". @schema: (nullable): none.
 *
 * Returns: (transfer full): free with g_strfreev().
 */
char **schema_names(Schema *schema, const char *meta);

/**
 * Type of an argument.
 *
 * @schema: (nullable): everything is SCHEMA_UNKNOWN.
 * @key: dotted: "file.driver" is member driver of argument file. Members of all variants of a
 *   union are known.
 */
SchemaType schema_key_type(Schema *schema, const char *command, const char *key);

/**
 * Members of a command's arguments, in the peer's order.
 *
 * @prefix: (nullable): dotted key of an object within them.
 * @suffix_optional: append to optional ones, as in usage texts; "" for none.
 *
 * Returns: (transfer full): free with g_strfreev(); full dotted keys.
 */
char **schema_keys(Schema *schema, const char *command, const char *prefix,
                   const char *suffix_optional);

/** Values of an enum, or true and false of a bool; else none. Free with g_strfreev(). */
char **schema_values(Schema *schema, const char *command, const char *key);

/** Human name of a type: "string", "enum", ... */
const char *schema_type_name(SchemaType type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schema, schema_free)

G_END_DECLS
