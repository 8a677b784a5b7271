/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Can a QEMU record? A short trial run answers before a machine is started: it shows the target,
 * whether record mode works, whether the plugin loads, and the version word that this QEMU writes
 * at the head of a finished record/replay log.
 */
#pragma once

#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

/** What a trial found; Emulator.trial. */
typedef struct {
    guint8 log_word[4]; /**< first bytes of a finished rr log: REPLAY_VERSION (replay/replay.c) */
    guint8 log_end[2];  /**< last bytes: the event of 'quit', and EVENT_END */
} QemuTrial;

/**
 * Finds and tries a QEMU. Blocks for about 0.2 s; any thread. @path, @timeout_ms: as of
 * emulator_find(). @plugin: (nullable): recctrl.so, to be loaded in the trial. Errors: EMULATOR
 * with one line that names the remedy. Returns: (transfer full), or NULL.
 */
Emulator *qemu_try(const char *path, const char *plugin, guint timeout_ms, GError **error);

/** What the trial of @emulator found. Returns: (transfer none). */
const QemuTrial *qemu_trial_of(const Emulator *emulator);

G_END_DECLS
