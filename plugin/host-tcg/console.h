/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How many bytes the guest's console takes, asked inside QEMU. No command of the monitor says so,
 * or makes a vCPU that rests take what is on its way to the guest.
 */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

/** A Host's find_room. Needs a QEMU that exports its own functions, as ram.h does. */
gboolean tcg_console_find_room(const char *console, HostRoom found, gpointer user_data);

G_END_DECLS
