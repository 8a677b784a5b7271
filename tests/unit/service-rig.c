/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rig of the service's tests; see service-rig.h.
 */
#include "plugin/watch.h"
#include "tests/unit/service-rig.h"

#include <sys/mman.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/io/transport.h"
#include "qmpbridge/engine/dry/dry.h"
#include "qmpbridge/engine/qemu/qemu.h"
#include "qmpbridge/engine/qemu/trial.h"

#define RAM_SIZE (MACHINE_MIN_MEMORY << 20)

void rig_note(Rig *rig, const char *what)
{
    g_string_append_printf(rig->trace, "%s%s", rig->trace->len ? " " : "", what);
}

/* --- the plugin ---------------------------------------------------------------------------- */

static void plugin_act(Rig *rig, const char *how, const char *good)
{
    const char *state = how ? how : good;
    JsonObject *args;

    if (g_str_equal(state, "silent"))
        return;
    if (g_str_equal(state, "leaves")) {
        rig_unplug(rig);
        return;
    }
    args = json_object_new();
    json_object_set_int_member(args, "serial", (gint64)rig->serial);
    json_object_set_string_member(args, "state", state);
    json_object_set_int_member(args, "answers", g_str_equal(state, "closed") ? 3 : 0);
    if (rig->position > 0)
        json_object_set_int_member(args, "position", (gint64)rig->position);
    if (g_str_equal(state, "closed"))
        rig->position += 3;
    json_object_set_string_member(args, "reason", "its disk");
    qmp_client_execute(rig->plugin, "record-journal", args, 0, NULL, NULL);
}

void rig_answer_plugin(Rig *rig, const char *state)
{
    plugin_act(rig, state, NULL);
}

static void plugin_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Rig *rig = user_data;
    JsonObject *object = json_as_object(event);
    JsonObject *data = json_as_object(json_lookup(object, "data"));
    const char *name = json_as_string(json_lookup(object, "event"));
    const char *journal = NULL;

    (void)client;
    json_opt_uint(data, "serial", &rig->serial, NULL);
    if (g_str_equal(name, "RECORD_WATCH")) {
        rig_note(rig, "WATCH");
        rig->watching = watch_start((gsize)rig->ram, RAM_SIZE);
        plugin_act(rig, NULL, "watched");
    } else if (g_str_equal(name, "RECORD_CUT")) {
        rig_note(rig, "CUT");
        json_get_string(data, "journal", &journal, NULL);
        g_file_set_contents(journal, "journal", -1, NULL);
        plugin_act(rig, rig->script.cut, "cut");
    } else if (g_str_equal(name, "RECORD_FLUSH")) {
        rig_note(rig, "FLUSH");
        plugin_act(rig, rig->script.flush, "closed");
    }
}

/* --- the user ------------------------------------------------------------------------------ */

static void user_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Rig *rig = user_data;
    JsonObject *object = json_as_object(event);
    const char *name = json_as_string(json_lookup(object, "event"));
    JsonObject *data = json_as_object(json_lookup(object, "data"));
    const char *reason = json_as_string(json_lookup(data, "reason"));

    (void)client;
    if (g_str_equal(name, "RECORD_REFUSED"))
        rig->refused += (guint)json_object_get_int_member(data, "count");
    ck_assert(!g_str_equal(name, "RECORD_CUT") && !g_str_equal(name, "RECORD_FLUSH"));
    g_string_append_printf(rig->events, "%s%s %s%s%s", rig->events->len ? "; " : "", name,
                           json_as_string(json_lookup(data, "name")), reason ? ": " : "",
                           reason ? reason : "");
}

static void replied(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Call *call = user_data;
    g_autofree char *text = value ? json_to_text(value) : NULL;

    (void)client;
    call->done = TRUE;
    call->text = error ? g_strdup_printf("ERROR: %s", error->message) : g_steal_pointer(&text);
}

Call *rig_start(Rig *rig, QmpClient *client, const char *command, const char *args)
{
    Call *call = g_new0(Call, 1);

    (void)rig;
    qmp_client_execute(client, command, args ? json_parse_object(args, -1, NULL) : NULL, 0, replied,
                       call);
    return call;
}

char *rig_finish(Call *call)
{
    char *text;

    temp_wait(call->done, "a reply");
    text = call->text;
    g_free(call);
    return text;
}

char *rig_call(Rig *rig, const char *command, const char *args)
{
    return rig_finish(rig_start(rig, rig->user, command, args));
}

