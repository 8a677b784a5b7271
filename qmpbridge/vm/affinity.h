/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU of the host one QEMU process runs on. With record and replay QEMU's vCPU and its main
 * loop take turns at one lock: on two CPUs they spend most of their time in handing it over, on
 * one CPU they don't. So the whole process gets one CPU, and every further one another CPU as long
 * as there is one.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct Affinity Affinity;

/**
 * Takes what a person asked for.
 *
 * @text: "auto": one CPU of those that this process may use; "none": QEMU's threads run where the
 * kernel puts them; a list as "0,2-3": one CPU of these.
 *
 * Errors: BRIDGE_ERROR_USAGE, also for a CPU that this process may not use.
 * Returns: (transfer full), or NULL.
 */
Affinity *affinity_new(const char *text, GError **error);

/** @affinity: (nullable). */
void affinity_free(Affinity *affinity);

/** TRUE if CPUs were listed, which holds for a QEMU without record and replay, too. */
gboolean affinity_is_list(const Affinity *affinity);

/**
 * The CPU for one more process: of those allowed now the one with the fewest pinned processes, of
 * whatever bridge and user, and the least busy one of these. Reads /proc; takes a few milliseconds.
 *
 * Returns: its number, or -1 if the process isn't to be pinned.
 */
int affinity_choose(Affinity *affinity);

/**
 * Pins the calling thread, and so what it starts or executes. Only system calls: fit for a child
 * between fork and exec. @cpu: -1 for nothing. A CPU that is gone by now is no error.
 */
void affinity_pin(int cpu);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Affinity, affinity_free)

G_END_DECLS
