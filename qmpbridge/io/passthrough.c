/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Passthrough: one request, one command, one answer. What a command under way needs is kept with
 * it, so that the passthrough may be freed meanwhile.
 */
#include "qmpbridge/io/passthrough.h"

#include "qmpbridge/core/message.h"

struct Passthrough {
    QmpClient *client;
    const ExtensionEntry *table;
};

/* A command under way. */
typedef struct {
    QmpRequest *request;
    const ExtensionEntry *table;
} Relay;

Passthrough *passthrough_new(QmpClient *client, const ExtensionEntry *table)
{
    Passthrough *passthrough = g_new0(Passthrough, 1);

    passthrough->client = qmp_client_ref(client);
    passthrough->table = table;
    return passthrough;
}

void passthrough_free(Passthrough *passthrough)
{
    if (!passthrough)
        return;
    qmp_client_unref(passthrough->client);
    g_free(passthrough);
}

static void relay_free(gpointer data)
{
    Relay *relay = data;

    qmp_request_unref(relay->request);
    g_free(relay);
}

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    Relay *relay = user_data;
    const char *name = qmp_request_name(relay->request);

    (void)client;
    if (error) {
        qmp_request_gerror(relay->request, error);
        return;
    }
    if (g_strcmp0(name, "query-commands") == 0)
        passthrough_extend_commands(value, relay->table);
    else if (g_strcmp0(name, "query-qmp-schema") == 0)
        passthrough_extend_schema(value, relay->table);
    qmp_request_return(relay->request, value);
}

void passthrough_request(Passthrough *passthrough, QmpRequest *request)
{
    Relay *relay = g_new0(Relay, 1);
    JsonObject *args = qmp_request_args(request);

    relay->request = request;
    relay->table = passthrough->table;
    qmp_client_execute_full(passthrough->client, qmp_request_name(request),
                            args ? json_object_ref(args) : NULL,
                            qmp_request_oob(request) ? QMP_EXECUTE_OOB : QMP_EXECUTE,
                            QMP_TIMEOUT_NONE, on_reply, relay, relay_free);
}
