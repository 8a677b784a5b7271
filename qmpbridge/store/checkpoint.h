/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checkpoint: a point of a VM's run at which it stood still and from which a replay can start. It
 * is a value; an engine keeps as many as it likes, and a recording begins at one of them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    char *snapshot;  /**< name of the snapshot; NULL while none is taken */
    guint64 icount;  /**< guest instructions since the VM's start */
    guint64 log;     /**< offset in the emulator's log of the first event after it */
    guint64 journal; /**< answers in the plugin's journal at that point */
    guint64 console; /**< bytes that the guest had written to its console */
    guint64 packets; /**< bytes of the network's packets */
} Checkpoint;

/** Frees what it holds; it is all zero then. */
void checkpoint_clear(Checkpoint *checkpoint);
/** Makes @checkpoint, which is overwritten, equal to @from. */
void checkpoint_copy(Checkpoint *checkpoint, const Checkpoint *from);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Checkpoint, checkpoint_clear)

G_END_DECLS
