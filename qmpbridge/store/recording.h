/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The model of one recording: what recording.json says (doc/recording-format.md). It reads and
 * writes that file and knows the names of the others; it never replays and never renames.
 */
#pragma once

#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/artefacts.h"
#include "qmpbridge/store/checkpoint.h"
#include "qmpbridge/store/marks.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** Version of recording.json. */
#define RECORDING_SCHEMA 1

/** The engine of recordings that don't name one: they are older than other engines. */
#define RECORDING_FIRST_ENGINE "qemu"

/** Locked by the process that makes the recording, and removed when it is whole. */
#define RECORDING_LOCK "lock"

/** The files of a recording, beside recording.json. */
#define RECORDING_JSON "recording.json"
#define RECORDING_LOG "replay.log"          /**< QEMU's rr log: hole, then from the snapshot on */
#define RECORDING_VMSTATE "vmstate.qcow2"   /**< the snapshot's device and RAM state */
#define RECORDING_DISK "disk.qcow2"         /**< overlay of the first disk, if there is one */
#define RECORDING_OVERLAY ".qcow2"          /**< behind a disk's id: its overlay; of all images */
#define RECORDING_JOURNAL "journal"         /**< answers that the guest got from the plugin */
#define RECORDING_CONSOLE "console.log"     /**< the serial console's output in between */
#define RECORDING_REGISTERS "registers.txt" /**< 'info registers -a' at the end */
#define RECORDING_SCREEN_BEGIN "screen-begin.png" /**< the guest's screen, where there is one */
#define RECORDING_SCREEN_END "screen-end.png"
#define RECORDING_PACKETS "packets.pcap" /**< the network's packets in between, if asked for */
#define RECORDING_MARKS "marks.jsonl"    /**< bookmarks (store/marks.h), if there are any */

typedef enum {
    RECORDING_LIVE,       /**< being made at this moment by a living process */
    RECORDING_INCOMPLETE, /**< ended without being whole; .reason says why */
    RECORDING_COMPLETE,   /**< whole */
} RecordingState;

typedef enum {
    VERDICT_NONE,      /**< not replayed yet */
    VERDICT_IDENTICAL, /**< the replay did exactly what the recording did */
    VERDICT_DIVERGED,
    VERDICT_FAILED, /**< the replay could not be made; says nothing about the recording */
} Verdict;

/** One file with its digest. */
typedef struct {
    char *name;
    guint64 size;
    char *sha256; /**< 64 hexadecimal digits; "" where only the size is known */
    char *role;   /**< (nullable) of an artefact; older recordings don't say it */
    ArtefactDigest digest;
    gboolean sparse;
} RecordingFile;

typedef struct {
    char *name;
    char *directory; /**< absolute path; ".NAME.incomplete" until it is whole */
    RecordingState state;
    char *reason;  /**< why it ended, or why it is incomplete */
    char *warning; /**< (nullable) what isn't as it should be though it is whole */
    Machine *machine;
    char *engine; /**< name of the engine that made it */
    char *emulator_path;
    char *emulator_version;
    char *snapshot;                   /**< name of the snapshot in all images */
    guint64 log_begin;                /**< first byte of the log that belongs to the recording */
    guint64 log_skip;                 /**< byte of the log that a replay leaves out; 0: none */
    guint64 icount_begin, icount_end; /**< guest instructions since the VM's start */
    gint64 wall_begin, wall_end;      /**< µs since 1970 */
    gint64 mono_begin, mono_end;      /**< µs, CLOCK_MONOTONIC */
    gint64 begin_pause, end_pause;    /**< µs during which the guest stood still */
    guint64 answers;                  /**< hypercall answers in the journal */
    guint64 bytes;                    /**< space that all files take */
    char *origin;                     /**< (nullable): the code of who made it (store/origin.h) */
    char *ram_sha256;                 /**< digest of all guest RAM at the end (store/digester.h) */
    JsonArray *marks;    /**< (nullable) of a recording that has no file of marks: as it was read */
    GPtrArray *declared; /**< const Artefact: what it may have once it has ended; not saved */
    GPtrArray *files;    /**< RecordingFile: what it has */
    GPtrArray *bases;    /**< RecordingFile named "kernel", "initrd", "disk": files of the machine
                              that aren't in the recording; see recording_base_role() */
    Verdict verdict;
    char *verdict_detail; /**< (nullable) */
    gint64 verdict_wall;  /**< µs since 1970 */
    gint64 verdict_time;  /**< µs that the replay took */
} Recording;

