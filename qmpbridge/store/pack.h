/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs a whole recording into an archive, and checks an archive. Blocks; any thread.
 */
#pragma once

#include "qmpbridge/store/archive-reader.h"

G_BEGIN_DECLS

/** How far the work is, for any thread to look at; all zero before it begins. */
typedef struct {
    guint64 done, total; /**< bytes; only by progress_get() */
} ArchiveProgress;

/** @done, @total: (out). */
void archive_progress_get(const ArchiveProgress *progress, guint64 *done, guint64 *total);
/** Sets the total, and adds to what is done. */
void archive_progress_begin(ArchiveProgress *progress, guint64 total);
void archive_progress_add(ArchiveProgress *progress, guint64 bytes);

/**
 * Writes an archive of @recording to @fd. Each file's digest is compared on its way: if it isn't
 * the recorded one, what was written is no archive.
 *
 * @path: of @fd, for errors.
 * @images: with the files of the host that the machine was started from.
 *
 * Errors: RECORDING: it isn't whole, or a file was changed; STORE, FULL, CANCELLED.
 */
gboolean pack_recording(const Recording *recording, int fd, const char *path, gboolean images,
                        ArchiveProgress *progress, GError **error);

/** Reads all of an archive. Errors: as archive_reader_new(). Returns: (transfer full): its
 * manifest, or NULL. */
Manifest *pack_check(const char *path, int fd, ArchiveProgress *progress, GError **error);

G_END_DECLS
