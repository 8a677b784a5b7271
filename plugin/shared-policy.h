/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SharedPolicy: the policy as two kinds of threads share it. A vCPU's thread asks it and gets an
 * answer at once; the control link's thread takes the actions that follow, carries them out, which
 * may take long, and feeds their outcome back. It holds the policy, the queue of actions between
 * the two, and the ring of answers for the journal. Its lock is held for some tens of nanoseconds
 * and never across I/O, an allocation or a wait.
 */
#pragma once

#include "plugin/journal-ring.h"
#include "plugin/policy.h"

G_BEGIN_DECLS

typedef struct SharedPolicy SharedPolicy;

/** A new policy in its first state. Returns: NULL with an error of G_FILE_ERROR. */
SharedPolicy *shared_policy_new(const PolicyOptions *options, GError **error);

/** @shared: (nullable). No other thread may use it any more. */
void shared_policy_free(SharedPolicy *shared);

/**
 * The answer to a request. vCPU threads.
 *
 * @request: (nullable): NULL for one that was refused; it gets HYPERCALL_ERROR.
 * @visible: the guest will see the answer, so it belongs into the journal.
 */
gint32 shared_policy_answer(SharedPolicy *shared, const Hypercall *request, gboolean visible);

/** One step of the policy for what happened on the host. Control link only. @output: what to do
 * now; never queued. */
void shared_policy_step(SharedPolicy *shared, const PolicyInput *input, PolicyOutput *output);

/** The next action that a guest's request led to. Control link only. Returns: FALSE if there is
 * none. */
gboolean shared_policy_take(SharedPolicy *shared, PolicyAction *action);

/**
 * Leaves the reason why a guest was refused to the control link, which prints it: a vCPU must not
 * wait for a terminal or a pipe. While one waits to be printed, others are only counted. vCPU
 * threads.
 *
 * @reason: a static string.
 */
void shared_policy_complain(SharedPolicy *shared, const char *reason);

/** The complaint, with the number of those since, if it may be printed yet: at most one in ten
 * seconds. Control link only. Returns: (transfer full) (nullable). */
char *shared_policy_take_complaint(SharedPolicy *shared, gint64 now);

/** When a POLICY_TICK or a complaint is due; 0 for never. */
gint64 shared_policy_deadline(SharedPolicy *shared);

/** A descriptor that is readable when there may be an action to take, or much in the ring. It
 * stays the policy's. */
int shared_policy_wake_fd(const SharedPolicy *shared);

/** Makes the descriptor above unreadable again. */
void shared_policy_clear_wake(SharedPolicy *shared);

/** Makes it readable. Any thread. */
void shared_policy_wake(SharedPolicy *shared);

/** Empties the ring, and from now on every answer goes there: the cut. */
void shared_policy_journal_start(SharedPolicy *shared);

/** No answer goes there any more. */
void shared_policy_journal_stop(SharedPolicy *shared);

/** The ring of answers, for its consumer. */
JournalRing *shared_policy_ring(SharedPolicy *shared);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SharedPolicy, shared_policy_free)

G_END_DECLS
