/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The parts of `transaction`, from words or JSON: its actions and its properties, checked against
 * the schema as a QMP command is (qmp-command.h). Errors are BRIDGE_ERROR_USAGE. Pure.
 */
#pragma once

#include "qmpbridge/shell/language/qmp-command.h"

G_BEGIN_DECLS

/**
 * An action of `transaction`: its JSON text {"type", "data"}.
 *
 * @name: type of the action. @pairs, @words: as above. @hints: (nullable): gets lines.
 *
 * Returns: (transfer full).
 */
GBytes *transaction_action(const Schema *schema, const char *name, char **pairs, const Words *words,
                           GPtrArray *hints, GError **error);

/** An action that is typed as JSON. Otherwise as transaction_action(). */
GBytes *transaction_action_json(const Schema *schema, const char *line, GPtrArray *hints,
                                GError **error);

/** The actions that `transaction` has, as values of their tag; none where they aren't known.
 * @schema: (nullable). */
const SchemaMember *transaction_actions(const Schema *schema, guint *count);

/** The type of what an action takes, or NULL. @schema: (nullable). */
const SchemaType *transaction_action_data(const Schema *schema, const char *name);

/** The type of the properties of `transaction`, or NULL. @schema: (nullable). */
const SchemaType *transaction_properties_type(const Schema *schema);

/** The JSON text of the properties of `transaction`, from "completion-mode=grouped".
 * Returns: (transfer full). */
char *transaction_properties(const Schema *schema, char **pairs, const Words *words,
                             GError **error);

G_END_DECLS
