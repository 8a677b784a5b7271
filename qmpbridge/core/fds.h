/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fds: descriptors on their way with a message, as something to hold and hand on. The last
 * reference closes those that weren't taken; nothing else is done to them here.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct Fds Fds;

/** An empty one. Returns: (transfer full). */
Fds *fds_new(void);

Fds *fds_ref(Fds *fds);

/** The last reference closes what is left. @fds: (nullable). */
void fds_unref(Fds *fds);

/** Adds a descriptor. @fd: (transfer full): closed if there are FDS_MAX already, which gives
 * FALSE. */
gboolean fds_take(Fds *fds, int fd);

/** Number of descriptors. @fds: (nullable): NULL has none. */
guint fds_count(const Fds *fds);

/** A descriptor, which stays owned. @i: below fds_count(). */
int fds_get(const Fds *fds, guint i);

/** Takes the first descriptor out. Returns: (transfer full): -1 if there is none. */
int fds_steal_first(Fds *fds);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Fds, fds_unref)

G_END_DECLS
