/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the event log says of the clients of a control socket: what they execute, and how they
 * leave. `run` and `serve` share it.
 */
#pragma once

#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

/** A client executes something that is passed on. @log: (nullable). */
void client_log_request(EventLog *log, const QmpRequest *request);

/** A client has gone. @why: (nullable): NULL if it was told to. @log: (nullable). */
void client_log_gone(EventLog *log, guint64 client, const TransportPeer *who, const GError *why);

/** Somebody wasn't let in. @log: (nullable). */
void client_log_refused(EventLog *log, const TransportPeer *who, const GError *why);

G_END_DECLS
