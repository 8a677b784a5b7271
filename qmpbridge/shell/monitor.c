/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VM of the shell: its connection, and what is asked of it. Who waits for something of it is
 * called in any case, at its end at the latest.
 */
#include "qmpbridge/shell/monitor.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/gap.h"
#include "qmpbridge/shell/watches.h"
#include "qmpbridge/vm/vm.h"

/* A monitor that is stuck must not hold up a line for ever before its command is even sent. */
#define SCHEMA_TIMEOUT_MS 10000u

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
    GPtrArray *schema_waiters, *ready_waiters; /* Waiter */
    Watches *watches;
};

/* Someone who waits for the schema, or that the monitor is ready. */
typedef struct {
    Monitor *monitor;
    MonitorSchemaFunc schema_func;
    MonitorReadyFunc ready_func;
    gpointer data;
    guint timer;
} Waiter;

static EventLog *log_of(const Monitor *monitor)
{
    eventlog_set_vm(monitor->options.log, monitor->name);
    return monitor->options.log;
}

static GError *closed_error(void)
{
    return g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                               "the connection to the VM is over");
}

static void waiter_free(gpointer data)
{
    Waiter *waiter = data;

    g_clear_handle_id(&waiter->timer, g_source_remove);
    g_free(waiter);
}

static GPtrArray *waiters_new(void)
{
    return g_ptr_array_new_with_free_func(waiter_free);
}

static Waiter *add_waiter(Monitor *monitor, GPtrArray *waiters, gpointer data)
{
    Waiter *waiter = g_new0(Waiter, 1);

    waiter->monitor = monitor;
    waiter->data = data;
    g_ptr_array_add(waiters, waiter);
    return waiter;
}

static guint timeout_ms(const Monitor *monitor)
{
    return (guint)CLAMP(monitor->options.timeout * 1000, 0, G_MAXINT / 2);
}

/* --- ready ------------------------------------------------------------------------------- */

/* The state has changed: calls those who wait for it. */
static void call_ready_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->ready_waiters;

    monitor->ready_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        g_clear_handle_id(&waiter->timer, g_source_remove);
        waiter->ready_func(monitor->error, waiter->data);
    }
}

static gboolean on_not_ready(gpointer user_data)
{
    Waiter *waiter = user_data;
    Monitor *monitor = waiter->monitor;
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                          "no connection within the time given%s%s",
                                          monitor->error ? ": " : "",
                                          monitor->error ? monitor->error->message : "");
    MonitorReadyFunc func = waiter->ready_func;
    gpointer data = waiter->data;

    waiter->timer = 0;
    g_ptr_array_remove(monitor->ready_waiters, waiter);
    func(error, data);
    return G_SOURCE_REMOVE;
}

/* People see the prompt again at once, and the next attempt is begun for them. */
static void refuse_lost(Monitor *monitor, MonitorReadyFunc func, gpointer user_data)
{
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                          "not connected, which is being tried again: %s",
                                          monitor->error->message);

    endpoint_retry_now(monitor->endpoint);
    func(error, user_data);
}

void monitor_when_ready(Monitor *monitor, MonitorReadyFunc func, gpointer user_data)
{
    Waiter *waiter;

    if (monitor->state == MONITOR_READY || monitor->state == MONITOR_OVER) {
        func(monitor->error, user_data);
    } else if (monitor->state == MONITOR_LOST && !monitor->options.patient) {
        refuse_lost(monitor, func, user_data);
    } else {
        waiter = add_waiter(monitor, monitor->ready_waiters, user_data);
        waiter->ready_func = func;
        /* Otherwise the attempt has an end of its own. */
        if (timeout_ms(monitor) && monitor->options.patient)
            waiter->timer = g_timeout_add(timeout_ms(monitor), on_not_ready, waiter);
    }
}

/* --- the schema -------------------------------------------------------------------------- */

static void call_schema_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->schema_waiters;

    monitor->schema_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        waiter->schema_func(waiter->data);
    }
}

static void on_schema(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(Monitor) monitor = user_data;
    g_autoptr(GError) useless = NULL;

    (void)client;
    if (monitor->closed)
        return;
    if (value)
        monitor->schema = schema_cache_get(monitor->options.schemas, value, &useless);
    if (!monitor->schema) /* values are typed by their look, then */
        eventlog_note(log_of(monitor), "no schema: %s", (value ? useless : error)->message);
    monitor->schema_over = TRUE;
    call_schema_waiters(monitor);
}

static void ask_schema(Monitor *monitor)
{
    QmpClient *client = monitor_client(monitor);
    guint timeout = SCHEMA_TIMEOUT_MS;

    if (!client || monitor->schema_asked)
        return;
    monitor->schema_asked = TRUE;
    if (timeout_ms(monitor))
        timeout = MIN(timeout, timeout_ms(monitor));
    qmp_client_execute_text(client, "query-qmp-schema", NULL, QMP_EXECUTE, timeout, on_schema,
                            monitor_ref(monitor), NULL);
}

/* The connection is READY: asks for the schema if it was wanted. */
static void renew_schema(Monitor *monitor)
{
    g_clear_pointer(&monitor->schema, schema_unref);
    monitor->schema_over = FALSE;
    if (monitor->schema_wanted)
        ask_schema(monitor);
}

