/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digest of a file that comes as a stream, of any kind (artefacts.h). Holes are said to be
 * there and never read. It opens no file. One thread at a time.
 */
#pragma once

#include "qmpbridge/store/artefacts.h"

G_BEGIN_DECLS

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
