/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes an archive (doc/archive-format.md): a tar stream in which holes are holes, compressed by
 * zstd on all cores. libarchive makes the tar. It doesn't compress it, since only its version 3.7
 * can have zstd look for matches over long distances, which makes a recording a third smaller.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct ArchiveWriter ArchiveWriter;

/** Bytes of a file that aren't in a hole. */
typedef struct {
    guint64 offset, len;
} ArchiveExtent;

/** @fd: borrowed; anything that can be written to. @path: of it, for errors. @data: about how many
 * bytes come: the memory that readers need depends on it. Returns: (transfer full). */
ArchiveWriter *archive_writer_new(int fd, const char *path, guint64 data);
/** Frees it; without archive_writer_finish() what was written is no archive. @writer: (nullable).
 */
void archive_writer_free(ArchiveWriter *writer);

/**
 * Begins the next entry, a file of @size bytes. @extents: (element-type ArchiveExtent) (nullable):
 * where its data is, in order; NULL: everywhere. Errors: STORE, FULL, as those below.
 */
gboolean archive_writer_begin(ArchiveWriter *writer, const char *name, guint64 size,
                              const GArray *extents, GError **error);
/** The next bytes of the entry's data. */
gboolean archive_writer_add(ArchiveWriter *writer, const void *data, gsize len, GError **error);
/** The next @len bytes of the entry are a hole, as @extents said. */
gboolean archive_writer_add_hole(ArchiveWriter *writer, guint64 len, GError **error);
/** Ends the archive. */
gboolean archive_writer_finish(ArchiveWriter *writer, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveWriter, archive_writer_free)

G_END_DECLS
