/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS on a connection, by the TLS backend that GIO finds. The server's certificate is always
 * verified; errors about it name the remedy.
 */
#include "qmpbridge/io/transport-internal.h"

#include "qmpbridge/core/error.h"

/* A handshake under way. */
typedef struct {
    GIOStream *connection; /* the GTlsClientConnection */
    char *server_name;
    GTlsCertificateFlags faults; /* of the server's certificate */
} Handshake;

TransportTls *transport_tls_copy(const TransportTls *tls)
{
    TransportTls *copy = g_new0(TransportTls, 1);

    if (!tls)
        return copy;
    copy->ca = g_strdup(tls->ca);
    copy->certificate = g_strdup(tls->certificate);
    copy->key = g_strdup(tls->key);
    copy->server_name = g_strdup(tls->server_name);
    return copy;
}

void transport_tls_free(TransportTls *tls)
{
    if (!tls)
        return;
    g_free((char *)tls->ca);
    g_free((char *)tls->certificate);
    g_free((char *)tls->key);
    g_free((char *)tls->server_name);
    g_free(tls);
}

static void handshake_free(gpointer data)
{
    Handshake *handshake = data;

    if (handshake->connection)
        g_signal_handlers_disconnect_by_data(handshake->connection, handshake);
    g_clear_object(&handshake->connection);
    g_free(handshake->server_name);
    g_free(handshake);
}

static const struct {
    GTlsCertificateFlags fault;
    const char *text;
} faults[] = {
    {G_TLS_CERTIFICATE_UNKNOWN_CA,
     "it isn't signed by a CA that is trusted here; name the file of its CA by --tls-ca"},
    {G_TLS_CERTIFICATE_BAD_IDENTITY,
     "it is for another host; connect by the name in it, or give that by --tls-name"},
    {G_TLS_CERTIFICATE_EXPIRED, "it has expired; renew it"},
    {G_TLS_CERTIFICATE_NOT_ACTIVATED, "it isn't valid yet; look at the clocks"},
    {G_TLS_CERTIFICATE_REVOKED, "it was revoked; renew it"},
    {G_TLS_CERTIFICATE_INSECURE, "its algorithm is insecure; renew it"},
};

static GError *certificate_error(const Handshake *handshake)
{
    const char *text = "it can't be verified";

    for (guint i = 0; i < G_N_ELEMENTS(faults); i++) {
        if (handshake->faults & faults[i].fault) {
            text = faults[i].text;
            break;
        }
    }
    return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CONNECT, "the certificate of %s: %s",
                       handshake->server_name, text);
}

static gboolean on_certificate(GTlsConnection *connection, GTlsCertificate *certificate,
                               GTlsCertificateFlags errors, gpointer user_data)
{
    (void)connection;
    (void)certificate;
    ((Handshake *)user_data)->faults = errors;
    return FALSE;
}

static void on_handshake(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_autoptr(GTask) task = user_data;
    Handshake *handshake = g_task_get_task_data(task);
    GError *error = NULL;

    if (g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, &error)) {
        g_task_return_pointer(task, g_object_ref(source), g_object_unref);
    } else if (handshake->faults) {
        g_error_free(error);
        g_task_return_error(task, certificate_error(handshake));
    } else {
        g_task_return_error(task, error);
    }
}

/* @error: of one of the caller's own files. */
static void bad_file(GError **error, const char *what, const char *path, const GError *why)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the %s %s: %s", what, path, why->message);
}

static gboolean set_ca(GTlsConnection *connection, const TransportTls *tls, GError **error)
{
    g_autoptr(GTlsDatabase) database = NULL;
    g_autoptr(GError) why = NULL;

    if (!tls->ca)
        return TRUE;
    database = g_tls_file_database_new(tls->ca, &why);
    if (database)
        g_tls_connection_set_database(connection, database);
    else
        bad_file(error, "CA file", tls->ca, why);
    return database != NULL;
}

static gboolean set_certificate(GTlsConnection *connection, const TransportTls *tls, GError **error)
{
    g_autoptr(GTlsCertificate) certificate = NULL;
    g_autoptr(GError) why = NULL;

    if (!tls->certificate)
        return TRUE;
    certificate = g_tls_certificate_new_from_files(tls->certificate,
                                                   tls->key ? tls->key : tls->certificate, &why);
    if (certificate)
        g_tls_connection_set_certificate(connection, certificate);
    else
        bad_file(error, "certificate", tls->certificate, why);
    return certificate != NULL;
}

static gboolean have_backend(GError **error)
{
    if (g_tls_backend_supports_tls(g_tls_backend_get_default()))
        return TRUE;
    g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                        "GIO has no TLS backend here; install the package glib-networking");
    return FALSE;
}

static gboolean prepare(Handshake *handshake, GIOStream *stream, const TransportAddress *address,
                        const TransportTls *tls, GError **error)
{
    g_autoptr(GSocketConnectable) identity =
        g_network_address_new(handshake->server_name, address->port);

    if (!have_backend(error))
        return FALSE;
    handshake->connection = g_tls_client_connection_new(stream, identity, error);
    if (!handshake->connection || !set_ca(G_TLS_CONNECTION(handshake->connection), tls, error) ||
        !set_certificate(G_TLS_CONNECTION(handshake->connection), tls, error))
        return FALSE;
    /* A QEMU that ends sends no close_notify, and the session sees a JSON text that was cut short.
     */
    g_tls_connection_set_require_close_notify(G_TLS_CONNECTION(handshake->connection), FALSE);
    g_signal_connect(handshake->connection, "accept-certificate", G_CALLBACK(on_certificate),
                     handshake);
    return TRUE;
}

void transport_tls_async(GIOStream *stream, const TransportAddress *address,
                         const TransportTls *tls, GCancellable *cancellable,
                         GAsyncReadyCallback callback, gpointer user_data)
{
    GTask *task = g_task_new(NULL, NULL, callback, user_data);
    Handshake *handshake = g_new0(Handshake, 1);
    GError *error = NULL;

    g_task_set_task_data(task, handshake, handshake_free);
    handshake->server_name = g_strdup(tls->server_name ? tls->server_name : address->host);
    if (prepare(handshake, stream, address, tls, &error)) {
        g_tls_connection_handshake_async(G_TLS_CONNECTION(handshake->connection),
                                         G_PRIORITY_DEFAULT, cancellable, on_handshake, task);
        return;
    }
    g_task_return_error(task, error);
    g_object_unref(task);
}

GIOStream *transport_tls_finish(GAsyncResult *result, GError **error)
{
    return g_task_propagate_pointer(G_TASK(result), error);
}
