/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recording service with everything around it: a scripted emulator, the plugin and a user, each
 * a QMP client or server on a unix socket, and a real store. All in one main loop.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/record/guard.h"
#include "qmpbridge/record/service.h"

#include "tests/unit/temp.h"

/** How the emulator and the plugin behave; all zero: well. */
typedef struct {
    gboolean dry, disk, no_plugin;
    const EngineClass *engine;      /**< (nullable) another one than .dry says */
    guint64 keep_free, store_limit; /**< bytes; with one of them the store has bounds */
    guint quiet_ms;                 /**< for so long refused begins are counted */
    guint store_kib;                /**< not 0: the store is a file system of that size */
    const char *command;            /**< this command of QEMU, or HMP line, fails... */
    const char *how;          /**< ... with this error, or is not answered ("silent"), or with {}
                                   ("empty"), or QEMU dies ("die"), or it is answered and the plugin
                                   leaves ("plugin leaves") or leaves and connects again ("plugin
                                   returns"), or QEMU is busy before it carries that and what comes
                                   out ("busy") */
    guint busy;               /**< so many snapshots fail with "right now" */
    const char *job_error;    /**< (nullable) why snapshots fail */
    gboolean hold_job;        /**< the snapshot ends only with rig_conclude_job() */
    gboolean fast_job;        /**< the job's event comes before the command's reply */
    guint monitor_timeout_ms; /**< not 0: how long QEMU may take to answer */
    gboolean watch;           /**< the plugin has RAM watched, where the kernel can */
    const char *cut, *flush;  /**< (nullable) the plugin: "failed", "silent", "leaves" */
} Script;

typedef struct {
    char *dir, *store_dir;
    Script script;
    GString *trace;  /**< what reached QEMU and the plugin */
    GString *events; /**< what reached the user: names, with reasons */
    /* the emulator */
    QmpServer *qemu;
    guint64 qemu_client;
    gboolean running, busy;
    char *job; /**< (nullable) id of the snapshot's */
    gboolean concluded;
    gboolean no_devices; /**< the snapshot was asked for without any */
    guint64 icount;
    guint8 *ram;
    GPtrArray *unanswered; /**< QmpRequest */
    /* what is tested */
    QmpClient *monitor;
    QmpServer *server;
    Service *service;
    Passthrough *passthrough;
    Guard *guard;
    Store *store;
    Room *room;
    guint64 left; /**< bytes that are free where the store is */
    Machine *machine;
    Emulator emulator;
    GPtrArray *bases;
    char *run_dir, *log, *console, *vmstate;
    guint whole, settled, refused; /**< refused: as RECORD_REFUSED counts */
    char *stuck;                   /**< (nullable) why the VM can't go on */
    gboolean lost;
    /* the clients */
    QmpClient *plugin, *user;
    int watching;     /**< RAM, by watch_start(); or -1 */
    guint64 serial;   /**< of the event that the plugin got last */
    guint64 position; /**< answers in the journals that the plugin has closed */
} Rig;

/** A command under way. */
typedef struct {
    gboolean done;
    char *text; /**< what was returned, or "ERROR: " and why not */
} Call;

Rig *rig_new(const Script *script);
void rig_free(Rig *rig);

/** The emulator's side of the monitor. */
extern const QmpServerOps rig_qemu_ops;
/** Adds to the trace. */
void rig_note(Rig *rig, const char *what);

/** Starts a command. @args: (nullable) as JSON. */
Call *rig_start(Rig *rig, QmpClient *client, const char *command, const char *args);
/** Waits for its end. Returns: (transfer full) its text; @call is freed. */
char *rig_finish(Call *call);
/** Both. */
char *rig_call(Rig *rig, const char *command, const char *args);
/** Begins "web" and checks that it has begun. */
void rig_begin(Rig *rig);
/** The command of @rig's user succeeds or fails with what holds @text. */
void rig_check(Rig *rig, const char *command, const char *args, const char *text);
/** One more client of the service. Returns: (transfer full). */
QmpClient *rig_connect(Rig *rig);
/** Connects a plugin. */
void rig_plug(Rig *rig);
void rig_unplug(Rig *rig);
/** The plugin, which has kept silent, says that its journal is @state. */
void rig_answer_plugin(Rig *rig, const char *state);
/** A busy QEMU is no longer: it carries out what has waited. */
void rig_end_busy(Rig *rig);
/** QEMU stops its VM, for @reason as its SHUTDOWN has it. */
void rig_stop_vm(Rig *rig, const char *reason);
/** The snapshot's job ends. */
void rig_conclude_job(Rig *rig);
/** Waits until QEMU was asked @command, the last word of the trace. */
void rig_wait_trace(Rig *rig, const char *command);
/** One recording of the store, as another process sees it. (transfer full), or NULL. */
Recording *rig_find(Rig *rig, const char *name);
/** The trace since the last call. */
void rig_check_trace(Rig *rig, const char *trace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)
