/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The peer and the captured output of the shell's tests; see shell-fixture.h. Nothing sleeps: a
 * run that hangs is ended by a deadline and fails.
 */
#include "tests/unit/shell-fixture.h"

#include <check.h>
#include <glib/gstdio.h>

#include "qmpbridge/commands/command-table.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/server.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/ui/notices.h"

#define DEADLINE 20 /* seconds */

static QmpServer *server;
static GPtrArray *held; /* requests that are never answered */

static const char schema_text[] =
    "[{'name':'ok','meta-type':'command','arg-type':'1','ret-type':'2'},"
    "{'name':'fail','meta-type':'command','arg-type':'2','ret-type':'2'},"
    "{'name':'PING','meta-type':'event','arg-type':'2'},"
    "{'name':'SHUTDOWN','meta-type':'event','arg-type':'2'},"
    "{'name':'emit','meta-type':'command','arg-type':'emit','ret-type':'2'},"
    "{'name':'drop','meta-type':'command','arg-type':'2','ret-type':'2'},"
    "{'name':'hang','meta-type':'command','arg-type':'2','ret-type':'2'},"
    "{'name':'emit','meta-type':'object','members':[{'name':'event','type':'str'},"
    "{'name':'data','type':'any','default':null}]},"
    "{'name':'transaction','meta-type':'command','arg-type':'tr','ret-type':'2'},"
    "{'name':'tr','meta-type':'object','members':[{'name':'actions','type':'[act]'},"
    "{'name':'properties','type':'5','default':null}]},"
    "{'name':'[act]','meta-type':'array','element-type':'act'},"
    "{'name':'act','meta-type':'object','members':[{'name':'type','type':'what'}],'tag':'type',"
    "'variants':[{'case':'snap','type':'snap'}]},"
    "{'name':'what','meta-type':'enum','members':[{'name':'snap'}]},"
    "{'name':'snap','meta-type':'object','members':[{'name':'data','type':'5'}]},"
    "{'name':'2','meta-type':'object','members':[]},"
    "{'name':'1','meta-type':'object','members':["
    "{'name':'text','type':'str','default':null},{'name':'number','type':'int','default':null},"
    "{'name':'real','type':'number','default':null},"
    "{'name':'flag','type':'bool','default':null},{'name':'kind','type':'3','default':null},"
    "{'name':'list','type':'[int]','default':null},{'name':'sub','type':'4','default':null},"
    "{'name':'any','type':'any','default':null},{'name':'alt','type':'7','default':null}]},"
    "{'name':'3','meta-type':'enum','members':[{'name':'raw'},{'name':'qcow2'}]},"
    "{'name':'4','meta-type':'object','members':[{'name':'kind','type':'3'}],'tag':'kind',"
    "'variants':[{'case':'raw','type':'5'},{'case':'qcow2','type':'6'}]},"
    "{'name':'5','meta-type':'object','members':[{'name':'offset','type':'int'}]},"
    "{'name':'6','meta-type':'object','members':[{'name':'backing','type':'str'},"
    "{'name':'self','type':'4'}]},"
    "{'name':'7','meta-type':'alternate','members':[{'type':'str'},{'type':'int'}]},"
    "{'name':'[int]','meta-type':'array','element-type':'int'},"
    "{'name':'old','meta-type':'command','arg-type':'8','ret-type':'2'},"
    "{'name':'8','meta-type':'object','members':[{'name':'mode','type':'9'}]},"
    "{'name':'9','meta-type':'enum','values':['one','two']},"
    "{'name':'str','meta-type':'builtin','json-type':'string'},"
    "{'name':'int','meta-type':'builtin','json-type':'int'},"
    "{'name':'number','meta-type':'builtin','json-type':'number'},"
    "{'name':'bool','meta-type':'builtin','json-type':'boolean'},"
    "{'name':'any','meta-type':'builtin','json-type':'value'},"
    "{'meta-type':'object'},{'name':7},5]";

Schema *fixture_schema(void)
{
    g_autoptr(GBytes) text = g_bytes_new_static(schema_text, strlen(schema_text));
    Schema *schema = schema_new(text, NULL);

    ck_assert_ptr_nonnull(schema);
    return schema;
}

