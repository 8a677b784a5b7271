/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was typed -> a QMP command that is ready to be sent: as words, or whole as JSON. With a
 * schema it is checked before the peer sees it; without one values are typed by their look. Errors
 * are BRIDGE_ERROR_USAGE and mark the part that is wrong. Pure.
 */
#pragma once

#include "qmpbridge/core/schema.h"
#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/shell/language/words.h"

G_BEGIN_DECLS

/** A QMP command. */
typedef struct {
    char *name;
    GBytes *args;     /**< (nullable): plain JSON text of an object */
    gboolean oob;     /**< out of band was asked for */
    GPtrArray *hints; /**< lines for people: what is deprecated or unstable */
} Input;

/**
 * A command from words.
 *
 * @schema: (nullable).
 * @table: the shell's own commands, for what is said of a name that the peer doesn't know.
 * @name: the QMP command.
 * @pairs: (nullable): "key=value", "key.member=value", "list.0=value"; a value may be JSON.
 * @words: (nullable): the line's words, @name and @pairs among them.
 *
 * Returns: (transfer full).
 */
Input *input_from_pairs(const Schema *schema, const CommandTable *table, const char *name,
                        char **pairs, const Words *words, GError **error);

/**
 * A command from a line that is a JSON object {"execute"|"exec-oob", "arguments"?, "id"?}. A
 * command that the schema doesn't know is taken as it is, which is the way to send one.
 */
Input *input_from_json(const Schema *schema, const char *line, GError **error);

/** TRUE if a line of JSON asks for out of band, and so must not wait for anything. */
gboolean input_is_oob(const char *line);

/**
 * An action of `transaction`: its JSON text {"type", "data"}.
 *
 * @name: type of the action. @pairs, @words: as above. @hints: (nullable): gets lines.
 *
 * Returns: (transfer full).
 */
GBytes *input_action(const Schema *schema, const char *name, char **pairs, const Words *words,
                     GPtrArray *hints, GError **error);

/** An action that is typed as JSON. Otherwise as input_action(). */
GBytes *input_action_json(const Schema *schema, const char *line, GPtrArray *hints, GError **error);

/** The actions that `transaction` has, as values of their tag; none where they aren't known.
 * @schema: (nullable). */
const SchemaMember *input_actions(const Schema *schema, guint *count);

/** The type of what an action takes, or NULL. @schema: (nullable). */
const SchemaType *input_action_data(const Schema *schema, const char *name);

/** The type of the properties of `transaction`, or NULL. @schema: (nullable). */
const SchemaType *input_properties_type(const Schema *schema);

/** The JSON text of the properties of `transaction`, from "completion-mode=grouped".
 * Returns: (transfer full). */
char *input_properties(const Schema *schema, char **pairs, const Words *words, GError **error);

/** The line as one word, so that parts of it can be marked. Returns: (transfer full). */
Words *input_whole_line(const char *line);

/** @input: (nullable). */
void input_free(Input *input);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Input, input_free)

G_END_DECLS
