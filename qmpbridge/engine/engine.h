/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An engine is an emulator that can record. EngineClass holds all that differs between such
 * emulators; an Engine is one at work on one running VM. The recorder's service asks an Engine for
 * one thing at a time, and the server, the guard, the store and the replay ask the class. Each
 * engine is a folder beside this file, and a row in table.c; nothing else knows its name.
 * Main thread, unless said otherwise.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/store/recording.h"
#include "qmpbridge/vm/arguments.h"
#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

typedef struct Engine Engine;
typedef struct EngineClass EngineClass;

/** The outcome of begin or end. @error: (nullable). */
typedef void (*EngineDone)(const GError *error, gpointer user_data);

typedef enum { JOURNAL_CUT, JOURNAL_CLOSED, JOURNAL_FAILED, JOURNAL_WATCHED } JournalState;

/** The outcome of EngineClass.icount. @icount: (nullable): it isn't known. */
typedef void (*EngineIcount)(const guint64 *icount, gpointer user_data);

/** What the plugin says of its journal, and of the emulator's log. */
typedef struct {
    JournalState state;
    guint64 answers;    /**< in the segment of the journal that is open, or was */
    guint64 position;   /**< answers in front of that segment, since the plugin's start */
    guint64 log_size;   /**< bytes of the log up to its next event; 0: not known */
    const char *reason; /**< of JOURNAL_FAILED */
} EngineJournal;

/** The way to the plugin, given by the service. */
typedef struct {
    /** TRUE if the plugin is connected. */
    gboolean (*present)(gpointer user_data);
    /** Emits RECORD_WATCH with where guest RAM lies, as below. Returns: FALSE if the plugin can't
     * have it watched: then there is no answer. */
    gboolean (*watch)(guint64 ram_address, guint64 ram_size, gpointer user_data);
    /** Emits RECORD_CUT with the journal's path, and where guest RAM lies in the emulator's memory,
     * in bytes; both 0 if it is watched already. */
    void (*cut)(const char *journal, guint64 ram_address, guint64 ram_size, gpointer user_data);
    /** Emits RECORD_FLUSH. */
    void (*flush)(gpointer user_data);
} EnginePlugin;

/** What an engine takes on the store's file system, in bytes. */
typedef struct {
    guint64 live;  /**< its own files have now, which grow while the VM runs */
    guint64 begin; /**< what a recording that begins now writes at most until it has ended, if it
                        ends at once */
    guint64 end;   /**< what the end of the recording under way writes at most, if it ends now */
} EngineSpace;

/** How long an emulator may take to carry out a command of those that it answers at once. */
#define ENGINE_MONITOR_TIMEOUT_MS 30000u
/** How long the plugin may take to answer, and to connect, in milliseconds. */
#define ENGINE_PLUGIN_TIMEOUT_MS 10000u

/** The VM that an engine works on. Everything is borrowed and outlives it. */
typedef struct {
    QmpClient *monitor;
    pid_t pid;
    const Machine *machine;
    const Emulator *emulator;
    const char *directory; /**< of the run's files, as in EngineClass.fill_run */
    const EnginePlugin *plugin;
    gpointer plugin_data;     /**< for @plugin's functions */
    EventLog *events;         /**< (nullable) */
    guint monitor_timeout_ms; /**< 0 for ENGINE_MONITOR_TIMEOUT_MS */
    guint plugin_timeout_ms;  /**< 0 for ENGINE_PLUGIN_TIMEOUT_MS */
} EngineOptions;

/** Every Engine starts with this. */
struct Engine {
    const EngineClass *class;
};

/** A command for an emulator's monitor. */
typedef struct {
    const char *name;
    JsonObject *args; /**< (transfer full) (nullable) */
} EngineCommand;

/** What an event of a replaying emulator says of its course. */
typedef enum {
    COURSE_OTHER,       /**< nothing */
    COURSE_RUNS,        /**< the VM goes on */
    COURSE_STANDS,      /**< the VM has stopped */
    COURSE_LOG_END,     /**< all that was recorded is replayed; it stops */
    COURSE_POWERED_OFF, /**< likewise, since the guest has switched itself off */
    COURSE_TERMINATED,  /**< the emulator is being ended from outside */
} EngineCourse;

/**
 * How an engine's recordings are replayed. It is started as EngineClass.fill_run says, stands still
 * at the recording's begin, and is let go on and stopped by QMP's cont and stop. What is asked on
 * its monitor, and how the answers, which are hostile, are read, stands here; the Replay
 * (replay/replay.h) asks. Main thread, unless said otherwise.
 */
