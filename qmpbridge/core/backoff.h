/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backoff: how long to wait before the next attempt to connect. Pure: the time goes in, a delay
 * comes out. Time is in microseconds of any monotonic clock.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** A connection that lasted this long, in microseconds, makes the next delay the first again. One
 * that breaks sooner doesn't: a peer that dies whenever it is greeted is not hammered. */
#define BACKOFF_STABLE_US (5 * G_TIME_SPAN_SECOND)

/** State of one peer's attempts. All zeroes but for @random is a fresh one. */
typedef struct {
    guint32 random; /**< of the jitter */
    guint failures; /**< delays since the last stable connection */
    gboolean up;
    gint64 up_since;
} Backoff;

/** A fresh one. @seed: anything; equal seeds give equal delays. */
void backoff_init(Backoff *backoff, guint32 seed);

/** The peer is there. */
void backoff_up(Backoff *backoff, gint64 now);

/**
 * An attempt failed, or the connection was lost.
 *
 * Returns: milliseconds until the next attempt: BACKOFF_FIRST_MS doubled for each failure before,
 * BACKOFF_MAX_MS at most, less up to an eighth, so that many peers that were lost together don't
 * come back together.
 */
guint backoff_down(Backoff *backoff, gint64 now);

G_END_DECLS
