/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON text <-> json-glib trees, and typed access to them, safe on hostile input. The tree is
 * json-glib's; its parser is not used, because it turns big integers into -1, drops a second
 * value, cuts strings at \u0000, takes empty input for a value and overflows the stack on deep
 * nesting (json-glib 1.6). All functions here are pure: any thread, no I/O.
 */
#pragma once

#include <json-glib/json-glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/**
 * Parses exactly one JSON value with optional white space around it.
 *
 * Beyond RFC 8259 single-quoted strings are taken, as QEMU does. An integer beyond gint64 (see
 * json-scan.h for passing such on), and a number with a fraction or an exponent, becomes a double,
 * which must be finite. Strings must be
 * valid UTF-8 without U+0000; a lone surrogate is refused. Of members with the same name the last
 * one counts.
 *
 * @text: need not be NUL-terminated if @len is given.
 * @len: in bytes, or -1 for a NUL-terminated string.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_SYNTAX (the message names the byte offset),
 * BRIDGE_ERROR_TOO_DEEP or BRIDGE_ERROR_TOO_BIG (over JSON_MAX_VALUES).
 */
JsonNode *json_parse(const char *text, gssize len, GError **error);

/** As json_parse(), and the value must be an object. Returns: (transfer full): unref with
 * json_object_unref(). */
JsonObject *json_parse_object(const char *text, gssize len, GError **error);

/**
 * Appends a value as compact one-line ASCII JSON. Characters beyond ASCII and control characters
 * become \uXXXX, so that the result is fit for terminals and line-based logs.
 *
 * @node: (nullable): NULL is written as null.
 */
void json_append(GString *out, JsonNode *node);

/** Appends @text as a JSON string with its quotes. Bytes that aren't UTF-8 become U+FFFD. */
void json_append_string(GString *out, const char *text);

/** The same, but gives up soon after @out has more than @max bytes. Returns: FALSE then. */
gboolean json_append_string_within(GString *out, const char *text, gsize max);

/** Appends @object as json_append() does. */
void json_append_object(GString *out, JsonObject *object);

/** A value as compact one-line JSON. Returns: (transfer full): free with g_free(). */
char *json_to_text(JsonNode *node);

/** A node that takes over @object. Returns: (transfer full). @object: (transfer full). */
JsonNode *json_node_take(JsonObject *object);

/**
 * Typed getters. Each looks up member @name of @object and stores it in *@value.
 *
 * @object: (nullable): NULL counts as an object without members.
 * @value: untouched on failure. Strings, objects and arrays are borrowed from @object.
 *
 * Returns: FALSE with BRIDGE_ERROR_TYPE if the member is missing, is of another type, or, for
 * json_get_uint(), is negative. The message names the member. Doubles take integers too.
 */
gboolean json_get_string(JsonObject *object, const char *name, const char **value, GError **error);
gboolean json_get_int(JsonObject *object, const char *name, gint64 *value, GError **error);
gboolean json_get_uint(JsonObject *object, const char *name, guint64 *value, GError **error);
gboolean json_get_bool(JsonObject *object, const char *name, gboolean *value, GError **error);
gboolean json_get_double(JsonObject *object, const char *name, double *value, GError **error);
gboolean json_get_object(JsonObject *object, const char *name, JsonObject **value, GError **error);
gboolean json_get_array(JsonObject *object, const char *name, JsonArray **value, GError **error);

/**
 * As the getters above for members that may be absent: then *@value stays as it is and the result
 * is TRUE. A null counts as absent. A wrong type still is an error.
 */
gboolean json_opt_string(JsonObject *object, const char *name, const char **value, GError **error);
gboolean json_opt_int(JsonObject *object, const char *name, gint64 *value, GError **error);
gboolean json_opt_uint(JsonObject *object, const char *name, guint64 *value, GError **error);
gboolean json_opt_bool(JsonObject *object, const char *name, gboolean *value, GError **error);
gboolean json_opt_double(JsonObject *object, const char *name, double *value, GError **error);
gboolean json_opt_object(JsonObject *object, const char *name, JsonObject **value, GError **error);
gboolean json_opt_array(JsonObject *object, const char *name, JsonArray **value, GError **error);

/** Member @name, or NULL. @object: (nullable). Returns: (transfer none). */
JsonNode *json_lookup(JsonObject *object, const char *name);

/** The object in @node, or NULL if it isn't one. @node: (nullable). Returns: (transfer none). */
JsonObject *json_as_object(JsonNode *node);

/** The array in @node, or NULL if it isn't one. @node: (nullable). Returns: (transfer none). */
JsonArray *json_as_array(JsonNode *node);

/** The string in @node, or NULL if it isn't one. @node: (nullable). Returns: (transfer none). */
const char *json_as_string(JsonNode *node);

/** @object as an object node's content when element @index of @array is one, else NULL. */
JsonObject *json_array_object(JsonArray *array, guint index);

G_END_DECLS
