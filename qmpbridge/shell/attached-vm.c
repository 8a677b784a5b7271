/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One VM of the shell: its connection, and what is asked of it. A callback that waits for something
 * of it is called in any case, at the VM's end at the latest.
 */
#include "qmpbridge/shell/attached-vm.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/record-protocol.h"
#include "qmpbridge/io/gap.h"
#include "qmpbridge/shell/watches.h"
#include "qmpbridge/vm/vm.h"

/* A monitor that is stuck must not hold up a line for ever before its command is even sent. */
#define SCHEMA_TIMEOUT_MS 10000u

struct AttachedVm {
    guint refs;
    char *name;
    AttachedVmOptions options;
    const AttachedVmOps *ops;
    gpointer user_data;
    Endpoint *endpoint; /* NULL once OVER for good */
    AttachedVmState state;
    gboolean was_ready;
    gboolean closed;   /* by the owner, who hears nothing any more */
    gboolean shutdown; /* the VM has said that it ends */
    GError *error;
    GBytes *gap; /* the last one, or NULL */
    EventQueue *events;
    guint64 event_count;
    GBytes *last_event; /* (nullable) */
    Schema *schema;
    gboolean schema_wanted, schema_asked;
    gboolean schema_over;                      /* known, or can't be had */
    GPtrArray *schema_waiters, *ready_waiters; /* Waiter */
    Watches *watches;
};

/* A callback that waits for the schema, or for the VM to be ready. */
typedef struct {
    AttachedVm *vm;
    AttachedVmSchemaFunc schema_func;
    AttachedVmReadyFunc ready_func;
    gpointer data;
    guint timer;
} Waiter;

static EventLog *log_of(const AttachedVm *vm)
{
    eventlog_set_vm(vm->options.log, vm->name);
    return vm->options.log;
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

static Waiter *add_waiter(AttachedVm *vm, GPtrArray *waiters, gpointer data)
{
    Waiter *waiter = g_new0(Waiter, 1);

    waiter->vm = vm;
    waiter->data = data;
    g_ptr_array_add(waiters, waiter);
    return waiter;
}

static guint timeout_ms(const AttachedVm *vm)
{
    return (guint)CLAMP(vm->options.timeout * 1000, 0, G_MAXINT / 2);
}

/* --- ready ------------------------------------------------------------------------------- */

/* The state has changed: calls those who wait for it. */
static void call_ready_waiters(AttachedVm *vm)
{
    g_autoptr(GPtrArray) waiters = vm->ready_waiters;

    vm->ready_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        g_clear_handle_id(&waiter->timer, g_source_remove);
        waiter->ready_func(vm->error, waiter->data);
    }
}

static gboolean on_not_ready(gpointer user_data)
{
    Waiter *waiter = user_data;
    AttachedVm *vm = waiter->vm;
    g_autoptr(GError) error =
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT, "no connection within the time given%s%s",
                    vm->error ? ": " : "", vm->error ? vm->error->message : "");
    AttachedVmReadyFunc func = waiter->ready_func;
    gpointer data = waiter->data;

    waiter->timer = 0;
    g_ptr_array_remove(vm->ready_waiters, waiter);
    func(error, data);
    return G_SOURCE_REMOVE;
}

/* People see the prompt again at once, and the next attempt is begun for them. */
static void refuse_lost(AttachedVm *vm, AttachedVmReadyFunc func, gpointer user_data)
{
    g_autoptr(GError) error =
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                    "not connected, which is being tried again: %s", vm->error->message);

    endpoint_retry_now(vm->endpoint);
    func(error, user_data);
}

void attached_vm_when_ready(AttachedVm *vm, AttachedVmReadyFunc func, gpointer user_data)
{
    Waiter *waiter;

    if (vm->state == ATTACHED_VM_READY || vm->state == ATTACHED_VM_OVER) {
        func(vm->error, user_data);
    } else if (vm->state == ATTACHED_VM_LOST && !vm->options.patient) {
        refuse_lost(vm, func, user_data);
    } else {
        waiter = add_waiter(vm, vm->ready_waiters, user_data);
        waiter->ready_func = func;
        /* Otherwise the attempt has an end of its own. */
        if (timeout_ms(vm) && vm->options.patient)
            waiter->timer = g_timeout_add(timeout_ms(vm), on_not_ready, waiter);
    }
}

