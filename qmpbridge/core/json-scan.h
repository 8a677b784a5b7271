/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON texts without trees: a text is checked as strictly as json_parse() does, and the parts
 * that matter are found in it, so that all others pass on as they came, whatever numbers they
 * hold. All functions are pure: any thread, no I/O.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Bytes of a text, borrowed and not NUL-terminated. An absent value has NULL in @text. */
typedef struct {
    const char *text;
    gsize len;
} JsonSlice;

/** What json_scan() found out. */
typedef struct {
    gboolean is_object;
    gboolean plain;    /**< may be passed on: RFC 8259 on one line, in ASCII, as QEMU writes it */
    JsonSlice unknown; /**< name of the first member that was not asked for, as it stands there */
} JsonScan;

/**
 * Checks that @text is exactly one JSON value: what it takes json_parse() takes, and the other
 * way round. If it is an object, finds members of it.
 *
 * @names: (nullable): NULL-terminated; the members to find.
 * @values: (nullable): gets a slice of @text for each of @names; of members with the same name
 *   the last one counts.
 *
 * Returns: FALSE with the errors of json_parse().
 */
gboolean json_scan(JsonSlice text, const char *const *names, JsonSlice *values, JsonScan *scan,
                   GError **error);

/**
 * The same value as plain text (see JsonScan).
 *
 * @text: taken by json_scan().
 *
 * Returns: (transfer full): never NULL; free with g_string_free().
 */
GString *json_make_plain(JsonSlice text);

/**
 * As json_make_plain(), unless the plain text has more than @max bytes: escapes make up to six
 * bytes of one. It is given up soon after that many.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_TOO_BIG.
 */
GString *json_make_plain_within(JsonSlice text, gsize max, GError **error);

/** Counts what a parser must hold of a value at once: its tokens (brackets, commas, colons,
 * strings, numbers, words), and how deep its brackets nest. @plain: plain text. */
void json_measure(JsonSlice plain, gsize *tokens, gsize *depth);

/** Called with each element of an array. */
typedef void (*JsonElementFunc)(JsonSlice element, gpointer user_data);

/** Walks over an array. Returns: FALSE if @text is no JSON array; @func may have been called. */
gboolean json_scan_array(JsonSlice text, JsonElementFunc func, gpointer user_data);

/** Called with each member of an object. @name: a JSON string, with its quotes. */
typedef void (*JsonMemberFunc)(JsonSlice name, JsonSlice value, gpointer user_data);

/** Walks over an object in the order of its text; @func gets each of several members with one name.
 * Returns: FALSE if @text is no JSON object; @func may have been called. */
gboolean json_scan_members(JsonSlice text, JsonMemberFunc func, gpointer user_data);

/** The string that a JSON string stands for. Returns: (transfer full) (nullable): NULL if @slice
 * is none. */
char *json_slice_string(JsonSlice slice);

/** TRUE if @slice is the JSON string @text. */
gboolean json_slice_is(JsonSlice slice, const char *text);

/** TRUE and *@value set if @slice is an integer within gint64. */
gboolean json_slice_int(JsonSlice slice, gint64 *value);

/** TRUE if @slice is the word true. */
gboolean json_slice_is_true(JsonSlice slice);

/** A slice of a GBytes; NULL gives an absent one. @bytes: (nullable). */
JsonSlice json_slice_of(GBytes *bytes);

/** A copy. Returns: (transfer full) (nullable): NULL for an absent one. */
GBytes *json_slice_to_bytes(JsonSlice slice);

G_END_DECLS
