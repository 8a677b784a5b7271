/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `qmpbridge serve` is made of; see serve.h. An endpoint below, a server above, and a
 * passthrough between them as long as the endpoint is connected.
 */
#include "qmpbridge/serve.h"

#include "qmpbridge/client-log.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/endpoint.h"
#include "qmpbridge/io/gap.h"
#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/vm/arguments.h"
#include "qmpbridge/vm/vm.h"

#define NOT_HERE "'qmpbridge serve' doesn't record: " ARGUMENTS_TO_RECORD

struct Serve {
    const ServeHandlers *handlers;
    gpointer user_data;
    EventLog *log;            /**< (nullable) */
    OwnedDir *runtime;        /**< (nullable) directory of the socket, where none was named */
    QmpServer *server;
    Endpoint *endpoint;
    Passthrough *passthrough; /**< (nullable) while the monitor is away */
    gboolean away;            /**< and the log says so */
};

/* --- clients ------------------------------------------------------------------------------- */

/* Clients that know `run` are told why its commands aren't here. */
static gboolean is_of_run(const char *name)
{
    for (const ExtensionEntry *entry = service_extension; entry->name; entry++) {
        if (!entry->is_event && g_str_equal(entry->name, name))
            return TRUE;
    }
    return FALSE;
}

static void request_came(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    g_autoptr(QmpRequest) owned = request;
    Serve *serve = user_data;

    (void)server;
    if (!serve->passthrough) {
        qmp_request_error(request, "GenericError", "the monitor is away");
    } else if (is_of_run(qmp_request_name(request))) {
        qmp_request_error(request, "CommandNotFound", NOT_HERE);
    } else {
        client_log_request(serve->log, request);
        passthrough_request(serve->passthrough, g_steal_pointer(&owned));
    }
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    Serve *serve = user_data;

    (void)server;
    client_log_gone(serve->log, client, who, why);
    if (serve->passthrough)
        passthrough_client_gone(serve->passthrough, client);
}

static void client_refused(QmpServer *server, const TransportPeer *who, const GError *why,
                           gpointer user_data)
{
    Serve *serve = user_data;

    (void)server;
    client_log_refused(serve->log, who, why);
}

static const QmpServerOps server_ops = {
    .handle = request_came,
    .client_gone = client_gone,
    .refused = client_refused,
};

/* --- the monitor --------------------------------------------------------------------------- */

/* Events of that time are missing in the log: where, and from when to when. */
static void note_gap(Serve *serve)
{
    const GError *error = endpoint_error(serve->endpoint);
    EndpointGap gap = {0};
    g_autoptr(GBytes) text = NULL;

    if (!endpoint_gaps(serve->endpoint, &gap) || !gap.end)
        return;
    text = gap_to_json(&gap, error ? error->message : NULL);
    eventlog_write_text(serve->log, EVENTLOG_NOTE, json_slice_of(text));
}

static void monitor_ready(Endpoint *endpoint, JsonNode *greeting, gpointer user_data)
{
    Serve *serve = user_data;
    g_autofree char *version = message_version(greeting);

    serve->away = FALSE;
    note_gap(serve);
    eventlog_write(serve->log, EVENTLOG_IN, greeting);
    serve->passthrough = passthrough_new(endpoint_client(endpoint), NULL);
    qmp_server_set_greeting(serve->server, greeting);
    serve->handlers->ready(version, serve->user_data);
}

static void monitor_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    Serve *serve = user_data;

    eventlog_write(serve->log, EVENTLOG_IN, event);
    qmp_server_emit_text(serve->server, qmp_client_event_text(endpoint_client(endpoint)));
}

static void monitor_notice(Endpoint *endpoint, const GError *what, gpointer user_data)
{
    Serve *serve = user_data;

    (void)endpoint;
    eventlog_note(serve->log, "%s", what->message);
}

static void monitor_lost(Endpoint *endpoint, const GError *error, guint retry_ms,
                         gpointer user_data)
{
    Serve *serve = user_data;

    (void)endpoint;
    if (!serve->away) /* the attempts that fail until it is back say nothing new */
        eventlog_note(serve->log, "%s", error->message);
    serve->away = TRUE;
    g_clear_pointer(&serve->passthrough, passthrough_free);
    qmp_server_withdraw(serve->server);
    serve->handlers->lost(error, retry_ms, serve->user_data);
}

static const EndpointOps endpoint_ops = {
    .ready = monitor_ready,
    .event = monitor_event,
    .notice = monitor_notice,
    .lost = monitor_lost,
};

/* --- life ---------------------------------------------------------------------------------- */

static gboolean start_server(Serve *serve, const char *path, GError **error)
{
    g_autofree char *own = NULL;

    if (!path) {
        serve->runtime = vm_make_runtime_dir("serve", error);
        if (!serve->runtime)
            return FALSE;
        path = own = g_build_filename(owned_dir_path(serve->runtime), "control.sock", NULL);
    }
    serve->server = qmp_server_new(path, &server_ops, serve, error);
    return serve->server != NULL;
}

static gboolean start_endpoint(Serve *serve, const ServeOptions *options, GError **error)
{
    const EndpointOptions how = {
        .address = options->monitor,
        .tls = options->tls,
        .retry = ENDPOINT_RETRY_ALWAYS,
    };

    serve->endpoint = endpoint_new(&how, &endpoint_ops, serve, error);
    return serve->endpoint != NULL;
}

Serve *serve_start(const ServeOptions *options, const ServeHandlers *handlers, gpointer user_data,
                   GError **error)
{
    g_autoptr(Serve) serve = g_new0(Serve, 1);

    serve->handlers = handlers;
    serve->user_data = user_data;
    if (options->log && !(serve->log = eventlog_open(options->log, NULL, error)))
        return NULL;
    if (!start_server(serve, options->socket, error) || !start_endpoint(serve, options, error))
        return NULL;
    return g_steal_pointer(&serve);
}

const char *serve_socket(const Serve *serve)
{
    return qmp_server_path(serve->server);
}

void serve_free(Serve *serve)
{
    if (!serve)
        return;
    endpoint_free(serve->endpoint);
    passthrough_free(serve->passthrough);
    qmp_server_free(serve->server);
    vm_remove_runtime_dir(serve->runtime);
    eventlog_free(serve->log);
    g_free(serve);
}
