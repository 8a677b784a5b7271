/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripted emulator of the service's tests; see service-rig.h. It keeps as much state as is
 * needed to refuse what QEMU would refuse.
 */
#include "qmpbridge/core/message.h"

#include "tests/unit/service-rig.h"

static void emit_job(Rig *rig, const char *status)
{
    JsonObject *data = json_object_new();
    g_autoptr(JsonNode) event = NULL;

    json_object_set_string_member(data, "id", rig->job);
    json_object_set_string_member(data, "status", status);
    event = message_event_new("JOB_STATUS_CHANGE", data, 1);
    qmp_server_emit(rig->qemu, event);
}

void rig_conclude_job(Rig *rig)
{
    rig->concluded = TRUE;
    emit_job(rig, "concluded");
    emit_job(rig, "null");
}

static void give(QmpRequest *request, const char *json)
{
    g_autoptr(JsonNode) value = json_parse(json, -1, NULL);

    ck_assert_ptr_nonnull(value);
    qmp_request_return(request, value);
}

static void run_snapshot(Rig *rig, QmpRequest *request)
{
    const char *id = NULL;

    ck_assert(json_get_string(qmp_request_args(request), "job-id", &id, NULL));
    if (rig->job) {
        qmp_request_error(request, "GenericError", "another job is there");
        return;
    }
    rig->job = g_strdup(id);
    rig->concluded = FALSE;
    rig->no_devices = json_array_get_length(
                          json_object_get_array_member(qmp_request_args(request), "devices")) == 0;
    if (rig->script.fast_job)
        rig_conclude_job(rig);
    qmp_request_return(request, NULL);
    emit_job(rig, "running");
    if (!rig->script.hold_job && !rig->script.fast_job)
        rig_conclude_job(rig);
}

static void tell_jobs(Rig *rig, QmpRequest *request)
{
    const char *why = rig->script.job_error;
    g_autofree char *json = NULL;

    if (rig->script.busy > 0) {
        rig->script.busy--;
        why = "Error: the VM can't be saved right now";
    } else if (rig->no_devices) {
        why = "At least one device is required for snapshot";
    }
    json = g_strdup_printf("[{'id': 'other', 'error': 'x'}, {'id': '%s'%s%s%s}]", rig->job,
                           why ? ", 'error': \"" : "", why ? why : "", why ? "\"" : "");
    give(request, json);
}

static void dismiss_job(Rig *rig, QmpRequest *request)
{
    const char *id = NULL;

    ck_assert(json_get_string(qmp_request_args(request), "id", &id, NULL));
    if (g_strcmp0(rig->job, id) != 0 || !rig->concluded) {
        qmp_request_error(request, "GenericError", "Job in this state can't be dismissed");
        return;
    }
    g_clear_pointer(&rig->job, g_free);
    qmp_request_return(request, NULL);
}

static void monitor_command(Rig *rig, QmpRequest *request)
{
    const char *line = NULL;
    g_autofree char *json = NULL;

    ck_assert(json_get_string(qmp_request_args(request), "command-line", &line, NULL));
    if (g_str_equal(line, "info ramblock"))
        json = g_strdup_printf("'Block Name PSize\\r\\n pc.ram 4 KiB 0x0 0x%x 0x%x %p rw\\r\\n'",
                               rig->machine->memory << 20, rig->machine->memory << 20, rig->ram);
    else if (g_str_has_prefix(line, "info registers"))
        json = g_strdup("'RAX=0'");
    else
        json = g_strdup_printf("'Host virtual address for 0x0 (pc.ram) is %p'", rig->ram);
    give(request, json);
}

static void save_devices(QmpRequest *request)
{
    static const char state[] = "QEVM\0\0\0\3state";
    const char *path = NULL;
    gboolean live = TRUE;

    ck_assert(json_get_string(qmp_request_args(request), "filename", &path, NULL));
    ck_assert(json_get_bool(qmp_request_args(request), "live", &live, NULL) && !live);
    ck_assert(g_file_set_contents(path, state, sizeof(state), NULL));
    qmp_request_return(request, NULL);
}

