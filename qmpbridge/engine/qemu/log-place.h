/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far QEMU's record/replay log has come, read from the state that QEMU writes of its devices.
 *
 * QEMU notes how many instructions the guest has executed only in front of the next event. Where
 * the VM is stopped and no event follows, its log ends some instructions too early, and a replay
 * never comes to the end. The section "replay" of a snapshot has both: where the next event will
 * stand in the log, and how many instructions the events before it count.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** A moment in a log. */
typedef struct {
    guint64 offset; /**< in bytes: of the next event */
    guint64 icount; /**< instructions that the events before it count, from the VM's start on */
} LogPlace;

/** Finds it in the state of devices, as xen-save-devices-state has written it: bytes that may be
 * anything. Pure. Returns: FALSE where this program doesn't know QEMU's section. */
gboolean log_place_find(const guint8 *bytes, gsize len, LogPlace *place);

/** The same in the file @path. Blocks, any thread. */
gboolean log_place_read(const char *path, LogPlace *place);

G_END_DECLS
