/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's record/replay log, seen from inside QEMU: it is buffered by stdio, and no command of the
 * monitor makes the file whole. Called on the link's thread, never on a vCPU's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Flushes the log so that its file ends between two events. An event is written byte by byte
 * under QEMU's replay mutex, also while the VM is stopped: the main loop logs the host's clock.
 * Where the emulator doesn't export that mutex, the log may end within an event.
 *
 * QEMU never looks whether a write of its log failed, and a later one succeeds: its stream
 * remembers it.
 *
 * The main loop logs on while the VM is stopped, and stdio writes that in pieces that end anywhere.
 *
 * @size: set to where in the file the next event will come; 0 if the emulator doesn't export the
 * stream.
 * @forget: what failed before now doesn't matter: a recording begins here.
 *
 * Returns: FALSE with RECORDING if it couldn't be written, now or since the last call with @forget.
 * Where the emulator doesn't export the stream that isn't noticed.
 */
gboolean tcg_log_flush(gboolean forget, guint64 *size, GError **error);

G_END_DECLS
