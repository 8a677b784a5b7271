/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A directory that belongs to one process, which holds a lock on it for as long as it lives. What a
 * killed process left behind differs from what lives by that lock alone, and swept away by the next
 * one. No link is ever followed. Only this user may write where it lies.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct OwnedDir OwnedDir;

/** Makes @parent/@prefixXXXXXX (0700) and locks it. Returns: (transfer full); NULL with errno. */
OwnedDir *owned_dir_new(const char *parent, const char *prefix);
/** Removes it with its files. @dir: (nullable). */
void owned_dir_free(OwnedDir *dir);
/** Its absolute path. */
const char *owned_dir_path(const OwnedDir *dir);

/** Removes those in @parent that begin with @prefix and whose process has gone, with all that is in
 * them. Returns: how many. */
guint owned_dir_sweep(const char *parent, const char *prefix);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OwnedDir, owned_dir_free)

G_END_DECLS
