/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON writer: json-glib tree to compact ASCII text on one line, as QEMU writes it. It never
 * fails: what JSON can't express (bytes that aren't UTF-8, NaN) is replaced.
 */
#include <math.h>
#include <string.h>

#include "qmpbridge/core/json.h"

static void append_unit(GString *out, gunichar unit)
{
    static const char digits[] = "0123456789abcdef";
    const char escape[] = {'\\',
                           'u',
                           digits[unit >> 12 & 15],
                           digits[unit >> 8 & 15],
                           digits[unit >> 4 & 15],
                           digits[unit & 15]};

    g_string_append_len(out, escape, sizeof(escape));
}

static void append_escaped(GString *out, gunichar c)
{
    if (c <= 0xffff) {
        append_unit(out, c);
        return;
    }
    c -= 0x10000;
    append_unit(out, 0xd800 + (c >> 10));
    append_unit(out, 0xdc00 + (c & 0x3ff));
}

static void append_special(GString *out, gunichar c)
{
    switch (c) {
    case '"':
        g_string_append(out, "\\\"");
        break;
    case '\\':
        g_string_append(out, "\\\\");
        break;
    case '\n':
        g_string_append(out, "\\n");
        break;
    case '\r':
        g_string_append(out, "\\r");
        break;
    case '\t':
        g_string_append(out, "\\t");
        break;
    default:
        append_escaped(out, c);
    }
}

static gboolean is_plain(char c)
{
    return c >= 0x20 && c < 0x7f && c != '"' && c != '\\';
}

gboolean json_append_string_within(GString *out, const char *text, gsize max)
{
    g_string_append_c(out, '"');
    while (*text) {
        const char *run = text;
        gunichar c;

        if (out->len > max)
            return FALSE;

        while (is_plain(*text))
            text++;
        g_string_append_len(out, run, text - run);
        if (!*text)
            break;
        c = g_utf8_get_char_validated(text, -1);
        if (c == (gunichar)-1 || c == (gunichar)-2) {
            append_escaped(out, 0xfffd);
            text++;
            continue;
        }
        append_special(out, c);
        text = g_utf8_next_char(text);
    }
    g_string_append_c(out, '"');
    return out->len <= max;
}

void json_append_string(GString *out, const char *text)
{
    json_append_string_within(out, text, G_MAXSIZE);
}

static void append_int(GString *out, gint64 value)
{
    char digits[24];
    char *at = digits + sizeof(digits);
    guint64 rest = value < 0 ? -(guint64)value : (guint64)value;

    do {
        *--at = (char)('0' + rest % 10);
        rest /= 10;
    } while (rest);
    if (value < 0)
        *--at = '-';
    g_string_append_len(out, at, digits + sizeof(digits) - at);
}

static void append_double(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];

    if (!isfinite(value)) {
        g_string_append(out, "null");
        return;
    }
    g_ascii_dtostr(text, sizeof(text), value);
    g_string_append(out, text);
    /* Without a fraction it would come back as an integer. */
    if (!strpbrk(text, ".eE"))
        g_string_append(out, ".0");
}

static void append_scalar(GString *out, JsonNode *node)
{
    switch (json_node_get_value_type(node)) {
    case G_TYPE_BOOLEAN:
        g_string_append(out, json_node_get_boolean(node) ? "true" : "false");
        break;
    case G_TYPE_STRING:
        json_append_string(out, json_node_get_string(node) ? json_node_get_string(node) : "");
        break;
    case G_TYPE_DOUBLE:
        append_double(out, json_node_get_double(node));
        break;
    default:
        append_int(out, json_node_get_int(node));
    }
}

void json_append_object(GString *out, JsonObject *object)
{
    JsonObjectIter iter;
    const char *name;
    JsonNode *value;
    char separator = '{';

    if (json_object_get_size(object) == 0)
        g_string_append_c(out, '{');
    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, &value)) {
        g_string_append_c(out, separator);
        if (separator == ',')
            g_string_append_c(out, ' ');
        separator = ',';
        json_append_string(out, name);
        g_string_append(out, ": ");
        json_append(out, value);
    }
    g_string_append_c(out, '}');
}

static void append_array(GString *out, JsonArray *array)
{
    g_string_append_c(out, '[');
    for (guint i = 0; i < json_array_get_length(array); i++) {
        if (i)
            g_string_append(out, ", ");
        json_append(out, json_array_get_element(array, i));
    }
    g_string_append_c(out, ']');
}

void json_append(GString *out, JsonNode *node)
{
    if (!node || JSON_NODE_HOLDS_NULL(node))
        g_string_append(out, "null");
    else if (JSON_NODE_HOLDS_OBJECT(node))
        json_append_object(out, json_node_get_object(node));
    else if (JSON_NODE_HOLDS_ARRAY(node))
        append_array(out, json_node_get_array(node));
    else
        append_scalar(out, node);
}

char *json_to_text(JsonNode *node)
{
    GString *out = g_string_sized_new(256);

    json_append(out, node);
    return g_string_free(out, FALSE);
}
