/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `qmpbridge run` is made of; see bridge.h. This file puts the parts together and passes
 * requests, replies and events between them.
 *
 * The end comes in an order that loses nothing: an open recording is ended, QEMU quits, the
 * verifications finish, then @ended is called.
 */
#include "qmpbridge/program/bridge.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/engines.h"
#include "qmpbridge/engine/overlays.h"
#include "qmpbridge/io/control-socket.h"
#include "qmpbridge/io/runtime-dir.h"
#include "qmpbridge/program/idle-watch.h"
#include "qmpbridge/program/kept-disks.h"
#include "qmpbridge/program/plugin-file.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/record/console-service.h"
#include "qmpbridge/record/guard.h"
#include "qmpbridge/store/scratch.h"
#include "qmpbridge/store/seed-disk.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/replay/replay-service.h"
#include "qmpbridge/replay/verifier.h"
#include "qmpbridge/vm/extra-arguments.h"
#include "qmpbridge/vm/forwards.h"
#include "qmpbridge/vm/image.h"
#include "qmpbridge/vm/side-monitor.h"
#include "qmpbridge/vm/vm.h"

struct Bridge {
    Machine *machine;
    const EngineClass *engine;
    Emulator *emulator;
    char *plugin;
    const char *mode;
    gboolean records; /**< in that mode */
    gboolean verify, backlog;
    guint monitor_timeout_ms; /**< 0 for the default */
    guint idle_end_ms;        /**< 0: a recording may be idle */
    IdleWatch *idle_watch;    /**< (nullable) */
    void (*ended)(const GError *error, gpointer user_data);
    void (*forwarded)(const MachineForward *forward, gpointer user_data);
    void (*ready)(gpointer user_data);
    void (*kept)(const char *disk, const char *path, const char *base, gpointer user_data);
    gpointer user_data;
    Store *store;      /**< (nullable) in a dry run */
    Room *room;        /**< (nullable) its bounds, if there are any */
    EventLog *log;     /**< (nullable) */
    OwnedDir *runtime; /**< directory of the sockets */
    Scratch *scratch;  /**< the files of the run */
    char *console_file;
    ConsoleService *console;
    GPtrArray *bases; /**< RecordingFile */
    ControlSocket *socket;
    Service *service;
    Guard *guard;
    Emulators *emulators; /**< (nullable) those that replay */
    Verifier *verifier;
    ReplayService *replays;
    ExtensionEntry *extension; /**< of both services */
    Vm *vm;
    SideMonitor *side; /**< (nullable) */
    KeptDisks *disks;  /**< (nullable) those to keep, or being kept */
    char **overlays;   /**< by disk, as they are kept */
    GError *why_gone;  /**< (nullable) */
    gboolean ran;      /**< QEMU has */
    gboolean gone;     /**< QEMU is */
    gboolean stopping; /**< quit as soon as no recording is under way */
    guint check;       /**< idle source that looks whether all is over */
};

/* --- the end ------------------------------------------------------------------------------- */

static gboolean check_over(gpointer user_data)
{
    Bridge *bridge = user_data;

    bridge->check = 0;
    if (service_is_busy(bridge->service))
        return G_SOURCE_REMOVE;
    if (!bridge->gone) {
        if (bridge->stopping)
            vm_quit(bridge->vm);
        return G_SOURCE_REMOVE;
    }
    if (!bridge->disks && (!bridge->verifier || !verifier_is_busy(bridge->verifier)) &&
        !replay_service_is_busy(bridge->replays))
        bridge->ended(bridge->why_gone, bridge->user_data);
    return G_SOURCE_REMOVE;
}

static void check_later(Bridge *bridge)
{
    if (!bridge->check)
        bridge->check = g_idle_add(check_over, bridge);
}

/* While nothing is recorded, older recordings are proved. */
static void update_idle(Bridge *bridge)
{
    if (bridge->backlog)
        verifier_set_idle(bridge->verifier,
                          !bridge->stopping && !bridge->gone && !service_is_busy(bridge->service));
}

void bridge_stop(Bridge *bridge)
{
    if (bridge->stopping)
        return;
    bridge->stopping = TRUE;
    update_idle(bridge);
    eventlog_note(bridge->log, "qmpbridge is ending: no recording begins any more");
    service_shut_down(bridge->service, "shutdown");
    replay_service_shut_down(bridge->replays);
    check_later(bridge);
}

/* --- the recorder -------------------------------------------------------------------------- */

