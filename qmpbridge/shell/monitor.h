/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Monitor: one VM of the shell, by name: its connection, the events that no `wait` has consumed
 * yet, and its schema. It prints nothing and knows no commands.
 *
 *     CONNECTING --> READY <--> LOST        each may end in OVER
 *
 * All functions are for the main thread; all callbacks come from the main context, never from
 * within a call of the owner's.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/schema.h"
#include "qmpbridge/io/endpoint.h"
#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/shell/events/waiting.h"

G_BEGIN_DECLS

typedef struct Monitor Monitor;

typedef enum {
    MONITOR_CONNECTING, /**< not there yet */
    MONITOR_READY,      /**< commands can be executed */
    MONITOR_LOST,       /**< the connection is lost; it is being tried again */
    MONITOR_OVER,       /**< it won't come any more */
} MonitorState;

/** What a monitor works with. */
typedef struct {
    EventLog *log;        /**< (nullable): must outlive it */
    SchemaCache *schemas; /**< must outlive it */
    double timeout;       /**< seconds a reply is waited for; 0 for no limit */
    const TransportTls *tls; /**< (nullable): must outlive it */
    EndpointRetry retry;     /**< when a connection is tried again */
    gboolean patient;        /**< a lost connection is waited for as one that is yet to come is */
} MonitorOptions;

/** What the owner hears; each may be NULL. */
typedef struct {
    /** Negotiation is done, for the first time or again. @greeting: its body, borrowed. */
    void (*ready)(Monitor *monitor, JsonObject *greeting, gpointer user_data);
    /** An event has come and is in monitor_events(). @text: the same, as the peer wrote it. */
    void (*event)(Monitor *monitor, JsonObject *event, GBytes *text, gpointer user_data);
    /** The connection is lost, or could not be made; further attempts that fail aren't told.
     * @error: why; NULL if the VM has ended in order. @retry_ms: time to the next attempt; 0: the
     * monitor is OVER. */
    void (*lost)(Monitor *monitor, const GError *error, guint retry_ms, gpointer user_data);
} MonitorOps;

/**
 * A monitor at an address, which begins to connect at once.
 *
 * @name: a legal name (core/name.h). @address: as of transport_parse(). @options: copied. @ops:
 * must outlive it.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_USAGE: the address.
 */
Monitor *monitor_new(const char *name, const char *address, const MonitorOptions *options,
                     const MonitorOps *ops, gpointer user_data, GError **error);
/** Likewise, on a @stream to the VM's own server, (transfer full), which greets once its emulator
 * has: that is waited for as long as the emulator is. It comes once only. */
Monitor *monitor_new_for_stream(const char *name, GIOStream *stream, const MonitorOptions *options,
                                const MonitorOps *ops, gpointer user_data);

Monitor *monitor_ref(Monitor *monitor);
/** The last one closes the connection. @monitor: (nullable). */
void monitor_unref(Monitor *monitor);
/** Closes the connection: it is OVER; what waits for it fails with BRIDGE_ERROR_CLOSED, from
 * within; the owner hears nothing any more. */
void monitor_close(Monitor *monitor);
/** The connection is as good as over: as if it had been lost now. @error: (nullable): why. */
void monitor_end(Monitor *monitor, const GError *error);

const char *monitor_name(const Monitor *monitor);
/** Where it is, or NULL for one on a stream. (transfer none). */
const char *monitor_address(const Monitor *monitor);
MonitorState monitor_state(const Monitor *monitor);
/** TRUE if it has been READY at least once. */
gboolean monitor_was_ready(const Monitor *monitor);
/** Why it isn't READY, or NULL. (transfer none). */
const GError *monitor_error(const Monitor *monitor);
/** Its connection; NULL once OVER. (transfer none). */
Endpoint *monitor_endpoint(const Monitor *monitor);
/** The last time without a connection that has ended, as gap_to_json() tells it; NULL if there was
 * none. Known when @ready is called. (transfer none). */
GBytes *monitor_gap(const Monitor *monitor);
/** Events that have come so far. */
guint64 monitor_event_count(const Monitor *monitor);
/** The events that have come; never NULL. (transfer none). */
EventQueue *monitor_events(const Monitor *monitor);
/** Its client, NULL unless READY. (transfer none). */
QmpClient *monitor_client(const Monitor *monitor);

/** The schema as far as known, or NULL. (transfer none): valid until the connection is there
 * again after a loss: it may be another QEMU then. */
Schema *monitor_schema(const Monitor *monitor);
/** Told once the schema is known, or can't be had. */
typedef void (*MonitorSchemaFunc)(gpointer user_data);
/** Fetches the schema where it isn't known yet, then calls @func (nullable), maybe at once. */
void monitor_with_schema(Monitor *monitor, MonitorSchemaFunc func, gpointer user_data);

/** @error: (nullable): why it isn't READY. */
typedef void (*MonitorReadyFunc)(const GError *error, gpointer user_data);
/** Calls @func once the monitor is READY, or OVER, or the time-out of a reply has passed; maybe
 * at once. Unless the options say patient, a LOST one is tried at once and not waited for. */
void monitor_when_ready(Monitor *monitor, MonitorReadyFunc func, gpointer user_data);

/**
 * Executes a QMP command within the time-out of the options, without trees: nothing is lost. Fails
 * with BRIDGE_ERROR_CLOSED unless READY; the client then is NULL.
 *
 * @args: (nullable): plain text of an object; a reference is taken.
 */
void monitor_qmp_text(Monitor *monitor, const char *name, GBytes *args, QmpExecuteFlags flags,
                      QmpTextFunc func, gpointer user_data);

/** Likewise, with descriptors, as qmp_client_execute_fds(). @fds: (nullable): a reference is
 * taken. */
void monitor_qmp_fds(Monitor *monitor, const char *name, GBytes *args, Fds *fds,
                     QmpTextFunc func, gpointer user_data);

/** Calls @settled once all events that the peer has sent up to now have been taken in, or can't be
 * any more: after a second or two at the latest. Maybe at once. */
void monitor_settle(Monitor *monitor, void (*settled)(gpointer user_data), gpointer user_data);

/** Has @changed called after each event, and whenever the state changes, until monitor_unwatch().
 * Returns: what to give there; not 0. */
guint monitor_watch(Monitor *monitor, void (*changed)(gpointer user_data), gpointer user_data);
void monitor_unwatch(Monitor *monitor, guint id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Monitor, monitor_unref)

G_END_DECLS
