/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TLS: endpoints against a real TLS server in this process, behind which a scripted peer speaks
 * QMP; certificates of all kinds, made by tests/lib/certificates; peers that speak no TLS, or say
 * nothing at all. The server side runs on channels too, so both halves of them are at work.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/io/channel.h"
#include "qmpbridge/io/endpoint.h"
#include "tests/lib/scripted-peer.h"
#include "tests/unit/temp.h"

/* LeakSanitizer stumbles over the thread-local data of the threads in which GIO shakes hands; the
 * rest of AddressSanitizer works. */
const char *__asan_default_options(void);

const char *__asan_default_options(void)
{
    return "detect_leaks=0";
}

static char *folder, *ca, *other, *certificate, *key;
static GSocket *listener;
static guint16 port;
static Endpoint *endpoint;
static ScriptedPeer *peer;
static GTlsConnection *tls;
static Channel *outside, *inside;
static guint ready, events, replies, lost;
static GError *why;
static gsize reply_size;

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

static void make_certificates(void)
{
    g_autofree char *script =
        g_build_filename(g_getenv("QMPBRIDGE_SOURCE"), "tests/lib/certificates", NULL);
    const char *argv[] = {"bash", script, folder, NULL};
    g_autofree char *output = NULL;
    int status = -1;

    ck_assert(g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &output,
                           NULL, &status, NULL));
    if (WIFEXITED(status) && WEXITSTATUS(status) == 77)
        temp_skip("%s", g_strchomp(output));
    ck_assert_int_eq(status, 0);
}

static void require_tls(void)
{
    if (!g_tls_backend_supports_tls(g_tls_backend_get_default()))
        temp_skip("GIO has no TLS backend; on Debian: apt-get install glib-networking");
    make_certificates();
}