static void recording_whole(const Recording *recording, gpointer user_data)
{
    Bridge *bridge = user_data;

    if (bridge->verify)
        verifier_add(bridge->verifier, recording->name);
}

static void service_changing(gpointer user_data)
{
    Bridge *bridge = user_data;

    update_idle(bridge);
    guard_hold(bridge->guard);
}

static void service_settled(gpointer user_data)
{
    Bridge *bridge = user_data;

    guard_release(bridge->guard);
    update_idle(bridge);
    check_later(bridge);
}

/* What was recorded is whole by now. A QEMU that has been made to quit needn't reset its VM. */
static void service_stuck(const GError *why, gpointer user_data)
{
    Bridge *bridge = user_data;

    eventlog_note(bridge->log, "%s", why->message);
    if (!bridge->stopping && !bridge->gone)
        bridge->why_gone = g_error_copy(why);
    bridge_stop(bridge);
}

static void verified(const char *name, Verdict verdict, const char *detail, gboolean backlog,
                     gpointer user_data)
{
    Bridge *bridge = user_data;
    JsonObject *data = json_object_new();

    json_object_set_string_member(data, MEMBER_NAME, name);
    json_object_set_string_member(data, MEMBER_RESULT, verdict_name(verdict));
    if (detail)
        json_object_set_string_member(data, MEMBER_DETAIL, detail);
    if (backlog)
        json_object_set_boolean_member(data, MEMBER_BACKLOG, TRUE);
    service_emit(bridge->service, EVENT_RECORD_VERIFIED, data);
    check_later(bridge);
}

/* --- replays ------------------------------------------------------------------------------- */

static void emit_replay(const char *name, JsonObject *data, gpointer user_data)
{
    service_emit(((Bridge *)user_data)->service, name, data);
}

static void replay_over(gpointer user_data)
{
    check_later(user_data);
}

/* --- disks that are kept ------------------------------------------------------------------- */

static void disk_kept(const char *disk, const char *path, const char *base, gpointer user_data)
{
    Bridge *bridge = user_data;

    eventlog_note(bridge->log, "what has changed on %s is in %s", disk, path);
    if (bridge->kept)
        bridge->kept(disk, path, base, bridge->user_data);
}

static void disks_kept(const GError *error, gpointer user_data)
{
    Bridge *bridge = user_data;

    if (error && !bridge->why_gone)
        bridge->why_gone = g_error_copy(error);
    g_clear_pointer(&bridge->disks, kept_disks_free);
    check_later(bridge);
}

static const KeptDisksHandlers disks_handlers = {.kept = disk_kept, .done = disks_kept};

/* QEMU writes the overlays no more. If it didn't even start there is nothing to keep. */
static void keep_disks(Bridge *bridge)
{
    if (!bridge->ran)
        g_clear_pointer(&bridge->disks, kept_disks_free);
    if (!bridge->disks)
        return;
    bridge->overlays = overlays_paths(bridge->machine, scratch_path(bridge->scratch));
    kept_disks_start(bridge->disks, bridge->emulator, bridge->overlays);
}

/* --- clients ------------------------------------------------------------------------------- */

static gboolean take_request(QmpRequest *request, gpointer user_data)
{
    Bridge *bridge = user_data;

    if (service_handle(bridge->service, request) ||
        replay_service_handle(bridge->replays, request) ||
        console_service_handle(bridge->console, request))
        return TRUE;
    if (!g_str_equal(qmp_request_name(request), "quit"))
        return FALSE;
    qmp_request_return(request, NULL);
    qmp_request_unref(request);
    bridge_stop(bridge);
    return TRUE;
}

static void pass_request(QmpRequest *request, gpointer user_data)
{
    guard_pass(((Bridge *)user_data)->guard, request);
}

static PeerFlow request_flow(const char *name, gpointer user_data)
{
    const Bridge *bridge = user_data;

    if (side_monitor_serves(bridge->side, name) || replay_service_knows(name))
        return PEER_EXCLUSIVE;
    return console_service_flow(name) != PEER_PIPELINE ? console_service_flow(name)
                                                       : service_flow(name);
}

static gboolean take_event(JsonNode *event, gpointer user_data)
{
    return service_event(((Bridge *)user_data)->service, event);
}

static void client_gone(guint64 client, gpointer user_data)
{
    Bridge *bridge = user_data;

    if (bridge->guard)
        guard_client_gone(bridge->guard, client);
    service_client_gone(bridge->service, client);
    console_service_client_gone(bridge->console, client);
}

