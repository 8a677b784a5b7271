/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * "Did you mean ...?": the nearest of some words to one that is wrong, by the edits between them:
 * a letter too many, one missing, one wrong, two swapped (Damerau and Levenshtein). Case, and '-'
 * or '_', count for nothing. Pure; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest word that is compared, in bytes. */
#define SUGGEST_MAX 64u

/** A search under way; begin with {.word = ...}. */
typedef struct {
    const char *word;   /**< what was typed */
    const char *best;   /**< the nearest word offered so far, borrowed; NULL: none is near */
    const char *second; /**< another one as near as @best, borrowed; NULL: there is none */
    guint distance;     /**< of @best */
} Suggest;

/** Offers a candidate (nullable), which must outlive the search. Of equals the first two stay. */
void suggest_offer(Suggest *suggest, const char *candidate);

/** What may have been meant: "'a'", or "'a' or 'b'". Returns: (transfer full) (nullable): NULL if
 * nothing is near. */
char *suggest_meant(const Suggest *suggest);

/** Edits between two words; G_MAXUINT if one is longer than SUGGEST_MAX. */
guint suggest_distance(const char *a, const char *b);

G_END_DECLS
