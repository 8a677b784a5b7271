/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VM of the shell. Whoever waits for something of it (its schema, that it is ready) is told in
 * any case, at its end at the latest.
 */
#include "qmpbridge/shell/monitor.h"

#include "qmpbridge/core/error.h"

/* A monitor that is stuck must not hold up a line for ever before its command is even sent. */
#define SCHEMA_TIMEOUT_MS 10000u

struct Monitor {
    guint refs;
    char *name;
    MonitorOptions options;
    const MonitorOps *ops;
    gpointer user_data;
    QmpClient *client;
    MonitorState state;
    gboolean closed;   /* by the owner, who hears nothing any more */
    gboolean shutdown; /* the VM has said that it ends */
    GError *error;
    EventQueue *events;
    Schema *schema;
    gboolean schema_asked, schema_over; /* the latter: known, or can't be had */
    GPtrArray *schema_waiters; /* Waiter */
    GPtrArray *ready_waiters;  /* Waiter */
    GPtrArray *watches;        /* Watch */
    guint last_watch;
};

typedef struct {
    Monitor *monitor;
    MonitorSchemaFunc schema_func;
    MonitorReadyFunc ready_func;
    gpointer data;
    guint timer;
} Waiter;

typedef struct {
    guint id;
    void (*changed)(gpointer user_data);
    gpointer user_data;
} Watch;

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

/* --- watches ----------------------------------------------------------------------------- */

guint monitor_watch(Monitor *monitor, void (*changed)(gpointer user_data), gpointer user_data)
{
    Watch *watch = g_new(Watch, 1);

    *watch = (Watch){++monitor->last_watch, changed, user_data};
    g_ptr_array_add(monitor->watches, watch);
    return watch->id;
}

static Watch *find_watch(Monitor *monitor, guint id)
{
    for (guint i = 0; i < monitor->watches->len; i++) {
        Watch *watch = monitor->watches->pdata[i];

        if (watch->id == id)
            return watch;
    }
    return NULL;
}

void monitor_unwatch(Monitor *monitor, guint id)
{
    g_ptr_array_remove(monitor->watches, find_watch(monitor, id));
}

/* A watcher may end itself and others; those that come meanwhile aren't told. */
static void tell_watchers(Monitor *monitor)
{
    guint count = monitor->watches->len;
    g_autofree guint *ids = g_new(guint, count);

    for (guint i = 0; i < count; i++)
        ids[i] = ((Watch *)monitor->watches->pdata[i])->id;
    monitor_ref(monitor);
    for (guint i = 0; i < count; i++) {
        Watch *watch = find_watch(monitor, ids[i]);

        if (watch)
            watch->changed(watch->user_data);
    }
    monitor_unref(monitor);
}

/* --- the connection ---------------------------------------------------------------------- */

static void tell_ready_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->ready_waiters;

    monitor->ready_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        g_clear_handle_id(&waiter->timer, g_source_remove);
        waiter->ready_func(monitor->error, waiter->data);
    }
}

static void tell_schema_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->schema_waiters;

    monitor->schema_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        waiter->schema_func(waiter->data);
    }
}

static void ask_schema(Monitor *monitor);

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    g_autoptr(Monitor) monitor = monitor_ref(user_data);

    (void)client;
    monitor->state = MONITOR_READY;
    g_clear_error(&monitor->error);
    if (monitor->ops->ready && !monitor->closed)
        monitor->ops->ready(monitor, json_as_object(greeting), monitor->user_data);
    if (monitor->schema_waiters->len)
        ask_schema(monitor);
    tell_ready_waiters(monitor);
    tell_watchers(monitor);
}

static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    g_autoptr(Monitor) monitor = monitor_ref(user_data);
    JsonObject *object = json_node_get_object(event);
    GBytes *text = qmp_client_event_text(client);

    eventlog_write_text(monitor->options.log, EVENTLOG_IN, json_slice_of(text));
    event_queue_push(monitor->events, text);
    if (g_strcmp0(json_as_string(json_lookup(object, "event")), "SHUTDOWN") == 0)
        monitor->shutdown = TRUE;
    if (monitor->ops->event && !monitor->closed)
        monitor->ops->event(monitor, object, text, monitor->user_data);
    tell_watchers(monitor);
}

static void on_notice(QmpClient *client, const GError *what, gpointer user_data)
{
    Monitor *monitor = user_data;

    (void)client;
    eventlog_note(monitor->options.log, "%s", what->message);
}

static GError *closed_error(void)
{
    return g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                               "the connection to the VM is over");
}

void monitor_end(Monitor *monitor, const GError *error)
{
    if (monitor->state == MONITOR_OVER)
        return;
    monitor_ref(monitor);
    monitor->state = MONITOR_OVER;
    g_clear_error(&monitor->error);
    monitor->error = error ? g_error_copy(error) : closed_error();
    eventlog_note(monitor->options.log, "%s", error ? error->message : "the VM has ended");
    tell_schema_waiters(monitor);
    tell_ready_waiters(monitor);
    if (monitor->ops->lost && !monitor->closed)
        monitor->ops->lost(monitor, monitor->shutdown ? NULL : error, 0, monitor->user_data);
    tell_watchers(monitor);
    monitor_unref(monitor);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    monitor_end(user_data, error);
}

/* --- its life ---------------------------------------------------------------------------- */