static const ControlSocketOps socket_ops = {
    .take = take_request,
    .pass = pass_request,
    .flow = request_flow,
    .event = take_event,
    .client_gone = client_gone,
};

/* --- the VM -------------------------------------------------------------------------------- */

/* Only now do clients come: which monitor a command goes to must not change under way. */
static void side_settled(gpointer user_data)
{
    Bridge *bridge = user_data;

    control_socket_greet(bridge->socket, qmp_client_greeting(vm_monitor(bridge->vm)));
}

static void report_ready(Bridge *bridge)
{
    if (bridge->ready)
        bridge->ready(bridge->user_data);
}

static void forwards_listed(QmpClient *client, JsonNode *value, const GError *error,
                            gpointer user_data)
{
    Bridge *bridge = user_data;
    const char *text = error ? NULL : json_as_string(value);
    g_autoptr(GArray) forwards = forwards_read(text ? text : "");

    (void)client;
    for (guint i = 0; i < forwards->len; i++) {
        const MachineForward *forward = &g_array_index(forwards, MachineForward, i);

        eventlog_note(bridge->log, "port %u of %s is port %u of the guest", forward->host,
                      forward->address, forward->guest);
        if (bridge->forwarded)
            bridge->forwarded(forward, bridge->user_data);
    }
    report_ready(bridge);
}

static void vm_ready(Vm *vm, JsonNode *greeting, gpointer user_data)
{
    Bridge *bridge = user_data;

    bridge->ran = TRUE;
    eventlog_write(bridge->log, EVENTLOG_IN, greeting);
    bridge->side =
        side_monitor_new(vm_monitor(vm), bridge->extension, bridge->log, side_settled, bridge);
    guard_set_side(bridge->guard, bridge->side);
    update_idle(bridge);
    if (!bridge->side)
        side_settled(bridge);
    if (bridge->idle_end_ms > 0)
        bridge->idle_watch = idle_watch_new(vm_monitor(vm), bridge->service, bridge->idle_end_ms);
    if (bridge->machine->forwards->len > 0)
        qmp_client_execute(vm_monitor(vm), "human-monitor-command", forwards_question(), 0,
                           forwards_listed, bridge);
    else
        report_ready(bridge);
}

static void vm_event(Vm *vm, JsonNode *event, gpointer user_data)
{
    Bridge *bridge = user_data;
    const char *name = json_as_string(json_lookup(json_as_object(event), "event"));

    (void)vm;
    if (g_strcmp0(name, "STOP") == 0 || g_strcmp0(name, "RESUME") == 0)
        console_service_hold(bridge->console, name[0] == 'S');
    if (control_socket_event(bridge->socket, event) && g_strcmp0(name, "SHUTDOWN") == 0)
        bridge_stop(bridge); /* -no-shutdown: QEMU stands still, so that nothing is lost */
}

static void vm_gone(Vm *vm, const GError *error, gpointer user_data)
{
    Bridge *bridge = user_data;

    (void)vm;
    bridge->gone = TRUE;
    g_clear_pointer(&bridge->idle_watch, idle_watch_free);
    update_idle(bridge);
    if (error && !bridge->why_gone)
        bridge->why_gone = g_error_copy(error);
    eventlog_note(bridge->log, "%s", error ? error->message : "QEMU has quit");
    service_lost(bridge->service, error);
    replay_service_shut_down(bridge->replays);
    keep_disks(bridge);
    check_later(bridge);
}

static void vm_notice(Vm *vm, const GError *what, gpointer user_data)
{
    Bridge *bridge = user_data;

    (void)vm;
    eventlog_note(bridge->log, "%s", what->message);
}

/* A line of stderr: QEMU's, or the plugin's, which has no other way to people. */
static void vm_said(Vm *vm, const char *line, gpointer user_data)
{
    Bridge *bridge = user_data;
    JsonObject *data = json_object_new();

    (void)vm;
    json_object_set_string_member(data, MEMBER_TEXT, line);
    service_emit(bridge->service, EVENT_EMULATOR_MESSAGE, data);
}

static const VmHandlers vm_handlers = {
    .ready = vm_ready,
    .event = vm_event,
    .notice = vm_notice,
    .said = vm_said,
    .gone = vm_gone,
};

/* --- the start ----------------------------------------------------------------------------- */

