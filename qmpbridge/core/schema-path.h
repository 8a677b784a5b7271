/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Finds its way in a type by dotted paths, as people type them: "file.filename", "list.0.x". What
 * a union has depends on its tag, so the words that are there already are looked at. Pure; no
 * walk goes deeper than SCHEMA_PATH_DEPTH.
 */
#pragma once

#include "qmpbridge/core/schema.h"

G_BEGIN_DECLS

/** Most parts of a path, and most unions within each other that are looked into. */
#define SCHEMA_PATH_DEPTH 64u

/**
 * The type at the end of a path.
 *
 * @top: (nullable): an object, such as the arguments of a command.
 * @path: dotted; "" for @top itself. A part is the name of a member or the index in an array. Of
 *   an alternate the branch is taken that has members, or elements.
 * @pairs: (nullable): words "path=value", in any order; those that give tags choose the variants.
 *
 * Returns: (nullable): NULL if there is none, or not with those tags.
 */
const SchemaType *schema_path_type(const SchemaType *top, const char *path, char **pairs);

/**
 * The members of the object at the end of a path: its own, then those of the variants whose tags
 * are in @pairs. Arguments as for schema_path_type().
 *
 * Returns: (transfer container) (element-type SchemaMember): never NULL.
 */
GPtrArray *schema_path_members(const SchemaType *top, const char *path, char **pairs);

/** The member at the end of a path, to know its flags; NULL if there is none. */
const SchemaMember *schema_path_member(const SchemaType *top, const char *path, char **pairs);

/** Value that @pairs give a path: what follows its "path=". NULL if none does. */
const char *schema_path_value(const char *path, char **pairs);

/** The branch of an alternate with a kind, or NULL; any other type by itself if it is of it. */
const SchemaType *schema_type_branch(const SchemaType *type, SchemaKind kind);

G_END_DECLS