static void start_listening(void)
{
    g_autoptr(GInetAddress) loopback = g_inet_address_new_loopback(G_SOCKET_FAMILY_IPV4);
    g_autoptr(GSocketAddress) any = g_inet_socket_address_new(loopback, 0);
    g_autoptr(GSocketAddress) bound = NULL;

    listener =
        g_socket_new(G_SOCKET_FAMILY_IPV4, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
    g_socket_set_blocking(listener, FALSE);
    ck_assert(g_socket_bind(listener, any, FALSE, NULL) && g_socket_listen(listener, NULL));
    bound = g_socket_get_local_address(listener, NULL);
    port = g_inet_socket_address_get_port(G_INET_SOCKET_ADDRESS(bound));
}

static void set_up(void)
{
    ready = events = replies = lost = 0;
    folder = temp_new();
    ca = in_folder("ca-cert.pem");
    other = in_folder("other-cert.pem");
    certificate = in_folder("client-cert.pem");
    key = in_folder("client-key.pem");
    start_listening();
}

static void tear_down(void)
{
    endpoint_free(endpoint);
    g_clear_pointer(&outside, channel_unref);
    g_clear_pointer(&inside, channel_unref);
    g_clear_pointer(&peer, scripted_peer_free);
    g_clear_object(&tls);
    g_object_unref(listener);
    g_clear_error(&why);
    temp_free(folder);
    g_free(ca);
    g_free(other);
    g_free(certificate);
    g_free(key);
}

/* --- the server: channels that hand on to each other ------------------------------------------ */

static void on_data(Channel *channel, const void *data, gsize len, gpointer user_data)
{
    g_autoptr(GBytes) bytes = g_bytes_new(data, len);

    (void)user_data;
    channel_write(channel == outside ? inside : outside, bytes);
}

static void on_end(Channel *channel, const GError *error, gpointer user_data)
{
    (void)error;
    (void)user_data;
    channel_close(channel == outside ? inside : outside);
}

static const ChannelOps relay_ops = {.data = on_data, .closed = on_end};

static void on_handshake(GObject *source, GAsyncResult *result, gpointer user_data)
{
    int fd;

    (void)user_data;
    if (!g_tls_connection_handshake_finish(G_TLS_CONNECTION(source), result, NULL)) {
        g_io_stream_close(G_IO_STREAM(source), NULL, NULL);
        return;
    }
    peer = scripted_peer_new(&fd);
    inside = channel_new(transport_from_fd(fd, NULL), &relay_ops, NULL);
    outside = channel_new(G_IO_STREAM(g_object_ref(source)), &relay_ops, NULL);
}

static gboolean accept_any(GTlsConnection *connection, GTlsCertificate *of,
                           GTlsCertificateFlags errors, gpointer user_data)
{
    (void)connection;
    (void)of;
    (void)errors;
    (void)user_data;
    return TRUE;
}

static GSocketConnection *accept_one(void)
{
    g_autoptr(GSocket) socket = NULL;

    temp_wait((socket = g_socket_accept(listener, NULL, NULL)), "a connection");
    return g_socket_connection_factory_create_connection(socket);
}

static void serve(gboolean wants_certificate)
{
    g_autoptr(GSocketConnection) connection = accept_one();
    g_autofree char *cert_file = in_folder("server-cert.pem");
    g_autofree char *key_file = in_folder("server-key.pem");
    g_autoptr(GTlsCertificate) own = g_tls_certificate_new_from_files(cert_file, key_file, NULL);

    tls = G_TLS_CONNECTION(g_tls_server_connection_new(G_IO_STREAM(connection), own, NULL));
    if (wants_certificate)
        g_object_set(tls, "authentication-mode", G_TLS_AUTHENTICATION_REQUIRED, NULL);
    g_signal_connect(tls, "accept-certificate", G_CALLBACK(accept_any), NULL);
    g_tls_connection_handshake_async(tls, G_PRIORITY_DEFAULT, NULL, on_handshake, NULL);
}

/* --- the endpoint ----------------------------------------------------------------------------- */

static void on_ready(Endpoint *which, JsonNode *greeting, gpointer user_data)
{
    (void)which;
    (void)greeting;
    (void)user_data;
    ready++;
}

static void on_event(Endpoint *which, JsonNode *event, gpointer user_data)
{
    (void)which;
    (void)event;
    (void)user_data;
    events++;
}

static void on_lost(Endpoint *which, const GError *error, guint retry_ms, gpointer user_data)
{
    (void)which;
    (void)retry_ms;
    (void)user_data;
    lost++;
    g_clear_error(&why);
    why = g_error_copy(error);
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)user_data;
    ck_assert_msg(!error, "%s", error ? error->message : "");
    reply_size = g_bytes_get_size(value);
    replies++;
}

static const EndpointOps ops = {.ready = on_ready, .event = on_event, .lost = on_lost};

static void begin(const TransportTls *how, guint timeout_ms)
{
    g_autofree char *address = g_strdup_printf("tls:127.0.0.1:%u", port);
    EndpointOptions options = {.address = address, .tls = how, .connect_timeout_ms = timeout_ms};

    endpoint = endpoint_new(&options, &ops, NULL, NULL);
    ck_assert_ptr_nonnull(endpoint);
}

/* Commands, events, and texts of megabytes in both directions. */
static void check_speaks(void)
{
    g_autofree char *big = g_strnfill(3 << 20, 'x');
    g_autofree char *args = g_strdup_printf("{\"x\": \"%s\"}", big);
    g_autofree char *want = g_strdup_printf("{'execute': 'big', 'arguments': {'x': '%s'}}", big);
    g_autofree char *reply = g_strdup_printf("{\"return\": \"%s\", \"id\": $ID}", big);
    g_autoptr(GBytes) text = g_bytes_new(args, strlen(args));

    temp_wait(peer, "the handshake");
    scripted_peer_greet(peer, TRUE);
    loop_until_count(&ready, 1);
    scripted_peer_send(peer, "{\"event\": \"E\"}\r\n");
    loop_until_count(&events, 1);
    scripted_peer_expect(peer, want);
    qmp_client_execute_text(endpoint_client(endpoint), "big", text, QMP_EXECUTE, 0, on_reply, NULL,
                            NULL);
    loop_until_done(peer);
    g_clear_pointer(&text, g_bytes_unref);
    text = g_bytes_new(reply, strlen(reply));
    scripted_peer_send(peer, "{\"return\": [1,2,3], \"id\": $ID}");
    loop_until_count(&replies, 1);
    ck_assert_uint_eq(reply_size, strlen("[1,2,3]"));
}

