/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the begin and the end of a recording, and a reset, on stock QEMU are made of: an Engine with
 * what is under way, and the helpers of which steps are made. Each step waits for one thing: a
 * reply, an event, the plugin, a worker, or a moment.
 */
#pragma once

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/checkpoint-ring.h"
#include "qmpbridge/engine/engine.h"
#include "qmpbridge/engine/qemu/copies.h"
#include "qmpbridge/engine/qemu/questions.h"
#include "qmpbridge/engine/qemu/vmstate.h"
#include "qmpbridge/core/sequence.h"
#include "qmpbridge/io/worker.h"

G_BEGIN_DECLS

/** What the ids of jobs that take a snapshot begin with. */
#define QEMU_SNAPSHOT_JOB "qmpbridge-snapshot-"

/** The engine with what is under way. */
typedef struct {
    Engine base;
    EngineOptions with;
    /* The run's files. */
    char *log;       /**< QEMU's rrfile */
    char *vmstate;   /**< the image that holds snapshots' device and RAM state */
    char **overlays; /**< of the disks */
    char *packets;   /**< (nullable) the network's packets */
    char *console;   /**< what the guest wrote to its serial console */
    guint refs;      /**< one of the owner, one of each command under way */
    gboolean freed;  /**< by the owner: replies are no longer looked at */
    /* The recording that is begun or ended at the moment, or that runs. */
    Recording *recording;
    Sequence *sequence;
    EngineDone done;
    gpointer user_data;
    RamRegion ram; /**< where guest RAM lies; it never moves */
    Worker *worker;
    GPtrArray *blocks;  /**< (nullable) (element-type VmstateBlock) all of the VM's memory */
    Vmstate *live;      /**< (nullable) the snapshot, if QEMU itself doesn't take it */
    QemuCopies *copies; /**< (nullable) what the end has taken */
    guint timer;
    GError *failure;       /**< what has failed, said once the VM runs again */
    gboolean wait_connect; /**< the step under way waits for the plugin to connect */
    gboolean wait_plugin;  /**< the step under way waits for the plugin's answer */
    gboolean wait_job;     /**< the step under way waits for the snapshot job */
    gboolean wait_reset;   /**< the step under way waits for the VM's reset */
    gboolean held;         /**< we have stopped the VM, or QEMU may do so later since we asked */
    char *job;             /**< (nullable) id of the latest snapshot job */
    gboolean has_job;      /**< it is there to be dismissed */
    gint64 held_since;
    guint attempts;
    guint saved;       /**< disks before this one have their snapshot */
    guint count;       /**< snapshots taken of this VM, for unique names */
    Checkpoint taking; /**< the checkpoint that a begin takes just now */
    CheckpointRing *checkpoints;
    const Checkpoint *begin; /**< (nullable) of .checkpoints: where .recording begins */
    gboolean beside;         /**< its vmstate is in the recording already, and not in @vmstate */
    GQueue icounts;          /**< of IcountQuestion: the replies that are still to come */
    guint64 position;        /**< what the plugin said last: answers up to now, since its start */
    guint64 log_size; /**< what the plugin said last: where the log's next event comes; or 0 */
} Qemu;

/** Drops a reference; the last one frees it. */
void qemu_unref(Qemu *qemu);

/* How a step ends. @error: (transfer full). */

void qemu_next(Qemu *qemu);
void qemu_fail(Qemu *qemu, GError *error);
void qemu_fail_text(Qemu *qemu, BridgeError code, const char *text);
/** @what: the command; @error: (nullable): its reply. */
void qemu_fail_reply(Qemu *qemu, const char *what, const GError *error);
/** QEMU may refuse the command @what, which can be done without; but it must have answered.
 * @error: (nullable): its reply. Returns: TRUE if the step has failed. */
gboolean qemu_is_late(Qemu *qemu, const char *what, const GError *error);

/*
 * How a step asks QEMU. @args: (transfer full) (nullable). After the time-out @func gets
 * BRIDGE_ERROR_TIMEOUT, but the command stays: QEMU will carry it out, and behind it what go_on()
 * sends. A late reply is noted in the event log.
 */
void qemu_ask(Qemu *qemu, const char *command, JsonObject *args, QmpReplyFunc func);
void qemu_ask_hmp(Qemu *qemu, const char *line, QmpReplyFunc func);
/** {@name: @value}. Returns: (transfer full). */
JsonObject *qemu_string_args(const char *name, const char *value);
/** Reads a reply of query-replay, or fails the step. */
gboolean qemu_read_icount(Qemu *qemu, JsonNode *value, const GError *error, guint64 *icount);

/** The step under way waits for the plugin's answer, for a limited time. */
void qemu_wait_for_plugin(Qemu *qemu);
/** The step under way waits for the plugin to connect, for a limited time. */
void qemu_wait_for_connection(Qemu *qemu);
/** The step under way waits for the VM's reset, for a limited time. */
void qemu_wait_for_reset(Qemu *qemu);
/** The step is done @ms milliseconds from now. */
void qemu_wait(Qemu *qemu, guint ms);

/** The step is done once @func has done its work on @data, in a thread of its own. */
void qemu_work(Qemu *qemu, WorkerFunc func, gpointer data);
/** Nothing uses the checkpoint any more at which the last recording began. */
void qemu_drop_begin(Qemu *qemu);

/* Steps of both. */
void qemu_step_hold(gpointer user_data);
void qemu_step_release(gpointer user_data);

G_END_DECLS
