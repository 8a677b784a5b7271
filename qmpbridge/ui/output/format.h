/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for people: sizes, durations, counts, times of day. Machines get the plain numbers.
 * All results are (transfer full). Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Bytes: "512 B", "88.1 MiB". */
char *format_size(guint64 bytes);
/** Microseconds: "0.24 s", "1 min 05 s", "2 h 03 min". Negative ones count as 0. */
char *format_duration(gint64 usec);
/** A count in groups of three: "1,234,567". */
char *format_count(guint64 count);
/** Local date and time of @wall, in microseconds since 1970: "2026-11-21 10:05:18"; "-" for 0. */
char *format_time(gint64 wall);
/** Local time of day with milliseconds: "10:05:18.123". */
char *format_clock(gint64 wall);

G_END_DECLS
