/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Lines of an input stream, one at a time and never blocking: a file, a pipe, standard input. A
 * line is bounded. It knows nothing of what the lines say. Main thread.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct LineStream LineStream;

/**
 * A line has been read. @line: without its LF or CRLF; NULL at the end, with @error set where
 * reading failed: BRIDGE_ERROR_TOO_BIG, BRIDGE_ERROR_USAGE (a NUL in it) or G_IO_ERROR. Borrowed.
 */
typedef void (*LineStreamFunc)(const char *line, const GError *error, gpointer user_data);

/** @input: (transfer full). @max: longest line in bytes. Returns: (transfer full). */
LineStream *line_stream_new(GInputStream *input, gsize max);
/** The function of a line_stream_next() under way is not called any more. @lines: (nullable). */
void line_stream_free(LineStream *lines);
/** Reads the next line; @func is called once, maybe at once. Not while another is under way. */
void line_stream_next(LineStream *lines, LineStreamFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LineStream, line_stream_free)

G_END_DECLS
