/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole-file work of the store: copies that keep holes, digests, durability. Every function
 * blocks, none touches shared state: they run in worker threads.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** GError from errno: BRIDGE_ERROR_FULL for ENOSPC and EDQUOT, else BRIDGE_ERROR_STORE. */
void files_error(GError **error, const char *path, int errnum);

/** TRUE, and errno is ECANCELED, if the work of this thread was cancelled (io/worker.h): what
 * takes long looks between its steps. */
gboolean files_cancelled(void);

/**
 * Opens a regular file for reading: a FIFO would be waited for, a device may never end. @flags:
 * more of open(2), such as O_NOFOLLOW. Returns: a descriptor, or -1 with errno (EINVAL: it isn't
 * one).
 */
int files_open_plain(const char *path, int flags);

/**
 * Copies the regular file @from to the new file @to from byte @offset on; below it @to has a
 * hole. Holes of @from stay holes. Shares the blocks where the file system can. Any thread.
 * Errors: STORE, FULL.
 */
gboolean files_copy(const char *from, const char *to, guint64 offset, GError **error);

/** Copies the bytes of @from from @offset on to the start of the new file @to. As files_copy(). */
gboolean files_slice(const char *from, guint64 offset, const char *to, GError **error);

/** Reads the first @len bytes of the file @path. Returns: how many there are; 0 if it can't be
 * read. */
gsize files_head(const char *path, void *buffer, gsize len);

/** Writes @len bytes of @data into an existing file at @offset. Errors: STORE, FULL. */
gboolean files_patch(const char *path, guint64 offset, const void *data, gsize len, GError **error);

/** Replaces or makes a file by a temporary one and rename; @durable: with fsync. Errors: STORE,
 * FULL. */
gboolean files_save(const char *path, const char *data, gsize len, gboolean durable,
                    GError **error);

/** Cuts out the @count bytes before @offset: what follows moves up. Errors: STORE. */
gboolean files_cut_out(const char *path, guint64 offset, guint64 count, GError **error);

/** SHA-256 of a regular file, links followed, as 64 hexadecimal digits. @size: (nullable).
 * Errors: STORE. Returns: (transfer full), or NULL. */
char *files_sha256(const char *path, guint64 *size, GError **error);

/** Bytes of a regular file from @from on that are holes; 0 where it can't be told. */
guint64 files_holes(const char *path, guint64 from);

/** fsync of a file or a directory. Errors: STORE, FULL. */
gboolean files_sync(const char *path, GError **error);

/** Removes a directory and the plain files in it; no recursion, no links followed. */
gboolean files_remove_directory(const char *path, GError **error);

/** FALSE with BRIDGE_ERROR_USAGE, which names the file and its @role, if it can't be read. @path:
 * (nullable): nothing to check. */
gboolean files_check_readable(const char *role, const char *path, GError **error);

G_END_DECLS
