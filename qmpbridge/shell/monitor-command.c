/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is asked of a monitor: that it be ready, its schema, commands.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/monitor-private.h"

/* A monitor that is stuck must not hold up a line for ever before its command is even sent. */
#define SCHEMA_TIMEOUT_MS 10000u

static void waiter_free(gpointer data)
{
    MonitorWaiter *waiter = data;

    g_clear_handle_id(&waiter->timer, g_source_remove);
    g_free(waiter);
}

GPtrArray *monitor_waiters_new(void)
{
    return g_ptr_array_new_with_free_func(waiter_free);
}

static MonitorWaiter *add_waiter(Monitor *monitor, GPtrArray *waiters, gpointer data)
{
    MonitorWaiter *waiter = g_new0(MonitorWaiter, 1);

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

void monitor_tell_ready_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->ready_waiters;

    monitor->ready_waiters = monitor_waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        MonitorWaiter *waiter = waiters->pdata[i];

        g_clear_handle_id(&waiter->timer, g_source_remove);
        waiter->ready_func(monitor->error, waiter->data);
    }
}

static gboolean on_not_ready(gpointer user_data)
{
    MonitorWaiter *waiter = user_data;
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
    MonitorWaiter *waiter;

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

void monitor_tell_schema_waiters(Monitor *monitor)
{
    g_autoptr(GPtrArray) waiters = monitor->schema_waiters;

    monitor->schema_waiters = monitor_waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        MonitorWaiter *waiter = waiters->pdata[i];

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
        eventlog_note(monitor_log(monitor), "no schema: %s", (value ? useless : error)->message);
    monitor->schema_over = TRUE;
    monitor_tell_schema_waiters(monitor);
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

void monitor_renew_schema(Monitor *monitor)
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
    qmp_client_execute_full(client, "query-record", NULL, QMP_EXECUTE, SETTLE_TIMEOUT_MS,
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
    eventlog_write_text(monitor_log(monitor), EVENTLOG_OUT, (JsonSlice){line->str, line->len});
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
    error = monitor->error ? g_error_copy(monitor->error) : monitor_closed_error();
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