/** A live recording without anything in it. Returns: (transfer full). */
Recording *recording_new(const char *name, const char *directory);
/** Frees it. @recording: (nullable). */
void recording_free(Recording *recording);

/** TRUE if it waits for its proof: whole, without a verdict, or with one that says nothing. */
gboolean recording_is_pending(const Recording *recording);
/** Guest instructions between begin and end. */
guint64 recording_insns(const Recording *recording);
/** It begins at @checkpoint. */
void recording_begin_at(Recording *recording, const Checkpoint *checkpoint);
/** What the file of a disk's overlay is called. Returns: (transfer full). */
char *recording_overlay_name(guint disk);
/** Path of one of its files. Returns: (transfer full). */
char *recording_file(const Recording *recording, const char *file);
/** Adds a mark to its file; a recording without a directory keeps none. Errors: STORE, FULL. */
gboolean recording_add_mark(const Recording *recording, const Mark *mark, GError **error);
/** Calls @func for each of its marks. As marks_read(). */
gboolean recording_read_marks(const Recording *recording, MarksFunc func, gpointer user_data,
                              GError **error);

/** What the file @index of those of a disk's image (vm/image.h) is called among the bases: "disk",
 * "disk-backing1". Returns: (transfer full). */
char *recording_base_role(guint disk, guint index);

/** An empty list of RecordingFile. Returns: (transfer full). */
GPtrArray *recording_files_new(void);
/** How the file @name is digested in recordings that don't say it, since they are older. */
ArtefactDigest recording_digest_by_name(const char *name);
/** Adds a file to @files, a recording's files or bases; it is digested as its name says. */
void recording_add_file(GPtrArray *files, const char *name, guint64 size, const char *sha256);

/** The same for an artefact. */
void recording_add_artefact(GPtrArray *files, const Artefact *artefact, guint64 size,
                            const char *sha256);
/** Declares @artefact, which outlives the recording: the end of the recording digests it where it
 * is made by then. */
void recording_declare(Recording *recording, const Artefact *artefact);
/**
 * Digests those of @artefacts (element-type Artefact) that are in @directory. @bytes: (out): space
 * that they take. Blocks, any thread. Errors: STORE; one that must be there isn't (@disks: how
 * many the machine has). Returns: (transfer full) (element-type RecordingFile), or NULL.
 */
GPtrArray *recording_digest_artefacts(const GPtrArray *artefacts, const char *directory,
                                      guint disks, guint64 *bytes, GError **error);

/** As the object of recording.json. Returns: (transfer full). */
JsonObject *recording_to_json(const Recording *recording);
/**
 * Reads recording.json of @directory, a hostile file: bounded to 4 MiB, each member checked.
 * Errors: BRIDGE_ERROR_RECORDING. Returns: (transfer full), or NULL.
 */
Recording *recording_load(const char *name, const char *directory, GError **error);
/** Writes recording.json by a temporary file, fsync and rename. Blocks. Errors: STORE, FULL. */
gboolean recording_save(const Recording *recording, GError **error);

/** Replaces .reason. */
void recording_set_reason(Recording *recording, const char *reason);

/** Names by Verdict, with NULL at the end. */
extern const char *const verdict_names[];
/** "identical", "diverged", "failed", "none". */
const char *verdict_name(Verdict verdict);
/** "live", "incomplete", "complete". */
const char *recording_state_name(RecordingState state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recording, recording_free)

G_END_DECLS
