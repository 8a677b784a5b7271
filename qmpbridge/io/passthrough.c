/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: one request, one command, one answer, all as text. No more commands are handed to
 * the monitor's client than QEMU takes at once, and no more bytes of them than a socket takes; the
 * others wait here, where clients take turns, and where those of a client that leaves are freed.
 * Whatever else speaks on the same monitor, the recorder above all, stands behind these few only;
 * and a monitor that no longer answers holds no more memory than these few take.
 *
 * A command under way holds a reference, so that the owner may free the passthrough meanwhile.
 */
#include "qmpbridge/io/passthrough.h"

#include "qmpbridge/core/limits.h"
#include "qmpbridge/core/qmp-session.h"
#include "qmpbridge/io/fair-queue.h"
#include "qmpbridge/io/fd-names.h"

/** In-band commands go one way, those by exec-oob the other, which passes the first. */
typedef struct {
    FairQueue *waiting; /**< (nullable) once the owner has freed the passthrough */
    guint under_way;    /**< commands that the monitor hasn't answered */
    gsize bytes;        /**< of their arguments */
} Way;

struct Passthrough {
    guint refs;        /**< the owner's, and one for each command under way */
    QmpClient *client; /**< (nullable) once the owner has freed it */
    const ExtensionEntry *table;
    FdNames *fds;
    Way ways[2]; /**< in-band, by exec-oob */
};

/* A command under way. */
typedef struct {
    Passthrough *passthrough;
    QmpRequest *request;
} Relay;

Passthrough *passthrough_new(QmpClient *client, const ExtensionEntry *table)
{
    Passthrough *passthrough = g_new0(Passthrough, 1);

    passthrough->refs = 1;
    passthrough->client = qmp_client_ref(client);
    qmp_client_be_terse(client);
    passthrough->table = table;
    passthrough->fds = fd_names_new();
    for (guint i = 0; i < G_N_ELEMENTS(passthrough->ways); i++)
        passthrough->ways[i].waiting = fair_queue_new();
    return passthrough;
}

static void passthrough_unref(Passthrough *passthrough)
{
    if (--passthrough->refs > 0)
        return;
    fd_names_unref(passthrough->fds);
    g_free(passthrough);
}

void passthrough_free(Passthrough *passthrough)
{
    QmpClient *client;

    if (!passthrough)
        return;
    client = g_steal_pointer(&passthrough->client);
    for (guint i = 0; i < G_N_ELEMENTS(passthrough->ways); i++)
        g_clear_pointer(&passthrough->ways[i].waiting, fair_queue_free);
    qmp_client_unref(client);
    passthrough_unref(passthrough);
}

static void relay_free(gpointer data)
{
    Relay *relay = data;

    qmp_request_unref(relay->request);
    passthrough_unref(relay->passthrough);
    g_free(relay);
}

/* Extends what was returned if it is introspection. Returns: (transfer full): @value or another. */
static GBytes *extend(const char *name, GBytes *value, const ExtensionEntry *table)
{
    if (g_strcmp0(name, "query-commands") == 0)
        return passthrough_extend_commands(value, table);
    if (g_strcmp0(name, "query-qmp-schema") == 0)
        return passthrough_extend_schema(value, table);
    return g_bytes_ref(value);
}

static Way *way_of(Passthrough *passthrough, const QmpRequest *request)
{
    return &passthrough->ways[qmp_request_oob(request)];
}

static gsize size_of(const QmpRequest *request)
{
    return json_slice_of(qmp_request_args_text(request)).len;
}

static void send_waiting(Passthrough *passthrough, Way *way);

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Relay *relay = user_data;
    Passthrough *passthrough = relay->passthrough;
    Way *way = way_of(passthrough, relay->request);
    g_autoptr(GBytes) extended = NULL;

    way->under_way--;
    way->bytes -= size_of(relay->request);
    send_waiting(passthrough, way); /* QEMU needn't wait until this answer is written */
    if (error) {
        qmp_request_gerror(relay->request, error);
        return;
    }
    fd_names_done(passthrough->fds, client, relay->request);
    extended = extend(qmp_request_name(relay->request), value, passthrough->table);
    qmp_request_return_text(relay->request, extended);
}

/* @request: (transfer full) */
static void send_request(Passthrough *passthrough, Way *way, QmpRequest *request)
{
    Relay *relay = g_new(Relay, 1);

    *relay = (Relay){passthrough, request};
    passthrough->refs++;
    way->under_way++;
    way->bytes += size_of(request);
    qmp_client_execute_fds(passthrough->client, qmp_request_name(request),
                           qmp_request_args_text(request), qmp_request_fds(request),
                           qmp_request_oob(request) ? QMP_EXECUTE_OOB : QMP_EXECUTE,
                           QMP_TIMEOUT_NONE, on_reply, relay, relay_free);
}

static gboolean may_go(const Way *way, const QmpRequest *request)
{
    return way->under_way == 0 || (way->under_way < QMP_SESSION_IN_FLIGHT_OOB &&
                                   way->bytes + size_of(request) <= PASSTHROUGH_MAX_BYTES);
}

static void send_waiting(Passthrough *passthrough, Way *way)
{
    const QmpRequest *next;

    while (way->waiting && (next = fair_queue_peek(way->waiting)) && may_go(way, next))
        send_request(passthrough, way, fair_queue_pop(way->waiting));
}

void passthrough_request(Passthrough *passthrough, QmpRequest *request)
{
    Way *way = way_of(passthrough, request);

    if (fair_queue_length(way->waiting) == 0 && may_go(way, request)) {
        send_request(passthrough, way, request); /* the common case, without a lane for it */
        return;
    }
    fair_queue_push(way->waiting, request);
    send_waiting(passthrough, way);
}

QmpRequest *passthrough_take_back(Passthrough *passthrough)
{
    return fair_queue_pop(passthrough->ways[0].waiting);
}

void passthrough_client_gone(Passthrough *passthrough, guint64 client)
{
    for (guint i = 0; i < G_N_ELEMENTS(passthrough->ways); i++)
        fair_queue_drop(passthrough->ways[i].waiting, client);
    fd_names_close(passthrough->fds, passthrough->client, client);
}

guint passthrough_waiting(const Passthrough *passthrough)
{
    guint waiting = 0;

    for (guint i = 0; i < G_N_ELEMENTS(passthrough->ways); i++)
        waiting += fair_queue_length(passthrough->ways[i].waiting);
    return waiting;
}
