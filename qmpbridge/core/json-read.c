/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON parser: text to json-glib tree by recursive descent, with the depth capped before the
 * stack could be. Strict RFC 8259 plus single-quoted strings. It reads each byte once, reads none
 * past the end, and keeps nothing between calls.
 */
#include <errno.h>
#include <math.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"

/* Longest number in bytes; a longer one would be no useful number. */
#define MAX_NUMBER 64u

typedef struct {
    const char *begin;
    const char *at;
    const char *end;
    guint depth;
    guint values;
    GString *scratch; /* of the string being read; not used recursively */
    GError **error;
} Reader;

static JsonNode *read_value(Reader *reader);

static gboolean fail(Reader *reader, const char *what)
{
    if (reader->error && !*reader->error)
        g_set_error(reader->error, BRIDGE_ERROR, BRIDGE_ERROR_SYNTAX,
                    "JSON syntax: %s at byte %" G_GSIZE_FORMAT, what,
                    (gsize)(reader->at - reader->begin));
    return FALSE;
}

/* The byte at hand, or 0 at the end; a NUL in the text is an error wherever it stands. */
static char peek(const Reader *reader)
{
    return reader->at < reader->end ? *reader->at : '\0';
}

static void skip_space(Reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' ||
                                        *reader->at == '\r' || *reader->at == '\t'))
        reader->at++;
}

static gboolean accept_char(Reader *reader, char c)
{
    skip_space(reader);
    if (peek(reader) != c)
        return FALSE;
    reader->at++;
    return TRUE;
}

static gboolean read_hex4(Reader *reader, gunichar *unit)
{
    *unit = 0;
    for (int i = 0; i < 4; i++) {
        int digit = g_ascii_xdigit_value(peek(reader));

        if (digit < 0)
            return fail(reader, "\\u needs four hexadecimal digits");
        *unit = *unit << 4 | (gunichar)digit;
        reader->at++;
    }
    return TRUE;
}

/* What follows "\u": one unit, or two that make a surrogate pair. */
static gboolean read_unicode(Reader *reader)
{
    gunichar high, low;

    if (!read_hex4(reader, &high))
        return FALSE;
    if (high == 0)
        return fail(reader, "\\u0000 in a string");
    if (high >= 0xdc00 && high <= 0xdfff)
        return fail(reader, "lone surrogate");
    if (high >= 0xd800 && high <= 0xdbff) {
        if (reader->end - reader->at < 2 || reader->at[0] != '\\' || reader->at[1] != 'u')
            return fail(reader, "lone surrogate");
        reader->at += 2;
        if (!read_hex4(reader, &low))
            return FALSE;
        if (low < 0xdc00 || low > 0xdfff)
            return fail(reader, "lone surrogate");
        high = 0x10000 + ((high - 0xd800) << 10) + (low - 0xdc00);
    }
    g_string_append_unichar(reader->scratch, high);
    return TRUE;
}

static gboolean read_escape(Reader *reader)
{
    static const char from[] = "\"'\\/bfnrt", to[] = "\"'\\/\b\f\n\r\t";
    char c = peek(reader);
    const char *found = c ? strchr(from, c) : NULL;

    if (c == 'u') {
        reader->at++;
        return read_unicode(reader);
    }
    if (!found)
        return fail(reader, "unknown escape");
    g_string_append_c(reader->scratch, to[found - from]);
    reader->at++;
    return TRUE;
}

/* Reads a string into scratch; the opening quote is at hand. */
static gboolean read_string(Reader *reader)
{
    char quote = *reader->at++;

    g_string_truncate(reader->scratch, 0);
    for (;;) {
        const char *run = reader->at;

        while (reader->at < reader->end && *reader->at != quote && *reader->at != '\\' &&
               (guchar)*reader->at >= 0x20)
            reader->at++;
        g_string_append_len(reader->scratch, run, reader->at - run);
        if (reader->at == reader->end)
            return fail(reader, "unfinished string");
        if (*reader->at == quote)
            break;
        if (*reader->at != '\\')
            return fail(reader, "control character in a string");
        reader->at++;
        if (!read_escape(reader))
            return FALSE;
    }
    if (!g_utf8_validate(reader->scratch->str, (gssize)reader->scratch->len, NULL))
        return fail(reader, "string is not UTF-8");
    reader->at++;
    return TRUE;
}

static gsize skip_digits(Reader *reader)
{
    const char *from = reader->at;

    while (g_ascii_isdigit(peek(reader)))
        reader->at++;
    return (gsize)(reader->at - from);
}

/* Walks over a number by the grammar. Returns FALSE if it breaks it. */
static gboolean scan_number(Reader *reader, gboolean *is_integer)
{
    gboolean zero;

    *is_integer = TRUE;
    if (peek(reader) == '-')
        reader->at++;
    zero = peek(reader) == '0';
    if (zero)
        reader->at++;
    else if (skip_digits(reader) == 0)
        return fail(reader, "no JSON value");
    if (peek(reader) == '.') {
        *is_integer = FALSE;
        reader->at++;
        if (skip_digits(reader) == 0)
            return fail(reader, "digits are missing");
    }
    if (peek(reader) == 'e' || peek(reader) == 'E') {
        *is_integer = FALSE;
        reader->at++;
        if (peek(reader) == '+' || peek(reader) == '-')
            reader->at++;
        if (skip_digits(reader) == 0)
            return fail(reader, "digits are missing");
    }
    return TRUE;
}

