/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file that keeps what was typed, across sessions. Several shells may use one at the same
 * time: each line is appended when it is entered, and none is lost. An entry may have several
 * lines. The form is that of bash with HISTTIMEFORMAT: "#SECONDS", then the lines of the entry; a
 * file without such lines has an entry on each.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** $XDG_STATE_HOME/qmpbridge/history, its directory made with mode 0700. Returns: (transfer full)
 * (nullable): NULL if that can't be. */
char *history_default_path(void);

/**
 * The entries of a file, the oldest first; the newest HISTORY_MAX of them. If the file has more it
 * is cut to as many. A file that can't be read has none. What isn't UTF-8 is left out.
 *
 * Returns: (transfer full) (element-type utf8): never NULL.
 */
GPtrArray *history_load(const char *path);

/** Appends an entry; makes the file with mode 0600. Returns: FALSE if it wasn't kept. */
gboolean history_append(const char *path, const char *entry);

G_END_DECLS
