/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The two clocks, read in one place so that the core never reads one. Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** CLOCK_MONOTONIC in microseconds, as g_get_monotonic_time(). */
gint64 clock_mono(void);

/** CLOCK_REALTIME in microseconds since 1970. */
gint64 clock_wall(void);

/**
 * A wall-clock time as ISO 8601 in UTC with milliseconds: "2025-01-31T23:59:59.123Z".
 *
 * @wall: microseconds since 1970; times outside the years 1 to 9999 are clamped.
 *
 * Returns: (transfer full).
 */
char *clock_iso8601(gint64 wall);

/** Inverse of clock_iso8601(). Returns: FALSE if @text is no such time. */
gboolean clock_parse_iso8601(const char *text, gint64 *wall);

G_END_DECLS
