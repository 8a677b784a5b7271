/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host's side of forwarded ports: which are taken already, and which QEMU has chosen.
 */
#pragma once

#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** The line of QEMU's human monitor that lists them. */
#define FORWARDS_QUESTION "info usernet"

/** Can all ports of @machine that it names be listened on? Errors: BRIDGE_ERROR_BUSY with the first
 * that can't. */
gboolean forwards_check_free(const Machine *machine, GError **error);

/** Reads the answer to FORWARDS_QUESTION. Returns: (transfer full) (element-type MachineForward):
 * with the ports that QEMU listens on; bounded by MACHINE_MAX_FORWARDS. */
GArray *forwards_read(const char *answer);

G_END_DECLS
