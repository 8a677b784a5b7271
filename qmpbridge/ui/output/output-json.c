/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output for machines: one JSON object a line, ASCII, on standard output, errors too. Members come
 * in this order; what a peer sent stands there as it came. The forms are part of the interface
 * (doc/qmpbridge.1, "JSON OUTPUT"); "vm" is there where the shell has several:
 *
 *   {"running": {"socket", "console"}}          {"vm"?, "event", "data"?, "timestamp"}
 *   {"vm"?, "command", "return"}                {"vm"?, "error": {"class", "desc", "exit-code",
 *   {"console": TEXT}                                             "where"?}}
 *   {"forward": {"protocol", "address", "host", "guest"}}
 *   {"image": {"disk"?, "file", "base"}}
 *   {"vm"?, "gap": {"begin", "end", "seconds", "reason"?}}
 *
 * The bare form has only what stands behind "return", and the events that were waited for; its
 * errors are the people's.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/store/origin.h"
#include "qmpbridge/ui/output/output-style.h"

/* "{", with the VM as the first member. */
static void begin_line(GString *out, const OutputForm *form)
{
    g_string_append_c(out, '{');
    if (!form->vm)
        return;
    g_string_append(out, "\"vm\": ");
    json_append_string(out, form->vm);
    g_string_append(out, ", ");
}

static void append_slice(GString *out, JsonSlice slice)
{
    g_string_append_len(out, slice.text, (gssize)slice.len);
}

static void append_return(GString *out, const OutputForm *form, const char *command,
                          JsonSlice value)
{
    if (!form->bare) {
        begin_line(out, form);
        g_string_append(out, "\"command\": ");
        json_append_string(out, command);
        g_string_append(out, ", \"return\": ");
    }
    append_slice(out, value);
    g_string_append(out, form->bare ? "\n" : "}\n");
}

/* @value: (transfer full). */
static void append_return_node(GString *out, const OutputForm *form, const char *command,
                               JsonNode *value)
{
    g_autoptr(GString) text = g_string_new(NULL);

    json_append(text, value);
    append_return(out, form, command, (JsonSlice){text->str, text->len});
    json_node_unref(value);
}

/* A line with one member. @value: (transfer full). */
static void append_member(GString *out, const OutputForm *form, const char *name, JsonObject *value)
{
    begin_line(out, form);
    json_append_string(out, name);
    g_string_append(out, ": ");
    json_append_object(out, value);
    g_string_append(out, "}\n");
    json_object_unref(value);
}

static void set_string(JsonObject *object, const char *name, const char *value)
{
    if (value)
        json_object_set_string_member(object, name, value);
}

static void json_running(GString *out, const OutputForm *form, const char *socket,
                         const char *console)
{
    JsonObject *running = json_object_new();

    set_string(running, "socket", socket);
    set_string(running, "console", console);
    append_member(out, form, "running", running);
}

static void json_containment(GString *out, const OutputForm *form, const Machine *machine,
                             gboolean confined)
{
    JsonObject *object = json_object_new();
    JsonArray *allowed = json_array_new();

    for (guint i = 0; i < machine->allowed->len; i++) {
        g_autofree char *text = egress_rule_text(machine_allowed(machine, i));

        json_array_add_string_element(allowed, text);
    }
    set_string(object, "network", machine_network_name(machine));
    json_object_set_array_member(object, "allowed", allowed);
    json_object_set_boolean_member(object, "sandbox", confined);
    append_member(out, form, "containment", object);
}

static void json_display(GString *out, const OutputForm *form, const char *place)
{
    JsonObject *object = json_object_new();

    set_string(object, "vnc", place);
    append_member(out, form, "display", object);
}

static void json_forward(GString *out, const OutputForm *form, const MachineForward *forward)
{
    JsonObject *object = json_object_new();

    set_string(object, "protocol", forward->udp ? "udp" : "tcp");
    set_string(object, "address", machine_forward_address(forward));
    json_object_set_int_member(object, "host", forward->host);
    json_object_set_int_member(object, "guest", forward->guest);
    append_member(out, form, "forward", object);
}

static void json_image(GString *out, const OutputForm *form, const char *disk, const char *path,
                       const char *base)
{
    JsonObject *object = json_object_new();

    set_string(object, "disk", disk);
    set_string(object, "file", path);
    set_string(object, "base", base);
    append_member(out, form, "image", object);
}

static JsonSlice strip(JsonSlice text)
{
    while (text.len && g_ascii_isspace(*text.text)) {
        text.text++;
        text.len--;
    }
    while (text.len && g_ascii_isspace(text.text[text.len - 1]))
        text.len--;
    return text;
}

