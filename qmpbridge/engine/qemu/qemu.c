/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The engine for stock QEMU; see qemu.h. Begin, end and reset are tables of steps. This
 * file runs them, takes back what a failed one has begun, and passes on what others say.
 */
#include "qmpbridge/engine/qemu/qemu.h"

#include <glib/gstdio.h>

#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/engine/overlays.h"
#include "qmpbridge/engine/qemu/begin.h"
#include "qmpbridge/engine/qemu/deadly.h"
#include "qmpbridge/engine/qemu/end.h"
#include "qmpbridge/engine/qemu/replay.h"
#include "qmpbridge/engine/qemu/reset.h"
#include "qmpbridge/engine/qemu/run.h"
#include "qmpbridge/engine/qemu/steps.h"

static Qemu *qemu_of(Engine *engine)
{
    return (Qemu *)engine;
}

/* --- after a failure: whatever was begun is taken back, then the VM goes on ------------------- */

static void go_on(Qemu *qemu);

static void taken_back(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error; /* there is nothing better to do */
    go_on(user_data);
}

/* Takes back one thing at a time; at last reports the failure. */
static void go_on(Qemu *qemu)
{
    g_autoptr(GError) error = NULL;

    if (qemu->has_job) {
        qemu->has_job = FALSE;
        qemu_ask(qemu, "job-dismiss", qemu_string_args("id", qemu->job), taken_back);
    } else if (qemu->held) {
        qemu->held = FALSE;
        qemu_ask(qemu, "cont", NULL, taken_back);
    } else {
        error = g_steal_pointer(&qemu->failure);
        qemu->done(error, qemu->user_data);
    }
}

static void sequence_ended(const GError *error, gpointer user_data)
{
    Qemu *qemu = user_data;

    qemu->sequence = NULL;
    qemu->wait_connect = qemu->wait_plugin = qemu->wait_job = qemu->wait_reset = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    g_clear_pointer(&qemu->live, vmstate_free);
    g_clear_pointer(&qemu->copies, qemu_copies_free);
    g_clear_error(&qemu->failure);
    if (!error) {
        qemu->done(NULL, qemu->user_data);
        return;
    }
    qemu->failure = g_error_copy(error);
    go_on(qemu);
}

static void run(Qemu *qemu, const SequenceStep *steps, EngineDone done, gpointer user_data)
{
    qemu->done = done;
    qemu->user_data = user_data;
    qemu->sequence = sequence_new(steps, sequence_ended, qemu);
    sequence_start(qemu->sequence);
}

static void qemu_begin(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    Qemu *qemu = qemu_of(engine);

    qemu->recording = recording;
    run(qemu, qemu_begin_steps, done, user_data);
}

/* Where the recording under way begins, or all zero before any has begun. */
static Checkpoint begin_of(const Qemu *qemu)
{
    return qemu->begin ? *qemu->begin : (Checkpoint){0};
}

static void qemu_end(Engine *engine, Recording *recording, EngineDone done, gpointer user_data)
{
    Qemu *qemu = qemu_of(engine);
    QemuCopies *copies = qemu_copies_new(recording);

    qemu->recording = recording;
    qemu->copies = copies;
    copies->log = g_strdup(qemu->log);
    copies->log_begin = begin_of(qemu).log;
    copies->ram = qemu->ram;
    copies->vmstate = qemu->beside ? NULL : g_strdup(qemu->vmstate);
    copies->overlays = g_strdupv(qemu->overlays);
    copies->console = g_strdup(qemu->console);
    copies->console_begin = begin_of(qemu).console;
    copies->packets = g_strdup(qemu->packets);
    copies->packets_begin = begin_of(qemu).packets;
    copies->trial = *qemu_trial_of(qemu->with.emulator);
    run(qemu, qemu_end_steps, done, user_data);
}

static void reset(Engine *engine, EngineDone done, gpointer user_data)
{
    run(qemu_of(engine), qemu_reset_steps, done, user_data);
}

/* --- space --------------------------------------------------------------------------------- */

/** Device state, registers and recording.json, and what a guest writes until the next look. */
#define SPACE_SLACK (32u << 20)

