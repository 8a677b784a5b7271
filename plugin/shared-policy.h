/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Desk: where the vCPUs, which must be answered at once, and the control link, which may take its
 * time, meet. It holds the policy, the queue from the one to the other, and the journal's log. Its
 * lock is held for some tens of nanoseconds and never across I/O, an allocation or a wait.
 */
#pragma once

#include "plugin/journal-ring.h"
#include "plugin/policy.h"

G_BEGIN_DECLS

typedef struct Desk Desk;

/** A new desk. Returns: NULL with an error of G_FILE_ERROR. */
Desk *desk_new(const PolicyOptions *options, GError **error);

/** @desk: (nullable). No other thread may use it any more. */
void desk_free(Desk *desk);

/**
 * The answer to a request. vCPU threads.
 *
 * @request: (nullable): NULL for one that was refused; it gets HYPERCALL_ERROR.
 * @visible: the guest will see the answer, so it belongs into the journal.
 */
gint32 desk_answer(Desk *desk, const Hypercall *request, gboolean visible);

/** Tells the policy what happened on the host. @output: what to do now; never queued. */
void desk_tell(Desk *desk, const PolicyInput *input, PolicyOutput *output);

/** The next thing that a guest wants done. Control link only. Returns: FALSE if there is none. */
gboolean desk_take(Desk *desk, PolicyAction *action);

/**
 * Leaves word why a guest was refused, for the link to print: a vCPU must not wait for a terminal
 * or a pipe. All but one in some time are only counted. vCPU threads.
 *
 * @reason: a static string.
 */
void desk_complain(Desk *desk, const char *reason);

/** The complaint, with the number of those since, if it may be printed yet: at most one in ten
 * seconds. Control link only. Returns: (transfer full) (nullable). */
char *desk_take_complaint(Desk *desk, gint64 now);

/** When a POLICY_TICK or a complaint is due; 0 for never. */
gint64 desk_deadline(Desk *desk);

/** Readable when there may be something to take, or much in the log. Owned by the desk. */
int desk_wake_fd(const Desk *desk);

/** Makes the descriptor above unreadable again. */
void desk_woken(Desk *desk);

/** Makes it readable. Any thread. */
void desk_wake(Desk *desk);

/** Empties the log, and from now on every answer goes there: the cut. */
void desk_journal_start(Desk *desk);

/** No answer goes there any more. */
void desk_journal_stop(Desk *desk);

/** The log, for its consumer. */
JournalLog *desk_log(Desk *desk);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Desk, desk_free)

G_END_DECLS