/* An event is an object with a member at least, and so is a gap. */
static void json_event(GString *out, const OutputForm *form, GBytes *event)
{
    JsonSlice text = strip(json_slice_of(event));

    if (text.len < 2)
        return;
    begin_line(out, form);
    append_slice(out, (JsonSlice){text.text + 1, text.len - 1});
    g_string_append_c(out, '\n');
}

static void json_reply(GString *out, const OutputForm *form, const char *command, JsonSlice value)
{
    append_return(out, form, command, value.text ? strip(value) : (JsonSlice){"{}", 2});
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
    json_object_set_boolean_member(object, "pending", recording_is_pending(recording));
    set_string(object, "detail", recording->verdict_detail);
    return object;
}

static void json_list(GString *out, const OutputForm *form, GPtrArray *recordings)
{
    JsonArray *array = json_array_new();
    JsonNode *node = json_node_new(JSON_NODE_ARRAY);

    for (guint i = 0; i < recordings->len; i++)
        json_array_add_object_element(array, summary(recordings->pdata[i]));
    json_node_take_array(node, array);
    append_return_node(out, form, "list", node);
}

static void add_mark(const Mark *mark, gpointer user_data)
{
    JsonObject *object = json_object_new();

    if (mark->icount != MARK_NO_ICOUNT)
        json_object_set_int_member(object, "icount", (gint64)mark->icount);
    json_object_set_int_member(object, "wall-us", mark->wall);
    json_object_set_string_member(object, "text", mark->text);
    json_array_add_object_element(user_data, object);
}

/* All of them, wherever they are kept. */
static void set_marks(JsonObject *object, const Recording *recording)
{
    JsonArray *marks = json_array_new();
    g_autoptr(GError) error = NULL;

    if (!recording_read_marks(recording, add_mark, marks, &error))
        set_string(object, "marks-error", error->message);
    json_object_set_array_member(object, "marks", marks);
}

static void json_recording(GString *out, const OutputForm *form, const Recording *recording)
{
    JsonObject *object = recording_to_json(recording);

    set_string(object, "state", recording_state_name(recording->state));
    set_string(object, "directory", recording->directory);
    json_object_set_int_member(object, "bytes", (gint64)recording->bytes);
    json_object_set_int_member(object, "insns", (gint64)recording_insns(recording));
    set_string(object, "made-by", origin_name(origin_find(recording, NULL)));
    set_marks(object, recording);
    append_return_node(out, form, "show", json_node_take(object));
}

static void json_console(GString *out, const char *bytes, gsize len)
{
    g_autofree char *text = g_utf8_make_valid(bytes, (gssize)len);

    g_string_append(out, "{\"console\": ");
    json_append_string(out, text);
    g_string_append(out, "}\n");
}

static void json_verdict(GString *out, const OutputForm *form, const char *command,
                         const Recording *recording, Verdict verdict, const char *detail,
                         double seconds)
{
    JsonObject *object = json_object_new();

    set_string(object, "name", recording->name);
    set_string(object, "result", verdict_name(verdict));
    set_string(object, "detail", detail);
    json_object_set_double_member(object, "seconds", seconds);
    append_return_node(out, form, command, json_node_take(object));
}

static void json_error(GString *out, const OutputForm *form, const char *where, const GError *error)
{
    JsonObject *object = json_object_new();
    g_autofree char *desc = g_utf8_make_valid(error->message, -1);
    ErrorMark mark;

    set_string(object, "class", bridge_error_qmp_class(error));
    set_string(object, "desc", desc);
    json_object_set_int_member(object, "exit-code", bridge_error_exit_code(error));
    set_string(object, "where", where);
    if (bridge_error_mark(error, &mark)) {
        set_string(object, "line", mark.line);
        json_object_set_int_member(object, "column", mark.column);
        json_object_set_int_member(object, "length", mark.length);
    }
    append_member(out, form, "error", object);
}

const OutputStyle output_json = {
    .running = json_running,
    .containment = json_containment,
    .display = json_display,
    .forward = json_forward,
    .image = json_image,
    .event = json_event,
    .gap = json_event,
    .reply = json_reply,
    .list = json_list,
    .recording = json_recording,
    .console = json_console,
    .verdict = json_verdict,
    .error = json_error,
    .error_sink = OUTPUT_RESULT,
};

const OutputStyle output_return = {
    .event = json_event,
    .reply = json_reply,
    .list = json_list,
    .recording = json_recording,
    .console = json_console,
    .verdict = json_verdict,
    .error = output_human_error,
    .error_sink = OUTPUT_NOTICE,
};
