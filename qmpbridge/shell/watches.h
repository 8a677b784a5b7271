/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Callbacks for a change, which may be added and removed while they are called.
 * Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct Watches Watches;

/** Returns: (transfer full). */
Watches *watches_new(void);
/** @watches: (nullable). Not from within watches_call(). */
void watches_free(Watches *watches);

/** Returns: what to give to watches_remove(); not 0. */
guint watches_add(Watches *watches, void (*changed)(gpointer user_data), gpointer user_data);
void watches_remove(Watches *watches, guint id);

/** Calls all of them; not those that come meanwhile, nor those that have gone meanwhile. */
void watches_call(Watches *watches);

G_END_DECLS