/* --- the schema -------------------------------------------------------------------------- */

static void call_schema_waiters(AttachedVm *vm)
{
    g_autoptr(GPtrArray) waiters = vm->schema_waiters;

    vm->schema_waiters = waiters_new();
    for (guint i = 0; i < waiters->len; i++) {
        Waiter *waiter = waiters->pdata[i];

        waiter->schema_func(waiter->data);
    }
}

static void on_schema(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    g_autoptr(AttachedVm) vm = user_data;
    g_autoptr(GError) useless = NULL;

    (void)client;
    if (vm->closed)
        return;
    if (value)
        vm->schema = schema_cache_get(vm->options.schemas, value, &useless);
    if (!vm->schema) /* values are typed by their look, then */
        eventlog_note(log_of(vm), "no schema: %s", (value ? useless : error)->message);
    vm->schema_over = TRUE;
    call_schema_waiters(vm);
}

static void ask_schema(AttachedVm *vm)
{
    QmpClient *client = attached_vm_client(vm);
    guint timeout = SCHEMA_TIMEOUT_MS;

    if (!client || vm->schema_asked)
        return;
    vm->schema_asked = TRUE;
    if (timeout_ms(vm))
        timeout = MIN(timeout, timeout_ms(vm));
    qmp_client_execute_text(client, "query-qmp-schema", NULL, QMP_EXECUTE, timeout, on_schema,
                            attached_vm_ref(vm), NULL);
}

/* The connection is READY: asks for the schema if it was wanted. */
static void renew_schema(AttachedVm *vm)
{
    g_clear_pointer(&vm->schema, schema_unref);
    vm->schema_over = FALSE;
    if (vm->schema_wanted)
        ask_schema(vm);
}

void attached_vm_with_schema(AttachedVm *vm, AttachedVmSchemaFunc func, gpointer user_data)
{
    gboolean coming = vm->state == ATTACHED_VM_CONNECTING || vm->state == ATTACHED_VM_READY;

    vm->schema_wanted = TRUE;
    if (func && (vm->schema_over || !coming)) {
        func(user_data);
        return;
    }
    if (func)
        add_waiter(vm, vm->schema_waiters, user_data)->schema_func = func;
    ask_schema(vm);
}

Schema *attached_vm_schema(const AttachedVm *vm)
{
    return vm->schema;
}

/* --- what comes from the endpoint ------------------------------------------------------------- */

static void note_gap(AttachedVm *vm)
{
    EndpointGap gap;

    endpoint_gaps(vm->endpoint, &gap);
    g_clear_pointer(&vm->gap, g_bytes_unref);
    vm->gap = gap_to_json(&gap, vm->error ? vm->error->message : NULL);
    eventlog_write_text(log_of(vm), EVENTLOG_NOTE, json_slice_of(vm->gap));
}

static void on_ready(Endpoint *endpoint, JsonNode *greeting, gpointer user_data)
{
    g_autoptr(AttachedVm) vm = attached_vm_ref(user_data);

    if (vm->state == ATTACHED_VM_OVER)
        return;
    if (endpoint_gaps(endpoint, NULL))
        note_gap(vm);
    vm->state = ATTACHED_VM_READY;
    vm->was_ready = TRUE;
    vm->shutdown = FALSE;
    g_clear_error(&vm->error);
    if (vm->ops->ready && !vm->closed)
        vm->ops->ready(vm, json_as_object(greeting), vm->user_data);
    renew_schema(vm);
    call_ready_waiters(vm);
    watches_call(vm->watches);
}

static void on_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    g_autoptr(AttachedVm) vm = attached_vm_ref(user_data);
    JsonObject *object = json_node_get_object(event);
    GBytes *text = qmp_client_event_text(endpoint_client(endpoint));

    eventlog_write_text(log_of(vm), EVENTLOG_IN, json_slice_of(text));
    event_queue_push(vm->events, text);
    vm->event_count++;
    g_clear_pointer(&vm->last_event, g_bytes_unref);
    vm->last_event = g_bytes_ref(text);
    if (g_strcmp0(json_as_string(json_lookup(object, "event")), "SHUTDOWN") == 0)
        vm->shutdown = TRUE;
    if (vm->ops->event && !vm->closed)
        vm->ops->event(vm, object, text, vm->user_data);
    watches_call(vm->watches);
}

