/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Those who want to be told that something has changed, and may come and go while they are told.
 * Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct Watches Watches;

/** Returns: (transfer full). */
Watches *watches_new(void);
/** @watches: (nullable). Not from within watches_tell(). */
void watches_free(Watches *watches);

/** Returns: what to give to watches_remove(); not 0. */
guint watches_add(Watches *watches, void (*changed)(gpointer user_data), gpointer user_data);
void watches_remove(Watches *watches, guint id);

/** Calls all of them; not those that come meanwhile, nor those that have gone meanwhile. */
void watches_tell(Watches *watches);

G_END_DECLS
