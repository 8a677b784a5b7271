/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seed disks: a directory of the host as a small read-only disk, from which a guest configures
 * itself at boot. A boot hook of the guest, or cloud-init, finds the disk by its label.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The label of a seed disk that names none. */
#define SEED_DISK_LABEL "bootstrap"

/**
 * The image of a seed disk: an ISO 9660 file system of what @directory holds, with Rock Ridge
 * attributes, owned by root. Symbolic links stay what they are. Its name in @folder is a digest of
 * what went in, so that an image that is there already is used again. Nothing is mounted. Blocks.
 * @folder: an existing directory. @label: 1 to 16 letters, digits, '-' and '_'.
 * Errors: USAGE: the label; @directory can't be read, is too large (SEED_DISK_MAX_BYTES,
 * SEED_DISK_MAX_FILES), or has what is neither file, directory nor link. STORE, FULL: the image
 * can't be written. Returns: (transfer full): its path, or NULL.
 */
char *seed_disk_make(const char *directory, const char *label, const char *folder, GError **error);

G_END_DECLS
