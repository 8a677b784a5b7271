/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stock QEMU needs before it runs: a probe of the program, the images it works on, and the
 * options that differ between recording and replay. The functions of EngineClass. Any thread.
 */
#pragma once

#include "qmpbridge/engine/engine.h"

G_BEGIN_DECLS

/** Node name of the image that holds snapshots' device and RAM state. */
#define QEMU_VMSTATE_NODE "qmpbridge-vmstate"

Emulator *qemu_probe(const char *path, const char *plugin, GError **error);
gboolean qemu_make_files(const Emulator *emulator, const Machine *machine, const char *directory,
                         GError **error);
void qemu_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                   const Machine *machine, const char *directory, const Recording *recording);

G_END_DECLS
