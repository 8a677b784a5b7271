/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A checkpoint; see checkpoint.h.
 */
#include "qmpbridge/store/checkpoint.h"

void checkpoint_clear(Checkpoint *checkpoint)
{
    g_free(checkpoint->snapshot);
    *checkpoint = (Checkpoint){0};
}

void checkpoint_copy(Checkpoint *checkpoint, const Checkpoint *from)
{
    char *snapshot = g_strdup(from->snapshot);

    g_free(checkpoint->snapshot);
    *checkpoint = *from;
    checkpoint->snapshot = snapshot;
}