/* Before anything is made: can the machine's files be used? Finds the formats of its images. */
static gboolean check_files(Bridge *bridge, GError **error)
{
    const Machine *machine = bridge->machine;

    for (guint i = 0; i < machine->disks->len; i++) {
        MachineDisk *disk = g_ptr_array_index(machine->disks, i);
        g_autoptr(GPtrArray) files = NULL;

        if (!image_find_format(disk, error) ||
            !(files = image_files(disk->file, disk->format, error)))
            return FALSE;
    }
    return files_check_readable("kernel", machine->kernel, error) &&
           files_check_readable("initrd", machine->initrd, error);
}

/* Notes a file that recordings refer to. @sha256: (transfer full) (nullable): its digest; NULL: it
 * couldn't be read, and @error is set. */
static gboolean add_base(Bridge *bridge, const char *role, const char *path, char *sha256,
                         GError **error)
{
    g_autofree char *digest = sha256;
    GStatBuf info;

    if (!digest)
        return FALSE;
    if (g_stat(path, &info) != 0) {
        files_error(error, path, errno);
        return FALSE;
    }
    recording_add_file(bridge->bases, role, (guint64)info.st_size, digest);
    return TRUE;
}

static gboolean add_boot_file(Bridge *bridge, const char *role, const char *path, GError **error)
{
    return !path || add_base(bridge, role, path, files_sha256(path, NULL, error), error);
}

/* A disk's image and those that it is based on. */
static gboolean add_images(Bridge *bridge, const BridgeOptions *options, guint index,
                           GError **error)
{
    const MachineDisk *disk = machine_disk(bridge->machine, index);
    g_autoptr(GPtrArray) files = image_files(disk->file, disk->format, error);

    for (guint i = 0; files && i < files->len; i++) {
        g_autofree char *role = recording_base_role(index, i);
        const char *path = files->pdata[i];

        if (!add_base(bridge, role, path,
                      digests_of_image(store_path(bridge->store), path, options->reading,
                                       bridge->user_data, error),
                      error))
            return FALSE;
    }
    return files != NULL;
}

static gboolean prepare_bases(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    const Machine *machine = bridge->machine;

    for (guint i = 0; i < machine->disks->len; i++) {
        if (!add_images(bridge, options, i, error))
            return FALSE;
    }
    return add_boot_file(bridge, "kernel", machine->kernel, error) &&
           add_boot_file(bridge, "initrd", machine->initrd, error);
}

static gboolean open_store(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    g_autofree char *path = options->store ? g_strdup(options->store) : store_default_path();
    ProofOptions proof = {
        .replay =
            {
                .plugin = bridge->plugin,
                .affinity = options->affinity,
                .trust_paths = TRUE, /* it proves what it has recorded just now */
            },
    };

    bridge->emulators = proof.replay.emulators =
        emulators_new(bridge->emulator->path, options->emulators, bridge->plugin);
    bridge->store = store_open(path, TRUE, error);
    if (!bridge->store)
        return FALSE;
    if (options->bounds.keep_free > 0 || options->bounds.store_limit > 0)
        bridge->room = room_new(path, &options->bounds);
    scratch_sweep(store_path(bridge->store));
    bridge->verifier = verifier_new(bridge->store, &proof, verified, bridge);
    return TRUE;
}

/* Makes the seed disk that was asked for. The image stays in the store: recordings replay with it.
 */
static gboolean add_seed(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    g_autofree char *folder = NULL, *image = NULL, *disk = NULL;

    if (!options->seed_directory)
        return TRUE;
    folder = bridge->store ? g_build_filename(store_path(bridge->store), STORE_SEEDS, NULL)
                           : g_strdup(scratch_path(bridge->scratch));
    if (g_mkdir(folder, 0700) != 0 && errno != EEXIST) {
        files_error(error, folder, errno);
        return FALSE;
    }
    image = seed_disk_make(options->seed_directory, options->seed_label, folder, error);
    if (!image)
        return FALSE;
    disk = g_strconcat(image, ",format=raw,read-only", NULL);
    return machine_add_disk(bridge->machine, disk, NULL, error) &&
           machine_check(bridge->machine, error);
}

static gboolean prepare_files(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    if (bridge->records && !open_store(bridge, options, error))
        return FALSE;
    bridge->scratch = scratch_new(
        bridge->store ? store_path(bridge->store) : owned_dir_path(bridge->runtime), error);
    if (!bridge->scratch || !add_seed(bridge, options, error) ||
        (bridge->store && !prepare_bases(bridge, options, error)))
        return FALSE;
    bridge->console_file = scratch_file(bridge->scratch, RECORDING_CONSOLE);
    return bridge->engine->make_files(bridge->emulator, bridge->machine,
                                      scratch_path(bridge->scratch), error);
}