typedef struct {
    /** Does recording.json have what this engine needs, and nothing that leads elsewhere? Errors:
     * RECORDING. */
    gboolean (*check)(const Recording *recording, GError **error);
    /**
     * Makes the artefacts ready that will be opened: they are in @directory, as the recording has
     * them, and nobody else changes them there. Refuses those that would make the emulator open any
     * file but them and the machine's. Blocks; any thread. Errors: RECORDING, STORE, FULL.
     */
    gboolean (*prepare)(const Recording *recording, const char *directory, GError **error);
    /** An attempt, the @stuck'th, has not come beyond the begin: what Recording.log_skip is to be
     * in the next one; @skip: what it was in this one. 0: as the recording says. May be NULL. */
    guint64 (*vary)(const Recording *recording, guint stuck, guint64 skip);

    /** Where it is, in guest instructions since the recorded VM's start. */
    EngineCommand (*ask_icount)(void);
    gboolean (*read_icount)(JsonNode *value, guint64 *icount, GError **error);
    /** From its next 'cont' on it runs to @icount, which lies ahead, and stops there. */
    EngineCommand (*run_to)(guint64 icount);
    /** The same to the end of what was recorded. */
    EngineCommand (*run_on)(void);
    EngineCourse (*course)(const char *event, JsonObject *data);

    /** The registers of all CPUs, as RECORDING_REGISTERS has them. */
    EngineCommand (*ask_registers)(void);
    const char *(*read_registers)(JsonNode *value, GError **error);
    /** Where guest RAM lies in the emulator's process. */
    EngineCommand (*ask_ram)(const Machine *machine);
    gboolean (*read_ram)(JsonNode *value, guint64 *address, GError **error);

    /** Why the command @name with @args (nullable) of a client must not reach it, since the replay
     * would leave its recording; NULL if it may. A static string. Queries aren't asked about. */
    const char *(*refuse)(const char *name, JsonObject *args);
} EngineReplay;

struct EngineClass {
    const char *name;  /**< in recording.json */
    const char *title; /**< of its emulators, before their version, for people: "QEMU" */
    const char *mode;  /**< of a VM of it: MODE_RECORD, MODE_DRY, MODE_MAINTAIN */
    gboolean keeps;    /**< its recordings are kept in a store */
    /** What is typed on the console waits in the emulator, which doesn't know by then whether the
     * UART has room for it (vm/console-pacer.h). */
    gboolean queues_input;
    /** What its recordings consist of, with an empty row at the end; NULL for nothing. */
    const Artefact *artefacts;

    /** Is the program @path (NULL: the usual one) this engine's, and can it record? @plugin:
     * (nullable): to be loaded in a trial. Blocks for some tenths of a second; any thread. Errors:
     * EMULATOR, with the remedy; UNSUPPORTED: it is another engine's. (transfer full). NULL: this
     * engine runs what another one can record with. */
    Emulator *(*probe)(const char *path, const char *plugin, GError **error);
    /** Makes the files in the empty @directory that a VM needs there before it can run. Blocks.
     * Errors: STORE, FULL, USAGE. */
    gboolean (*make_files)(const Emulator *emulator, const Machine *machine, const char *directory,
                           GError **error);
    /**
     * Fills in what a run of @emulator needs, whose files are in @directory: its program, paths,
     * and the options by which it records or replays.
     * @recording: (nullable): the one to replay, of whose artefacts those that a replay opens are
     * in @directory; NULL: the VM is to be recorded. @strings: owns what @run borrows then.
     */
    void (*fill_run)(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                     const Machine *machine, const char *directory, const Recording *recording);
    /** Why the command @name with @args (nullable) must not reach the emulator, which would not
     * survive it; NULL if it may. A static string. May be NULL. */
    const char *(*deadly)(const char *name, JsonObject *args);
    /** How its recordings are replayed; NULL for an engine that keeps none. */
    const EngineReplay *replay;

    /** At work. Returns: (transfer full). */
    Engine *(*start)(const EngineOptions *options);
    /** Begins @recording, whose directory is reserved (NULL for an engine that keeps nothing). */
    void (*begin)(Engine *engine, Recording *recording, EngineDone done, gpointer user_data);
    /** Ends it: all that was declared and made is among its files, with its digest, not yet made
     * durable. */
    void (*end)(Engine *engine, Recording *recording, EngineDone done, gpointer user_data);
    /** Does this event say that the VM stands still to be reset by reset()? May be NULL: the
     * emulator resets its VM itself. */
    gboolean (*wants_reset)(const char *event, JsonObject *data);
    /** Resets it and lets it go on; no recording is under way. Errors: TIMEOUT, or what the
     * emulator says: the VM can't be used any more. NULL where .wants_reset is. */
    void (*reset)(Engine *engine, EngineDone done, gpointer user_data);
    /** Finds out what it takes, without blocking for long. @recording: the one under way, or that
     * is to begin. May be NULL. */
    void (*space)(Engine *engine, const Recording *recording, EngineSpace *space);
    /** The plugin has connected. May be NULL. */
    void (*connected)(Engine *engine);
    /** The plugin's answer to cut or flush. May be NULL. */
    void (*journal)(Engine *engine, const EngineJournal *answer);
    /** Finds out how many instructions the guest has executed while it runs; a few of the last ones
     * may not be counted yet. Each call is answered, in their order, and before a later begin or
     * end stops the VM. May be NULL: there is no count. */
    void (*icount)(Engine *engine, EngineIcount func, gpointer user_data);
    /** An event of the emulator. Returns: TRUE if the engine itself has caused it. May be NULL. */
    gboolean (*event)(Engine *engine, const char *name, JsonObject *data);
    /** The plugin or the emulator has gone: what waits for it fails. May be NULL. */
    void (*lost)(Engine *engine, const GError *why);
    void (*free)(Engine *engine);
};

G_END_DECLS
