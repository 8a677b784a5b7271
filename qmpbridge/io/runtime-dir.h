/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime directory of one VM, which only this user can enter and which holds its sockets:
 * $XDG_RUNTIME_DIR/qmpbridge/run-NAME-XXXXXX, or in /tmp where there is no such directory or a
 * socket's path in it would be too long.
 */
#pragma once

#include "qmpbridge/io/owned-dir.h"

G_BEGIN_DECLS

/** What the names of runtime directories begin with. */
#define RUNTIME_PREFIX "run-"
/** Bytes of a VM's name that go into that of its directory. */
#define RUNTIME_NAME_MAX 32

/** Makes a directory (0700) for the VM @name, and removes those of killed processes.
 * Errors: EMULATOR. Returns: (transfer full): release with runtime_dir_free(); or NULL. */
OwnedDir *runtime_dir_new(const char *name, GError **error);

/** Removes it, and its parent if that is empty then. @directory: (transfer full) (nullable). */
void runtime_dir_free(OwnedDir *directory);

/** The directories in which runtime directories may lie, the preferred one first. Returns:
 * (transfer full): NULL-terminated. */
char **runtime_dir_parents(void);

G_END_DECLS
