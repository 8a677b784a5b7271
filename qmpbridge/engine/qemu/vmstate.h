/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot's device and RAM state, made beside QEMU while the guest runs. QEMU's own snapshot
 * writes all of RAM while the guest stands still. Here RAM is read from outside ahead of the stop;
 * with the VM stopped QEMU writes the state of its devices only, and what was written to RAM
 * meanwhile is read again. What comes out is what QEMU itself would have written: a qcow2 image
 * with one internal snapshot, which `rrsnapshot=` loads.
 *
 * The stream in it is that of a migration (QEMU's docs/devel/migration/main.rst): a page may come
 * more than once, and the last one counts.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/store/ram.h"

G_BEGIN_DECLS

/** A part of a VM's memory. */
typedef struct {
    char *name; /**< as the stream has it, at most 255 bytes */
    RamRegion region;
} VmstateBlock;

/** A snapshot that is being made. */
typedef struct Vmstate Vmstate;

/**
 * Reads what HMP `info ramblock` printed: hostile. @pid: of QEMU. Returns: (transfer full)
 * (element-type VmstateBlock), or NULL where the text isn't understood.
 */
GPtrArray *vmstate_read_blocks(const char *text, pid_t pid);

/**
 * Nothing is written yet. @image: path of the image, which doesn't exist. @machine: QEMU's name of
 * the machine's type with its version. @blocks: (transfer full): all of memory, one
 * of which is @ram, the guest's RAM. Returns: (transfer full), or NULL if @ram isn't among them.
 */
Vmstate *vmstate_new(const char *image, const char *machine, GPtrArray *blocks,
                     const RamRegion *ram);
/** @vmstate: (nullable). An image that isn't whole is removed. */
void vmstate_free(Vmstate *vmstate);

/** The file for the state of devices, which xen-save-devices-state is to write. */
const char *vmstate_devices(const Vmstate *vmstate);

/** RAM, while the guest runs. For worker_start(). Whether that was possible: vmstate_is_ahead().
 * Errors: STORE, FULL, EMULATOR. */
gboolean vmstate_take_ahead(gpointer data, GError **error);
/** FALSE where the kernel can't say what is written meanwhile: QEMU has to take the snapshot. */
gboolean vmstate_is_ahead(const Vmstate *vmstate);

/** The name of the snapshot. */
void vmstate_set_name(Vmstate *vmstate, const char *name);
/** The rest, with the VM stopped and the state of devices written, whose file is removed. For
 * worker_start(). Errors: STORE, FULL, EMULATOR. */
gboolean vmstate_take(gpointer data, GError **error);

G_END_DECLS
