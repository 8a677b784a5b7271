/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Typed access to json-glib trees. One table-free core checks presence and type; the getters only
 * differ in what they take out.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"

typedef enum { KIND_STRING, KIND_INT, KIND_BOOL, KIND_DOUBLE, KIND_OBJECT, KIND_ARRAY } Kind;

static const char *const kind_names[] = {
    [KIND_STRING] = "a string", [KIND_INT] = "an integer",   [KIND_BOOL] = "a boolean",
    [KIND_DOUBLE] = "a number", [KIND_OBJECT] = "an object", [KIND_ARRAY] = "an array",
};

static gboolean holds(JsonNode *node, Kind kind)
{
    GType type = JSON_NODE_HOLDS_VALUE(node) ? json_node_get_value_type(node) : G_TYPE_INVALID;

    switch (kind) {
    case KIND_STRING:
        return type == G_TYPE_STRING;
    case KIND_INT:
        return type == G_TYPE_INT64;
    case KIND_BOOL:
        return type == G_TYPE_BOOLEAN;
    case KIND_DOUBLE:
        return type == G_TYPE_DOUBLE || type == G_TYPE_INT64;
    case KIND_OBJECT:
        return JSON_NODE_HOLDS_OBJECT(node);
    case KIND_ARRAY:
        return JSON_NODE_HOLDS_ARRAY(node);
    }
    return FALSE;
}

JsonNode *json_lookup(JsonObject *object, const char *name)
{
    return object ? json_object_get_member(object, name) : NULL;
}

/* The member if it is there and of @kind; else NULL with an error. */
static JsonNode *get(JsonObject *object, const char *name, Kind kind, GError **error)
{
    JsonNode *node = json_lookup(object, name);

    if (!node) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "member '%s' is missing", name);
        return NULL;
    }
    if (!holds(node, kind)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "member '%s' is not %s", name,
                    kind_names[kind]);
        return NULL;
    }
    return node;
}

static gboolean is_absent(JsonObject *object, const char *name)
{
    JsonNode *node = json_lookup(object, name);

    return !node || JSON_NODE_HOLDS_NULL(node);
}

gboolean json_get_string(JsonObject *object, const char *name, const char **value, GError **error)
{
    JsonNode *node = get(object, name, KIND_STRING, error);

    if (node)
        *value = json_node_get_string(node);
    return node != NULL;
}

gboolean json_get_int(JsonObject *object, const char *name, gint64 *value, GError **error)
{
    JsonNode *node = get(object, name, KIND_INT, error);

    if (node)
        *value = json_node_get_int(node);
    return node != NULL;
}

gboolean json_get_uint(JsonObject *object, const char *name, guint64 *value, GError **error)
{
    gint64 number;

    if (!json_get_int(object, name, &number, error))
        return FALSE;
    if (number < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TYPE, "member '%s' is negative", name);
        return FALSE;
    }
    *value = (guint64)number;
    return TRUE;
}

gboolean json_get_bool(JsonObject *object, const char *name, gboolean *value, GError **error)
{
    JsonNode *node = get(object, name, KIND_BOOL, error);

    if (node)
        *value = json_node_get_boolean(node);
    return node != NULL;
}

gboolean json_get_double(JsonObject *object, const char *name, double *value, GError **error)
{
    JsonNode *node = get(object, name, KIND_DOUBLE, error);

    if (node)
        *value = json_node_get_double(node);
    return node != NULL;
}

gboolean json_get_object(JsonObject *object, const char *name, JsonObject **value, GError **error)
{
    JsonNode *node = get(object, name, KIND_OBJECT, error);

    if (node)
        *value = json_node_get_object(node);
    return node != NULL;
}

gboolean json_get_array(JsonObject *object, const char *name, JsonArray **value, GError **error)
{
    JsonNode *node = get(object, name, KIND_ARRAY, error);

    if (node)
        *value = json_node_get_array(node);
    return node != NULL;
}

gboolean json_opt_string(JsonObject *object, const char *name, const char **value, GError **error)
{
    return is_absent(object, name) || json_get_string(object, name, value, error);
}

gboolean json_opt_int(JsonObject *object, const char *name, gint64 *value, GError **error)
{
    return is_absent(object, name) || json_get_int(object, name, value, error);
}

gboolean json_opt_uint(JsonObject *object, const char *name, guint64 *value, GError **error)
{
    return is_absent(object, name) || json_get_uint(object, name, value, error);
}

gboolean json_opt_bool(JsonObject *object, const char *name, gboolean *value, GError **error)
{
    return is_absent(object, name) || json_get_bool(object, name, value, error);
}

gboolean json_opt_double(JsonObject *object, const char *name, double *value, GError **error)
{
    return is_absent(object, name) || json_get_double(object, name, value, error);
}

gboolean json_opt_object(JsonObject *object, const char *name, JsonObject **value, GError **error)
{
    return is_absent(object, name) || json_get_object(object, name, value, error);
}

gboolean json_opt_array(JsonObject *object, const char *name, JsonArray **value, GError **error)
{
    return is_absent(object, name) || json_get_array(object, name, value, error);
}

JsonNode *json_node_take(JsonObject *object)
{
    JsonNode *node = json_node_alloc();

    json_node_init(node, JSON_NODE_OBJECT);
    json_node_take_object(node, object);
    return node;
}

JsonObject *json_as_object(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
}

JsonArray *json_as_array(JsonNode *node)
{
    return node && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

const char *json_as_string(JsonNode *node)
{
    return node && holds(node, KIND_STRING) ? json_node_get_string(node) : NULL;
}

JsonObject *json_array_object(JsonArray *array, guint index)
{
    if (!array || index >= json_array_get_length(array))
        return NULL;
    return json_as_object(json_array_get_element(array, index));
}
