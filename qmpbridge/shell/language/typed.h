/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A line that is still being typed, for completion: the words of it, and the one under the cursor
 * with the quote that is open there. What isn't closed ends at the cursor. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct {
    GPtrArray *words; /**< char *: all words but the one under the cursor, unquoted; NULL last */
    guint before;     /**< how many of them stand before the cursor */
    char *word;       /**< the one under the cursor, up to the cursor, unquoted; may be empty */
    gsize start;      /**< where it begins in the line */
    char quote;       /**< ' or " if it is open at the cursor, else 0 */
    gboolean closed;  /**< nothing can stand here: a comment, JSON, behind a lone backslash */
} Typed;

/** @cursor: offset in @line; what is behind it only counts as further words. (transfer full) */
Typed *typed_parse(const char *line, gsize cursor);
/** @typed: (nullable). */
void typed_free(Typed *typed);

/**
 * What to put at @typed->start, in place of what is typed of the word, to make it @candidate:
 * quoted as what is typed is, and otherwise only as far as needed.
 *
 * @line: as given to typed_parse().
 * @candidate: begins with @typed->word.
 * @goes_on: the word is meant to be typed on, so an open quote stays open.
 *
 * Returns: (transfer full).
 */
char *typed_insert(const Typed *typed, const char *line, gsize cursor, const char *candidate,
                   gboolean goes_on);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Typed, typed_free)

G_END_DECLS
