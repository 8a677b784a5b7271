/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output for machines: one JSON object a line, ASCII, on standard output, errors too. The forms
 * are part of the interface (doc/qmpbridge.1, "JSON OUTPUT"):
 *
 *   {"running": {"socket", "console"}}          {"event", "data"?, "timestamp"}   as it came
 *   {"command", "return"}                       {"error": {"class", "desc", "exit-code", "where"?}}
 *   {"console": TEXT}
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/output-style.h"

/* @line: (transfer full). */
static void append_line(GString *out, JsonObject *line)
{
    json_append_object(out, line);
    g_string_append_c(out, '\n');
    json_object_unref(line);
}

/* @value: (transfer full). */
static void append_return(GString *out, const char *command, JsonNode *value)
{
    JsonObject *line = json_object_new();

    json_object_set_string_member(line, "command", command);
    json_object_set_member(line, "return", value);
    append_line(out, line);
}

static void set_string(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

static void json_running(GString *out, gboolean colour, const char *socket, const char *console)
{
    JsonObject *line = json_object_new(), *running = json_object_new();

    (void)colour;
    set_string(running, "socket", socket);
    set_string(running, "console", console);
    json_object_set_object_member(line, "running", running);
    append_line(out, line);
}

static void json_event(GString *out, gboolean colour, JsonObject *event)
{
    (void)colour;
    json_append_object(out, event);
    g_string_append_c(out, '\n');
}

static void json_reply(GString *out, const char *command, JsonNode *value)
{
    append_return(out, command, value ? json_node_copy(value) : json_node_take(json_object_new()));
}

static JsonObject *summary(const Recording *recording)
{
    JsonObject *object = json_object_new();

    set_string(object, "name", recording->name);
    set_string(object, "state", recording_state_name(recording->state));
    set_string(object, "reason", recording->reason);
    json_object_set_int_member(object, "begin", recording->wall_begin);
    json_object_set_int_member(object, "end", recording->wall_end);
    json_object_set_int_member(object, "insns", (gint64)recording_insns(recording));
    json_object_set_int_member(object, "bytes", (gint64)recording->bytes);
    set_string(object, "verdict", verdict_name(recording->verdict));
    set_string(object, "detail", recording->verdict_detail);
    return object;
}

static void json_list(GString *out, gboolean colour, GPtrArray *recordings)
{
    JsonArray *array = json_array_new();
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);

    (void)colour;
    for (guint i = 0; i < recordings->len; i++)
        json_array_add_object_element(array, summary(recordings->pdata[i]));
    json_node_take_array(node, array);
    append_return(out, "list", node);
}

static void json_recording(GString *out, gboolean colour, const Recording *recording)
{
    JsonObject *object = recording_to_json(recording);

    (void)colour;
    set_string(object, "state", recording_state_name(recording->state));
    set_string(object, "directory", recording->directory);
    json_object_set_int_member(object, "bytes", (gint64)recording->bytes);
    json_object_set_int_member(object, "insns", (gint64)recording_insns(recording));
    append_return(out, "show", json_node_take(object));
}

static void json_console(GString *out, const char *bytes, gsize len)
{
    g_autofree char *text = g_utf8_make_valid(bytes, (gssize)len);
    JsonObject *line = json_object_new();

    json_object_set_string_member(line, "console", text);
    append_line(out, line);
}

static void json_verdict(GString *out, gboolean colour, const char *command,
                         const Recording *recording, Verdict verdict, const char *detail,
                         double seconds)
{
    JsonObject *object = json_object_new();

    (void)colour;
    set_string(object, "name", recording->name);
    set_string(object, "result", verdict_name(verdict));
    set_string(object, "detail", detail);
    json_object_set_double_member(object, "seconds", seconds);
    append_return(out, command, json_node_take(object));
}

static void json_error(GString *out, gboolean colour, const char *where, const GError *error)
{
    JsonObject *line = json_object_new(), *object = json_object_new();
    g_autofree char *desc = g_utf8_make_valid(error->message, -1);

    (void)colour;
    set_string(object, "class", bridge_error_qmp_class(error));
    set_string(object, "desc", desc);
    json_object_set_int_member(object, "exit-code", bridge_error_exit_code(error));
    set_string(object, "where", where);
    json_object_set_object_member(line, "error", object);
    append_line(out, line);
}

const OutputStyle output_json = {
    .running = json_running,
    .event = json_event,
    .reply = json_reply,
    .list = json_list,
    .recording = json_recording,
    .console = json_console,
    .verdict = json_verdict,
    .error = json_error,
    .error_sink = OUTPUT_RESULT,
};
