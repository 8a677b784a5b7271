/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Follows a file that another process writes, as tail -f does, by inotify: each byte once and as it
 * comes, from near the file's present end on. A reader that is slow reads later what is in the
 * file: it holds up nobody, and misses nothing. Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct FileFollower FileFollower;

/** What the owner of a FileFollower hears, from the main context. */
typedef struct {
    /** Bytes of the file; hostile. Returns: how many are taken. The others come again, with those
     * behind them, by file_follower_read(). */
    gsize (*came)(const char *bytes, gsize len, gpointer user_data);
    /** The file was removed: nothing more comes. All of it was read. May free the follower. */
    void (*removed)(gpointer user_data);
} FileFollowerHandlers;

/**
 * @path: a plain file.
 * @backlog: bytes before its present end that come first.
 * Errors: NOT_FOUND. Returns: (transfer full), or NULL.
 */
FileFollower *file_follower_new(const char *path, gsize backlog,
                                const FileFollowerHandlers *handlers, gpointer user_data,
                                GError **error);
/** @follower: (nullable). */
void file_follower_free(FileFollower *follower);

/** Reads what is there by now, as far as it is taken. Returns: FALSE if some isn't. */
gboolean file_follower_read(FileFollower *follower);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FileFollower, file_follower_free)

G_END_DECLS
