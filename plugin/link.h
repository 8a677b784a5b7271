/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Link: the thread that owns the socket to the control server, connects again when it is lost,
 * and drives the control machine. A dry link has no socket and says that all went well.
 */
#pragma once

#include "plugin/control.h"

G_BEGIN_DECLS

typedef struct Link Link;

/**
 * Starts the thread. It takes no signals.
 *
 * @path: (nullable): of the control socket; NULL for a dry link.
 * @opaque: @describe's.
 * @shared, @host, @opaque: must live until link_stop() has returned.
 */
Link *link_start(const char *path, SharedPolicy *shared, const Host *host, JournalDescribe describe,
                 gpointer opaque);

/** Finishes an open journal, ends the thread, and frees all. Waits for a write(2) at most. */
void link_stop(Link *link);

G_END_DECLS