void rig_check(Rig *rig, const char *command, const char *args, const char *text)
{
    g_autofree char *reply = rig_call(rig, command, args);

    ck_assert_msg(strstr(reply, text) != NULL, "%s: '%s' isn't in '%s'", command, text, reply);
    ck_assert_int_eq(g_str_has_prefix(text, "ERROR"), g_str_has_prefix(reply, "ERROR"));
}

void rig_begin(Rig *rig)
{
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "{\"name\": \"web");
}

/* --- around it ----------------------------------------------------------------------------- */

static void monitor_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Rig *rig = user_data;

    (void)client;
    if (!service_event(rig->service, event))
        qmp_server_emit(rig->server, event);
}

static void monitor_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    Rig *rig = user_data;

    (void)client;
    rig->lost = TRUE;
    service_lost(rig->service, error);
}

static const QmpClientOps monitor_ops = {.event = monitor_event, .closed = monitor_closed};
static const QmpClientOps plugin_ops = {.event = plugin_event};
static const QmpClientOps user_ops = {.event = user_event};
static const QmpClientOps other_ops = {NULL};

static void server_handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    Rig *rig = user_data;

    (void)server;
    if (!service_handle(rig->service, request))
        guard_pass(rig->guard, request);
}

static PeerFlow server_flow(const char *name, gpointer user_data)
{
    (void)user_data;
    return service_flow(name);
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    Rig *rig = user_data;

    (void)server;
    (void)who;
    (void)why;
    service_client_gone(rig->service, client);
}

static const QmpServerOps server_ops = {
    .handle = server_handle, .flow = server_flow, .client_gone = client_gone};

static void whole(const Recording *recording, gpointer user_data)
{
    Rig *rig = user_data;

    ck_assert_int_eq(recording->state, RECORDING_COMPLETE);
    rig->whole++;
}

static void changing(gpointer user_data)
{
    Rig *rig = user_data;

    if (rig->guard)
        guard_hold(rig->guard);
}

static void settled(gpointer user_data)
{
    Rig *rig = user_data;

    rig->settled++;
    guard_release(rig->guard);
}

static void stuck(const GError *why, gpointer user_data)
{
    Rig *rig = user_data;

    ck_assert_ptr_null(rig->stuck);
    rig->stuck = g_strdup(why->message);
}

static QmpClient *connect_to(Rig *rig, QmpServer *server, const QmpClientOps *ops)
{
    QmpClient *client =
        qmp_client_new(transport_connect(qmp_server_path(server), NULL), 10000, ops, rig);

    temp_wait(qmp_client_is_ready(client), "a greeting");
    return client;
}

QmpClient *rig_connect(Rig *rig)
{
    return connect_to(rig, rig->server, &other_ops);
}

static QmpServer *serve(Rig *rig, const char *name, const QmpServerOps *ops)
{
    g_autofree char *path = g_build_filename(rig->dir, name, NULL);
    g_autoptr(JsonNode) greeting = message_greeting_body_new(NULL, TRUE);
    QmpServer *server = qmp_server_new(path, ops, rig, NULL);

    ck_assert_ptr_nonnull(server);
    qmp_server_set_greeting(server, greeting);
    return server;
}

void rig_plug(Rig *rig)
{
    g_autofree char *reply = NULL;

    rig->plugin = connect_to(rig, rig->server, &plugin_ops);
    reply = rig_finish(
        rig_start(rig, rig->plugin, "record-agent",
                  rig->script.watch ? "{'protocol': 1, 'watch': true}" : "{'protocol': 1}"));
    ck_assert_ptr_nonnull(strstr(reply, rig->script.dry ? "\"dry\"" : "\"record\""));
}

void rig_unplug(Rig *rig)
{
    qmp_client_close(rig->plugin);
    g_clear_pointer(&rig->plugin, qmp_client_unref);
}

static guint64 space_left(const char *path, gpointer user_data)
{
    const Rig *rig = user_data;

    ck_assert_str_eq(path, rig->store_dir);
    return rig->left;
}

static void make_room(Rig *rig)
{
    RoomBounds bounds = {.keep_free = rig->script.keep_free,
                         .store_limit = rig->script.store_limit,
                         .free = space_left,
                         .user_data = rig};

    if (bounds.keep_free > 0 || bounds.store_limit > 0)
        rig->room = room_new(rig->store_dir, &bounds);
}

