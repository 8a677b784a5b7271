/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The connection of one VM of the shell. Whoever waits for something of it is told in any case, at
 * its end at the latest.
 */
#include "qmpbridge/shell/monitor-private.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/gap.h"

EventLog *monitor_log(const Monitor *monitor)
{
    eventlog_set_vm(monitor->options.log, monitor->name);
    return monitor->options.log;
}

GError *monitor_closed_error(void)
{
    return g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                               "the connection to the VM is over");
}

/* --- what the endpoint tells ------------------------------------------------------------- */

static void note_gap(Monitor *monitor)
{
    EndpointGap gap;

    endpoint_gaps(monitor->endpoint, &gap);
    g_clear_pointer(&monitor->gap, g_bytes_unref);
    monitor->gap = gap_to_json(&gap, monitor->error ? monitor->error->message : NULL);
    eventlog_write_text(monitor_log(monitor), EVENTLOG_NOTE, json_slice_of(monitor->gap));
}

static void on_ready(Endpoint *endpoint, JsonNode *greeting, gpointer user_data)
{
    g_autoptr(Monitor) monitor = monitor_ref(user_data);

    if (monitor->state == MONITOR_OVER)
        return;
    if (endpoint_gaps(endpoint, NULL))
        note_gap(monitor);
    monitor->state = MONITOR_READY;
    monitor->was_ready = TRUE;
    monitor->shutdown = FALSE;
    g_clear_error(&monitor->error);
    if (monitor->ops->ready && !monitor->closed)
        monitor->ops->ready(monitor, json_as_object(greeting), monitor->user_data);
    monitor_renew_schema(monitor);
    monitor_tell_ready_waiters(monitor);
    watches_tell(monitor->watches);
}

static void on_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    g_autoptr(Monitor) monitor = monitor_ref(user_data);
    JsonObject *object = json_node_get_object(event);
    GBytes *text = qmp_client_event_text(endpoint_client(endpoint));

    eventlog_write_text(monitor_log(monitor), EVENTLOG_IN, json_slice_of(text));
    event_queue_push(monitor->events, text);
    monitor->event_count++;
    if (g_strcmp0(json_as_string(json_lookup(object, "event")), "SHUTDOWN") == 0)
        monitor->shutdown = TRUE;
    if (monitor->ops->event && !monitor->closed)
        monitor->ops->event(monitor, object, text, monitor->user_data);
    watches_tell(monitor->watches);
}

static void on_notice(Endpoint *endpoint, const GError *what, gpointer user_data)
{
    (void)endpoint;
    eventlog_note(monitor_log(user_data), "%s", what->message);
}

/* @error: (nullable). @retry_ms: 0: OVER. */
static void lose(Monitor *monitor, const GError *error, guint retry_ms)
{
    gboolean first = monitor->state == MONITOR_READY || !monitor->error;

    if (monitor->state == MONITOR_OVER)
        return;
    monitor_ref(monitor);
    if (!retry_ms)
        monitor->state = MONITOR_OVER;
    else if (monitor->state == MONITOR_READY)
        monitor->state = MONITOR_LOST;
    g_clear_error(&monitor->error);
    monitor->error = error ? g_error_copy(error) : monitor_closed_error();
    monitor->schema_asked = FALSE;
    if ((first || !retry_ms) && !monitor->closed)
        eventlog_note(monitor_log(monitor), "%s", error ? error->message : "the VM has ended");
    monitor_tell_schema_waiters(monitor);
    if (!retry_ms)
        monitor_tell_ready_waiters(monitor);
    if ((first || !retry_ms) && monitor->ops->lost && !monitor->closed)
        monitor->ops->lost(monitor, error, retry_ms, monitor->user_data);
    watches_tell(monitor->watches);
    monitor_unref(monitor);
}

static void on_lost(Endpoint *endpoint, const GError *error, guint retry_ms, gpointer user_data)
{
    Monitor *monitor = user_data;
    gboolean ended = monitor->shutdown && monitor->state == MONITOR_READY;

    /* A VM that said that it ends isn't looked for. */
    if (ended || monitor->state == MONITOR_OVER)
        g_clear_pointer(&monitor->endpoint, endpoint_free);
    (void)endpoint;
    lose(monitor, ended ? NULL : error, ended ? 0 : retry_ms);
}

