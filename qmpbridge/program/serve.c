/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `qmpbridge serve` is made of; see serve.h. An endpoint keeps the monitor connected, and a
 * control socket serves it.
 */
#include "qmpbridge/program/serve.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/control-socket.h"
#include "qmpbridge/io/endpoint.h"
#include "qmpbridge/io/gap.h"
#include "qmpbridge/io/runtime-dir.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/replay/replay-service.h"
#include "qmpbridge/vm/arguments.h"
#include "qmpbridge/vm/vm.h"

#define NOT_RECORDED "'qmpbridge serve' doesn't record: " ARGUMENTS_TO_RECORD
#define NOT_REPLAYED                                                                     \
    "'qmpbridge serve' has no store: begin_replay is a command of 'qmpbridge run', and " \
    "'qmpbridge replay NAME' needs no VM"

struct Serve {
    const ServeHandlers *handlers;
    gpointer user_data;
    EventLog *log;     /**< (nullable) */
    OwnedDir *runtime; /**< (nullable) directory of the socket, where none was named */
    ControlSocket *socket;
    Endpoint *endpoint;
    gboolean away; /**< the monitor is away, and the log says so */
};

/* --- clients ------------------------------------------------------------------------------- */

/* The error for a command that only `run` has; NULL for any other command. */
static const char *why_not_here(const char *name)
{
    for (const ExtensionEntry *entry = service_extension; entry->name; entry++) {
        if (!entry->is_event && g_str_equal(entry->name, name))
            return NOT_RECORDED;
    }
    return replay_service_knows(name) ? NOT_REPLAYED : NULL;
}

static gboolean refuse_recording(QmpRequest *request, gpointer user_data)
{
    const char *why = why_not_here(qmp_request_name(request));

    (void)user_data;
    if (!why)
        return FALSE;
    qmp_request_error(request, "CommandNotFound", why);
    qmp_request_unref(request);
    return TRUE;
}

static const ControlSocketOps socket_ops = {.take = refuse_recording};

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
    control_socket_connect(serve->socket, endpoint_client(endpoint), NULL);
    control_socket_greet(serve->socket, greeting);
    serve->handlers->ready(version, serve->user_data);
}

static void monitor_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    (void)endpoint;
    control_socket_event(((Serve *)user_data)->socket, event);
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
    control_socket_withdraw(serve->socket);
    serve->handlers->lost(error, retry_ms, serve->user_data);
}

static const EndpointOps endpoint_ops = {
    .ready = monitor_ready,
    .event = monitor_event,
    .notice = monitor_notice,
    .lost = monitor_lost,
};

/* --- life ---------------------------------------------------------------------------------- */

static gboolean start_socket(Serve *serve, const char *path, GError **error)
{
    if (!path && !(serve->runtime = runtime_dir_new("serve", error)))
        return FALSE;
    serve->socket = control_socket_new(path, path ? NULL : owned_dir_path(serve->runtime),
                                       serve->log, &socket_ops, serve, error);
    return serve->socket != NULL;
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
    if (!start_socket(serve, options->socket, error) || !start_endpoint(serve, options, error))
        return NULL;
    return g_steal_pointer(&serve);
}

const char *serve_socket(const Serve *serve)
{
    return control_socket_path(serve->socket);
}

void serve_free(Serve *serve)
{
    if (!serve)
        return;
    endpoint_free(serve->endpoint);
    control_socket_free(serve->socket);
    runtime_dir_free(serve->runtime);
    eventlog_free(serve->log);
    g_free(serve);
}