static void on_notice(Endpoint *endpoint, const GError *what, gpointer user_data)
{
    (void)endpoint;
    eventlog_note(log_of(user_data), "%s", what->message);
}

/* @error: (nullable). @retry_ms: 0: OVER. */
static void lose(AttachedVm *vm, const GError *error, guint retry_ms)
{
    gboolean first = vm->state == ATTACHED_VM_READY || !vm->error;

    if (vm->state == ATTACHED_VM_OVER)
        return;
    attached_vm_ref(vm);
    if (!retry_ms)
        vm->state = ATTACHED_VM_OVER;
    else if (vm->state == ATTACHED_VM_READY)
        vm->state = ATTACHED_VM_LOST;
    g_clear_error(&vm->error);
    vm->error = error ? g_error_copy(error) : closed_error();
    vm->schema_asked = FALSE;
    if ((first || !retry_ms) && !vm->closed)
        eventlog_note(log_of(vm), "%s", error ? error->message : "the VM has ended");
    call_schema_waiters(vm);
    if (!retry_ms)
        call_ready_waiters(vm);
    if ((first || !retry_ms) && vm->ops->lost && !vm->closed)
        vm->ops->lost(vm, error, retry_ms, vm->user_data);
    watches_call(vm->watches);
    attached_vm_unref(vm);
}

static void on_lost(Endpoint *endpoint, const GError *error, guint retry_ms, gpointer user_data)
{
    AttachedVm *vm = user_data;
    gboolean ended = vm->shutdown && vm->state == ATTACHED_VM_READY;

    /* A VM that said that it ends isn't looked for. */
    if (ended || vm->state == ATTACHED_VM_OVER)
        g_clear_pointer(&vm->endpoint, endpoint_free);
    (void)endpoint;
    lose(vm, ended ? NULL : error, ended ? 0 : retry_ms);
}

void attached_vm_end(AttachedVm *vm, const GError *error)
{
    lose(vm, vm->shutdown ? NULL : error, 0);
}

/* --- its life ---------------------------------------------------------------------------- */

static const EndpointOps endpoint_ops = {on_ready, on_event, on_notice, on_lost};

static AttachedVm *new_vm(const char *name, const AttachedVmOptions *options,
                          const AttachedVmOps *ops, gpointer user_data)
{
    AttachedVm *vm = g_new0(AttachedVm, 1);

    vm->refs = 1;
    vm->name = g_strdup(name);
    vm->options = *options;
    vm->ops = ops;
    vm->user_data = user_data;
    vm->events = event_queue_new();
    vm->schema_waiters = waiters_new();
    vm->ready_waiters = waiters_new();
    vm->watches = watches_new();
    return vm;
}

AttachedVm *attached_vm_new(const char *name, const char *address, const AttachedVmOptions *options,
                            const AttachedVmOps *ops, gpointer user_data, GError **error)
{
    g_autoptr(AttachedVm) vm = new_vm(name, options, ops, user_data);
    EndpointOptions how = {.address = address, .tls = options->tls, .retry = options->retry};

    vm->endpoint = endpoint_new(&how, &endpoint_ops, vm, error);
    return vm->endpoint ? g_steal_pointer(&vm) : NULL;
}

AttachedVm *attached_vm_new_for_stream(const char *name, GIOStream *stream,
                                       const AttachedVmOptions *options, const AttachedVmOps *ops,
                                       gpointer user_data)
{
    AttachedVm *vm = new_vm(name, options, ops, user_data);

    vm->endpoint = endpoint_new_for_stream(stream, VM_GREETING_TIMEOUT_MS, &endpoint_ops, vm);
    return vm;
}

AttachedVm *attached_vm_ref(AttachedVm *vm)
{
    vm->refs++;
    return vm;
}

void attached_vm_close(AttachedVm *vm)
{
    vm->closed = TRUE;
    g_clear_pointer(&vm->endpoint, endpoint_free);
    lose(vm, NULL, 0);
}

