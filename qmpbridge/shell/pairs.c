/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words into JSON. It never asks the peer anything and never changes what a value says to make it
 * fit: a value that doesn't fit its type is an error.
 */
#include "qmpbridge/shell/pairs.h"

#include <errno.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/schema-path.h"

static JsonNode *string_node(const char *text)
{
    return json_node_init_string(json_node_alloc(), text);
}

static gboolean parse_hex(const char *text, gint64 *value)
{
    gboolean minus = *text == '-';
    const char *digits = text + minus;
    guint64 bits;
    char *end;

    if (digits[0] != '0' || (digits[1] | 0x20) != 'x' || !g_ascii_isxdigit(digits[2]))
        return FALSE;
    errno = 0;
    bits = g_ascii_strtoull(digits + 2, &end, 16);
    if (*end || errno || (minus && bits > G_MAXINT64))
        return FALSE;
    *value = minus ? -(gint64)bits : (gint64)bits;
    return TRUE;
}

static gboolean parse_int(const char *text, gint64 *value)
{
    char *end;

    if (parse_hex(text, value))
        return TRUE;
    errno = 0;
    *value = g_ascii_strtoll(text, &end, 10);
    return g_ascii_isdigit(text[*text == '-']) && !*end && !errno;
}

static JsonNode *int_node(const char *text)
{
    gint64 value;

    return parse_int(text, &value) ? json_node_init_int(json_node_alloc(), value) : NULL;
}

static JsonNode *number_node(const char *text)
{
    JsonNode *node = int_node(text);

    if (!node && (*text == '-' || g_ascii_isdigit(*text)))
        node = json_parse(text, -1, NULL);
    return node;
}

static JsonNode *bool_node(const char *text)
{
    static const char *const words[] = {"false", "off", "no", "true", "on", "yes"};

    for (gsize i = 0; i < G_N_ELEMENTS(words); i++) {
        if (strcmp(text, words[i]) == 0)
            return json_node_init_boolean(json_node_alloc(), i >= 3);
    }
    return NULL;
}

/* A JSON value that must be of a kind. */
static JsonNode *container_node(const char *text, JsonNodeType type)
{
    g_autoptr(JsonNode) node = json_parse(text, -1, NULL);

    return node && JSON_NODE_TYPE(node) == type ? g_steal_pointer(&node) : NULL;
}

JsonNode *pairs_guess(const char *text)
{
    gboolean literal = strchr("{[\"-0123456789", *text ? *text : '?') != NULL ||
                       !strcmp(text, "true") || !strcmp(text, "false") || !strcmp(text, "null");
    JsonNode *node = literal ? int_node(text) : NULL;

    if (literal && !node)
        node = json_parse(text, -1, NULL);
    return node ? node : string_node(text);
}

static JsonNode *typed_node(SchemaKind kind, const char *text)
{
    switch (kind) {
    case SCHEMA_STRING:
    case SCHEMA_ENUM:
        return string_node(text);
    case SCHEMA_INT:
        return int_node(text);
    case SCHEMA_NUMBER:
        return number_node(text);
    case SCHEMA_BOOL:
        return bool_node(text);
    case SCHEMA_OBJECT:
        return container_node(text, JSON_NODE_OBJECT);
    case SCHEMA_ARRAY:
        return container_node(text, JSON_NODE_ARRAY);
    default:
        break;
    }
    return pairs_guess(text);
}

/* The object that the last part of @key goes into; made on the way. */
static JsonObject *make_parents(JsonObject *object, char **parts, GError **error)
{
    for (; parts[1]; parts++) {
        JsonNode *present = json_lookup(object, parts[0]);
        JsonObject *child = json_as_object(present);

        if (present && !child) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                        "'%s' has a value already, it can't have members", parts[0]);
            return NULL;
        }
        if (!present) {
            child = json_object_new();
            json_object_set_object_member(object, parts[0], child);
        }
        object = child;
    }
    return object;
}

/* @value: (transfer full). */
static gboolean put(JsonObject *top, const char *key, JsonNode *value, GError **error)
{
    g_autoptr(JsonNode) node = value;
    g_auto(GStrv) parts = g_strsplit(key, ".", -1);
    guint count = g_strv_length(parts);
    JsonObject *object;

    for (guint i = 0; i < count; i++) {
        if (!*parts[i]) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "'%s' is no argument name", key);
            return FALSE;
        }
    }
    object = make_parents(top, parts, error);
    if (!object)
        return FALSE;
    if (json_lookup(object, parts[count - 1])) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "'%s' is given twice", key);
        return FALSE;
    }
    json_object_set_member(object, parts[count - 1], g_steal_pointer(&node));
    return TRUE;
}

static gboolean add_pair(JsonObject *object, const SchemaType *top, const char *command,
                         char **pairs, const char *pair, GError **error)
{
    const char *equals = strchr(pair, '=');
    g_autofree char *key = equals ? g_strndup(pair, (gsize)(equals - pair)) : NULL;
    SchemaKind kind;
    JsonNode *node;

    if (!equals || equals == pair) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "'%s' is not key=value; 'help %s' lists the arguments", pair, command);
        return FALSE;
    }
    kind = schema_type_kind(schema_path_type(top, key, pairs));
    node = typed_node(kind, equals + 1);
    if (!node) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "'%s': '%s' is not of type %s", key,
                    equals + 1, schema_kind_name(kind));
        return FALSE;
    }
    return put(object, key, node, error);
}

JsonObject *pairs_to_json(Schema *schema, const char *command, char **pairs, GError **error)
{
    g_autoptr(JsonObject) object = json_object_new();
    const SchemaEntity *entity = schema_command(schema, command);
    const SchemaType *top = entity ? entity->arguments : NULL;

    for (char **pair = pairs; pair && *pair; pair++) {
        if (!add_pair(object, top, command, pairs, *pair, error))
            return NULL;
    }
    return g_steal_pointer(&object);
}
