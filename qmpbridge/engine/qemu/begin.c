/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recording begins on stock QEMU: with the VM stopped the plugin cuts its journal, and a
 * snapshot is taken from which the replay will start.
 *
 * Where the kernel can note which pages are written the snapshot is made beside QEMU (vmstate.h),
 * right in the recording: RAM while the guest runs, then the state of the devices and the disks'
 * snapshots while it is stopped. Elsewhere QEMU's snapshot-save makes all of it. That one goes into
 * one image that QEMU has open from its start; the end of the recording copies it (copies.h). No
 * snapshot is ever deleted, which aborts QEMU 11.1 in record mode.
 */
#include "qmpbridge/engine/qemu/begin.h"

#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/engine/qemu/run.h"
#include "qmpbridge/engine/qemu/screen.h"
#include "qmpbridge/engine/qemu/steps.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/vm/arguments.h"

/** Disk and network requests under way at 'stop' get this long to settle. */
#define SETTLE_US 150000
/** QEMU refuses a snapshot at some moments: the guest runs on a little, then again. */
#define SNAPSHOT_ATTEMPTS 20u
#define SNAPSHOT_RETRY_MS 30u
/** What QEMU says of a snapshot without devices, once it could take one. */
#define NOTHING_TO_SAVE "At least one device"

/* A VM that has just been started: its plugin connects within a moment. */
static void step_await_plugin(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->with.plugin->present(qemu->with.plugin_data))
        qemu_next(qemu);
    else
        qemu_wait_for_connection(qemu);
}

static void step_prepare(gpointer user_data)
{
    Qemu *qemu = user_data;

    checkpoint_clear(&qemu->taking);
    qemu_drop_begin(qemu); /* of a recording that was given up */
    qemu->attempts = qemu->saved = 0;
    qemu->count++;
    qemu_next(qemu);
}

static void ram_located(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autoptr(GError) bad = NULL;

    (void)client;
    qemu->ram.pid = qemu->with.pid;
    qemu->ram.size = (guint64)qemu->with.machine->memory << 20;
    if (error || !question_read_ram_address(value, &qemu->ram.address, &bad))
        qemu_fail_reply(qemu, "gpa2hva", error ? error : bad);
    else
        qemu_next(qemu);
}

static void step_locate_ram(gpointer user_data)
{
    const Qemu *qemu = user_data;
    g_autofree char *line = question_ram_address(qemu->with.machine->target->ram_base);

    qemu_ask_hmp(user_data, line, ram_located);
}

/* --- RAM ahead of the stop ---------------------------------------------------------------- */

static void blocks_listed(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;
    const char *text = error ? NULL : question_read_text(value, NULL);

    (void)client;
    if (qemu_is_late(qemu, QUESTION_RAM_BLOCKS, error))
        return;
    g_clear_pointer(&qemu->blocks, g_ptr_array_unref);
    if (text)
        qemu->blocks = vmstate_read_blocks(text, qemu->with.pid);
    qemu_next(qemu);
}

static void step_watch(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->beside =
        qemu->with.plugin->watch &&
        qemu->with.plugin->watch(qemu->ram.address, qemu->ram.size, qemu->with.plugin_data);
    if (qemu->beside)
        qemu_wait_for_plugin(qemu);
    else
        qemu_next(qemu);
}

static void step_list_blocks(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->beside)
        qemu_ask_hmp(qemu, QUESTION_RAM_BLOCKS, blocks_listed);
    else
        qemu_next(qemu);
}

static void machine_named(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autofree char *image = recording_file(qemu->recording, RECORDING_VMSTATE);
    g_autofree char *machine = error ? NULL : question_read_machine(value);

    (void)client;
    if (qemu_is_late(qemu, QUESTION_MACHINE, error))
        return;
    if (machine && qemu->blocks)
        qemu->live = vmstate_new(image, machine, g_steal_pointer(&qemu->blocks), &qemu->ram);
    qemu_next(qemu);
}

static void step_name_machine(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->beside)
        qemu_ask(qemu, QUESTION_MACHINE, question_machine_args(), machine_named);
    else
        qemu_next(qemu);
}

static void step_copy_ahead(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->live)
        qemu_work(qemu, vmstate_take_ahead, qemu->live);
    else
        qemu_next(qemu);
}

/* Does QEMU have to take the snapshot? */
static void step_choose(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (qemu->live && !vmstate_is_ahead(qemu->live))
        g_clear_pointer(&qemu->live, vmstate_free);
    qemu->beside = qemu->live != NULL;
    qemu_next(qemu);
}

/* --- with the VM stopped ------------------------------------------------------------------ */

