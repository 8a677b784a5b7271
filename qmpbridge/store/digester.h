/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digest of a file, or of RAM, that comes as a stream. Holes are said to be there and never
 * read. It opens no file. One thread at a time.
 *
 * That of pages is the SHA-256 of each 4 KiB page that isn't all zero: its index (64 bits,
 * little-endian) and its bytes, in order of address, and at the end the size in bytes (64 bits,
 * little-endian). doc/recording-format.md is its home.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef enum {
    ARTEFACT_SHA256, /**< of its bytes */
    ARTEFACT_PAGES,  /**< of its pages, of which holes cost nothing */
} ArtefactDigest;

/** Bytes of a page. */
#define DIGESTER_PAGE 4096u

typedef struct Digester Digester;

/** Returns: (transfer full). */
Digester *digester_new(ArtefactDigest kind);
/** @digester: (nullable). */
void digester_free(Digester *digester);

/** The next @len bytes of the file. */
void digester_add(Digester *digester, const guint8 *data, gsize len);
/** The next @len bytes of the file are zero. */
void digester_add_zeros(Digester *digester, guint64 len);
/** The file ends: its digest as 64 hexadecimal digits. Nothing may be added any more. Returns:
 * (transfer full). */
char *digester_finish(Digester *digester);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Digester, digester_free)

G_END_DECLS
