/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sequence of asynchronous steps: each starts something and later says next or fail. It makes
 * a procedure such as "stop, cut the journal, take a snapshot, go on" readable as a table of its
 * steps. One step is under way at a time. Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct Sequence Sequence;

/** Starts a step. It calls sequence_next() or sequence_fail(), now or later, exactly once. */
typedef void (*SequenceStep)(gpointer user_data);

/** The end of the sequence. @error: (nullable): NULL if all steps were done. */
typedef void (*SequenceDone)(const GError *error, gpointer user_data);

/**
 * A sequence of @steps, a table that ends with NULL and outlives it. Nothing runs before
 * sequence_start(). Returns: (transfer full): it frees itself right after @done.
 */
Sequence *sequence_new(const SequenceStep *steps, SequenceDone done, gpointer user_data);

/** Runs the first step. */
void sequence_start(Sequence *sequence);
/** The step under way is done. */
void sequence_next(Sequence *sequence);
/** The step under way has failed; nothing more is started. @error: (transfer full). */
void sequence_fail(Sequence *sequence, GError *error);
/** Goes back to @step, one of the table, to do it and what follows again. */
void sequence_again(Sequence *sequence, SequenceStep step);
/** Ends a sequence without calling @done. @sequence: (nullable). */
void sequence_free(Sequence *sequence);

G_END_DECLS
