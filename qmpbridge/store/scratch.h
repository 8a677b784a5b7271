/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch directories of a store: where a running VM keeps its log, and a replay its copies. They
 * lie in the store, so that the file system can share blocks with recordings. Each is locked by
 * its process; what a killed process left behind is swept away by the next.
 */
#pragma once

#include "qmpbridge/io/owned-dir.h"

G_BEGIN_DECLS

typedef struct OwnedDir Scratch;

/** A new one in the directory @store. Blocks. Errors: STORE, FULL. Returns: (transfer full). */
Scratch *scratch_new(const char *store, GError **error);
/** Removes it with its files. @scratch: (nullable). */
void scratch_free(Scratch *scratch);
/** Its absolute path. */
const char *scratch_path(const Scratch *scratch);
/** A path in it. Returns: (transfer full). */
char *scratch_file(const Scratch *scratch, const char *name);

/** Removes those in @store whose process has gone. Returns: how many. */
guint scratch_sweep(const char *store);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Scratch, scratch_free)

G_END_DECLS