void monitor_with_schema(Monitor *monitor, MonitorSchemaFunc func, gpointer user_data)
{
    gboolean coming = monitor->state == MONITOR_CONNECTING || monitor->state == MONITOR_READY;

    monitor->schema_wanted = TRUE;
    if (func && (monitor->schema_over || !coming)) {
        func(user_data);
        return;
    }
    if (func)
        add_waiter(monitor, monitor->schema_waiters, user_data)->schema_func = func;
    ask_schema(monitor);
}

Schema *monitor_schema(const Monitor *monitor)
{
    return monitor->schema;
}

/* --- what the endpoint tells ------------------------------------------------------------- */

static void note_gap(Monitor *monitor)
{
    EndpointGap gap;

    endpoint_gaps(monitor->endpoint, &gap);
    g_clear_pointer(&monitor->gap, g_bytes_unref);
    monitor->gap = gap_to_json(&gap, monitor->error ? monitor->error->message : NULL);
    eventlog_write_text(log_of(monitor), EVENTLOG_NOTE, json_slice_of(monitor->gap));
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
    renew_schema(monitor);
    call_ready_waiters(monitor);
    watches_tell(monitor->watches);
}

static void on_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    g_autoptr(Monitor) monitor = monitor_ref(user_data);
    JsonObject *object = json_node_get_object(event);
    GBytes *text = qmp_client_event_text(endpoint_client(endpoint));

    eventlog_write_text(log_of(monitor), EVENTLOG_IN, json_slice_of(text));
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
    eventlog_note(log_of(user_data), "%s", what->message);
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
    monitor->error = error ? g_error_copy(error) : closed_error();
    monitor->schema_asked = FALSE;
    if ((first || !retry_ms) && !monitor->closed)
        eventlog_note(log_of(monitor), "%s", error ? error->message : "the VM has ended");
    call_schema_waiters(monitor);
    if (!retry_ms)
        call_ready_waiters(monitor);
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
    monitor->schema_waiters = waiters_new();
    monitor->ready_waiters = waiters_new();
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

    monitor->endpoint =
        endpoint_new_for_stream(stream, VM_GREETING_TIMEOUT_MS, &endpoint_ops, monitor);
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

/* --- commands ---------------------------------------------------------------------------- */

/* How long the answer behind the last event is waited for. */
#define SETTLE_TIMEOUT_MS 2000

typedef struct {
    void (*settled)(gpointer user_data);
    gpointer user_data;
} Settle;

static void on_settled(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Settle *settle = user_data;

    (void)client;
    (void)value;
    (void)error; /* an error is an answer too */
    settle->settled(settle->user_data);
}

/* Whatever was sent before the answer to a command is there when the answer is. */
void monitor_settle(Monitor *monitor, void (*settled)(gpointer user_data), gpointer user_data)
{
    QmpClient *client = monitor_client(monitor);
    Settle *settle;

    if (!client) {
        settled(user_data);
        return;
    }
    settle = g_new(Settle, 1);
    *settle = (Settle){settled, user_data};
    qmp_client_execute_full(client, COMMAND_QUERY_RECORD, NULL, QMP_EXECUTE, SETTLE_TIMEOUT_MS,
                            on_settled, settle, g_free);
}

static void log_command(Monitor *monitor, const char *name, GBytes *args, QmpExecuteFlags flags)
{
    JsonSlice slice = json_slice_of(args);
    g_autoptr(GString) line = g_string_new(NULL);

    if (!monitor->options.log)
        return;
    g_string_printf(line, "{\"%s\": ", flags & QMP_EXECUTE_OOB ? "exec-oob" : "execute");
    json_append_string(line, name);
    if (slice.text) {
        g_string_append(line, ", \"arguments\": ");
        g_string_append_len(line, slice.text, (gssize)slice.len);
    }
    g_string_append_c(line, '}');
    eventlog_write_text(log_of(monitor), EVENTLOG_OUT, (JsonSlice){line->str, line->len});
}

static void execute(Monitor *monitor, const char *name, GBytes *args, Fds *fds,
                    QmpExecuteFlags flags, QmpTextFunc func, gpointer user_data)
{
    QmpClient *client = monitor_client(monitor);
    g_autoptr(GError) error = NULL;

    if (client) {
        log_command(monitor, name, args, flags);
        qmp_client_execute_fds(client, name, args, fds, flags, timeout_ms(monitor), func,
                               user_data, NULL);
        return;
    }
    error = monitor->error ? g_error_copy(monitor->error) : closed_error();
    func(NULL, NULL, error, user_data);
}

void monitor_qmp_text(Monitor *monitor, const char *name, GBytes *args, QmpExecuteFlags flags,
                      QmpTextFunc func, gpointer user_data)
{
    execute(monitor, name, args, NULL, flags, func, user_data);
}

void monitor_qmp_fds(Monitor *monitor, const char *name, GBytes *args, Fds *fds,
                     QmpTextFunc func, gpointer user_data)
{
    execute(monitor, name, args, fds, QMP_EXECUTE, func, user_data);
}