static void emit(JsonObject *args)
{
    JsonObject *data = json_as_object(json_lookup(args, "data"));
    JsonNode *event = message_event_new(json_as_string(json_lookup(args, "event")),
                                        data ? json_object_ref(data) : NULL, 1000000);

    qmp_server_emit(server, event);
    json_node_unref(event);
}

void fixture_emit(const char *name, const char *data)
{
    g_autoptr(JsonNode) event = message_event_new(name, json_parse_object(data, -1, NULL), 1000000);

    qmp_server_emit(server, event);
}

static void answer_begin(QmpRequest *request)
{
    const char *wanted = json_as_string(json_lookup(qmp_request_args(request), "file_name"));
    g_autofree char *name = g_strconcat(wanted, "_001", NULL);
    JsonObject *object = json_object_new();
    JsonNode *node;

    json_object_set_string_member(object, "name", name);
    node = json_node_take(object);
    qmp_request_return(request, node);
    json_node_unref(node);
}

static void answer_query_record(const Fixture *fixture, QmpRequest *request)
{
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "store", fixture->directory);
    qmp_request_return_object(request, object);
}

static void answer_begin_replay(const Fixture *fixture, QmpRequest *request)
{
    g_autofree char *console = g_build_filename(fixture->directory, "console", NULL);
    const char *name = json_as_string(json_lookup(qmp_request_args(request), "file_name"));
    JsonObject *object = json_object_new();

    json_object_set_string_member(object, "file_name", name);
    json_object_set_string_member(object, "console", console);
    qmp_request_return_object(request, object);
}

static void answer_ok(QmpRequest *request)
{
    JsonObject *args = qmp_request_args(request), *object = json_object_new();
    JsonNode *node;

    if (args)
        json_object_set_object_member(object, "args", json_object_ref(args));
    node = json_node_take(object);
    qmp_request_return(request, node);
    json_node_unref(node);
}

static void answer_schema(QmpRequest *request)
{
    JsonNode *node = json_parse(schema_text, -1, NULL);

    qmp_request_return(request, node);
    json_node_unref(node);
}

static void note(Fixture *fixture, QmpRequest *request)
{
    GString *text = g_string_new(qmp_request_name(request));

    g_string_append_c(text, ' ');
    if (qmp_request_args(request))
        json_append_object(text, qmp_request_args(request));
    g_ptr_array_add(fixture->requests, g_string_free(text, FALSE));
}

static void handle(QmpServer *self, QmpRequest *request, gpointer user_data)
{
    g_autoptr(QmpRequest) owned = request;
    const char *name = qmp_request_name(request);

    if (g_str_equal(name, "query-qmp-schema")) {
        answer_schema(request);
        return;
    }
    note(user_data, request);
    if (g_str_equal(name, "drop"))
        qmp_server_drop(self, qmp_request_client(request));
    if (g_str_equal(name, "emit"))
        emit(qmp_request_args(request));
    if (g_str_equal(name, "transaction") || g_str_equal(name, "ok") || g_str_equal(name, "emit"))
        answer_ok(request);
    else if (g_str_equal(name, "begin_record"))
        answer_begin(request);
    else if (g_str_equal(name, "query-record"))
        answer_query_record(user_data, request);
    else if (g_str_equal(name, "begin_replay"))
        answer_begin_replay(user_data, request);
    else if (g_str_equal(name, "drop") || g_str_equal(name, "hang"))
        g_ptr_array_add(held, qmp_request_ref(request));
    else if (g_str_equal(name, "fail"))
        qmp_request_error(request, "GenericError", "it \033[31mfailed");
    else
        qmp_request_error(request, "CommandNotFound", "no such command");
}

static void start_peer(Fixture *fixture)
{
    static const QmpServerOps ops = {.handle = handle};
    g_autofree char *path = g_build_filename(fixture->directory, "socket", NULL);
    JsonNode *greeting = message_greeting_body_new(NULL, FALSE);
    GIOStream *stream;

    held = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
    server = qmp_server_new(path, &ops, fixture, NULL);
    ck_assert_ptr_nonnull(server);
    qmp_server_set_greeting(server, greeting);
    json_node_unref(greeting);
    stream = transport_connect(path, NULL);
    ck_assert_ptr_nonnull(stream);
    shell_attach_stream(fixture->shell, "vm", stream);
}

