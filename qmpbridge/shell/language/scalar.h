/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words as JSON numbers and truth values. The JSON text of a number is what was typed, or its
 * decimal form: 64 bits without a sign don't fit a tree of json-glib. Pure.
 */
#pragma once

#include "qmpbridge/core/schema.h"

G_BEGIN_DECLS

/** Appends a number that a word stands for, decimal or hexadecimal: -2^63 to 2^64-1. FALSE, and
 * nothing done, if it is none. */
gboolean scalar_append_int(GString *out, const char *text);
/** Likewise any JSON number, true or false (off, no, ...), null. */
gboolean scalar_append_number(GString *out, const char *text);
gboolean scalar_append_bool(GString *out, const char *text);

/** TRUE if a JSON literal is of a kind: "5" an int and a number. */
gboolean scalar_is(const char *literal, SchemaKind kind);

G_END_DECLS
