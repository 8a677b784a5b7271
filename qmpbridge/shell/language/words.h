/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A command line as typed -> words, each with its place in the line. Quoting is the shell's,
 * without any expansion; a JSON object or array that stands by itself or after '=' is taken as it
 * is, so that its quotes survive. A '#' at the start of a word begins a comment, up to the line's
 * end. A line may have several lines: whatever is open goes on in the next. Pure; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** A line and its words. */
typedef struct {
    char *line;   /**< as typed */
    char **texts; /**< the words, unquoted; NULL last */
    gsize *begin; /**< where each stands in the line, in bytes, */
    gsize *end;   /**< its quotes included */
    guint count;
} Words;

/**
 * Splits a line.
 *
 * @line: any bytes; NUL-terminated.
 *
 * Returns: (transfer full): without words for an empty line or a comment. NULL with
 * BRIDGE_ERROR_USAGE (a quote or bracket isn't closed, not UTF-8) and its mark.
 */
Words *words_parse(const char *line, GError **error);

/** The same from words that were split elsewhere, such as a program's arguments; the line then is
 * what would have to be typed. @texts: NULL-terminated, UTF-8. Returns: (transfer full). */
Words *words_quote(char **texts);

/** @words: (nullable). */
void words_free(Words *words);

/**
 * Marks part of a word as what an error is about: from @from on, @len bytes of its text. Where
 * quoting makes the text differ from what was typed, up to the word's end.
 *
 * @words: (nullable): then there is no mark.
 * @error: (nullable).
 */
void words_mark(const Words *words, guint index, gsize from, gsize len, GError *error);

/** TRUE if what is typed at @from in a word begins with a double quote: a string, whatever it
 * holds. */
gboolean words_is_quoted(const Words *words, guint index, gsize from);

/** Just the words. Returns: (transfer full): free with g_strfreev(); errors as words_parse(). */
char **words_split(const char *line, GError **error);

/** TRUE if the line goes on in the next one: a bracket or a quote is open, or a backslash ends
 * it. Append '\n' and the next line, then ask again. */
gboolean words_is_open(const char *line);

/** TRUE if the line holds one JSON object instead of words. */
gboolean words_is_json(const char *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Words, words_free)

G_END_DECLS
