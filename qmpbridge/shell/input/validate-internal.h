/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files validate*.c share: a validation under way.
 */
#pragma once

#include "qmpbridge/shell/input/validate.h"

G_BEGIN_DECLS

typedef struct {
    const Validation *is;
    GString *out;  /* the JSON text up to here */
    GString *path; /* of the value at hand, dotted */
    GError **error;
} Check;

/** Fails with BRIDGE_ERROR_USAGE that marks @place. Returns: FALSE. */
G_GNUC_PRINTF(3, 4)
gboolean check_fail(Check *check, Place place, const char *format, ...);

/** Adds a line to the hints, where they are wanted. */
G_GNUC_PRINTF(2, 3)
void check_hint(Check *check, const char *format, ...);

/** Notes that something is deprecated or unstable: "argument 'x' of command y". */
void check_flags(Check *check, guint flags, const char *what);

/** The path with @name (nullable) appended. Returns: (transfer full). */
char *check_path(const Check *check, const char *name);

/** Appends a value of a type (nullable). */
gboolean check_value(Check *check, const SchemaType *type, const Value *value);

/** Appends an object. @open: further members are taken. */
gboolean check_object(Check *check, const SchemaType *type, const Value *value, gboolean open);

/** Appends a value by its look. */
gboolean check_guess(Check *check, const Value *value);

/** As check_value() for a member, or an element, called @name. */
gboolean check_member(Check *check, const SchemaType *type, const Value *value, const char *name);

/** A string as a value of an enum: fails with a suggestion if it is none. */
gboolean check_enum(Check *check, const SchemaType *type, const Value *value);

/** Appends a number that a word stands for, decimal or hexadecimal: -2^63 to 2^64-1. FALSE, and
 * nothing done, if it is none. */
gboolean scalar_append_int(GString *out, const char *text);
/** Likewise any JSON number, true or false (off, no, ...), null. */
gboolean scalar_append_number(GString *out, const char *text);
gboolean scalar_append_bool(GString *out, const char *text);

/** TRUE if a JSON literal is of a kind: "5" an int and a number. */
gboolean scalar_is(const char *literal, SchemaKind kind);

G_END_DECLS
