/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A ring of checkpoints; see checkpoint-ring.h.
 */
#include "qmpbridge/store/checkpoint-ring.h"

#include "qmpbridge/core/error.h"

/** A checkpoint in the ring; what callers hold is its first member. */
typedef struct {
    Checkpoint checkpoint;
    guint holds;
} Entry;

struct CheckpointRing {
    guint capacity;
    const CheckpointRelease *release;
    gpointer user_data;
    GPtrArray *entries;  /* of Entry, by icount */
    GPtrArray *segments; /* of JournalSegment, by icount; only the last one may be open */
};

static Entry *entry_at(const CheckpointRing *ring, guint i)
{
    return g_ptr_array_index(ring->entries, i);
}

static JournalSegment *segment_at(const CheckpointRing *ring, guint i)
{
    return g_ptr_array_index(ring->segments, i);
}

static void release_entry(CheckpointRing *ring, guint i)
{
    Entry *entry = g_ptr_array_steal_index(ring->entries, i);

    if (ring->release->snapshot)
        ring->release->snapshot(&entry->checkpoint, ring->user_data);
    checkpoint_clear(&entry->checkpoint);
    g_free(entry);
}

static void release_segment(CheckpointRing *ring, guint i)
{
    JournalSegment *segment = g_ptr_array_steal_index(ring->segments, i);

    if (ring->release->segment)
        ring->release->segment(segment, ring->user_data);
    g_free(segment->path);
    g_free(segment);
}

/* A segment goes with the last checkpoint in front of its end: a recording that begins there needs
 * it, also where the checkpoint at its own beginning has gone before. */
static void trim(CheckpointRing *ring)
{
    guint i = 0;

    while (ring->entries->len > ring->capacity && i + 1 < ring->entries->len) {
        if (entry_at(ring, i)->holds > 0)
            i++;
        else
            release_entry(ring, i);
    }
    while (ring->segments->len > 0 &&
           segment_at(ring, 0)->end_icount <= entry_at(ring, 0)->checkpoint.icount)
        release_segment(ring, 0);
}

CheckpointRing *checkpoint_ring_new(guint capacity, const CheckpointRelease *release,
                                    gpointer user_data)
{
    CheckpointRing *ring = g_new0(CheckpointRing, 1);

    ring->capacity = MAX(capacity, 1);
    ring->release = release;
    ring->user_data = user_data;
    ring->entries = g_ptr_array_new();
    ring->segments = g_ptr_array_new();
    return ring;
}

void checkpoint_ring_free(CheckpointRing *ring)
{
    if (!ring)
        return;
    while (ring->entries->len > 0)
        release_entry(ring, 0);
    while (ring->segments->len > 0)
        release_segment(ring, 0);
    g_ptr_array_unref(ring->entries);
    g_ptr_array_unref(ring->segments);
    g_free(ring);
}

void checkpoint_ring_end_segment(CheckpointRing *ring, guint64 icount, guint64 position)
{
    JournalSegment *last =
        ring->segments->len > 0 ? segment_at(ring, ring->segments->len - 1) : NULL;

    if (last && last->end_icount == G_MAXUINT64) {
        last->end_icount = icount;
        last->end_position = position;
    }
}

const Checkpoint *checkpoint_ring_add(CheckpointRing *ring, const Checkpoint *taken,
                                      const char *segment)
{
    Entry *entry = g_new0(Entry, 1);
    JournalSegment *begun = g_new0(JournalSegment, 1);

    checkpoint_copy(&entry->checkpoint, taken);
    checkpoint_ring_end_segment(ring, taken->icount, taken->journal);
    begun->path = g_strdup(segment);
    begun->icount = taken->icount;
    begun->position = taken->journal;
    begun->end_icount = G_MAXUINT64;
    begun->end_position = G_MAXUINT64;
    g_ptr_array_add(ring->entries, entry);
    g_ptr_array_add(ring->segments, begun);
    trim(ring);
    return &entry->checkpoint;
}

void checkpoint_ring_hold(CheckpointRing *ring, const Checkpoint *checkpoint)
{
    (void)ring;
    ((Entry *)checkpoint)->holds++;
}

void checkpoint_ring_drop(CheckpointRing *ring, const Checkpoint *checkpoint)
{
    ((Entry *)checkpoint)->holds--;
    trim(ring);
}

const Checkpoint *checkpoint_ring_before(const CheckpointRing *ring, guint64 icount)
{
    for (guint i = ring->entries->len; i > 0; i--)
        if (entry_at(ring, i - 1)->checkpoint.icount <= icount)
            return &entry_at(ring, i - 1)->checkpoint;
    return NULL;
}

guint checkpoint_ring_length(const CheckpointRing *ring)
{
    return ring->entries->len;
}

/* The segment that was cut at @icount: the last, where the VM stood still from one to the next.
 * Returns: its index, or the number of segments. */
static guint find_segment(const CheckpointRing *ring, guint64 icount)
{
    for (guint i = ring->segments->len; i > 0; i--)
        if (segment_at(ring, i - 1)->icount == icount)
            return i - 1;
    return ring->segments->len;
}

GPtrArray *checkpoint_ring_segments(const CheckpointRing *ring, guint64 from, guint64 to,
                                    GError **error)
{
    g_autoptr(GPtrArray) found = g_ptr_array_new();
    guint64 reached = from;

    for (guint i = find_segment(ring, from); i < ring->segments->len; i++) {
        JournalSegment *segment = segment_at(ring, i);

        if (segment->icount != reached || (found->len > 0 && reached >= to))
            break;
        g_ptr_array_add(found, segment);
        reached = segment->end_icount;
    }
    if (found->len > 0 && reached >= to)
        return g_steal_pointer(&found);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "the journal has no answers from icount %" G_GUINT64_FORMAT
                " on to %" G_GUINT64_FORMAT ": it was not open all the time",
                from, to);
    return NULL;
}
