/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The JSON parser: text to json-glib tree by recursive descent, with the depth capped before the
 * stack could be. The words are json-lex.c's. It keeps nothing between calls.
 */
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json-lex.h"
#include "qmpbridge/core/json.h"

static JsonNode *read_value(JsonLexer *lexer);

/* An integer beyond gint64 becomes a double, as in QEMU: a tree can't hold it otherwise. */
static JsonNode *read_number(JsonLexer *lexer)
{
    gboolean is_integer;
    gint64 integer;
    double number;

    if (!json_lex_number(lexer, &is_integer, &integer, &number))
        return NULL;
    if (is_integer)
        return json_node_init_int(json_node_alloc(), integer);
    return json_node_init_double(json_node_alloc(), number);
}

static JsonNode *read_word(JsonLexer *lexer)
{
    if (json_lex_word(lexer, "true"))
        return json_node_init_boolean(json_node_alloc(), TRUE);
    if (json_lex_word(lexer, "false"))
        return json_node_init_boolean(json_node_alloc(), FALSE);
    if (json_lex_word(lexer, "null"))
        return json_node_init_null(json_node_alloc());
    return read_number(lexer);
}

static gboolean read_member(JsonLexer *lexer, JsonObject *object)
{
    g_autofree char *name = NULL;
    JsonNode *value;

    if (!json_lex_name(lexer))
        return FALSE;
    name = g_strndup(lexer->scratch->str, lexer->scratch->len);
    value = read_value(lexer);
    if (value)
        json_object_set_member(object, name, value);
    return value != NULL;
}

static gboolean read_object(JsonLexer *lexer, JsonObject *object)
{
    if (json_lex_accept(lexer, '}'))
        return TRUE;
    do {
        if (!read_member(lexer, object))
            return FALSE;
    } while (json_lex_accept(lexer, ','));
    return json_lex_accept(lexer, '}') || json_lex_fail(lexer, "',' or '}' is missing");
}

static gboolean read_array(JsonLexer *lexer, JsonArray *array)
{
    if (json_lex_accept(lexer, ']'))
        return TRUE;
    do {
        JsonNode *value = read_value(lexer);

        if (!value)
            return FALSE;
        json_array_add_element(array, value);
    } while (json_lex_accept(lexer, ','));
    return json_lex_accept(lexer, ']') || json_lex_fail(lexer, "',' or ']' is missing");
}

static JsonNode *read_container(JsonLexer *lexer, gboolean is_object)
{
    g_autoptr(JsonNode) node = json_node_alloc();
    gboolean good;

    if (!json_lex_enter(lexer))
        return NULL;
    if (is_object) {
        json_node_init(node, JSON_NODE_OBJECT);
        json_node_take_object(node, json_object_new());
        good = read_object(lexer, json_node_get_object(node));
    } else {
        json_node_init(node, JSON_NODE_ARRAY);
        json_node_take_array(node, json_array_new());
        good = read_array(lexer, json_node_get_array(node));
    }
    lexer->depth--;
    return good ? g_steal_pointer(&node) : NULL;
}

static JsonNode *read_value(JsonLexer *lexer)
{
    if (!json_lex_value(lexer))
        return NULL;
    switch (json_lex_peek(lexer)) {
    case '{':
        return read_container(lexer, TRUE);
    case '[':
        return read_container(lexer, FALSE);
    case '"':
    case '\'':
        if (!json_lex_string(lexer))
            return NULL;
        return json_node_init_string(json_node_alloc(), lexer->scratch->str);
    default:
        return read_word(lexer);
    }
}

JsonNode *json_parse(const char *text, gssize len, GError **error)
{
    g_autoptr(GString) scratch = g_string_sized_new(128);
    g_autoptr(JsonNode) node = NULL;
    gsize bytes = len < 0 ? strlen(text) : (gsize)len;
    JsonLexer lexer = {
        .begin = text,
        .at = text,
        .end = text + bytes,
        .scratch = scratch,
        .error = error,
    };

    node = read_value(&lexer);
    if (!node || !json_lex_end(&lexer))
        return NULL;
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
