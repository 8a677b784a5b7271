/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of Monitor share: monitor.c has the connection, monitor-command.c what is asked
 * of it.
 */
#pragma once

#include "qmpbridge/shell/monitor.h"
#include "qmpbridge/shell/watches.h"

struct Monitor {
    guint refs;
    char *name;
    MonitorOptions options;
    const MonitorOps *ops;
    gpointer user_data;
    Endpoint *endpoint; /* NULL once OVER for good */
    MonitorState state;
    gboolean was_ready;
    gboolean closed;   /* by the owner, who hears nothing any more */
    gboolean shutdown; /* the VM has said that it ends */
    GError *error;
    GBytes *gap; /* the last one, or NULL */
    EventQueue *events;
    guint64 event_count;
    Schema *schema;
    gboolean schema_wanted, schema_asked;
    gboolean schema_over; /* known, or can't be had */
    GPtrArray *schema_waiters, *ready_waiters; /* MonitorWaiter */
    Watches *watches;
};

/** Someone who waits for the schema, or that the monitor is ready. */
typedef struct {
    Monitor *monitor;
    MonitorSchemaFunc schema_func;
    MonitorReadyFunc ready_func;
    gpointer data;
    guint timer;
} MonitorWaiter;

/** A list of MonitorWaiter. Returns: (transfer full). */
GPtrArray *monitor_waiters_new(void);

/** The state has changed: for those who wait. */
void monitor_tell_ready_waiters(Monitor *monitor);
void monitor_tell_schema_waiters(Monitor *monitor);

/** The connection is READY: asks for the schema if someone wants it. */
void monitor_renew_schema(Monitor *monitor);

/** The log, set to this VM; or NULL. */
EventLog *monitor_log(const Monitor *monitor);
/** "the connection to the VM is over". Returns: (transfer full). */
GError *monitor_closed_error(void);