/* A socket that lies elsewhere is found by the VM's name, too (running-vms.h); where that can't be,
 * by its path only. */
static void link_socket(const char *path, const char *runtime)
{
    g_autofree char *target = g_canonicalize_filename(path, NULL);
    g_autofree char *link = g_build_filename(runtime, CONTROL_SOCKET_NAME, NULL);

    if (symlink(target, link) < 0)
        g_debug("%s: %s", link, g_strerror(errno));
}

static gboolean prepare_socket(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    const char *runtime = owned_dir_path(bridge->runtime);

    bridge->socket =
        control_socket_new(options->socket, runtime, bridge->log, &socket_ops, bridge, error);
    if (bridge->socket && options->socket)
        link_socket(control_socket_path(bridge->socket), runtime);
    return bridge->socket != NULL;
}

static void prepare_services(Bridge *bridge, Affinity *affinity)
{
    const ServiceOptions options = {
        .server = control_socket_server(bridge->socket),
        .store = bridge->store,
        .room = bridge->room,
        .log = bridge->log,
        .machine = bridge->machine,
        .emulator = bridge->emulator,
        .bases = bridge->bases,
        .whole = recording_whole,
        .changing = service_changing,
        .settled = service_settled,
        .stuck = service_stuck,
        .user_data = bridge,
    };
    const ReplayServiceOptions replays = {
        .store = bridge->store,
        .replay =
            {
                .emulators = bridge->emulators,
                .plugin = bridge->plugin,
                .affinity = affinity,
            },
        .emit = emit_replay,
        .settled = replay_over,
        .user_data = bridge,
    };

    g_autofree ExtensionEntry *recording = NULL;

    bridge->service = service_new(&options);
    bridge->replays = replay_service_new(&replays);
    recording = extension_join(service_extension, replay_service_extension);
    bridge->extension = extension_join(recording, console_service_extension);
}

/* The plugin's own options go to QEMU's option parser: only plain words pass. */
static gboolean check_plugin_options(const char *options, GError **error)
{
    if (!options || !options[strspn(options, "abcdefghijklmnopqrstuvwxyz0123456789_-=,")])
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "--recctrl '%s' isn't of the form key=value,key=value", options);
    return FALSE;
}

static gboolean start_vm(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    g_autofree char *socket = arguments_escape(control_socket_path(bridge->socket));
    const char *more = options->plugin_options;
    g_autofree char *plugin_args =
        g_strdup_printf(",control=%s%s%s", socket, more ? "," : "", more ? more : "");
    g_autoptr(GStringChunk) strings = g_string_chunk_new(256);
    RunOptions run = {
        .plugin = bridge->plugin,
        .plugin_args = plugin_args,
        .console_input = console_service_input(bridge->console),
        /* Without record and replay there is no lock to hand over: the kernel knows best. */
        .affinity = bridge->records || (options->affinity && affinity_is_list(options->affinity))
                        ? options->affinity
                        : NULL,
    };

    bridge->engine->fill_run(&run, strings, bridge->emulator, bridge->machine,
                             scratch_path(bridge->scratch), NULL);
    bridge->vm = vm_start(bridge->machine, &run, owned_dir_path(bridge->runtime), &vm_handlers,
                          bridge, error);
    return bridge->vm != NULL;
}

/* The FIFO must be there before QEMU is. */
static gboolean prepare_console(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    g_autofree char *input =
        options->console_input
            ? g_build_filename(owned_dir_path(bridge->runtime), "console.fifo", NULL)
            : NULL;

    bridge->console =
        console_service_new(bridge->console_file, input, bridge->engine->queues_input, error);
    return bridge->console != NULL;
}

static void join_parts(Bridge *bridge)
{
    EngineOptions engine = {
        .monitor = vm_monitor(bridge->vm),
        .pid = vm_pid(bridge->vm),
        .machine = bridge->machine,
        .emulator = bridge->emulator,
        .directory = scratch_path(bridge->scratch),
        .plugin = &service_plugin,
        .plugin_data = bridge->service,
        .events = bridge->log,
        .monitor_timeout_ms = bridge->monitor_timeout_ms,
    };

    console_service_connect(bridge->console, control_socket_server(bridge->socket),
                            bridge->service);
    service_set_engine(bridge->service, bridge->engine->start(&engine));
    bridge->guard =
        guard_new(control_socket_connect(bridge->socket, vm_monitor(bridge->vm), bridge->extension),
                  bridge->service, bridge->engine);
}