static void step_cut(gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autofree char *journal = recording_file(qemu->recording, RECORDING_JOURNAL);

    if (!qemu->with.plugin->present(qemu->with.plugin_data)) {
        qemu_fail_text(qemu, BRIDGE_ERROR_STATE, "the plugin recctrl has gone meanwhile");
        return;
    }
    qemu_wait_for_plugin(qemu);
    qemu->with.plugin->cut(journal, qemu->beside ? 0 : qemu->ram.address,
                           qemu->beside ? 0 : qemu->ram.size, qemu->with.plugin_data);
}

/* Where the log and the console stand: the plugin has flushed the log, the VM stands still. */
static void step_note_begin(gpointer user_data)
{
    Qemu *qemu = user_data;
    GStatBuf log, console, packets = {0};

    if (g_stat(qemu->log, &log) != 0 || g_stat(qemu->console, &console) != 0 ||
        (qemu->packets && g_stat(qemu->packets, &packets) != 0)) {
        qemu_fail_text(qemu, BRIDGE_ERROR_STORE, "QEMU's log, console or packet file has gone");
        return;
    }
    qemu->taking.log = qemu->log_size ? qemu->log_size : (guint64)log.st_size;
    qemu->taking.console = (guint64)console.st_size;
    qemu->taking.packets = (guint64)packets.st_size;
    qemu->taking.journal = qemu->position;
    qemu_next(qemu);
}

static void step_settle(gpointer user_data)
{
    Qemu *qemu = user_data;
    gint64 rest = qemu->held_since + SETTLE_US - clock_mono();

    if (rest > 0 && (qemu->with.machine->disks->len || qemu->with.machine->network))
        qemu_wait(qemu, (guint)(rest / 1000) + 1);
    else
        qemu_next(qemu);
}

static void job_started(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    /* A late reply isn't known to be one of success, unless the job has even ended. */
    qemu->has_job = !error || !qemu->wait_job;
    if (error)
        qemu_fail_reply(qemu, "snapshot-save", error);
    else if (!qemu->wait_job)
        qemu_next(qemu); /* the event was faster than the reply */
}

/* Where QEMU doesn't make the snapshot, it is only asked whether it could at this moment: without
 * any device to save it refuses, but for another reason. */
static void step_snapshot(gpointer user_data)
{
    Qemu *qemu = user_data;
    JsonObject *args = json_object_new();
    JsonArray *devices = json_array_new();
    const Machine *machine = qemu->with.machine;

    g_free(qemu->taking.snapshot); /* never the same name twice: QEMU 11.1 aborts */
    qemu->taking.snapshot = g_strdup_printf("qmpbridge-%u-%u", qemu->count, qemu->attempts);
    /* Nor the same job: one that was given up may still be there. */
    g_free(qemu->job);
    qemu->job = g_strdup_printf(QEMU_SNAPSHOT_JOB "%u-%u", qemu->count, qemu->attempts);
    if (!qemu->beside)
        json_array_add_string_element(devices, QEMU_VMSTATE_NODE);
    for (guint i = 0; i < machine->disks->len; i++) {
        g_autofree char *node = g_strconcat(ARGUMENTS_DISK_NODE, machine_disk_id(i), NULL);

        if (!qemu->beside && !machine_disk(machine, i)->read_only)
            json_array_add_string_element(devices, node);
    }
    json_object_set_string_member(args, "job-id", qemu->job);
    json_object_set_string_member(args, "tag", qemu->taking.snapshot);
    json_object_set_string_member(args, "vmstate", QEMU_VMSTATE_NODE);
    json_object_set_array_member(args, "devices", devices);
    qemu->wait_job = TRUE;
    qemu_ask(qemu, "snapshot-save", args, job_started);
}

static gboolean hold_again(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->timer = 0;
    sequence_again(qemu->sequence, qemu_step_hold);
    return G_SOURCE_REMOVE;
}

static void released_for_retry(QmpClient *client, JsonNode *value, const GError *error,
                               gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    qemu->held = FALSE;
    if (error)
        qemu_fail_reply(qemu, "cont", error);
    else
        qemu->timer = g_timeout_add(SNAPSHOT_RETRY_MS, hold_again, qemu);
}

/* The error of job @id among those of query-jobs; NULL if it succeeded. */
static const char *job_error(JsonNode *jobs, const char *id)
{
    JsonArray *array = json_as_array(jobs);

    for (guint i = 0; array && i < json_array_get_length(array); i++) {
        JsonObject *job = json_array_object(array, i);

        if (g_strcmp0(json_as_string(json_lookup(job, "id")), id) == 0)
            return json_as_string(json_lookup(job, "error"));
    }
    return NULL;
}

