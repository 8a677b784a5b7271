/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * key=value words -> the arguments of a QMP command. The schema, where known, decides the JSON
 * type of each value; else its look does. Pure.
 */
#pragma once

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/schema.h"

G_BEGIN_DECLS

/**
 * Builds arguments.
 *
 * @schema: (nullable).
 * @command: the QMP command that the arguments are for.
 * @pairs: (nullable): words "key=value", "key.member=value", "key=[json]", "key={json}". An
 *   integer may be hexadecimal; one over INT64_MAX is then sent as the negative number with the
 *   same bits, which QEMU takes for its unsigned types (qapi/qobject-input-visitor.c).
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE that names the word; an object without
 * members for no words.
 */
JsonObject *pairs_to_json(Schema *schema, const char *command, char **pairs, GError **error);

/**
 * One value by its look: true, false, null, a number, a JSON array, object or string, else a
 * string. Returns: (transfer full), never NULL.
 */
JsonNode *pairs_guess(const char *text);

G_END_DECLS
