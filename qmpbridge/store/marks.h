/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The marks of a recording: a file with one JSON object a line, appended as they come, so that they
 * survive a crash and never weigh on recording.json. Files from elsewhere are hostile: lines and
 * their number are bounded, and no more than one line is held.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** One mark, in order. @wall: µs since 1970. @text: borrowed. */
typedef void (*MarksFunc)(gint64 wall, const char *text, gpointer user_data);

/**
 * Appends a mark to the file @path, which is made where it is missing. A mark is there as a whole
 * or not at all. @text: at most MARKS_MAX_TEXT bytes. Errors: STORE, FULL.
 */
gboolean marks_append(const char *path, gint64 wall, const char *text, GError **error);

/**
 * Calls @func for each mark of the file @path. No file is no marks; a last line without its end,
 * whose writer was killed, is none. Errors: RECORDING (and the line, from which on nothing was
 * read).
 */
gboolean marks_read(const char *path, MarksFunc func, gpointer user_data, GError **error);

G_END_DECLS
