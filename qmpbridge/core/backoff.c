/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Backoff: doubling with a cap, and a little jitter.
 */
#include "qmpbridge/core/backoff.h"

/* The part of a delay that jitter may take away, as a divisor. */
#define JITTER_PART 8u

void backoff_init(Backoff *backoff, guint32 seed)
{
    *backoff = (Backoff){.random = seed};
}

void backoff_up(Backoff *backoff, gint64 now)
{
    backoff->up = TRUE;
    backoff->up_since = now;
}

/* Nothing secret hangs on it: the generator of Numerical Recipes, its high bits. */
static guint32 next_random(Backoff *backoff)
{
    backoff->random = backoff->random * 1664525u + 1013904223u;
    return backoff->random >> 16;
}

static guint delay(guint failures)
{
    guint ms = BACKOFF_FIRST_MS;

    while (failures-- > 0 && ms < BACKOFF_MAX_MS)
        ms *= 2;
    return MIN(ms, BACKOFF_MAX_MS);
}

guint backoff_down(Backoff *backoff, gint64 now)
{
    guint ms;

    if (backoff->up && now - backoff->up_since >= BACKOFF_STABLE_US)
        backoff->failures = 0;
    backoff->up = FALSE;
    ms = delay(backoff->failures);
    if (ms < BACKOFF_MAX_MS)
        backoff->failures++;
    return ms - next_random(backoff) % (ms / JITTER_PART + 1);
}
