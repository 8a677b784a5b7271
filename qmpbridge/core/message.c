/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The shapes of QMP. Texts are made in one pass into the caller's string; trees are only made
 * where other code goes on working with them.
 */
#include "qmpbridge/core/message.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/* Bytes of an id that the refusal of a request which is too big still echoes. */
#define MAX_ID_OF_REFUSED 4096u
/* What message_append_command() writes beside name and arguments: bytes and tokens at most, and
 * the one brace around them. */
#define COMMAND_BYTES 64u
#define COMMAND_TOKENS 12u
#define COMMAND_DEPTH 1u

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

/* Members of a request; in the order of request_names. */
enum { EXECUTE, EXEC_OOB, ARGUMENTS, ID, N_MEMBERS };

static const char *const request_names[] = {"execute", "exec-oob", "arguments", "id", NULL};

/* The words here are those of qmp_dispatch_check_obj(), qapi/qmp-dispatch.c of QEMU. */
static gboolean request_name(const JsonSlice *values, Request *request, GError **error)
{
    if (values[EXECUTE].text && values[EXEC_OOB].text)
        return refuse(error, "QMP input member 'exec-oob' clashes with 'execute'");
    if (!values[EXECUTE].text && !values[EXEC_OOB].text)
        return refuse(error, "QMP input lacks member 'execute'");
    request->oob = values[EXEC_OOB].text != NULL;
    request->name = json_slice_string(values[request->oob ? EXEC_OOB : EXECUTE]);
    if (!request->name)
        return refuse(error, request->oob ? "QMP input member 'exec-oob' must be a string"
                                          : "QMP input member 'execute' must be a string");
    return TRUE;
}

static gboolean check_request(const JsonSlice *values, const JsonScan *scan, Request *request,
                              GError **error)
{
    if (!scan->is_object)
        return refuse(error, "QMP input must be a JSON object");
    request->id = values[ID];
    if (scan->unknown.text) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                    "QMP input member '%.*s' is unexpected", (int)MIN(scan->unknown.len, 200),
                    scan->unknown.text);
        return FALSE;
    }
    if (!request_name(values, request, error))
        return FALSE;
    if (values[ARGUMENTS].text && *values[ARGUMENTS].text != '{')
        return refuse(error, "QMP input member 'arguments' must be an object");
    request->args = values[ARGUMENTS];
    return TRUE;
}

/* The text is left as it is; an id of a usual size is still made plain, for the error's sake. */
static void keep_id(Request *request, JsonSlice id)
{
    request->plain = id.text ? json_make_plain_within(id, MAX_ID_OF_REFUSED, NULL) : NULL;
    if (request->plain)
        request->id = (JsonSlice){request->plain->str, request->plain->len};
}

gboolean message_request(JsonSlice text, Request *request, GError **error)
{
    JsonSlice values[N_MEMBERS];
    JsonScan scan;

    memset(request, 0, sizeof(*request));
    if (!json_scan(text, request_names, values, &scan, error))
        return FALSE;
    if (!scan.plain) {
        request->plain = json_make_plain_within(text, MESSAGE_MAX_BYTES, error);
        if (!request->plain) {
            keep_id(request, values[ID]);
            return FALSE;
        }
        text = (JsonSlice){request->plain->str, request->plain->len};
        if (!json_scan(text, request_names, values, &scan, error))
            return FALSE;
    }
    return check_request(values, &scan, request, error);
}

void message_request_clear(Request *request)
{
    g_clear_pointer(&request->name, g_free);
    if (request->plain)
        g_string_free(g_steal_pointer(&request->plain), TRUE);
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

/* The member "qemu" of a greeting's body, or NULL. */
static JsonObject *version_of(JsonNode *body)
{
    JsonObject *version = json_as_object(json_lookup(json_as_object(body), "version"));

    return json_as_object(json_lookup(version, "qemu"));
}

gboolean message_is_qemu(JsonNode *body)
{
    return version_of(body) != NULL;
}

/* Returns: FALSE unless member @name is a number that a version may have. */
static gboolean get_part(JsonObject *qemu, const char *name, int *part)
{
    gint64 number;

    if (!json_get_int(qemu, name, &number, NULL) || number < 0 || number > VERSION_MAX_PART)
        return FALSE;
    *part = (int)number;
    return TRUE;
}

gboolean message_qemu_version(JsonNode *body, Version *version)
{
    JsonObject *qemu = version_of(body);

    return get_part(qemu, "major", &version->major) && get_part(qemu, "minor", &version->minor) &&
           get_part(qemu, "micro", &version->micro);
}

char *message_version(JsonNode *body)
{
    Version version;

    return message_qemu_version(body, &version) ? version_to_text(&version) : NULL;
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

static void append_slice(GString *out, JsonSlice slice)
{
    g_string_append_len(out, slice.text, (gssize)slice.len);
}

static void append_id_and_end(GString *out, JsonSlice id)
{
    if (id.text) {
        g_string_append(out, ", \"id\": ");
        append_slice(out, id);
    }
    g_string_append(out, "}\r\n");
}

void message_append_return(GString *out, JsonSlice value, JsonSlice id)
{
    g_string_append(out, "{\"return\": ");
    if (value.text)
        append_slice(out, value);
    else
        g_string_append(out, "{}");
    append_id_and_end(out, id);
}

void message_append_error(GString *out, const char *klass, const char *desc, JsonSlice id)
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

gboolean message_command_check(JsonNode *command, const char **name, gboolean *oob, GError **error)
{
    g_auto(Request) request = {0};
    g_autofree char *text = json_to_text(command);

    if (!message_request((JsonSlice){text, strlen(text)}, &request, error))
        return FALSE;
    *oob = request.oob;
    *name = json_as_string(
        json_lookup(json_as_object(command), request_names[request.oob ? EXEC_OOB : EXECUTE]));
    return TRUE;
}

gboolean message_command_fits(const char *name, JsonSlice args, GError **error)
{
    /* A character of the name, which isn't plain text, has six bytes at most. */
    gsize bytes = strlen(name) * 6 + args.len + COMMAND_BYTES;
    gsize tokens = 0, depth = 0;

    if (bytes <= JSON_MAX_DEPTH) /* too short for either of the other limits */
        return TRUE;
    if (bytes <= MESSAGE_MAX_BYTES)
        json_measure(args, &tokens, &depth);
    if (depth + COMMAND_DEPTH > JSON_MAX_DEPTH) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_DEEP,
                    "'%.64s': JSON nested deeper than %u", name, JSON_MAX_DEPTH);
        return FALSE;
    }
    if (bytes <= MESSAGE_MAX_BYTES && tokens + COMMAND_TOKENS <= MESSAGE_MAX_TOKENS)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                "'%.64s' is too big for a monitor: QEMU takes %u bytes and %u tokens of JSON at "
                "most in one command",
                name, MESSAGE_MAX_BYTES, MESSAGE_MAX_TOKENS);
    return FALSE;
}

/* Without blanks: QEMU reads a byte at a time, and each costs its main loop microseconds. */
void message_append_command(GString *out, const char *name, JsonSlice args, gboolean oob, gint64 id)
{
    g_string_append(out, oob ? "{\"exec-oob\":" : "{\"execute\":");
    json_append_string(out, name);
    if (args.text) {
        g_string_append(out, ",\"arguments\":");
        append_slice(out, args);
    }
    if (id)
        g_string_append_printf(out, ",\"id\":%" G_GINT64_FORMAT, id);
    g_string_append(out, "}\n");
}