static JsonNode *read_number(Reader *reader)
{
    const char *from = reader->at;
    char text[MAX_NUMBER + 1];
    gboolean is_integer;
    gsize len;

    if (!scan_number(reader, &is_integer))
        return NULL;
    len = (gsize)(reader->at - from);
    if (len > MAX_NUMBER) {
        fail(reader, "number too long");
        return NULL;
    }
    memcpy(text, from, len);
    text[len] = '\0';
    errno = 0;
    if (is_integer) {
        gint64 value = g_ascii_strtoll(text, NULL, 10);

        if (errno == ERANGE) {
            fail(reader, "integer beyond 64 bits");
            return NULL;
        }
        return json_node_init_int(json_node_alloc(), value);
    }
    if (!isfinite(g_ascii_strtod(text, NULL))) {
        fail(reader, "number out of range");
        return NULL;
    }
    return json_node_init_double(json_node_alloc(), g_ascii_strtod(text, NULL));
}

static gboolean accept_word(Reader *reader, const char *word)
{
    gsize len = strlen(word);

    if ((gsize)(reader->end - reader->at) < len || memcmp(reader->at, word, len) != 0)
        return FALSE;
    reader->at += len;
    return TRUE;
}

static JsonNode *read_word(Reader *reader)
{
    if (accept_word(reader, "true"))
        return json_node_init_boolean(json_node_alloc(), TRUE);
    if (accept_word(reader, "false"))
        return json_node_init_boolean(json_node_alloc(), FALSE);
    if (accept_word(reader, "null"))
        return json_node_init_null(json_node_alloc());
    return read_number(reader);
}

static gboolean read_member(Reader *reader, JsonObject *object)
{
    g_autofree char *name = NULL;
    JsonNode *value;

    skip_space(reader);
    if (peek(reader) != '"' && peek(reader) != '\'')
        return fail(reader, "a member's name must be a string");
    if (!read_string(reader))
        return FALSE;
    name = g_strndup(reader->scratch->str, reader->scratch->len);
    if (!accept_char(reader, ':'))
        return fail(reader, "':' is missing");
    value = read_value(reader);
    if (value)
        json_object_set_member(object, name, value);
    return value != NULL;
}

static gboolean read_object(Reader *reader, JsonObject *object)
{
    reader->at++;
    if (accept_char(reader, '}'))
        return TRUE;
    do {
        if (!read_member(reader, object))
            return FALSE;
    } while (accept_char(reader, ','));
    return accept_char(reader, '}') || fail(reader, "',' or '}' is missing");
}

static gboolean read_array(Reader *reader, JsonArray *array)
{
    reader->at++;
    if (accept_char(reader, ']'))
        return TRUE;
    do {
        JsonNode *value = read_value(reader);

        if (!value)
            return FALSE;
        json_array_add_element(array, value);
    } while (accept_char(reader, ','));
    return accept_char(reader, ']') || fail(reader, "',' or ']' is missing");
}

static JsonNode *read_container(Reader *reader)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    gboolean good;

    if (++reader->depth > JSON_MAX_DEPTH) {
        g_set_error(reader->error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_DEEP,
                    "JSON nested deeper than %u", JSON_MAX_DEPTH);
        return NULL;
    }
    if (*reader->at == '{') {
        json_node_init(node, JSON_NODE_OBJECT);
        json_node_take_object(node, json_object_new());
        good = read_object(reader, json_node_get_object(node));
    } else {
        json_node_init(node, JSON_NODE_ARRAY);
        json_node_take_array(node, json_array_new());
        good = read_array(reader, json_node_get_array(node));
    }
    reader->depth--;
    return good ? g_steal_pointer(&node) : NULL;
}

static JsonNode *read_value(Reader *reader)
{
    if (++reader->values > JSON_MAX_VALUES) {
        g_set_error(reader->error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "JSON with more than %u values", JSON_MAX_VALUES);
        return NULL;
    }
    skip_space(reader);
    switch (peek(reader)) {
    case '{':
    case '[':
        return read_container(reader);
    case '"':
    case '\'':
        if (!read_string(reader))
            return NULL;
        return json_node_init_string(json_node_alloc(), reader->scratch->str);
    default:
        return read_word(reader);
    }
}

JsonNode *json_parse(const char *text, gssize len, GError **error)
{
    g_autoptr(GString) scratch = g_string_sized_new(128);
    g_autoptr(JsonNode) node = NULL;
    gsize bytes = len < 0 ? strlen(text) : (gsize)len;
    Reader reader = { text, text, text + bytes, 0, 0, scratch, error };

    node = read_value(&reader);
    if (!node)
        return NULL;
    skip_space(&reader);
    if (reader.at < reader.end) {
        fail(&reader, "more than one value");
        return NULL;
    }
    return g_steal_pointer(&node);
}

JsonObject *json_parse_object(const char *text, gssize len, GError **error)
{
    g_autoptr(JsonNode) node = json_parse(text, len, error);

    if (!node)
        return NULL;
    if (!JSON_NODE_HOLDS_OBJECT(node)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "JSON value is not an object");
        return NULL;
    }
    return json_node_dup_object(node);
}
