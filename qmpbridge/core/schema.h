/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What query-qmp-schema returned: which commands and events there are, and the types of all that
 * they take and give (docs/devel/qapi-code-gen.rst of QEMU, "Client JSON Protocol introspection").
 *
 * A Schema is made once and never changes; everything it hands out is borrowed from it and lives
 * as long. The peer's answer is untrusted: what is malformed in it counts as not described, and
 * types may refer to each other in any way, also in circles, so code that walks deeper than one
 * type bounds the depth of the walk. Any thread.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct Schema Schema;
typedef struct SchemaType SchemaType;

/** What values of a type are. */
typedef enum {
    SCHEMA_UNKNOWN, /**< not described */
    SCHEMA_STRING,
    SCHEMA_ENUM, /**< a string, one of schema_type_members() */
    SCHEMA_INT,
    SCHEMA_NUMBER,
    SCHEMA_BOOL,
    SCHEMA_NULL,
    SCHEMA_OBJECT,    /**< of schema_type_members(), and of a variant where there is a tag */
    SCHEMA_ARRAY,     /**< of schema_type_element() */
    SCHEMA_ALTERNATE, /**< of one of the types of schema_type_members(), by its JSON type */
    SCHEMA_ANY,       /**< anything */
} SchemaKind;

/** What is said of a command, an event, a member or a value of an enum. */
typedef enum {
    SCHEMA_DEPRECATED = 1 << 0,
    SCHEMA_UNSTABLE = 1 << 1,
    SCHEMA_OPTIONAL = 1 << 2,  /**< members only */
    SCHEMA_ALLOW_OOB = 1 << 3, /**< commands only */
} SchemaFlags;

/** A member of an object, a case of a union, a branch of an alternate, or a value of an enum. */
typedef struct {
    const char *name;       /**< UTF-8, any characters; NULL for branches of alternates */
    const SchemaType *type; /**< never NULL, except for values of enums */
    guint flags;            /**< SchemaFlags */
} SchemaMember;

/** A command or an event. */
typedef struct {
    const char *name;
    const SchemaType *arguments; /**< never NULL: an object or SCHEMA_UNKNOWN; an event's data */
    const SchemaType *returns;   /**< never NULL; of an event SCHEMA_UNKNOWN */
    guint flags;                 /**< SchemaFlags */
} SchemaEntity;

/**
 * Indexes a schema.
 *
 * @text: what query-qmp-schema returned; plain text as in core/json-scan.h. It isn't kept.
 *
 * Returns: (transfer full): NULL with the errors of json_parse(), or BRIDGE_ERROR_TYPE if it is no
 * array.
 */
Schema *schema_new(GBytes *text, GError **error);
/** Returns: @schema. */
Schema *schema_ref(Schema *schema);
/** @schema: (nullable). */
void schema_unref(Schema *schema);

/** SHA-256 of the text, in hexadecimal. */
const char *schema_digest(const Schema *schema);
/** Memory that the model takes, in bytes. */
gsize schema_size(const Schema *schema);

/** All commands or events, sorted by name. @schema: (nullable): none. */
const SchemaEntity *schema_commands(const Schema *schema, guint *count);
const SchemaEntity *schema_events(const Schema *schema, guint *count);
/** A command or event by name, or NULL. @schema, @name: (nullable): NULL. */
const SchemaEntity *schema_command(const Schema *schema, const char *name);
const SchemaEntity *schema_event(const Schema *schema, const char *name);

/** @type: (nullable): SCHEMA_UNKNOWN. */
SchemaKind schema_type_kind(const SchemaType *type);
/** "string", "enum", "int", ... for people; a static string. */
const char *schema_kind_name(SchemaKind kind);

/** Members of an object without those of its variants, branches of an alternate, or values of an
 * enum, in the peer's order; none for other kinds. @type: (nullable). */
const SchemaMember *schema_type_members(const SchemaType *type, guint *count);
/** The one of schema_type_members() with a name, or NULL. */
const SchemaMember *schema_type_member(const SchemaType *type, const char *name);

/** Type of an array's elements; NULL for other kinds. */
const SchemaType *schema_type_element(const SchemaType *type);

/** The member of a union whose value selects the variant; NULL if @type is no union. */
const SchemaMember *schema_type_tag(const SchemaType *type);
/** The variants of a union: its tag's values, with the types that hold their further members. A
 * value that isn't listed has none. */
const SchemaMember *schema_type_variants(const SchemaType *type, guint *count);
/** The type of the further members for a value of the tag (nullable), or NULL. */
const SchemaType *schema_type_variant(const SchemaType *type, const char *value);

/** Models by digest: peers that send the same share one. For one thread at a time. */
typedef struct SchemaCache SchemaCache;

SchemaCache *schema_cache_new(void);
/** @cache: (nullable). Models that are in use live on. */
void schema_cache_free(SchemaCache *cache);
/** The model of a text, as schema_new() makes it, made only once. Returns: (transfer full). */
Schema *schema_cache_get(SchemaCache *cache, GBytes *text, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Schema, schema_unref)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(SchemaCache, schema_cache_free)

G_END_DECLS
