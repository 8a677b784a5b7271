/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's record/replay log, seen from inside QEMU: it is buffered by stdio, and no command of the
 * monitor makes the file whole. Called on the control link's thread, never on a vCPU's.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * A Host's flush_log. QEMU writes an event byte by byte under its replay mutex, also while the VM
 * is stopped: the main loop goes on to log the host's clock, and stdio writes that in pieces which
 * end anywhere. Where QEMU doesn't export the mutex, the file may end within an event.
 *
 * QEMU never looks whether a write of its log failed, and a later one succeeds; its stream
 * remembers the failure. Where QEMU doesn't export the stream a failure goes unnoticed, and @size
 * is 0.
 */
gboolean tcg_log_flush(gboolean forget, guint64 *size, GError **error);

G_END_DECLS