static void make_service(Rig *rig)
{
    ServiceOptions options = {
        .server = rig->server,
        .store = rig->store,
        .machine = rig->machine,
        .emulator = &rig->emulator,
        .bases = rig->bases,
        .whole = whole,
        .changing = changing,
        .settled = settled,
        .stuck = stuck,
        .room = rig->room,
        .watch_ms = 20,
        .quiet_ms = rig->script.quiet_ms,
        .user_data = rig,
    };
    const EngineClass *engine = rig->script.engine ? rig->script.engine
                                : rig->script.dry  ? &engine_dry
                                                   : &engine_qemu;
    EngineOptions engine_options = {
        .monitor = rig->monitor,
        .pid = getpid(),
        .machine = rig->machine,
        .emulator = &rig->emulator,
        .directory = rig->run_dir,
        .plugin = &service_plugin,
        .monitor_timeout_ms = rig->script.monitor_timeout_ms,
        .plugin_timeout_ms = 500,
    };

    rig->service = service_new(&options);
    engine_options.plugin_data = rig->service;
    service_set_engine(rig->service, engine->start(&engine_options));
    rig->passthrough = passthrough_new(rig->monitor, service_extension);
    rig->guard = guard_new(rig->passthrough, rig->service, engine);
}

static void make_files(Rig *rig)
{
    static const QemuTrial trial = {.log_word = {0, 0xe0, 0x20, 14}, .log_end = {14, 39}};

    rig->run_dir = g_build_filename(rig->dir, "run", NULL);
    ck_assert_int_eq(mkdir(rig->run_dir, 0700), 0);
    rig->log = temp_file(rig->run_dir, RECORDING_LOG, "0000HEADearlier");
    rig->console = temp_file(rig->run_dir, RECORDING_CONSOLE, "boot");
    rig->vmstate = temp_file(rig->run_dir, RECORDING_VMSTATE, "image");
    if (rig->script.disk)
        g_free(temp_file(rig->run_dir, RECORDING_DISK, "image"));
    rig->machine = machine_new();
    rig->machine->memory = RAM_SIZE >> 20;
    if (rig->script.disk)
        ck_assert(machine_add_disk(rig->machine, "/disk", NULL, NULL));
    rig->emulator = (Emulator){.path = (char *)"/qemu",
                               .version = (char *)"11.1.3",
                               .trial = g_bytes_new_static(&trial, sizeof(trial))};
    rig->bases = recording_files_new();
    rig->ram = mmap(NULL, RAM_SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    rig->ram[4096] = 1;
    rig->watching = -1;
}

Rig *rig_new(const Script *script)
{
    Rig *rig = g_new0(Rig, 1);

    rig->script = *script;
    rig->dir = temp_new();
    rig->store_dir = g_build_filename(rig->dir, "store", NULL);
    rig->trace = g_string_new(NULL);
    rig->events = g_string_new(NULL);
    rig->unanswered = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
    rig->running = TRUE;
    rig->icount = 500;
    make_files(rig);
    rig->store = script->dry ? NULL : store_open(rig->store_dir, TRUE, NULL);
    rig->qemu = serve(rig, "monitor.sock", &rig_qemu_ops);
    rig->monitor = connect_to(rig, rig->qemu, &monitor_ops);
    rig->server = serve(rig, "control.sock", &server_ops);
    make_room(rig);
    make_service(rig);
    rig->user = connect_to(rig, rig->server, &user_ops);
    if (!script->no_plugin)
        rig_plug(rig);
    return rig;
}

void rig_free(Rig *rig)
{
    if (rig->plugin)
        rig_unplug(rig);
    qmp_client_unref(rig->user);
    guard_free(rig->guard);
    service_free(rig->service);
    passthrough_free(rig->passthrough);
    qmp_client_unref(rig->monitor);
    qmp_server_free(rig->server);
    qmp_server_free(rig->qemu);
    room_free(rig->room);
    store_free(rig->store);
    machine_free(rig->machine);
    if (rig->watching >= 0)
        close(rig->watching);
    munmap(rig->ram, RAM_SIZE);
    g_ptr_array_unref(rig->bases);
    g_bytes_unref(rig->emulator.trial);
    g_ptr_array_unref(rig->unanswered);
    g_string_free(rig->trace, TRUE);
    g_string_free(rig->events, TRUE);
    g_free(rig->job);
    g_free(rig->stuck);
    g_free(rig->log);
    g_free(rig->console);
    g_free(rig->vmstate);
    g_free(rig->run_dir);
    g_free(rig->store_dir);
    temp_free(rig->dir);
    g_free(rig);
}

void rig_wait_trace(Rig *rig, const char *command)
{
    temp_wait(g_str_has_suffix(rig->trace->str, command), command);
}

Recording *rig_find(Rig *rig, const char *name)
{
    g_autoptr(Store) store = store_open(rig->store_dir, FALSE, NULL);

    return store_find(store, name, NULL);
}

void rig_check_trace(Rig *rig, const char *trace)
{
    ck_assert_str_eq(rig->trace->str, trace);
    g_string_truncate(rig->trace, 0);
}
