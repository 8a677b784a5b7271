/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runs of answers on their way from the vCPUs to the file; see journal-ring.h. Positions only grow
 * (modulo 2^32). The producer owns `head` and the run just in front of it; the consumer owns `tail`
 * and all runs from there to that one.
 */
#include "plugin/journal-ring.h"

struct JournalRing {
    guint head;      /* atomic: the next run to be begun */
    guint tail;      /* atomic: the next run to be taken */
    gint overflowed; /* atomic; set by the producer only */
    JournalRun runs[JOURNAL_RING_RUNS];
};

JournalRing *journal_ring_new(void)
{
    return g_new0(JournalRing, 1);
}

void journal_ring_free(JournalRing *ring)
{
    g_free(ring);
}

void journal_ring_reset(JournalRing *ring)
{
    g_atomic_int_set(&ring->head, 0);
    g_atomic_int_set(&ring->tail, 0);
    g_atomic_int_set(&ring->overflowed, FALSE);
}

gboolean journal_ring_append(JournalRing *ring, gint32 action, gint32 answer)
{
    guint head = ring->head;
    guint tail = (guint)g_atomic_int_get(&ring->tail);
    JournalRun *last = &ring->runs[(head - 1) % JOURNAL_RING_RUNS];

    if (ring->overflowed)
        return FALSE; /* what came after the gap would only mislead */
    if (head != tail && last->action == action && last->answer == answer) {
        last->count++;
        return FALSE;
    }
    if (head - tail == JOURNAL_RING_RUNS) {
        g_atomic_int_set(&ring->overflowed, TRUE);
        return TRUE;
    }
    ring->runs[head % JOURNAL_RING_RUNS] = (JournalRun){action, answer, 1};
    g_atomic_int_set(&ring->head, head + 1);
    return (head - tail) % JOURNAL_RING_WAKE == JOURNAL_RING_WAKE - 1;
}

gsize journal_ring_take(JournalRing *ring, JournalRun *runs, gsize max, gboolean all)
{
    guint head = (guint)g_atomic_int_get(&ring->head);
    guint tail = ring->tail;
    guint ready = head - tail;
    gsize n = 0;

    if (!all && ready > 0)
        ready--;
    while (n < ready && n < max)
        runs[n++] = ring->runs[tail++ % JOURNAL_RING_RUNS];
    g_atomic_int_set(&ring->tail, tail);
    return n;
}

gboolean journal_ring_overflowed(const JournalRing *ring)
{
    return g_atomic_int_get(&ring->overflowed);
}
