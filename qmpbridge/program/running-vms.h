/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The VMs of this user that run now, by what their runtime directories are called: `run` without
 * --socket, and replays. It asks none of them.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** One of them. */
typedef struct {
    char *name;   /**< as of --name, at most 32 bytes of it; "replay" for a replay */
    char *socket; /**< path of its control socket */
} RunningVm;

/** Returns: (transfer full) (element-type RunningVm). */
GPtrArray *running_vms_list(void);

/**
 * The address of a VM that a person names.
 *
 * @word: a name of @addresses, an address as of transport_parse(), or the name of one that runs.
 * @addresses: of the configuration.
 *
 * Errors: NOT_FOUND, or USAGE where several have the name; each lists them.
 * Returns: (transfer full), or NULL.
 */
char *running_vms_address(const char *word, GHashTable *addresses, GError **error);

G_END_DECLS
