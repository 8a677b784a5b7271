/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A JSON tree with indentation, for people. Scalars and strings are written by core/json.h, so
 * nothing but printable ASCII comes out. Depth is bounded by the parser (JSON_MAX_DEPTH).
 */
#include "qmpbridge/shell/output-style.h"

static void new_line(GString *out, guint indent)
{
    g_string_append_printf(out, "\n%*s", (int)(2 * MIN(indent, 40)), "");
}

static void append_object(GString *out, JsonObject *object, guint indent)
{
    g_autoptr(GList) names = json_object_get_members(object);

    g_string_append_c(out, '{');
    for (GList *link = names; link; link = link->next) {
        new_line(out, indent + 1);
        json_append_string(out, link->data);
        g_string_append(out, ": ");
        output_pretty(out, json_object_get_member(object, link->data), indent + 1);
        if (link->next)
            g_string_append_c(out, ',');
    }
    if (names)
        new_line(out, indent);
    g_string_append_c(out, '}');
}

static void append_array(GString *out, JsonArray *array, guint indent)
{
    guint length = json_array_get_length(array);

    g_string_append_c(out, '[');
    for (guint i = 0; i < length; i++) {
        new_line(out, indent + 1);
        output_pretty(out, json_array_get_element(array, i), indent + 1);
        if (i + 1 < length)
            g_string_append_c(out, ',');
    }
    if (length)
        new_line(out, indent);
    g_string_append_c(out, ']');
}

void output_pretty(GString *out, JsonNode *node, guint indent)
{
    if (json_as_object(node))
        append_object(out, json_as_object(node), indent);
    else if (json_as_array(node))
        append_array(out, json_as_array(node), indent);
    else
        json_append(out, node);
}
