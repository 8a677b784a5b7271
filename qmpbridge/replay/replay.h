/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Replay is an emulator that replays a recording: its workspace, its process, its monitor, its
 * console, and the watchdog over it. It compares nothing (replay/proof.h) and has no clients. How
 * an emulator is asked, and what its events mean, its engine knows (EngineReplay).
 *
 *     PREPARING --worker done--> LAUNCHING --greeting--> STOPPED <--STOP / run--> RUNNING
 *         ^                          |                      |                       |
 *         '--------- again ----------+----------------------+-----------------------'
 *                                    '-- fault, or no try is left --> OVER
 *
 * PREPARING: a worker checks and copies the recording's files; only the worker touches the
 *     workspace. LAUNCHING: the emulator loads the snapshot. STOPPED: at the snapshot, at a break,
 *     at the log's end, or where a client of the monitor has stopped it. RUNNING: guest
 *     instructions are replayed, and the watchdog looks whether they move on. OVER: the emulator
 *     and the workspace are gone.
 *
 * `again` is one more attempt, from the workspace on. The Replay makes it by itself where the
 * emulator stands still at the snapshot (EngineReplay.vary) or was ended from outside; its owner
 * where a comparison says so (replay_again()), or where an earlier instruction is asked for
 * (replay_seek()).
 *
 * Main thread. No handler is called from within a function of this header.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/store/recording.h"
#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/engine/emulators.h"

G_BEGIN_DECLS

typedef struct Replay Replay;

typedef enum {
    REPLAY_PREPARING,
    REPLAY_LAUNCHING,
    REPLAY_STOPPED,
    REPLAY_RUNNING,
    REPLAY_OVER,
} ReplayState;

/** Why a Replay is over. */
typedef enum {
    REPLAY_UNOPENED, /**< the emulator never came to the snapshot, or replay_cancel() was called */
    REPLAY_KILLED,   /**< the emulator was ended from outside, each time */
    REPLAY_STALLED,  /**< it stands still, or the emulator doesn't answer any more */
    REPLAY_GAVE_UP,  /**< the emulator has ended by itself */
} ReplayEnd;

/** How to replay. Borrowed for the call. */
typedef struct {
    Emulators *emulators; /**< those to choose from, by the recorded version */
    const char *plugin;   /**< recctrl.so */
    gboolean trust_paths; /**< as workspace_new() takes it */
    Affinity *affinity;   /**< (nullable): chooses the CPU of the emulator; outlives the Replay */
    gboolean background;  /**< it leaves the CPU to others, and gets six times as long for all */
    guint stall_timeout;  /**< seconds without an instruction until it is STALLED; 0: 20 */
    guint greeting_timeout_ms; /**< until the emulator greets; 0: VM_GREETING_TIMEOUT_MS */
} ReplayOptions;

/** What the owner of a Replay hears. .ready, .event, .stopped and .over may close it. */
typedef struct {
    /** An attempt has come to STOPPED at the snapshot: replay_monitor() is another one than
     * before. May be NULL. */
    void (*ready)(Replay *replay, gpointer user_data);
    /** An event of the emulator. @event: the whole object, borrowed. May be NULL. */
    void (*event)(Replay *replay, JsonNode *event, gpointer user_data);
    /** Four times a second while the emulator answers: replay_icount() is fresh. May be NULL. */
    void (*progress)(Replay *replay, gpointer user_data);
    /** Console output of the guest as it comes; from the start again with each attempt. Not
     * NUL-terminated, hostile. May be NULL. */
    void (*console)(Replay *replay, const char *bytes, gsize len, gpointer user_data);
    /** It stands still at replay_icount(). */
    void (*stopped)(Replay *replay, gpointer user_data);
    /** It is OVER, unless replay_again() is called in here. @detail: a line for people. */
    void (*over)(Replay *replay, ReplayEnd end, const char *detail, gpointer user_data);
} ReplayHandlers;

/** FALSE with STATE or RECORDING if @recording isn't whole: why, and what to do about it. */
gboolean replay_check(const Recording *recording, GError **error);

/**
 * Opens a replay of @recording, which outlives it. @handlers: must outlive it. Failures come
 * through handlers->over. Returns: (transfer full): release with replay_close().
 */
Replay *replay_open(const Recording *recording, const ReplayOptions *options,
                    const ReplayHandlers *handlers, gpointer user_data);

/** Ends the emulator at once and removes the workspace; waits for a worker under way; no handler is
 * called any more. @replay: (nullable). */
void replay_close(Replay *replay);

/** Ends it without waiting: REPLAY_UNOPENED follows. */
void replay_cancel(Replay *replay);

/**
 * Runs to @icount, which lies ahead, or to the log's end if that comes first; where the Replay
 * isn't open yet, as soon as it is, and in each further attempt too, until a client of the monitor
 * lets it go on from there. Not while it is RUNNING.
 */
void replay_run_to(Replay *replay, guint64 icount);

/** @error: (nullable): why the Replay can't get there. */
typedef void (*ReplaySought)(const GError *error, gpointer user_data);

/**
 * Goes to @icount, forth or back, from STOPPED or RUNNING; one at a time. @func is called once it
 * stands there or is on its way, which STOP ends; not after replay_close().
 *
 * The way back leads through a new attempt, never through a snapshot that is loaded in the running
 * emulator: the plugin's answers would not be taken back.
 */
void replay_seek(Replay *replay, guint64 icount, ReplaySought func, gpointer user_data);
/** TRUE from replay_seek() until its callback. */
gboolean replay_is_seeking(const Replay *replay);

/** Lets it run from a break to the end of its log. There is little left then: it is STALLED after
 * three seconds. STOPPED only. */
void replay_run_to_log_end(Replay *replay);

/** One more attempt. Returns: FALSE if all were made: then it stays what it is. */
gboolean replay_again(Replay *replay);

/** Freezes the emulator's process, and with it the watchdog. STOPPED only. */
void replay_freeze(Replay *replay, gboolean frozen);

ReplayState replay_state(const Replay *replay);
/** Guest instructions since the recorded VM's start, as last seen. */
guint64 replay_icount(const Replay *replay);
/** The attempt under way, from 1 on. */
guint replay_attempt(const Replay *replay);
/** TRUE if the emulator has read its log to the end. */
gboolean replay_at_log_end(const Replay *replay);
/** TRUE if the guest has switched itself off. */
gboolean replay_powered_off(const Replay *replay);
/** The byte of the log that was left out to get it going; 0: none. */
guint64 replay_log_skip(const Replay *replay);

/** The monitor. STOPPED and RUNNING only. Returns: (transfer none). */
QmpClient *replay_monitor(const Replay *replay);
/** The emulator's process. STOPPED and RUNNING only. */
pid_t replay_pid(const Replay *replay);
/** The file that takes the guest's console; of this attempt. STOPPED and RUNNING only. */
const char *replay_console(const Replay *replay);
/** The engine whose recording it is; NULL while it isn't found. */
const EngineClass *replay_engine(const Replay *replay);
/** The emulator that replays; NULL while it isn't found. */
const Emulator *replay_emulator(const Replay *replay);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Replay, replay_close)

G_END_DECLS
