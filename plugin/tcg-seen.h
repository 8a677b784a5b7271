/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Addresses that come right after an instruction which overwrites its result: where a translation
 * block begins at one of them, its first instruction needs a callback too. A bounded, direct
 * mapped set: an address that is pushed out by another costs an old agent its answer, no more.
 * Any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TCG_SEEN_SLOTS 4096u

typedef struct {
    gpointer slots[TCG_SEEN_SLOTS]; /* atomic; an address, NULL if empty */
} TcgSeen;

void tcg_seen_add(TcgSeen *seen, guint64 address);
gboolean tcg_seen_has(TcgSeen *seen, guint64 address);

G_END_DECLS
