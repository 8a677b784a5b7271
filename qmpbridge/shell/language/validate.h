/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What was typed against what the schema says, and out comes the JSON text to be sent. It never
 * changes what a value says to make it fit. Whatever isn't described is typed by its look. Pure.
 */
#pragma once

#include "qmpbridge/core/schema.h"
#include "qmpbridge/shell/language/value.h"

G_BEGIN_DECLS

/** What is validated, and how errors call it. */
typedef struct {
    const char *command;    /**< whose arguments it is: "blockdev-add has no argument 'x'" */
    const char *path;       /**< of the top: "" for words, "arguments" in a JSON line */
    const SchemaType *type; /**< (nullable): what the top must be; NULL or unknown: anything */
    gboolean open;          /**< members of the top that aren't described are taken, too */
    const Words *words;     /**< (nullable): for the marks of errors */
    GPtrArray *hints;       /**< (nullable): gets lines on what is deprecated or unstable */
} Validation;

/**
 * Appends @value as plain JSON text (see core/json-scan.h).
 *
 * Returns: FALSE with BRIDGE_ERROR_USAGE, marked; @out then holds part of the text.
 */
gboolean validate(const Validation *validation, const Value *value, GString *out, GError **error);

G_END_DECLS