/* Space of a file, and the bytes after @from in it, of which there may be fewer than its space. */
static guint64 file_space(const char *path, guint64 from, guint64 *after)
{
    GStatBuf info;

    *after = 0;
    if (!path || g_stat(path, &info) != 0)
        return 0;
    if ((guint64)info.st_size > from)
        *after = MIN((guint64)info.st_size - from, (guint64)info.st_blocks * 512);
    return (guint64)info.st_blocks * 512;
}

/* An end copies RAM, log, console and disks with the VM stopped, and once RAM is digested and
 * removed the snapshot; a begin writes that snapshot first. */
static void qemu_space(Engine *engine, const Recording *recording, EngineSpace *space)
{
    const Qemu *qemu = qemu_of(engine);
    guint64 ram = MIN(ram_resident(qemu->with.pid), (guint64)qemu->with.machine->memory << 20);
    guint64 snapshot, log, console, packets, disks = 0;

    (void)recording; /* what it takes already is in its directory */
    space->live = file_space(qemu->vmstate, 0, &snapshot) +
                  file_space(qemu->log, begin_of(qemu).log, &log) +
                  file_space(qemu->console, begin_of(qemu).console, &console) +
                  file_space(qemu->packets, begin_of(qemu).packets, &packets);
    for (char **overlay = qemu->overlays; *overlay; overlay++) {
        guint64 disk;

        space->live += file_space(*overlay, 0, &disk);
        disks += disk;
    }
    space->begin = 2 * ram + disks + SPACE_SLACK;
    space->end = MAX(ram, snapshot) + log + disks + console + packets + SPACE_SLACK;
}

/* --- what others say ----------------------------------------------------------------------- */

static void qemu_connected(Engine *engine)
{
    Qemu *qemu = qemu_of(engine);

    if (!qemu->wait_connect)
        return;
    qemu->wait_connect = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    qemu_next(qemu);
}

static void qemu_journal(Engine *engine, const EngineJournal *answer)
{
    Qemu *qemu = qemu_of(engine);

    if (!qemu->wait_plugin)
        return;
    qemu->wait_plugin = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    qemu->position = answer->position + answer->answers;
    qemu->log_size = answer->log_size;
    if (answer->state == JOURNAL_FAILED)
        qemu_fail_text(qemu, BRIDGE_ERROR_RECORDING, answer->reason);
    else
        qemu_next(qemu);
}

static void orphan_dismissed(QmpClient *client, JsonNode *value, const GError *error,
                             gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error; /* there is nothing better to do */
    (void)user_data;
}

static void job_concluded(Qemu *qemu, const char *id)
{
    if (qemu->wait_job && g_str_equal(id, qemu->job)) {
        qemu->wait_job = FALSE;
        if (qemu->has_job)
            qemu_next(qemu); /* else job_started() will */
    } else {                 /* of a snapshot that was given up */
        eventlog_note(qemu->with.events, "%s, which was given up, is over: it is dismissed", id);
        qemu_ask(qemu, "job-dismiss", qemu_string_args("id", id), orphan_dismissed);
    }
}

static void reset_seen(Qemu *qemu)
{
    if (!qemu->wait_reset)
        return;
    qemu->wait_reset = FALSE;
    g_clear_handle_id(&qemu->timer, g_source_remove);
    qemu_next(qemu);
}

static gboolean qemu_event(Engine *engine, const char *name, JsonObject *data)
{
    const char *id = json_as_string(json_lookup(data, "id"));

    if (g_str_equal(name, "RESET"))
        reset_seen(qemu_of(engine));
    if (!g_str_equal(name, "JOB_STATUS_CHANGE") || !id || !g_str_has_prefix(id, QEMU_SNAPSHOT_JOB))
        return FALSE;
    if (g_strcmp0(json_as_string(json_lookup(data, "status")), "concluded") == 0)
        job_concluded(qemu_of(engine), id);
    return TRUE;
}

/** An icount that was asked for. QEMU replies in order. */
typedef struct {
    EngineIcount func;
    gpointer user_data;
} IcountQuestion;

