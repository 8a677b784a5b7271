/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of forwarded ports: which are taken already, and which QEMU has chosen.
 */
#pragma once

#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** Arguments of human-monitor-command that ask QEMU for its user network's sockets. Returns:
 * (transfer full). */
JsonObject *forwards_question(void);

/** Can all ports of @machine that it names be listened on? Errors: BRIDGE_ERROR_BUSY with the first
 * that can't. */
gboolean forwards_check_free(const Machine *machine, GError **error);

/** Reads the answer to forwards_question(). Returns: (transfer full) (element-type MachineForward):
 * with the ports that QEMU listens on; bounded by MACHINE_MAX_FORWARDS. */
GArray *forwards_read(const char *answer);
/** How many TCP connections with the guest are open in both directions, or are being made, by the
 * same answer. */
guint forwards_count_connections(const char *answer);

G_END_DECLS
