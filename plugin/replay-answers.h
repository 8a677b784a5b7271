/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ReplayAnswers: gives the answers of a journal, in order, and does nothing else.
 */
#pragma once

#include "qmpbridge/core/journal-format.h"

G_BEGIN_DECLS

typedef struct ReplayAnswers ReplayAnswers;

/** @journal: (transfer full). */
ReplayAnswers *replay_answers_new(Journal *journal);

/** @answers: (nullable). */
void replay_answers_free(ReplayAnswers *answers);

/** What the journal says of the cut. */
const JournalHeader *replay_answers_header(const ReplayAnswers *answers);

typedef enum {
    REPLAY_OK,
    REPLAY_EXHAUSTED, /**< the journal has no more answers: HYPERCALL_ERROR is given */
    REPLAY_DIVERGED,  /**< the guest asks for something else than it did; answered all the same */
} ReplayResult;

/**
 * The next answer. One vCPU, as QEMU's record/replay demands.
 *
 * @action: what the guest asks for now; 0 if it was refused.
 */
ReplayResult replay_answers_next(ReplayAnswers *answers, gint32 action, gint32 *answer);

/** Answers given so far. */
guint64 replay_answers_given(const ReplayAnswers *answers);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ReplayAnswers, replay_answers_free)

G_END_DECLS
