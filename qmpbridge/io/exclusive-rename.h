/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Gives what is whole its name, in one step; whatever has that name already is never overwritten.
 * Where the file system lacks RENAME_NOREPLACE (NFS, old FUSE) there is another way that is as
 * exclusive, for a file and for a directory. Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Renames the file @from on the same file system. Returns: FALSE with errno, EEXIST among them. */
gboolean exclusive_rename_file(const char *from, const char *to);

/** The same of a directory. */
gboolean exclusive_rename_directory(const char *from, const char *to);

G_END_DECLS