static void keep(OutputSink sink, const char *text, gpointer user_data)
{
    Fixture *fixture = user_data;

    g_string_append(sink == OUTPUT_RESULT ? fixture->out : fixture->err, text);
}

static void on_lost(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms,
                    gpointer user_data)
{
    Fixture *fixture = user_data;

    (void)shell;
    if (fixture->frontend)
        frontend_lost(fixture->frontend, vm, error, retry_ms);
}

static void on_event(Shell *shell, AttachedVm *vm, GBytes *event, gpointer user_data)
{
    (void)user_data;
    notice_event(shell, vm, event);
}

static void on_hint(Shell *shell, AttachedVm *vm, const char *hint, gpointer user_data)
{
    (void)user_data;
    notice_hint(shell, vm, hint);
}

Fixture *fixture_new(gboolean json, gboolean attached, double timeout)
{
    static const ShellHandlers handlers = {.lost = on_lost, .event = on_event, .hint = on_hint};
    Fixture *fixture = g_new0(Fixture, 1);
    OutputOptions how = {.json = json, .write = keep, .user_data = fixture};
    ShellOptions options = {
        .commands = command_table(), .timeout = timeout, .plugin = "/nonexistent"};

    fixture->directory = g_dir_make_tmp("qmpbridge-shell-XXXXXX", NULL);
    fixture->out = g_string_new(NULL);
    fixture->err = g_string_new(NULL);
    fixture->requests = g_ptr_array_new_with_free_func(g_free);
    fixture->loop = g_main_loop_new(NULL, FALSE);
    fixture->output = output_new(&how);
    options.output = fixture->output;
    options.store = fixture->directory;
    fixture->shell = shell_new(&options, &handlers, fixture);
    if (attached)
        start_peer(fixture);
    return fixture;
}

void fixture_free(Fixture *fixture)
{
    g_autofree char *script = g_build_filename(fixture->directory, "script", NULL);

    frontend_free(fixture->frontend);
    shell_free(fixture->shell);
    g_clear_pointer(&held, g_ptr_array_unref);
    g_clear_pointer(&server, qmp_server_free);
    output_free(fixture->output);
    g_unlink(script);
    ck_assert_int_eq(g_rmdir(fixture->directory), 0);
    g_free(fixture->directory);
    g_string_free(fixture->out, TRUE);
    g_string_free(fixture->err, TRUE);
    g_ptr_array_unref(fixture->requests);
    g_main_loop_unref(fixture->loop);
    g_free(fixture);
}

static void on_done(Frontend *frontend, int code, gpointer user_data)
{
    Fixture *fixture = user_data;

    (void)frontend;
    fixture->code = code;
    g_main_loop_quit(fixture->loop);
}

static gboolean on_deadline(gpointer user_data)
{
    (void)user_data;
    ck_abort_msg("nothing came within %d s", DEADLINE);
    return G_SOURCE_REMOVE;
}

static char *write_script(Fixture *fixture, const char *text)
{
    char *path = g_build_filename(fixture->directory, "script", NULL);

    ck_assert(g_file_set_contents(path, text, -1, NULL));
    return path;
}

int fixture_run(Fixture *fixture, const char *const *commands, const char *script)
{
    g_autofree char *path = script ? write_script(fixture, script) : NULL;
    FrontendPlan plan = {.commands = (char **)commands, .script = path};
    guint deadline = g_timeout_add_seconds(DEADLINE, on_deadline, NULL);

    frontend_free(fixture->frontend);
    fixture->frontend = frontend_new(fixture->shell, &plan, on_done, fixture, NULL);
    ck_assert_ptr_nonnull(fixture->frontend);
    g_main_loop_run(fixture->loop);
    g_source_remove(deadline);
    return fixture->code;
}

void fixture_learn_schema(Fixture *fixture)
{
    guint deadline = g_timeout_add_seconds(DEADLINE, on_deadline, NULL);

    attached_vm_with_schema(shell_vm(fixture->shell), NULL, NULL);
    while (!shell_schema(fixture->shell))
        g_main_context_iteration(NULL, TRUE);
    g_source_remove(deadline);
}
