/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What completion found for a line: the candidates as they are inserted and as they are shown.
 * Plain data between the engine (complete.h) and the terminal (display.h).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Candidates offered at most. */
#define COMPLETION_MAX 10000u

typedef struct {
    char *insert;     /**< replaces the line from Completion.start up to the cursor */
    char *label;      /**< for the list: printable, with marks such as "(deprecated)" */
    gboolean goes_on; /**< meant to be typed on: no blank behind it */
    guint rank;       /**< those with a lower one come first */
} CompletionItem;

typedef struct {
    gsize start;      /**< offset in the line */
    GPtrArray *items; /**< CompletionItem, no two with the same @insert, in the order to show */
    gboolean pending; /**< more may be known soon: the VM has been asked */
} Completion;

/** Returns: (transfer full): without items. */
Completion *completion_new(gsize start);
/** @completion: (nullable). */
void completion_free(Completion *completion);
/** Adds an item; over COMPLETION_MAX it is dropped. @insert, @label: (transfer full). */
void completion_add(Completion *completion, char *insert, char *label, gboolean goes_on,
                    guint rank);
/** Sorts by rank and by what is inserted, and drops what is there twice. */
void completion_sort(Completion *completion);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Completion, completion_free)

G_END_DECLS
