/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `replay` in a shell that is attached to the control socket of `qmpbridge run`: the bridge replays
 * the recording in a VM beside the live one (begin_replay), and the shell shows how far it is, the
 * guest's console and the verdict. A call that is cancelled ends the replay.
 *
 *     query-record: the same store? -> begin_replay -> REPLAY_PROGRESS... -> REPLAY_END
 *
 * After REPLAY_BEGIN another attempt is under way, whose console is another file.
 */
#include <string.h>

#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/replay/console-reader.h"

/** How often the console is read, in milliseconds. */
#define READ_CONSOLE_MS 250u

typedef struct {
    AttachedVm *vm; /* a reference */
    char *name;     /* of the recording */
    void (*otherwise)(CommandCall *call);
    ConsoleReader *console; /* NULL before the replay has begun */
    guint timer;            /* reads the console */
    gint64 begun;           /* µs, CLOCK_MONOTONIC; 0: it hasn't */
    guint64 seen;           /* events of the VM that were looked at */
    gboolean over;          /* REPLAY_END has come */
} Beside;

static void call_command(AttachedVm *vm, const char *command, const char *recording,
                         QmpTextFunc func, gpointer user_data)
{
    g_autoptr(JsonObject) args = json_object_new();
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GBytes) bytes = NULL;

    json_object_set_string_member(args, MEMBER_FILE_NAME, recording);
    json_append_object(text, args);
    bytes = g_bytes_new(text->str, text->len);
    attached_vm_qmp_text(vm, command, bytes, QMP_EXECUTE, func, user_data);
}

static void on_ended(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error;
    (void)user_data;
}

static void beside_free(gpointer data)
{
    Beside *beside = data;

    if (beside->begun && !beside->over)
        call_command(beside->vm, COMMAND_END_REPLAY, beside->name, on_ended, NULL);
    g_clear_handle_id(&beside->timer, g_source_remove);
    console_reader_free(beside->console);
    attached_vm_unref(beside->vm);
    g_free(beside->name);
    g_free(beside);
}

static void on_console(const char *bytes, gsize len, gpointer user_data)
{
    output_console(shell_output(call_shell(user_data)), bytes, len);
}

/* @members: of REPLAY_BEGIN or of begin_replay's reply. */
static void open_console(CommandCall *call, JsonObject *members)
{
    Beside *beside = call_state(call);
    const char *path = json_as_string(json_lookup(members, MEMBER_CONSOLE));

    g_clear_pointer(&beside->console, console_reader_free);
    if (!path)
        return;
    beside->console = console_reader_new(path, on_console, call);
    console_reader_read(beside->console); /* whose file stays open, also when it is removed */
}

static gboolean read_console(gpointer user_data)
{
    Beside *beside = call_state(user_data);

    if (beside->console)
        console_reader_read(beside->console);
    return G_SOURCE_CONTINUE;
}

static void show_progress(CommandCall *call, JsonObject *data)
{
    guint64 done = 0, total = 0;

    if (json_get_uint(data, MEMBER_DONE, &done, NULL) &&
        json_get_uint(data, MEMBER_TOTAL, &total, NULL))
        output_progress(shell_output(call_shell(call)), call_name(call), done, total);
}

static Verdict read_verdict(const char *name)
{
    for (guint i = 0; name && verdict_names[i]; i++) {
        if (g_str_equal(verdict_names[i], name))
            return (Verdict)i;
    }
    return VERDICT_NONE;
}

/* @data: of REPLAY_END. */
static void finish(CommandCall *call, JsonObject *data)
{
    Beside *beside = call_state(call);
    Verdict verdict = read_verdict(json_as_string(json_lookup(data, MEMBER_RESULT)));
    const char *detail = json_as_string(json_lookup(data, MEMBER_DETAIL));
    const char *reason = json_as_string(json_lookup(data, MEMBER_REASON));
    double seconds = (double)(clock_mono() - beside->begun) / G_USEC_PER_SEC;
    g_autoptr(Recording) recording = NULL;
    GError *error = NULL;

    beside->over = TRUE;
    read_console(call);
    if (verdict == VERDICT_NONE) {
        call_finish(call, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED,
                                      "the replay of %s was ended before its end: %s", beside->name,
                                      reason ? reason : "no reason was given"));
        return;
    }
    recording = store_find(shell_store(call_shell(call), NULL), beside->name, &error);
    if (recording)
        error = call_verdict(call, recording, verdict, detail, seconds);
    call_finish(call, error);
}