static void job_queried(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;
    const char *why = job_error(value, qemu->job);

    (void)client;
    if (qemu->beside && why && strstr(why, NOTHING_TO_SAVE))
        why = NULL;
    if (error)
        qemu_fail_reply(qemu, "query-jobs", error);
    else if (why && !qemu->failure)
        qemu->failure = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                                    "QEMU can't take a snapshot: %s", why);
    if (!error)
        qemu_next(qemu);
}

static void step_query_job(gpointer user_data)
{
    qemu_ask(user_data, "query-jobs", NULL, job_queried);
}

static void job_dismissed(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    qemu->has_job = FALSE;
    if (error) {
        qemu_fail_reply(qemu, "job-dismiss", error);
    } else if (!qemu->failure) {
        qemu_next(qemu);
    } else if (qemu->held && ++qemu->attempts < SNAPSHOT_ATTEMPTS &&
               strstr(qemu->failure->message, "right now")) {
        g_clear_error(&qemu->failure);
        qemu_ask(qemu, "cont", NULL, released_for_retry);
    } else {
        qemu_fail(qemu, g_steal_pointer(&qemu->failure));
    }
}

static void step_dismiss_job(gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu_ask(qemu, "job-dismiss", qemu_string_args("id", qemu->job), job_dismissed);
}

static void devices_saved(QmpClient *client, JsonNode *value, const GError *error,
                          gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    if (error)
        qemu_fail_reply(qemu, QUESTION_DEVICES, error);
    else
        qemu_next(qemu);
}

static void step_save_devices(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (!qemu->beside || qemu->failure) { /* a failure waits for the job to be dismissed */
        qemu_next(qemu);
        return;
    }
    qemu_ask(qemu, QUESTION_DEVICES, question_devices_args(vmstate_devices(qemu->live)),
             devices_saved);
}

static void step_save_disks(gpointer user_data);

static void disk_saved(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    (void)value;
    if (error) {
        qemu_fail_reply(qemu, "blockdev-snapshot-internal-sync", error);
        return;
    }
    qemu->saved++;
    step_save_disks(qemu);
}

/* One after the other: a transaction would delete those of the first ones where a later one fails.
 * An image's node isn't at the root, which QEMU asks for; the drive's filter passes it down. */
static void step_save_disks(gpointer user_data)
{
    Qemu *qemu = user_data;
    const Machine *machine = qemu->with.machine;
    JsonObject *args;

    while (qemu->saved < machine->disks->len && machine_disk(machine, qemu->saved)->read_only)
        qemu->saved++;
    if (!qemu->beside || qemu->saved == machine->disks->len) {
        qemu_next(qemu);
        return;
    }
    args = qemu_string_args("device", machine_disk_id(qemu->saved));
    json_object_set_string_member(args, "name", qemu->taking.snapshot);
    qemu_ask(qemu, "blockdev-snapshot-internal-sync", args, disk_saved);
}

static void step_copy_rest(gpointer user_data)
{
    Qemu *qemu = user_data;

    if (!qemu->beside) {
        qemu_next(qemu);
        return;
    }
    vmstate_set_name(qemu->live, qemu->taking.snapshot);
    qemu_work(qemu, vmstate_take, qemu->live);
}

static void icount_begin_replied(QmpClient *client, JsonNode *value, const GError *error,
                                 gpointer user_data)
{
    Qemu *qemu = user_data;

    (void)client;
    if (qemu_read_icount(qemu, value, error, &qemu->taking.icount))
        qemu_next(qemu);
}

static void step_icount_begin(gpointer user_data)
{
    qemu_ask(user_data, QUESTION_ICOUNT, NULL, icount_begin_replied);
}

static void step_note_began(gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autofree char *journal = recording_file(qemu->recording, RECORDING_JOURNAL);

    qemu->begin = checkpoint_ring_add(qemu->checkpoints, &qemu->taking, journal);
    checkpoint_ring_hold(qemu->checkpoints, qemu->begin);
    recording_begin_at(qemu->recording, qemu->begin);
    qemu->recording->mono_begin = clock_mono();
    qemu->recording->wall_begin = clock_wall();
    qemu->recording->begin_pause = qemu->recording->mono_begin - qemu->held_since;
    qemu_next(qemu);
}

const SequenceStep qemu_begin_steps[] = {
    step_await_plugin,
    step_prepare,
    step_locate_ram,
    step_watch,
    step_list_blocks,
    step_name_machine,
    step_copy_ahead,
    step_choose,
    qemu_step_hold,
    step_cut,
    step_note_begin,
    step_settle,
    step_snapshot,
    step_query_job,
    step_save_devices,
    step_dismiss_job,
    step_save_disks,
    step_copy_rest,
    step_icount_begin,
    qemu_step_release,
    step_note_began,
    qemu_step_screen_begin,
    NULL,
};
