/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitors: the VMs of a shell in the order of their coming, one of them current. It only keeps
 * them. Main thread.
 */
#pragma once

#include "qmpbridge/shell/monitor.h"

G_BEGIN_DECLS

typedef struct Monitors Monitors;

/** Returns: (transfer full). */
Monitors *monitors_new(void);
/** Closes all of them. @monitors: (nullable). */
void monitors_free(Monitors *monitors);

/** Appends one; the first becomes current. @monitor: (transfer full): its name is free. */
void monitors_add(Monitors *monitors, Monitor *monitor);
/** Closes it and lets it go. If it was current, the first one is afterwards. */
void monitors_remove(Monitors *monitors, Monitor *monitor);
/** Makes one that is in the set current. */
void monitors_use(Monitors *monitors, Monitor *monitor);

guint monitors_count(const Monitors *monitors);
/** (transfer none): NULL from monitors_count() on. */
Monitor *monitors_nth(const Monitors *monitors, guint index);
/** (transfer none) (nullable). */
Monitor *monitors_find(const Monitors *monitors, const char *name);
/** (transfer none): NULL if there is none at all. */
Monitor *monitors_current(const Monitors *monitors);

/**
 * Takes "NAME=ADDRESS" apart.
 *
 * @address: set to where the address begins in @text.
 *
 * Returns: (transfer full): the name, or NULL where @text is an address alone.
 */
char *monitors_split(const char *text, const char **address);

/** The name for the VM at an address where none is given: from the file's name, or from host and
 * port; legal and free. Returns: (transfer full). */
char *monitors_name_for(const Monitors *monitors, const char *address);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitors, monitors_free)

G_END_DECLS