static void icount_replied(QmpClient *client, JsonNode *value, const GError *error,
                           gpointer user_data)
{
    Qemu *qemu = user_data;
    g_autofree IcountQuestion *question = g_queue_pop_head(&qemu->icounts);
    guint64 icount = 0;
    gboolean known = !error && question_read_icount(value, &icount, NULL);

    (void)client;
    question->func(known ? &icount : NULL, question->user_data);
}

static void qemu_icount(Engine *engine, EngineIcount func, gpointer user_data)
{
    Qemu *qemu = qemu_of(engine);
    IcountQuestion *question = g_new(IcountQuestion, 1);

    *question = (IcountQuestion){func, user_data};
    g_queue_push_tail(&qemu->icounts, question);
    qemu_ask(qemu, QUESTION_ICOUNT, NULL, icount_replied);
}

static void qemu_lost(Engine *engine, const GError *why)
{
    Qemu *qemu = qemu_of(engine);

    if (qemu->wait_reset && qmp_client_is_ready(qemu->with.monitor))
        return; /* only the plugin has gone */
    if (!qemu->wait_connect && !qemu->wait_plugin && !qemu->wait_reset &&
        !(qemu->wait_job && qemu->has_job))
        return; /* what waits for a reply of QEMU fails by that */
    if (qemu->wait_job && qmp_client_is_ready(qemu->with.monitor)) {
        g_clear_error(&qemu->failure); /* only the plugin has gone: QEMU must end its job first */
        qemu->failure = g_error_copy(why);
        return;
    }
    qemu_fail(qemu, g_error_copy(why));
}

static void qemu_free(Engine *engine)
{
    Qemu *qemu = qemu_of(engine);

    g_clear_handle_id(&qemu->timer, g_source_remove);
    worker_free(qemu->worker);
    sequence_free(qemu->sequence);
    vmstate_free(qemu->live);
    qemu_copies_free(qemu->copies);
    g_clear_error(&qemu->failure);
    qemu->freed = TRUE;
    qemu_unref(qemu);
}

/** As many checkpoints are kept: that at which the recording began. */
#define CHECKPOINTS 1

/* A snapshot stays in its image, since QEMU 11.1 doesn't survive that one is deleted in record
 * mode. The segment of the journal is the recording's own file. */
static const CheckpointRelease nothing_to_release = {0};

static Engine *qemu_start(const EngineOptions *options)
{
    Qemu *qemu = g_new0(Qemu, 1);

    qemu->base.class = &engine_qemu;
    qemu->refs = 1;
    qemu->checkpoints = checkpoint_ring_new(CHECKPOINTS, &nothing_to_release, qemu);
    qemu->with = *options;
    if (!qemu->with.monitor_timeout_ms)
        qemu->with.monitor_timeout_ms = ENGINE_MONITOR_TIMEOUT_MS;
    if (!qemu->with.plugin_timeout_ms)
        qemu->with.plugin_timeout_ms = ENGINE_PLUGIN_TIMEOUT_MS;
    qemu->log = g_build_filename(options->directory, RECORDING_LOG, NULL);
    qemu->vmstate = g_build_filename(options->directory, RECORDING_VMSTATE, NULL);
    qemu->console = g_build_filename(options->directory, RECORDING_CONSOLE, NULL);
    if (options->machine->pcap)
        qemu->packets = g_build_filename(options->directory, RECORDING_PACKETS, NULL);
    qemu->overlays = overlays_paths(options->machine, options->directory);
    return &qemu->base;
}

const EngineClass engine_qemu = {
    .name = "qemu",
    .title = "QEMU",
    .mode = MODE_RECORD,
    .keeps = TRUE,
    .queues_input = TRUE,
    .artefacts = qemu_artefacts,
    .probe = qemu_probe,
    .make_files = qemu_make_files,
    .fill_run = qemu_fill_run,
    .deadly = qemu_deadly,
    .replay = &qemu_replay,
    .start = qemu_start,
    .begin = qemu_begin,
    .end = qemu_end,
    .wants_reset = qemu_wants_reset,
    .reset = reset,
    .space = qemu_space,
    .connected = qemu_connected,
    .journal = qemu_journal,
    .icount = qemu_icount,
    .event = qemu_event,
    .lost = qemu_lost,
    .free = qemu_free,
};
