/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Has the kernel note which pages of guest RAM are written, so that at the end of a recording
 * qmpbridge copies RAM while the guest still runs, and reads only what was written since once it
 * stands still (ram_watch() of qmpbridge/store/ram.h). Only the process itself can ask for that,
 * by userfaultfd(2), which is why the plugin does. Nothing ever waits for the plugin: the kernel
 * itself lets each write pass (asynchronous write protection, since Linux 6.7).
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Starts it for @size bytes at @address of this process, which are aligned to pages; what isn't
 * mapped memory is refused by the kernel. Returns: a descriptor that ends it when it is closed, or
 * -1 where the kernel can't: then all RAM is read.
 */
int watch_start(guint64 address, guint64 size);

/** TRUE if watch_start() works on this kernel for this user. */
gboolean watch_possible(void);

G_END_DECLS