Monitor *monitor_new_for_stream(const char *name, GIOStream *stream, const MonitorOptions *options,
                                const MonitorOps *ops, gpointer user_data)
{
    static const QmpClientOps client_ops = {on_ready, on_event, on_notice, on_closed};
    Monitor *monitor = g_new0(Monitor, 1);

    monitor->refs = 1;
    monitor->name = g_strdup(name);
    monitor->options = *options;
    monitor->ops = ops;
    monitor->user_data = user_data;
    monitor->events = event_queue_new();
    monitor->schema_waiters = waiters_new();
    monitor->ready_waiters = waiters_new();
    monitor->watches = g_ptr_array_new_with_free_func(g_free);
    monitor->client = qmp_client_new(stream, 0, &client_ops, monitor);
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
    qmp_client_close(monitor->client);
    monitor_end(monitor, NULL);
}

void monitor_unref(Monitor *monitor)
{
    if (!monitor || monitor->refs > 1) {
        if (monitor)
            monitor->refs--;
        return;
    }
    monitor_close(monitor);
    qmp_client_unref(monitor->client);
    g_clear_pointer(&monitor->schema, schema_unref);
    event_queue_free(monitor->events);
    g_ptr_array_unref(monitor->schema_waiters);
    g_ptr_array_unref(monitor->ready_waiters);
    g_ptr_array_unref(monitor->watches);
    g_clear_error(&monitor->error);
    g_free(monitor->name);
    g_free(monitor);
}

const char *monitor_name(const Monitor *monitor)
{
    return monitor->name;
}

MonitorState monitor_state(const Monitor *monitor)
{
    return monitor->state;
}

const GError *monitor_error(const Monitor *monitor)
{
    return monitor->error;
}

EventQueue *monitor_events(const Monitor *monitor)
{
    return monitor->events;
}

QmpClient *monitor_client(const Monitor *monitor)
{
    return monitor->state == MONITOR_READY ? monitor->client : NULL;
}

/* --- waiting ----------------------------------------------------------------------------- */

static guint timeout_ms(const Monitor *monitor)
{
    return (guint)CLAMP(monitor->options.timeout * 1000, 0, G_MAXINT / 2);
}

static gboolean on_not_ready(gpointer user_data)
{
    Waiter *waiter = user_data;
    Monitor *monitor = waiter->monitor;
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                          "%s", monitor->error ? monitor->error->message
                                                               : "no connection within the time");
    MonitorReadyFunc func = waiter->ready_func;
    gpointer data = waiter->data;

    waiter->timer = 0;
    g_ptr_array_remove(monitor->ready_waiters, waiter);
    func(error, data);
    return G_SOURCE_REMOVE;
}

void monitor_when_ready(Monitor *monitor, MonitorReadyFunc func, gpointer user_data)
{
    Waiter *waiter;

    if (monitor->state == MONITOR_READY || monitor->state == MONITOR_OVER) {
        func(monitor->error, user_data);
        return;
    }
    waiter = g_new0(Waiter, 1);
    waiter->monitor = monitor;
    waiter->ready_func = func;
    waiter->data = user_data;
    /* The time it takes to be let in is not the command's. */
    if (timeout_ms(monitor))
        waiter->timer = g_timeout_add(timeout_ms(monitor) + 2 * QMP_GREETING_TIMEOUT_MS,
                                      on_not_ready, waiter);
    g_ptr_array_add(monitor->ready_waiters, waiter);
}

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
    Settle *settle;

    if (monitor->state == MONITOR_OVER) {
        settled(user_data);
        return;
    }
    settle = g_new(Settle, 1);
    *settle = (Settle){settled, user_data};
    qmp_client_execute_full(monitor->client, "query-record", NULL, QMP_EXECUTE, SETTLE_TIMEOUT_MS,
                            on_settled, settle, g_free);
}

/* --- commands ---------------------------------------------------------------------------- */

static void on_schema(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Monitor *monitor = user_data;

    (void)client;
    (void)error; /* without a schema values are typed by their look */
    monitor->schema = value ? schema_cache_get(monitor->options.schemas, value, NULL) : NULL;
    monitor->schema_over = TRUE;
    tell_schema_waiters(monitor);
}

static void ask_schema(Monitor *monitor)
{
    guint timeout = SCHEMA_TIMEOUT_MS;

    if (monitor->schema_asked)
        return;
    monitor->schema_asked = TRUE;
    if (timeout_ms(monitor))
        timeout = MIN(timeout, timeout_ms(monitor));
    qmp_client_execute_text(monitor->client, "query-qmp-schema", NULL, QMP_EXECUTE, timeout,
                            on_schema, monitor, NULL);
}

void monitor_with_schema(Monitor *monitor, MonitorSchemaFunc func, gpointer user_data)
{
    Waiter *waiter;

    if (func && (monitor->schema_over || monitor->state == MONITOR_OVER)) {
        func(user_data);
        return;
    }
    if (func) {
        waiter = g_new0(Waiter, 1);
        waiter->schema_func = func;
        waiter->data = user_data;
        g_ptr_array_add(monitor->schema_waiters, waiter);
    }
    if (monitor->state != MONITOR_OVER)
        ask_schema(monitor);
}

Schema *monitor_schema(const Monitor *monitor)
{
    return monitor->schema;
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
    eventlog_write_text(monitor->options.log, EVENTLOG_OUT, (JsonSlice){line->str, line->len});
}

void monitor_qmp_text(Monitor *monitor, const char *name, GBytes *args, QmpExecuteFlags flags,
                      QmpTextFunc func, gpointer user_data)
{
    g_autoptr(GError) error = NULL;

    if (monitor->state == MONITOR_READY) {
        log_command(monitor, name, args, flags);
        qmp_client_execute_text(monitor->client, name, args, flags, timeout_ms(monitor), func,
                                user_data, NULL);
        return;
    }
    error = monitor->error ? g_error_copy(monitor->error) : closed_error();
    func(NULL, NULL, error, user_data);
}
