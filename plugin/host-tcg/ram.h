/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads the guest's RAM by virtual address, and nothing but RAM: to read a device changes it, and
 * reading a timer of it under icount ends QEMU. The plugin API reads either and doesn't say which
 * it was, so the function of QEMU's that knows is looked up by its name.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Looks the functions up. Returns: FALSE if this emulator doesn't export them; then nothing can
 * be read. */
gboolean tcg_ram_init(void);

/**
 * Reads with the page tables of the vCPU whose callback this is.
 *
 * @buffer: QEMU reads into it; the caller keeps it, so that nothing is allocated.
 * @length: never crosses a page of 4096 bytes.
 *
 * Returns: FALSE if not all of it is RAM or ROM.
 */
gboolean tcg_ram_read(guint64 address, GByteArray *buffer, void *dest, gsize length);

G_END_DECLS
