/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Answers on their way from the vCPUs to the journal's file: a bounded ring of runs in memory.
 * One producer at a time appends and never waits; one consumer takes what is final. An overflow
 * is remembered, and nothing is taken after it: a journal with a gap would be worse than none.
 */
#pragma once

#include "qmpbridge/core/journal-format.h"
#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** With so many waiting the consumer ought to be woken. */
#define JOURNAL_RING_WAKE (JOURNAL_RING_RUNS / 64)

typedef struct JournalRing JournalRing;

JournalRing *journal_ring_new(void);

/** @ring: (nullable). */
void journal_ring_free(JournalRing *ring);

/** Empties it for a new journal. Neither side may be using it. */
void journal_ring_reset(JournalRing *ring);

/** Appends an answer. Returns: TRUE if the consumer ought to be woken for it. */
gboolean journal_ring_append(JournalRing *ring, gint32 action, gint32 answer);

/**
 * Takes runs out, the oldest first. The newest run may still grow and stays, unless @all.
 *
 * @all: take that one too; only while nothing can be appended.
 *
 * Returns: how many of at most @max runs.
 */
gsize journal_ring_take(JournalRing *ring, JournalRun *runs, gsize max, gboolean all);

/** Whether answers were lost since the reset. */
gboolean journal_ring_overflowed(const JournalRing *ring);

G_END_DECLS
