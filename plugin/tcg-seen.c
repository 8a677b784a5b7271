/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tcg-seen.h. */
#include "plugin/tcg-seen.h"

/* A pointer of the host must hold an address of the guest. */
G_STATIC_ASSERT(sizeof(gpointer) == sizeof(guint64));

static gpointer *slot_of(TcgSeen *seen, guint64 address)
{
    return &seen->slots[(address ^ address >> 12) % TCG_SEEN_SLOTS];
}

void tcg_seen_add(TcgSeen *seen, guint64 address)
{
    g_atomic_pointer_set(slot_of(seen, address), (gpointer)address);
}

gboolean tcg_seen_has(TcgSeen *seen, guint64 address)
{
    return g_atomic_pointer_get(slot_of(seen, address)) == (gpointer)address;
}