/* An event has come, or the connection's state has changed. */
static void on_change(CommandCall *call)
{
    Beside *beside = call_state(call);
    g_autoptr(JsonObject) event = NULL;
    const char *name;
    JsonObject *data;

    if (attached_vm_state(beside->vm) != ATTACHED_VM_READY) {
        call_finish(call, g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                              "the connection ended before the replay did"));
        return;
    }
    if (beside->seen == attached_vm_event_count(beside->vm))
        return;
    beside->seen = attached_vm_event_count(beside->vm);
    event = json_parse_object(g_bytes_get_data(attached_vm_last_event(beside->vm), NULL),
                              (gssize)g_bytes_get_size(attached_vm_last_event(beside->vm)), NULL);
    name = json_as_string(json_lookup(event, "event"));
    data = json_as_object(json_lookup(event, "data"));
    if (g_strcmp0(json_as_string(json_lookup(data, MEMBER_FILE_NAME)), beside->name) != 0)
        return;
    if (g_strcmp0(name, EVENT_REPLAY_BEGIN) == 0)
        open_console(call, data);
    else if (g_strcmp0(name, EVENT_REPLAY_PROGRESS) == 0)
        show_progress(call, data);
    else if (g_strcmp0(name, EVENT_REPLAY_END) == 0)
        finish(call, data);
}

static void on_begun(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    g_autoptr(JsonObject) reply = NULL;
    Beside *beside;

    (void)client;
    if (call_is_over(call)) { /* the reply to begin_replay comes after Ctrl-C */
        if (!error)
            call_command(call_vm(call), COMMAND_END_REPLAY, call_value(call, 0), on_ended, NULL);
        return;
    }
    if (error) {
        call_finish(call, g_error_copy(error));
        return;
    }
    beside = call_state(call);
    beside->begun = clock_mono();
    beside->seen = attached_vm_event_count(beside->vm);
    reply = json_parse_object(g_bytes_get_data(value, NULL), (gssize)g_bytes_get_size(value), NULL);
    open_console(call, reply);
    beside->timer = g_timeout_add(READ_CONSOLE_MS, read_console, call);
    call_on_notify(call, on_change);
}

static void on_store(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(CommandCall) call = user_data;
    g_autoptr(JsonObject) reply = NULL;
    Beside *beside;
    const char *path;

    (void)client;
    if (call_is_over(call))
        return;
    beside = call_state(call);
    if (!error)
        reply =
            json_parse_object(g_bytes_get_data(value, NULL), (gssize)g_bytes_get_size(value), NULL);
    path = json_as_string(json_lookup(reply, MEMBER_STORE));
    if (path && g_str_equal(path, store_path(shell_store(call_shell(call), NULL))))
        call_command(beside->vm, COMMAND_BEGIN_REPLAY, beside->name, on_begun, call_ref(call));
    else
        beside->otherwise(call);
}

void replay_beside(CommandCall *call, const char *name, void (*otherwise)(CommandCall *call))
{
    AttachedVm *vm = call_vm(call);
    Beside *beside;

    if (!vm || attached_vm_state(vm) != ATTACHED_VM_READY) {
        otherwise(call);
        return;
    }
    beside = g_new0(Beside, 1);
    beside->vm = attached_vm_ref(vm);
    beside->name = g_strdup(name);
    beside->otherwise = otherwise;
    call_set_state(call, beside, beside_free);
    attached_vm_qmp_text(vm, COMMAND_QUERY_RECORD, NULL, QMP_EXECUTE, on_store, call_ref(call));
}
