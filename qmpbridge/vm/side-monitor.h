/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SideMonitor: a second native monitor of one QEMU, for commands of clients that hold a monitor
 * for long: what the recorder does on the first one never stands behind them. QEMU makes it at run
 * time since 11.1. It is a socketpair whose other end QEMU gets by the first monitor, so it has no
 * path, and no other process can connect to it; QEMU deletes it when this side is closed.
 *
 * Its events are those of the first monitor and are dropped here. Main thread.
 */
#pragma once

#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/io/passthrough.h"

G_BEGIN_DECLS

/** Id of the monitor, of its chardev and of its descriptor, as clients see it in query-chardev. */
#define SIDE_MONITOR_ID "qmpbridge-side"

typedef struct SideMonitor SideMonitor;

/**
 * Makes a second monitor. That it is there, or why not, is noted in the log; without it all
 * commands are the first monitor's.
 *
 * @first: ready, on a unix socket; a reference is taken.
 * @table: (nullable): as of passthrough_new().
 * @log: (nullable): must outlive it.
 * @settled: called once when it is ready or has failed; not after side_monitor_free().
 *
 * Returns: (transfer full) (nullable): NULL where QEMU is too old, or no socket is to be had;
 * @settled isn't called then.
 */
SideMonitor *side_monitor_new(QmpClient *first, const ExtensionEntry *table, EventLog *log,
                              void (*settled)(gpointer user_data), gpointer user_data);

/** Closes it. @side: (nullable). */
void side_monitor_free(SideMonitor *side);

/**
 * TRUE if in-band command @name is for this monitor: it takes long, and it changes nothing of the
 * guest, of the recorder or of the monitor. Nothing orders two monitors, so such a command must go
 * PEER_EXCLUSIVE among those of its client.
 *
 * @side: (nullable): FALSE then, and whenever it isn't ready.
 */
gboolean side_monitor_serves(const SideMonitor *side, const char *name);

/**
 * Executes @request if it is for this monitor.
 *
 * @side: (nullable). @request: (transfer full) if TRUE is returned, else untouched.
 */
gboolean side_monitor_take(SideMonitor *side, QmpRequest *request);

/** A client has left: what it had waiting is freed. @side: (nullable). */
void side_monitor_client_gone(SideMonitor *side, guint64 client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(SideMonitor, side_monitor_free)

G_END_DECLS
