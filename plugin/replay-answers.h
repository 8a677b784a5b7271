/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Replay: gives the answers of a journal, in order, and does nothing else.
 */
#pragma once

#include "plugin/journal-format.h"

G_BEGIN_DECLS

typedef struct Replay Replay;

/** @journal: (transfer full). */
Replay *replay_new(Journal *journal);

/** @replay: (nullable). */
void replay_free(Replay *replay);

/** What the journal says of the cut. */
const JournalHeader *replay_header(const Replay *replay);

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
ReplayResult replay_answer(Replay *replay, gint32 action, gint32 *answer);

/** Answers given so far. */
guint64 replay_given(const Replay *replay);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Replay, replay_free)

G_END_DECLS
