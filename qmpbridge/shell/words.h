/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command line as typed -> words. Quoting is the shell's, without any expansion; a JSON object
 * or array that stands by itself or after '=' is taken as it is, so that its quotes survive.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Splits a line. A '#' at the start of a word begins a comment.
 *
 * @line: any bytes; NUL-terminated.
 *
 * Returns: (transfer full): free with g_strfreev(); an empty vector for a line without words.
 * NULL with BRIDGE_ERROR_USAGE (a quote or bracket isn't closed, not UTF-8). Any thread.
 */
char **words_split(const char *line, GError **error);

/** TRUE if the line holds one JSON object instead of words. */
gboolean words_is_json(const char *line);

G_END_DECLS
