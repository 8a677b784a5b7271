/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of the qcow2 format (QEMU's docs/interop/qcow2.txt) that is needed to give back the
 * space of snapshots that are never loaded again, while QEMU has the image open: their data
 * clusters become holes. No metadata is changed, and QEMU never reads those clusters.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Punches holes where the newest snapshots of @path, an image without data of its own, have their
 * data. Whatever isn't understood is left alone: at worst space is not given back. Blocks, any
 * thread. Returns: bytes given back.
 */
guint64 qcow2_punch_snapshots(const char *path);

G_END_DECLS
