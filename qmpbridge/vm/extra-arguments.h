/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Arguments that a user has for QEMU besides those that qmpbridge gives it: which of them can't be
 * recorded, and which a replay leaves out.
 */
#pragma once

#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/**
 * Refuses what QEMU doesn't record, or what a recording depends on. Errors: USAGE, with the
 * argument and what to do instead.
 */
gboolean extra_arguments_check(const Machine *machine, GError **error);

/** Those of a replay, which leaves out what only shows the guest to people, and could take a
 * display or a file of the VM that runs. Returns: (transfer full): strings of @machine, NULL at the
 * end; free with g_free(). */
const char **extra_arguments_of_replay(const Machine *machine);

/** TRUE if they bring a network card along, in the place of the target's. */
gboolean extra_arguments_have_network_device(const Machine *machine);

G_END_DECLS
