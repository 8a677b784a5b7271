/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Is there a QEMU, and can it do the job? A short trial run answers before a machine is started:
 * it shows the version, the target, whether record mode works, whether the plugin loads, and the
 * version word that this QEMU writes at the head of a finished record/replay log.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/version.h"
#include "qmpbridge/vm/target.h"

G_BEGIN_DECLS

/** Bytes before the first event of an rr log (replay/replay.c: HEADER_SIZE). */
#define EMULATOR_LOG_HEADER 12u

/** How long one run of an emulator or of its qemu-img may take, in milliseconds. */
#define EMULATOR_TIMEOUT_MS 20000u

/** What a trial run of an emulator showed. */
typedef struct {
    char *path;           /**< absolute path of the program */
    const Target *target; /**< what it emulates; NULL where record mode wasn't needed */
    char *image_tool;     /**< absolute path of the qemu-img beside it, or of the one on PATH */
    char *version;        /**< "11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)" */
    Version number;       /**< what .version begins with */
    gboolean sandbox;     /**< -sandbox on works with it */
    guint timeout_ms;     /**< for each run of it or its qemu-img; 0 for EMULATOR_TIMEOUT_MS */
    guint8 log_word[4];   /**< first bytes of a finished rr log: REPLAY_VERSION (replay/replay.c) */
    guint8 log_end[2];    /**< last bytes: the event of 'quit', and EVENT_END */
} Emulator;

/**
 * Finds and tries an emulator. Blocks for about 0.2 s; called before the main loop turns.
 * @path: (nullable): the program; NULL looks for the default target's on PATH.
 * @plugin: (nullable): recctrl.so, to be loaded in the trial.
 * @record: FALSE if record mode isn't needed.
 * @timeout_ms: how long each run of a program may take; 0 for EMULATOR_TIMEOUT_MS.
 * Errors: BRIDGE_ERROR_EMULATOR with one line that names the remedy.
 * Returns: (transfer full), or NULL.
 */
Emulator *emulator_probe(const char *path, const char *plugin, gboolean record, guint timeout_ms,
                         GError **error);
void emulator_free(Emulator *emulator);

/** Format of a disk image, as qemu-img tells it: "raw", "qcow2". Blocks. Errors: USAGE.
 * Returns: (transfer full), or NULL. */
char *emulator_image_format(const Emulator *emulator, const char *path, GError **error);

/** qemu-img create: an empty qcow2 of @size bytes, or an overlay of @base (nullable). Blocks.
 * Errors: STORE, USAGE. */
gboolean emulator_create_image(const Emulator *emulator, const char *path, const char *base,
                               guint64 size, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Emulator, emulator_free)

G_END_DECLS
