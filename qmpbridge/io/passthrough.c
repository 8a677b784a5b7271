/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: one request, one command, one answer, all as text. No more commands are handed to
 * the monitor's client than QEMU takes at once; the others wait here, where clients take turns,
 * and where those of a client that leaves can still be dropped. Whatever else speaks on the same
 * monitor, the recorder above all, stands behind these few only.
 *
 * A command under way holds a reference, so that the owner may free the passthrough meanwhile.
 */
#include "qmpbridge/io/passthrough.h"

#include "qmpbridge/core/session.h"
#include "qmpbridge/io/fair-queue.h"
#include "qmpbridge/io/fd-names.h"

struct Passthrough {
    guint refs;        /**< the owner's, and one for each command under way */
    QmpClient *client; /**< (nullable) once the owner has freed it */
    const ExtensionEntry *table;
    FdNames *fds;
    FairQueue *waiting; /**< (nullable) as client */
    guint in_band;      /**< commands under way but for those by exec-oob */
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
    passthrough->table = table;
    passthrough->fds = fd_names_new();
    passthrough->waiting = fair_queue_new();
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
    g_clear_pointer(&passthrough->waiting, fair_queue_free);
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

static void send_waiting(Passthrough *passthrough);

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Relay *relay = user_data;
    Passthrough *passthrough = relay->passthrough;
    g_autoptr(GBytes) extended = NULL;

    if (!qmp_request_oob(relay->request))
        passthrough->in_band--;
    send_waiting(passthrough); /* QEMU needn't wait until this answer is written */
    if (error) {
        qmp_request_gerror(relay->request, error);
        return;
    }
    fd_names_done(passthrough->fds, client, relay->request);
    extended = extend(qmp_request_name(relay->request), value, passthrough->table);
    qmp_request_return_text(relay->request, extended);
}

/* @request: (transfer full) */
static void send_request(Passthrough *passthrough, QmpRequest *request)
{
    gboolean oob = qmp_request_oob(request);
    Relay *relay = g_new(Relay, 1);

    *relay = (Relay){passthrough, request};
    passthrough->refs++;
    if (!oob)
        passthrough->in_band++;
    qmp_client_execute_fds(passthrough->client, qmp_request_name(request),
                           qmp_request_args_text(request), qmp_request_fds(request),
                           oob ? QMP_EXECUTE_OOB : QMP_EXECUTE, QMP_TIMEOUT_NONE, on_reply, relay,
                           relay_free);
}

static void send_waiting(Passthrough *passthrough)
{
    while (passthrough->client && passthrough->in_band < SESSION_IN_FLIGHT_OOB) {
        QmpRequest *request = fair_queue_pop(passthrough->waiting);

        if (!request)
            return;
        send_request(passthrough, request);
    }
}

void passthrough_request(Passthrough *passthrough, QmpRequest *request)
{
    if (qmp_request_oob(request)) {
        send_request(passthrough, request);
        return;
    }
    fair_queue_push(passthrough->waiting, request);
    send_waiting(passthrough);
}

QmpRequest *passthrough_take_back(Passthrough *passthrough)
{
    return fair_queue_pop(passthrough->waiting);
}

void passthrough_client_gone(Passthrough *passthrough, guint64 client)
{
    fd_names_close(passthrough->fds, passthrough->client, client);
}