void attached_vm_unref(AttachedVm *vm)
{
    if (!vm || vm->refs > 1) {
        if (vm)
            vm->refs--;
        return;
    }
    attached_vm_close(vm);
    schema_unref(vm->schema);
    event_queue_free(vm->events);
    g_ptr_array_unref(vm->schema_waiters);
    g_ptr_array_unref(vm->ready_waiters);
    watches_free(vm->watches);
    g_clear_pointer(&vm->gap, g_bytes_unref);
    g_clear_pointer(&vm->last_event, g_bytes_unref);
    g_clear_error(&vm->error);
    g_free(vm->name);
    g_free(vm);
}

/* --- what is known of it ----------------------------------------------------------------- */

const char *attached_vm_name(const AttachedVm *vm)
{
    return vm->name;
}

const char *attached_vm_address(const AttachedVm *vm)
{
    return vm->endpoint ? endpoint_address(vm->endpoint) : NULL;
}

AttachedVmState attached_vm_state(const AttachedVm *vm)
{
    return vm->state;
}

gboolean attached_vm_was_ready(const AttachedVm *vm)
{
    return vm->was_ready;
}

const GError *attached_vm_error(const AttachedVm *vm)
{
    return vm->error;
}

Endpoint *attached_vm_endpoint(const AttachedVm *vm)
{
    return vm->endpoint;
}

GBytes *attached_vm_gap(const AttachedVm *vm)
{
    return vm->gap;
}

guint64 attached_vm_event_count(const AttachedVm *vm)
{
    return vm->event_count;
}

GBytes *attached_vm_last_event(const AttachedVm *vm)
{
    return vm->last_event;
}

EventQueue *attached_vm_events(const AttachedVm *vm)
{
    return vm->events;
}

QmpClient *attached_vm_client(const AttachedVm *vm)
{
    gboolean ready = vm->state == ATTACHED_VM_READY && vm->endpoint;

    return ready ? endpoint_client(vm->endpoint) : NULL;
}

guint attached_vm_watch(AttachedVm *vm, void (*changed)(gpointer user_data), gpointer user_data)
{
    return watches_add(vm->watches, changed, user_data);
}

void attached_vm_unwatch(AttachedVm *vm, guint id)
{
    watches_remove(vm->watches, id);
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
void attached_vm_settle(AttachedVm *vm, void (*settled)(gpointer user_data), gpointer user_data)
{
    QmpClient *client = attached_vm_client(vm);
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

static void log_command(AttachedVm *vm, const char *name, GBytes *args, QmpExecuteFlags flags)
{
    JsonSlice slice = json_slice_of(args);
    g_autoptr(GString) line = g_string_new(NULL);

    if (!vm->options.log)
        return;
    g_string_printf(line, "{\"%s\": ", flags & QMP_EXECUTE_OOB ? "exec-oob" : "execute");
    json_append_string(line, name);
    if (slice.text) {
        g_string_append(line, ", \"arguments\": ");
        g_string_append_len(line, slice.text, (gssize)slice.len);
    }
    g_string_append_c(line, '}');
    eventlog_write_text(log_of(vm), EVENTLOG_OUT, (JsonSlice){line->str, line->len});
}

static void execute(AttachedVm *vm, const char *name, GBytes *args, Fds *fds, QmpExecuteFlags flags,
                    QmpTextFunc func, gpointer user_data)
{
    QmpClient *client = attached_vm_client(vm);
    g_autoptr(GError) error = NULL;

    if (client) {
        log_command(vm, name, args, flags);
        qmp_client_execute_fds(client, name, args, fds, flags, timeout_ms(vm), func, user_data,
                               NULL);
        return;
    }
    error = vm->error ? g_error_copy(vm->error) : closed_error();
    func(NULL, NULL, error, user_data);
}

void attached_vm_qmp_text(AttachedVm *vm, const char *name, GBytes *args, QmpExecuteFlags flags,
                          QmpTextFunc func, gpointer user_data)
{
    execute(vm, name, args, NULL, flags, func, user_data);
}

void attached_vm_qmp_fds(AttachedVm *vm, const char *name, GBytes *args, Fds *fds, QmpTextFunc func,
                         gpointer user_data)
{
    execute(vm, name, args, fds, QMP_EXECUTE, func, user_data);
}
