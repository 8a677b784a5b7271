/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy's memory: the plan (what is on, and the starts and stops that wait), the sessions,
 * and the rate limits. Only policy.c uses it; it decides nothing.
 */
#pragma once

#include "plugin/policy.h"

G_BEGIN_DECLS

/** Whether a recording is on once all that waits is done. */
gboolean plan_is_on(const Policy *policy);

/** The recording that is on then; its number is 0 if it isn't ours. NULL if none is on. */
const PolicyRecording *plan_recording(const Policy *policy);

/** Whether the next of the plan may be issued. */
gboolean plan_is_settled(const Policy *policy);

/** Appends a start or stop. Returns: NULL if too many wait. */
PolicyIntent *plan_append(Policy *policy, gboolean start);

/** Removes the first one. */
void plan_drop_first(Policy *policy);

/** Takes a grain of a bucket. Returns: FALSE if it is empty. */
gboolean bucket_take(PolicyBucket *bucket, guint burst, gint64 every, gint64 now);

/**
 * Makes room for a session: one with the same token is the same session, which opens anew. Where
 * all places are taken the oldest one goes whose recording is over: its close would change nothing.
 *
 * Returns: FALSE if a recording covers each session.
 */
gboolean sessions_make_room(Policy *policy, guint64 token);

/** Remembers a session that @recording covers (0: none). There has to be room. */
void sessions_add(Policy *policy, const Hypercall *request, guint64 recording);

/**
 * Forgets the session that a close is about: that with the same token, or without tokens the
 * oldest with the same name.
 *
 * @recording: set to what covers it.
 *
 * Returns: FALSE if there is none.
 */
gboolean sessions_remove(Policy *policy, const Hypercall *request, guint64 *recording);

/** Whether @recording covers any session. */
gboolean sessions_covered(const Policy *policy, guint64 recording);

/**
 * @recording is over. Its sessions stay known, so that their closes are not taken for those of
 * later sessions with the same name, and change nothing.
 */
void sessions_uncover(Policy *policy, guint64 recording);

/** Forgets all sessions. */
void sessions_forget(Policy *policy);

G_END_DECLS
