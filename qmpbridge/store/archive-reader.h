/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an archive (doc/archive-format.md), a hostile stream. What comes must be what its manifest
 * says: the same members in the same order, plain files of the same size, with the same digests;
 * anything else ends the reading. It makes no file: where the bytes go is the owner's business.
 * Blocks; any thread.
 */
#pragma once

#include "qmpbridge/store/manifest.h"

G_BEGIN_DECLS

typedef struct ArchiveReader ArchiveReader;

/** The next bytes of the archive. Returns: how many of at most @len; 0: it ends here; -1 with
 * errno. */
typedef gssize (*ArchiveRead)(void *buffer, gsize len, gpointer user_data);

/** An ArchiveRead of the file whose descriptor is GPOINTER_TO_INT(fd). Fails with ECANCELED once
 * the work of this thread was cancelled. */
gssize archive_read_fd(void *buffer, gsize len, gpointer fd);

/** What the owner gets, in this order for each member; each returns FALSE with @error set to end
 * the reading. */
typedef struct {
    /** A member begins. */
    gboolean (*begin)(const ManifestMember *member, gpointer user_data, GError **error);
    /** Bytes of it that lie at @offset, behind all those before; between them is a hole. */
    gboolean (*data)(const guint8 *data, gsize len, guint64 offset, gpointer user_data,
                     GError **error);
    /** It is whole, and its digest is that of the manifest. */
    gboolean (*end)(gpointer user_data, GError **error);
} ArchiveSink;

/**
 * Reads the manifest.
 *
 * @path: of the archive, for errors.
 * @plain: it isn't compressed, which no archive that was packed is.
 *
 * Errors: RECORDING: it is no archive, or is damaged; STORE: it can't be read; CANCELLED; as below.
 * Returns: (transfer full), or NULL.
 */
ArchiveReader *archive_reader_new(const char *path, gboolean plain, ArchiveRead read,
                                  gpointer user_data, GError **error);
/** @reader: (nullable). */
void archive_reader_free(ArchiveReader *reader);

/** (transfer none). */
const Manifest *archive_reader_manifest(const ArchiveReader *reader);
/** The same, which the reader then has no more. Returns: (transfer full). */
Manifest *archive_reader_steal(ArchiveReader *reader);
/** The manifest's text. */
const char *archive_reader_manifest_text(const ArchiveReader *reader);

/** Reads all members up to the archive's end. Can be called once. */
gboolean archive_reader_read(ArchiveReader *reader, const ArchiveSink *sink, gpointer user_data,
                             GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveReader, archive_reader_free)

G_END_DECLS
