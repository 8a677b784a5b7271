/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The checkpoints of one VM, and the segments of the plugin's journal that begin at them. The ring
 * owns both: it keeps as many checkpoints as it was made for, never lets go of one that a recording
 * uses, and has each snapshot and each segment released once. Checkpoints and segments hang on
 * icounts alone, so a recording that begins at an older checkpoint gets all the answers since.
 */
#pragma once

#include "qmpbridge/store/checkpoint.h"

G_BEGIN_DECLS

/** A stretch of the journal, from one cut to the next one or to a flush. */
typedef struct {
    char *path;
    guint64 icount;     /**< at which it was cut */
    guint64 position;   /**< answers in front of it */
    guint64 end_icount; /**< at which it ended; G_MAXUINT64: the plugin still writes it */
    guint64 end_position;
} JournalSegment;

/** How the owner releases what the ring lets go of. Each may be NULL: there is nothing to do. */
typedef struct {
    void (*snapshot)(const Checkpoint *checkpoint, gpointer user_data);
    void (*segment)(const JournalSegment *segment, gpointer user_data);
} CheckpointRelease;

typedef struct CheckpointRing CheckpointRing;

/** An empty ring. @capacity: checkpoints that it keeps, at least 1. @release: borrowed. */
CheckpointRing *checkpoint_ring_new(guint capacity, const CheckpointRelease *release,
                                    gpointer user_data);
/** Releases all that is left, in use or not. @ring: (nullable). */
void checkpoint_ring_free(CheckpointRing *ring);

/**
 * Adds a checkpoint, the newest one. The open segment ends there, and the one in the file @segment
 * begins. Where there are too many the oldest that no recording uses go; the newest stays.
 *
 * Returns: (transfer none): the ring's own copy, valid until it is evicted.
 */
const Checkpoint *checkpoint_ring_add(CheckpointRing *ring, const Checkpoint *taken,
                                      const char *segment);

/** The plugin has closed the journal at @icount and @position: the answers that the guest gets
 * from now on are in no segment. */
void checkpoint_ring_end_segment(CheckpointRing *ring, guint64 icount, guint64 position);

/** A recording uses @checkpoint, which is in the ring, until it drops it. They are counted. */
void checkpoint_ring_hold(CheckpointRing *ring, const Checkpoint *checkpoint);
void checkpoint_ring_drop(CheckpointRing *ring, const Checkpoint *checkpoint);

/** The newest checkpoint that isn't later than @icount. Returns: (nullable). */
const Checkpoint *checkpoint_ring_before(const CheckpointRing *ring, guint64 icount);

/** How many checkpoints it keeps now. */
guint checkpoint_ring_length(const CheckpointRing *ring);

/**
 * The segments with the answers that the guest got between the icounts @from and @to, oldest first.
 * A journal begins at a cut, so @from is that of a checkpoint; of the last segment only the answers
 * up to @to count. Errors: RECORDING: no segment begins at @from, or there is a gap in between.
 *
 * Returns: (transfer container) (element-type JournalSegment), or NULL.
 */
GPtrArray *checkpoint_ring_segments(const CheckpointRing *ring, guint64 from, guint64 to,
                                    GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CheckpointRing, checkpoint_ring_free)

G_END_DECLS
