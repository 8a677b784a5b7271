/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sequence of asynchronous steps; see sequence.h.
 */
#include "qmpbridge/core/sequence.h"

struct Sequence {
    const SequenceStep *steps;
    guint at;
    SequenceDone done;
    gpointer user_data;
};

Sequence *sequence_new(const SequenceStep *steps, SequenceDone done, gpointer user_data)
{
    Sequence *sequence = g_new0(Sequence, 1);

    sequence->steps = steps;
    sequence->done = done;
    sequence->user_data = user_data;
    return sequence;
}

void sequence_free(Sequence *sequence)
{
    g_free(sequence);
}

static void finish(Sequence *sequence, const GError *error)
{
    SequenceDone done = sequence->done;
    gpointer user_data = sequence->user_data;

    sequence_free(sequence);
    done(error, user_data);
}

void sequence_start(Sequence *sequence)
{
    SequenceStep step = sequence->steps[sequence->at];

    if (step)
        step(sequence->user_data);
    else
        finish(sequence, NULL);
}

void sequence_next(Sequence *sequence)
{
    sequence->at++;
    sequence_start(sequence);
}

void sequence_fail(Sequence *sequence, GError *error)
{
    finish(sequence, error);
    g_error_free(error);
}

void sequence_again(Sequence *sequence, SequenceStep step)
{
    sequence->at = 0;
    while (sequence->steps[sequence->at] != step)
        sequence->at++;
    sequence_start(sequence);
}
