/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a recording begins on stock QEMU: with the VM stopped the plugin cuts its journal, and a
 * snapshot is taken from which the replay will start.
 *
 * The snapshot goes into one image that QEMU has open from its start; the end of the recording
 * copies it (copies.h). No snapshot is ever deleted, which aborts QEMU 11.1 in record
 * mode.
 */
#include "qmpbridge/engine/qemu/begin.h"

#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/engine/qemu/run.h"
#include "qmpbridge/engine/qemu/steps.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/vm/arguments.h"

/** Disk and network requests under way at 'stop' get this long to settle. */
#define SETTLE_US 150000
/** QEMU refuses a snapshot at some moments: the guest runs on a little, then again. */
#define SNAPSHOT_ATTEMPTS 20u
#define SNAPSHOT_RETRY_MS 30u

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
    qemu->attempts = 0;
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

static void step_cut(gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autofree char *journal = recording_file(qemu->recording, RECORDING_JOURNAL);

    qemu_wait_for_plugin(qemu);
    qemu->with.plugin->cut(journal, qemu->ram.address, qemu->ram.size, qemu->with.plugin_data);
}

/* Where the log and the console stand: the plugin has flushed the log, the VM stands still. */
static void step_note_begin(gpointer user_data)
{
    Qemu *qemu = user_data;
    GStatBuf log, console;

    if (g_stat(qemu->log, &log) != 0 || g_stat(qemu->console, &console) != 0) {
        qemu_fail_text(qemu, BRIDGE_ERROR_STORE, "QEMU's log or console file has gone");
        return;
    }
    qemu->taking.log = qemu->log_size ? qemu->log_size : (guint64)log.st_size;
    qemu->taking.console = (guint64)console.st_size;
    qemu->taking.journal = qemu->position;
    qemu_next(qemu);
}

static void step_settle(gpointer user_data)
{
    Qemu *qemu = user_data;
    gint64 rest = qemu->held_since + SETTLE_US - clock_mono();

    if (rest > 0 && (qemu->with.machine->disk || qemu->with.machine->network))
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

static void step_snapshot(gpointer user_data)
{
    Qemu *qemu = user_data;
    JsonObject *args = json_object_new();
    JsonArray *devices = json_array_new();

    g_free(qemu->taking.snapshot); /* never the same name twice: QEMU 11.1 aborts */
    qemu->taking.snapshot = g_strdup_printf("qmpbridge-%u-%u", qemu->count, qemu->attempts);
    /* Nor the same job: one that was given up may still be there. */
    g_free(qemu->job);
    qemu->job = g_strdup_printf(QEMU_SNAPSHOT_JOB "%u-%u", qemu->count, qemu->attempts);
    json_array_add_string_element(devices, QEMU_VMSTATE_NODE);
    if (qemu->with.machine->disk)
        json_array_add_string_element(devices, ARGUMENTS_DISK_NODE);
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
    step_await_plugin, step_prepare,      step_locate_ram, qemu_step_hold, step_cut,
    step_note_begin,   step_settle,       step_snapshot,   step_query_job, step_dismiss_job,
    step_icount_begin, qemu_step_release, step_note_began, NULL,
};