START_TEST(test_speaks)
{
    TransportTls how = {.ca = ca};

    require_tls();
    begin(&how, 0);
    serve(FALSE);
    check_speaks();
    channel_close(outside);
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CLOSED, "closed the connection");
}
END_TEST

START_TEST(test_client_certificate)
{
    TransportTls how = {
        .ca = ca, .certificate = certificate, .key = key, .server_name = "localhost"};

    require_tls();
    begin(&how, 0);
    serve(TRUE);
    check_speaks();
}
END_TEST

START_TEST(test_no_client_certificate)
{
    TransportTls how = {.ca = ca};

    require_tls();
    begin(&how, 0);
    serve(TRUE);
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CONNECT, "wants a certificate of this side");
}
END_TEST

START_TEST(test_wrong_ca)
{
    TransportTls how = {.ca = other};

    require_tls();
    begin(&how, 0);
    serve(FALSE);
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CONNECT, "name the file of its CA by --tls-ca");
}
END_TEST

START_TEST(test_wrong_name)
{
    TransportTls how = {.ca = ca, .server_name = "elsewhere.example"};

    require_tls();
    begin(&how, 0);
    serve(FALSE);
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CONNECT, "elsewhere.example: it is for another host");
}
END_TEST

/* Files that can't be used are usage errors, whatever the server. */
START_TEST(test_bad_files)
{
    g_autofree char *missing = in_folder("missing.pem");
    TransportTls hows[] = {
        {.ca = missing}, {.certificate = missing}, {.certificate = certificate, .key = missing}};

    require_tls();
    for (guint i = 0; i < G_N_ELEMENTS(hows); i++) {
        lost = 0;
        begin(&hows[i], 0);
        loop_until_count(&lost, 1);
        temp_check_error(why, BRIDGE_ERROR_USAGE, "missing.pem");
        ck_assert_int_eq(endpoint_state(endpoint), ENDPOINT_CLOSED);
        endpoint_free(g_steal_pointer(&endpoint));
    }
}
END_TEST

START_TEST(test_no_tls)
{
    g_autoptr(GSocketConnection) connection = NULL;

    require_tls();
    begin(NULL, 0);
    connection = accept_one();
    ck_assert(g_output_stream_write_all(g_io_stream_get_output_stream(G_IO_STREAM(connection)),
                                        "{\"QMP\": {}}\r\n", 13, NULL, NULL, NULL));
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CONNECT, "does that port speak TLS");
}
END_TEST

/* A peer that accepts and says nothing: a time-out, or the owner gives up. */
START_TEST(test_silence)
{
    g_autoptr(GSocketConnection) connection = NULL;

    require_tls();
    begin(NULL, 100);
    connection = accept_one();
    loop_until_count(&lost, 1);
    temp_check_error(why, BRIDGE_ERROR_CONNECT, "no answer within 0.1 s");
    endpoint_free(g_steal_pointer(&endpoint));
    g_clear_object(&connection);
    begin(NULL, 0);
    connection = accept_one();
    endpoint_free(g_steal_pointer(&endpoint));
    loop_ready();
    ck_assert_uint_eq(lost, 1);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_speaks);
    tcase_add_test(tcase, test_client_certificate);
    tcase_add_test(tcase, test_no_client_certificate);
    tcase_add_test(tcase, test_wrong_ca);
    tcase_add_test(tcase, test_wrong_name);
    tcase_add_test(tcase, test_bad_files);
    tcase_add_test(tcase, test_no_tls);
    tcase_add_test(tcase, test_silence);
}

int main(void)
{
    return temp_run("tls", add);
}
