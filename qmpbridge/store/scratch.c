/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch directories of a store; see scratch.h.
 */
#include "qmpbridge/store/scratch.h"

#include <errno.h>

#include "qmpbridge/store/files.h"

#define PREFIX ".scratch-"

Scratch *scratch_new(const char *store, GError **error)
{
    Scratch *scratch = owned_dir_new(store, PREFIX);

    if (!scratch)
        files_error(error, store, errno);
    return scratch;
}

void scratch_free(Scratch *scratch)
{
    owned_dir_free(scratch);
}

const char *scratch_path(const Scratch *scratch)
{
    return owned_dir_path(scratch);
}

char *scratch_file(const Scratch *scratch, const char *name)
{
    return g_build_filename(scratch_path(scratch), name, NULL);
}

guint scratch_sweep(const char *store)
{
    return owned_dir_sweep(store, PREFIX);
}
