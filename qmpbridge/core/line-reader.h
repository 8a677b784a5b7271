/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LineReader: what another program writes to its stderr, as lines that may be shown to people and
 * kept in a log, whatever it is: bounded in length and in number, in UTF-8, without control
 * characters. Bytes and the time go in, lines come out: no descriptor, no clock.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct LineReader LineReader;

/** @line: without its end, never empty; borrowed. */
typedef void (*LineFunc)(const char *line, gpointer user_data);

/** Returns: (transfer full): free with line_reader_free(). */
LineReader *line_reader_new(LineFunc func, gpointer user_data);

/** @reader: (nullable). */
void line_reader_free(LineReader *reader);

/** Bytes that came. @now: microseconds of any monotonic clock. */
void line_reader_feed(LineReader *reader, const char *bytes, gsize len, gint64 now);

/** There is no more: what has no end of line yet is a line, too. */
void line_reader_end(LineReader *reader, gint64 now);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LineReader, line_reader_free)

G_END_DECLS
