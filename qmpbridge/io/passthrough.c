/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: one request, one command, one answer, all as text. What a command under way needs
 * is kept with it, so that the passthrough may be freed meanwhile.
 */
#include "qmpbridge/io/passthrough.h"

#include "qmpbridge/io/fd-names.h"

struct Passthrough {
    QmpClient *client;
    const ExtensionEntry *table;
    FdNames *fds;
};

/* A command under way. */
typedef struct {
    QmpRequest *request;
    const ExtensionEntry *table;
    FdNames *fds;
} Relay;

Passthrough *passthrough_new(QmpClient *client, const ExtensionEntry *table)
{
    Passthrough *passthrough = g_new0(Passthrough, 1);

    passthrough->client = qmp_client_ref(client);
    passthrough->table = table;
    passthrough->fds = fd_names_new();
    return passthrough;
}

void passthrough_free(Passthrough *passthrough)
{
    if (!passthrough)
        return;
    qmp_client_unref(passthrough->client);
    fd_names_unref(passthrough->fds);
    g_free(passthrough);
}

static void relay_free(gpointer data)
{
    Relay *relay = data;

    qmp_request_unref(relay->request);
    fd_names_unref(relay->fds);
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

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    Relay *relay = user_data;
    g_autoptr(GBytes) extended = NULL;

    if (error) {
        qmp_request_gerror(relay->request, error);
        return;
    }
    fd_names_done(relay->fds, client, relay->request);
    extended = extend(qmp_request_name(relay->request), value, relay->table);
    qmp_request_return_text(relay->request, extended);
}

void passthrough_request(Passthrough *passthrough, QmpRequest *request)
{
    Relay *relay = g_new0(Relay, 1);

    relay->request = request;
    relay->table = passthrough->table;
    relay->fds = fd_names_ref(passthrough->fds);
    qmp_client_execute_fds(passthrough->client, qmp_request_name(request),
                           qmp_request_args_text(request), qmp_request_fds(request),
                           qmp_request_oob(request) ? QMP_EXECUTE_OOB : QMP_EXECUTE,
                           QMP_TIMEOUT_NONE, on_reply, relay, relay_free);
}

void passthrough_client_gone(Passthrough *passthrough, guint64 client)
{
    fd_names_close(passthrough->fds, passthrough->client, client);
}