void monitor_end(Monitor *monitor, const GError *error)
{
    lose(monitor, monitor->shutdown ? NULL : error, 0);
}

/* --- its life ---------------------------------------------------------------------------- */

static const EndpointOps endpoint_ops = {on_ready, on_event, on_notice, on_lost};

static Monitor *new_monitor(const char *name, const MonitorOptions *options, const MonitorOps *ops,
                            gpointer user_data)
{
    Monitor *monitor = g_new0(Monitor, 1);

    monitor->refs = 1;
    monitor->name = g_strdup(name);
    monitor->options = *options;
    monitor->ops = ops;
    monitor->user_data = user_data;
    monitor->events = event_queue_new();
    monitor->schema_waiters = monitor_waiters_new();
    monitor->ready_waiters = monitor_waiters_new();
    monitor->watches = watches_new();
    return monitor;
}

Monitor *monitor_new(const char *name, const char *address, const MonitorOptions *options,
                     const MonitorOps *ops, gpointer user_data, GError **error)
{
    g_autoptr(Monitor) monitor = new_monitor(name, options, ops, user_data);
    EndpointOptions how = {.address = address, .tls = options->tls, .retry = options->retry};

    monitor->endpoint = endpoint_new(&how, &endpoint_ops, monitor, error);
    return monitor->endpoint ? g_steal_pointer(&monitor) : NULL;
}

Monitor *monitor_new_for_stream(const char *name, GIOStream *stream, const MonitorOptions *options,
                                const MonitorOps *ops, gpointer user_data)
{
    Monitor *monitor = new_monitor(name, options, ops, user_data);

    monitor->endpoint = endpoint_new_for_stream(stream, 0, &endpoint_ops, monitor);
    return monitor;
}

Monitor *monitor_ref(Monitor *monitor)
{
    monitor->refs++;
    return monitor;
}

void monitor_close(Monitor *monitor)
{
    monitor->closed = TRUE;
    g_clear_pointer(&monitor->endpoint, endpoint_free);
    lose(monitor, NULL, 0);
}

void monitor_unref(Monitor *monitor)
{
    if (!monitor || monitor->refs > 1) {
        if (monitor)
            monitor->refs--;
        return;
    }
    monitor_close(monitor);
    schema_unref(monitor->schema);
    event_queue_free(monitor->events);
    g_ptr_array_unref(monitor->schema_waiters);
    g_ptr_array_unref(monitor->ready_waiters);
    watches_free(monitor->watches);
    g_clear_pointer(&monitor->gap, g_bytes_unref);
    g_clear_error(&monitor->error);
    g_free(monitor->name);
    g_free(monitor);
}

/* --- what is known of it ----------------------------------------------------------------- */

const char *monitor_name(const Monitor *monitor)
{
    return monitor->name;
}

const char *monitor_address(const Monitor *monitor)
{
    return monitor->endpoint ? endpoint_address(monitor->endpoint) : NULL;
}

MonitorState monitor_state(const Monitor *monitor)
{
    return monitor->state;
}

gboolean monitor_was_ready(const Monitor *monitor)
{
    return monitor->was_ready;
}

const GError *monitor_error(const Monitor *monitor)
{
    return monitor->error;
}

Endpoint *monitor_endpoint(const Monitor *monitor)
{
    return monitor->endpoint;
}

GBytes *monitor_gap(const Monitor *monitor)
{
    return monitor->gap;
}

guint64 monitor_event_count(const Monitor *monitor)
{
    return monitor->event_count;
}

EventQueue *monitor_events(const Monitor *monitor)
{
    return monitor->events;
}

QmpClient *monitor_client(const Monitor *monitor)
{
    gboolean ready = monitor->state == MONITOR_READY && monitor->endpoint;

    return ready ? endpoint_client(monitor->endpoint) : NULL;
}

guint monitor_watch(Monitor *monitor, void (*changed)(gpointer user_data), gpointer user_data)
{
    return watches_add(monitor->watches, changed, user_data);
}

void monitor_unwatch(Monitor *monitor, guint id)
{
    watches_remove(monitor->watches, id);
}
