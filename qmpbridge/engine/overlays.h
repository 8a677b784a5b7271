/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlays of a machine's disks: what a guest writes goes there, and the images that it was
 * given stay as they are. Each disk has one, also a read-only one, so that all are handled alike;
 * but for one that is written in place.
 */
#pragma once

#include "qmpbridge/vm/arguments.h"
#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

/** Makes them in @directory. The formats of all images are known. Blocks. Errors: USAGE. */
gboolean overlays_make(const Emulator *emulator, const Machine *machine, const char *directory,
                       GError **error);

/** Paths of the overlays in @directory, by disk, then NULL. (transfer full) */
char **overlays_paths(const Machine *machine, const char *directory);

/** Fills in the overlays of a run whose files are in @directory. @strings owns them. */
void overlays_fill_run(RunOptions *run, GStringChunk *strings, const Machine *machine,
                       const char *directory);

G_END_DECLS
