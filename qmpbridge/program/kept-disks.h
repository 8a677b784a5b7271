/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `run --keep-disk`: what a VM's guest has changed on its disks becomes images on top of those that
 * the VM was given, one after the other, once QEMU has ended. Read-only disks don't change. It
 * reports each image, and does nothing with the overlays but read them.
 */
#pragma once

#include "qmpbridge/vm/emulator.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

typedef struct KeptDisks KeptDisks;

/** Calls to the owner, from the main loop. */
typedef struct {
    /** An image is whole. @disk: what its disk is called, see machine_disk_id(). */
    void (*kept)(const char *disk, const char *path, const char *base, gpointer user_data);
    /** The last call. @error: (nullable): why one of them could not be kept. */
    void (*done)(const GError *error, gpointer user_data);
} KeptDisksHandlers;

/**
 * Checks what can be checked before the VM runs: that there is a disk to keep, and that the
 * directories can be written.
 *
 * @machine: as it was asked for, with its disks' formats known at kept_disks_start(); outlives
 * this.
 * @directory: (nullable): where the images go; NULL: beside the image of each disk.
 *
 * Errors: USAGE, STORE. Returns: (transfer full), or NULL.
 */
KeptDisks *kept_disks_new(const Machine *machine, const char *directory,
                          const KeptDisksHandlers *handlers, gpointer user_data, GError **error);

/** Begins. @overlays: paths by disk, borrowed until the last call. */
void kept_disks_start(KeptDisks *kept, const Emulator *emulator, char **overlays);

/** Gives up what isn't kept yet. @kept: (nullable). */
void kept_disks_free(KeptDisks *kept);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(KeptDisks, kept_disks_free)

G_END_DECLS
