/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shapes of QMP. Texts are made in one pass into the caller's string; trees are only made
 * where somebody else goes on working with them.
 */
#include "qmpbridge/core/message.h"

#include <string.h>

#include "qmpbridge/core/error.h"

static gboolean refuse(GError **error, const char *what)
{
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL, what);
    return FALSE;
}

static gboolean classify_error(JsonObject *object, Message *message, GError **error)
{
    JsonObject *body;

    if (!json_get_object(object, "error", &body, NULL) ||
        !json_get_string(body, "class", &message->name, NULL) ||
        !json_get_string(body, "desc", &message->desc, NULL))
        return refuse(error, "malformed error reply");
    message->kind = MESSAGE_ERROR;
    return TRUE;
}

static gboolean classify_event(JsonObject *object, Message *message, GError **error)
{
    JsonObject *data = NULL;

    if (!json_get_string(object, "event", &message->name, NULL) ||
        !json_opt_object(object, "data", &data, NULL))
        return refuse(error, "malformed event");
    message->kind = MESSAGE_EVENT;
    message->value = data ? json_lookup(object, "data") : NULL;
    return TRUE;
}

static gboolean classify(JsonObject *object, Message *message, GError **error)
{
    message->id = json_lookup(object, "id");
    message->value = json_lookup(object, "return");
    if (message->value) {
        message->kind = MESSAGE_RETURN;
        return TRUE;
    }
    if (json_lookup(object, "error"))
        return classify_error(object, message, error);
    if (json_lookup(object, "event"))
        return classify_event(object, message, error);
    message->value = json_lookup(object, "QMP");
    if (!json_as_object(message->value))
        return refuse(error, "neither greeting, return, error nor event");
    message->kind = MESSAGE_GREETING;
    return TRUE;
}

gboolean message_classify(JsonNode *root, Message *message, GError **error)
{
    JsonObject *object = json_as_object(root);

    memset(message, 0, sizeof(*message));
    if (!object)
        return refuse(error, "a QMP message must be a JSON object");
    if (classify(object, message, error))
        return TRUE;
    memset(message, 0, sizeof(*message));
    return FALSE;
}

/* The words here are those of qmp_dispatch_check_obj(), qapi/qmp-dispatch.c of QEMU. */
static gboolean check_members(JsonObject *object, GError **error)
{
    JsonObjectIter iter;
    const char *name;
    static const char *const known[] = { "execute", "exec-oob", "arguments", "id", NULL };

    json_object_iter_init_ordered(&iter, object);
    while (json_object_iter_next_ordered(&iter, &name, NULL)) {
        if (!g_strv_contains(known, name)) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                        "QMP input member '%s' is unexpected", name);
            return FALSE;
        }
    }
    return TRUE;
}

static gboolean request_name(JsonObject *object, Request *request, GError **error)
{
    JsonNode *in_band = json_lookup(object, "execute");
    JsonNode *oob = json_lookup(object, "exec-oob");

    if (in_band && oob)
        return refuse(error, "QMP input member 'exec-oob' clashes with 'execute'");
    if (!in_band && !oob)
        return refuse(error, "QMP input lacks member 'execute'");
    request->oob = oob != NULL;
    request->name = json_as_string(oob ? oob : in_band);
    if (!request->name)
        return refuse(error, oob ? "QMP input member 'exec-oob' must be a string"
                                 : "QMP input member 'execute' must be a string");
    return TRUE;
}

gboolean message_request(JsonNode *root, Request *request, GError **error)
{
    JsonObject *object = json_as_object(root);
    JsonNode *args;

    memset(request, 0, sizeof(*request));
    if (!object)
        return refuse(error, "QMP input must be a JSON object");
    request->id = json_lookup(object, "id");
    if (!check_members(object, error) || !request_name(object, request, error))
        return FALSE;
    args = json_lookup(object, "arguments");
    request->args = json_as_object(args);
    if (args && !request->args)
        return refuse(error, "QMP input member 'arguments' must be an object");
    return TRUE;
}

JsonNode *message_command_new(const char *name, JsonObject *args, gboolean oob)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, oob ? "exec-oob" : "execute", name);
    if (args)
        json_object_set_object_member(object, "arguments", args);
    return json_node_take(object);
}

JsonNode *message_event_new(const char *name, JsonObject *data, gint64 wall)
{
    JsonObject *object = json_object_new();
    JsonObject *timestamp = json_object_new();

    json_object_set_int_member(timestamp, "seconds", wall / G_USEC_PER_SEC);
    json_object_set_int_member(timestamp, "microseconds", wall % G_USEC_PER_SEC);
    json_object_set_object_member(object, "timestamp", timestamp);
    json_object_set_string_member(object, "event", name);
    if (data)
        json_object_set_object_member(object, "data", data);
    return json_node_take(object);
}

static JsonNode *null_version(void)
{
    return json_parse("{'qemu': {'micro': 0, 'minor': 0, 'major': 0}, 'package': ''}", -1, NULL);
}

JsonNode *message_greeting_body_new(JsonNode *version, gboolean oob)
{
    JsonObject *body = json_object_new();
    JsonArray *capabilities = json_array_new();

    if (oob)
        json_array_add_string_element(capabilities, "oob");
    json_object_set_member(body, "version", version ? version : null_version());
    json_object_set_array_member(body, "capabilities", capabilities);
    return json_node_take(body);
}

gboolean message_offers_oob(JsonNode *body)
{
    JsonArray *capabilities = NULL;

    if (!json_get_array(json_as_object(body), "capabilities", &capabilities, NULL))
        return FALSE;
    for (guint i = 0; i < json_array_get_length(capabilities); i++) {
        if (g_strcmp0(json_as_string(json_array_get_element(capabilities, i)), "oob") == 0)
            return TRUE;
    }
    return FALSE;
}

static void append_id_and_end(GString *out, JsonNode *id)
{
    if (id) {
        g_string_append(out, ", \"id\": ");
        json_append(out, id);
    }
    g_string_append(out, "}\r\n");
}

void message_append_return(GString *out, JsonNode *value, JsonNode *id)
{
    g_string_append(out, "{\"return\": ");
    if (value)
        json_append(out, value);
    else
        g_string_append(out, "{}");
    append_id_and_end(out, id);
}

void message_append_error(GString *out, const char *klass, const char *desc, JsonNode *id)
{
    g_string_append(out, "{\"error\": {\"class\": ");
    json_append_string(out, klass);
    g_string_append(out, ", \"desc\": ");
    json_append_string(out, desc);
    g_string_append_c(out, '}');
    append_id_and_end(out, id);
}

void message_append_greeting(GString *out, JsonNode *body)
{
    g_string_append(out, "{\"QMP\": ");
    json_append(out, body);
    g_string_append(out, "}\r\n");
}

gboolean message_command_check(JsonNode *command, const char **name, gboolean *oob,
                               GError **error)
{
    Request request;

    if (!message_request(command, &request, error))
        return FALSE;
    *name = request.name;
    *oob = request.oob;
    return TRUE;
}

void message_append_command(GString *out, JsonNode *command, gint64 id)
{
    JsonObject *object = json_as_object(command);
    JsonNode *args = json_lookup(object, "arguments");
    const char *key = json_lookup(object, "exec-oob") ? "exec-oob" : "execute";
    const char *name = json_as_string(json_lookup(object, key));

    g_string_append_printf(out, "{\"%s\": ", key);
    json_append_string(out, name ? name : "");
    if (args) {
        g_string_append(out, ", \"arguments\": ");
        json_append(out, args);
    }
    g_string_append_printf(out, ", \"id\": %" G_GINT64_FORMAT "}\n", id);
}
