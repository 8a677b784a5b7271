/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is gathered at the end of a recording: most of RAM while the VM still runs; while it stands
 * still, copies of all that will change when it goes on (the rest of RAM, log, disk, console);
 * afterwards, the digests.
 * Everything here blocks and runs in a worker thread; it touches nothing but its own structure.
 */
#pragma once

#include "qmpbridge/engine/qemu/trial.h"
#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/recording.h"

G_BEGIN_DECLS

/** What a recording of stock QEMU consists of; EngineClass.artefacts. */
extern const Artefact qemu_artefacts[];

typedef struct {
    /* What to gather. */
    GPtrArray *declared;   /**< the recording's */
    char *directory;       /**< the recording's */
    char *log;             /**< QEMU's rr log, complete up to now */
    char *devices;         /**< the state of devices at the end, which QEMU writes */
    guint64 log_size;      /**< bytes of it that are whole events; 0: not known */
    guint64 icount_end;    /**< instructions at the end, from the VM's start on */
    guint64 insns;         /**< guest instructions between begin and end */
    guint64 log_begin;     /**< bytes before this one belong to the time before the snapshot */
    char *vmstate;         /**< the image that holds the snapshot; still until the next one */
    char **overlays;       /**< of the disks */
    char *console;         /**< file of the serial console */
    guint64 console_begin; /**< its size at begin */
    char *packets;         /**< (nullable) pcap file of the network */
    guint64 packets_begin; /**< its size at begin */
    RamRegion ram;
    char *registers; /**< text of 'info registers -a' */
    QemuTrial trial; /**< how this QEMU's log begins and ends */
    gboolean ahead;  /**< there is a copy of RAM, all but what was written since */
    /* What was found. */
    guint64 unlogged; /**< instructions before the end that the log doesn't count yet */
    GPtrArray *files; /**< (nullable) RecordingFile */
    guint64 bytes;    /**< space that they take */
    char *ram_sha256;
} QemuCopies;

/** Nothing yet, for @recording's directory. Returns: (transfer full). */
QemuCopies *qemu_copies_new(const Recording *recording);
/** Frees it. @copies: (nullable). */
void qemu_copies_free(QemuCopies *copies);

/** Copies RAM while the VM runs, if it can be brought up to date later. A WorkerFunc. Errors:
 * STORE, FULL, EMULATOR. */
gboolean qemu_copies_take_ahead(gpointer copies, GError **error);

/** The copies; the VM is stopped. A WorkerFunc. Errors: STORE, FULL, EMULATOR. */
gboolean qemu_copies_take(gpointer copies, GError **error);

/**
 * The digests, the log made replayable and found whole, and the copy of the snapshot, whose space
 * in the live image is given back; the VM may run. A WorkerFunc. Errors: STORE, FULL, RECORDING for
 * a torn log.
 */
gboolean qemu_copies_finish(gpointer copies, GError **error);

/** Puts what was found into @recording. Main thread. */
void qemu_copies_give(QemuCopies *copies, Recording *recording);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QemuCopies, qemu_copies_free)

G_END_DECLS