static gboolean start_all(Bridge *bridge, const BridgeOptions *options, GError **error)
{
    if (options->log && !(bridge->log = eventlog_open(options->log, bridge->machine->name, error)))
        return FALSE;
    bridge->engine =
        engines_probe(options->emulator, bridge->plugin, bridge->mode, &bridge->emulator, error);
    if (!bridge->engine)
        return FALSE;
    if (options->keep_disk &&
        !(bridge->disks = kept_disks_new(bridge->machine, options->keep_disk_directory,
                                         &disks_handlers, bridge, error)))
        return FALSE;
    bridge->machine->target = bridge->emulator->target;
    if (!machine_complete(bridge->machine, error) || !machine_check(bridge->machine, error) ||
        (!options->force && bridge->records && !extra_arguments_check(bridge->machine, error)) ||
        !check_files(bridge, error) || !forwards_check_free(bridge->machine, error) ||
        !check_plugin_options(options->plugin_options, error))
        return FALSE;
    bridge->runtime = runtime_dir_new(bridge->machine->name, error);
    if (!bridge->runtime || !prepare_files(bridge, options, error) ||
        !prepare_console(bridge, options, error) || !prepare_socket(bridge, options, error))
        return FALSE;
    prepare_services(bridge, options->affinity);
    if (!start_vm(bridge, options, error))
        return FALSE;
    join_parts(bridge);
    return TRUE;
}

Bridge *bridge_start(const Machine *machine, const BridgeOptions *options,
                     void (*ended)(const GError *error, gpointer user_data), gpointer user_data,
                     GError **error)
{
    g_autoptr(Bridge) bridge = g_new0(Bridge, 1);

    bridge->machine = machine_copy(machine);
    bridge->plugin =
        options->plugin ? g_canonicalize_filename(options->plugin, NULL) : plugin_file_default();
    bridge->mode = options->mode;
    bridge->records = g_str_equal(options->mode, MODE_RECORD);
    bridge->verify = options->verify && bridge->records;
    bridge->backlog = options->backlog && bridge->verify;
    bridge->idle_end_ms = (guint)MIN(options->idle_end * 1000, G_MAXINT);
    bridge->monitor_timeout_ms = (guint)MIN(options->monitor_timeout * 1000, G_MAXINT);
    bridge->bases = recording_files_new();
    bridge->ended = ended;
    bridge->forwarded = options->forwarded;
    bridge->ready = options->ready;
    bridge->kept = options->kept;
    bridge->user_data = user_data;
    if (!files_check_readable("plugin", bridge->plugin, error) ||
        !start_all(bridge, options, error))
        return NULL;
    return g_steal_pointer(&bridge);
}

const char *bridge_socket(const Bridge *bridge)
{
    return control_socket_path(bridge->socket);
}

gboolean bridge_is_confined(const Bridge *bridge)
{
    return bridge->emulator->sandbox;
}

const char *bridge_console(const Bridge *bridge)
{
    return bridge->console_file;
}

void bridge_free(Bridge *bridge)
{
    if (!bridge)
        return;
    g_clear_handle_id(&bridge->check, g_source_remove);
    verifier_free(bridge->verifier);
    replay_service_free(bridge->replays);
    guard_free(bridge->guard);
    idle_watch_free(bridge->idle_watch);
    service_free(bridge->service);
    side_monitor_free(bridge->side);
    console_service_free(bridge->console);
    vm_free(bridge->vm);
    kept_disks_free(bridge->disks);
    g_strfreev(bridge->overlays);
    control_socket_free(bridge->socket);
    scratch_free(bridge->scratch);
    room_free(bridge->room);
    store_free(bridge->store);
    runtime_dir_free(bridge->runtime);
    eventlog_free(bridge->log);
    g_free(bridge->extension);
    emulators_unref(bridge->emulators);
    emulator_free(bridge->emulator);
    machine_free(bridge->machine);
    g_ptr_array_unref(bridge->bases);
    g_clear_error(&bridge->why_gone);
    g_free(bridge->plugin);
    g_free(bridge->console_file);
    g_free(bridge);
}
