/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks: places of a VM's run, each with a text. They hang on icounts, so a recording has those
 * that were set between its two. In memory they are kept in a container that hands those out; those
 * of a recording are in a file with one JSON object a line, appended as they come, so that they
 * survive a crash and never weigh on recording.json. Files from elsewhere are hostile: lines and
 * their number are bounded, and no more than one line is held.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** The icount of a mark that has none: of an older recording, or of a VM that counts none. */
#define MARK_NO_ICOUNT G_MAXUINT64

/** A mark. */
typedef struct {
    guint64 icount; /**< guest instructions since the VM's start, or a few less */
    gint64 wall;    /**< µs since 1970 */
    const char *text;
} Mark;

/** One mark, in order; it and its text are borrowed. */
typedef void (*MarksFunc)(const Mark *mark, gpointer user_data);

/** The marks of one VM, in the order in which they were set. */
typedef struct Marks Marks;

Marks *marks_new(void);
/** @marks: (nullable). */
void marks_free(Marks *marks);
/** Whether a mark with @text can be added. Errors: TOO_BIG: it is longer than MARKS_MAX_TEXT, or
 * there are MARKS_MAX already. */
gboolean marks_check(const Marks *marks, const char *text, GError **error);
/** Adds a copy of @mark. */
void marks_add(Marks *marks, const Mark *mark);
/** How many there are. */
guint marks_count(const Marks *marks);
/** Forgets those in front of @icount: no recording that begins from there on has them. Those
 * without an icount go, too. */
void marks_forget(Marks *marks, guint64 icount);
/** Calls @func for those that were set between the icounts @from and @to, both included. */
void marks_between(const Marks *marks, guint64 from, guint64 to, MarksFunc func,
                   gpointer user_data);

/**
 * Appends a mark to the file @path, which is made where it is missing. A mark is there as a whole
 * or not at all. Its text is at most MARKS_MAX_TEXT bytes. Errors: STORE, FULL.
 */
gboolean marks_append(const char *path, const Mark *mark, GError **error);

/**
 * Calls @func for each mark of the file @path. No file is no marks; a last line without its end,
 * whose writer was killed, is none. Errors: RECORDING (and the line, from which on nothing was
 * read).
 */
gboolean marks_read(const char *path, MarksFunc func, gpointer user_data, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Marks, marks_free)

G_END_DECLS
