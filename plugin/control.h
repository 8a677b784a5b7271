/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Control: the plugin's side of the control protocol, which is QMP with qmpbridge's extension
 * (doc/qmp-extension.md). Bytes and the time go in, bytes come out. It reports to the policy what
 * happened on the host, and sends what the policy wants as commands. It has no socket and no clock;
 * the control link's thread only.
 */
#pragma once

#include "plugin/host.h"
#include "plugin/journal-writer.h"
#include "plugin/shared-policy.h"

G_BEGIN_DECLS

typedef struct Control Control;

/** A new control, not connected. @shared, @writer, @host: borrowed. */
Control *control_new(SharedPolicy *shared, JournalWriter *writer, const Host *host);

/** @control: (nullable). */
void control_free(Control *control);

/** A connection was made. */
void control_connected(Control *control, gint64 now);

/** The connection was lost. It gives up an open journal and the recording that was on. */
void control_disconnected(Control *control);

/** Bytes came. */
void control_feed(Control *control, const void *data, gsize length, gint64 now);

/** The shared policy or control_wake_fd() has woken the link, or time has passed. */
void control_run(Control *control, gint64 now);

/** Bytes to send, until NULL. Returns: (transfer full) (nullable). */
GBytes *control_next_output(Control *control);

/** Why the connection ought to be closed, if so. Returns: (transfer none) (nullable). */
const GError *control_fault(const Control *control);

/** A descriptor that is readable when control_run() is due; -1 for none. */
int control_wake_fd(const Control *control);

/** When control_run() is due next; G_MAXINT64 for never. */
gint64 control_deadline(Control *control);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Control, control_free)

G_END_DECLS
