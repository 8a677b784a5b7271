/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The emulators that the user has named or installed, and which of them replays what one of some
 * version recorded. A replay needs the same one, since devices and logs differ between versions;
 * a recording says which engine, version and target that is, but never where a program lies.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

typedef struct Emulators Emulators;

/** TRUE if @text, of unknown origin, is what an emulator is configured under: a version or series,
 * with a target before it or for any: "11.1.3", "TARGET/11.1". */
gboolean emulators_is_key(const char *text);

/**
 * @chosen: (nullable): the program of --qemu, which is looked at first.
 * @configured: (nullable): what emulators_is_key() accepts -> path, of the configuration file.
 * @plugin: (nullable): recctrl.so, to be loaded in the trial of an emulator.
 * Returns: (transfer full).
 */
Emulators *emulators_new(const char *chosen, GHashTable *configured, const char *plugin);
Emulators *emulators_ref(Emulators *emulators);
/** @emulators: (nullable). */
void emulators_unref(Emulators *emulators);

/**
 * The emulator of @target for recordings of @engine, which keeps some, of @version: --qemu, what
 * the configuration names for that version of the target or of any, then the target's on PATH. The
 * same version comes first, then another one of the same series, as 10.0.14 is for 10.0.13. Blocks
 * for some tenths of a second the first time; any thread.
 * @version: (nullable): as Emulator.version says it; of unknown origin.
 * Errors: BRIDGE_ERROR_EMULATOR with one line that names the version needed and the remedy.
 * Returns: (transfer none): lives as long as @emulators; or NULL.
 */
const Emulator *emulators_find(Emulators *emulators, const EngineClass *engine,
                               const Target *target, const char *version, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Emulators, emulators_unref)

G_END_DECLS