void rig_stop_vm(Rig *rig, const char *reason)
{
    JsonObject *data = json_object_new();
    g_autoptr(JsonNode) event = NULL;

    rig->running = FALSE;
    json_object_set_string_member(data, "reason", reason);
    event = message_event_new("SHUTDOWN", data, 1);
    qmp_server_emit(rig->qemu, event);
}

/* Where the VM runs QEMU would stop it instead: -action reboot=shutdown. */
static void reset(Rig *rig, QmpRequest *request)
{
    g_autoptr(JsonNode) event = message_event_new("RESET", NULL, 1);

    if (!rig->running)
        qmp_server_emit(rig->qemu, event);
    qmp_request_return(request, NULL);
}

static void answer(Rig *rig, QmpRequest *request, const char *name)
{
    g_autofree char *json = NULL;

    if (g_str_equal(name, "query-status")) {
        give(request, rig->running ? "{'running': true}" : "{'running': false}");
    } else if (g_str_equal(name, "stop") || g_str_equal(name, "cont")) {
        rig->running = g_str_equal(name, "cont");
        qmp_request_return(request, NULL);
    } else if (g_str_equal(name, "query-replay")) {
        json = g_strdup_printf("{'icount': %" G_GUINT64_FORMAT "}", rig->icount += 500);
        give(request, json);
    } else if (g_str_equal(name, "snapshot-save")) {
        run_snapshot(rig, request);
    } else if (g_str_equal(name, "query-jobs")) {
        tell_jobs(rig, request);
    } else if (g_str_equal(name, "job-dismiss")) {
        dismiss_job(rig, request);
    } else if (g_str_equal(name, "system_reset")) {
        reset(rig, request);
    } else if (g_str_equal(name, "qom-get")) {
        give(request, "'pc-q35-11.1-machine'");
    } else if (g_str_equal(name, "xen-save-devices-state")) {
        save_devices(request);
    } else if (g_str_equal(name, "human-monitor-command")) {
        monitor_command(rig, request);
    } else {
        qmp_request_return(request, NULL);
    }
}

/* Whether the script is about this command, by its name or by the beginning of its HMP line. */
static gboolean is_scripted(const Rig *rig, QmpRequest *request)
{
    const char *command = rig->script.command;
    const char *line = NULL;

    if (g_strcmp0(command, qmp_request_name(request)) == 0)
        return TRUE;
    return command && qmp_request_args(request) &&
           json_opt_string(qmp_request_args(request), "command-line", &line, NULL) && line &&
           g_str_has_prefix(line, command);
}

void rig_end_busy(Rig *rig)
{
    g_autoptr(GPtrArray) waiting = g_steal_pointer(&rig->unanswered);

    rig->busy = FALSE;
    rig->unanswered = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
    for (guint i = 0; i < waiting->len; i++)
        answer(rig, waiting->pdata[i], qmp_request_name(waiting->pdata[i]));
}

static void qemu_handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    Rig *rig = user_data;
    g_autoptr(QmpRequest) held = request;
    const char *name = qmp_request_name(request);

    rig_note(rig, name);
    rig->qemu_client = qmp_request_client(request);
    if (is_scripted(rig, request) && g_str_equal(rig->script.how, "busy")) {
        rig->script.command = NULL; /* once */
        rig->busy = TRUE;
    }
    if (rig->busy) {
        g_ptr_array_add(rig->unanswered, qmp_request_ref(request));
    } else if (!is_scripted(rig, request)) {
        answer(rig, request, name);
    } else if (g_str_equal(rig->script.how, "empty")) {
        qmp_request_return(request, NULL);
    } else if (g_str_equal(rig->script.how, "silent")) {
        g_ptr_array_add(rig->unanswered, qmp_request_ref(request));
    } else if (g_str_equal(rig->script.how, "die")) {
        qmp_server_drop(server, rig->qemu_client);
        g_ptr_array_add(rig->unanswered, qmp_request_ref(request));
    } else if (g_str_equal(rig->script.how, "plugin leaves") ||
               g_str_equal(rig->script.how, "plugin returns")) {
        rig_unplug(rig);
        if (g_str_equal(rig->script.how, "plugin returns"))
            rig_plug(rig);
        answer(rig, request, name);
    } else {
        qmp_request_error(request, "GenericError", rig->script.how);
    }
}

const QmpServerOps rig_qemu_ops = {.handle = qemu_handle};
