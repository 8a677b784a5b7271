/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an idle endpoint costs: many of them, negotiated, that have seen a reply and an event; and
 * likewise a client of a server. The peers are sockets into which their part has been written
 * beforehand, so that they cost this process nothing.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/io/endpoint.h"
#include "qmpbridge/io/server.h"
#include "tests/unit/temp.h"

#define N 1000u
/* What was promised: 64 KiB for an idle endpoint. */
#define MOST_KIB 64
/* An idle client holds no buffer, unlike one that works. */
#define MOST_KIB_CLIENT 12

static guint ready, events, replies, clients_ready;

static void on_ready(Endpoint *endpoint, JsonNode *greeting, gpointer user_data)
{
    (void)endpoint;
    (void)greeting;
    (void)user_data;
    ready++;
}

static void on_event(Endpoint *endpoint, JsonNode *event, gpointer user_data)
{
    (void)endpoint;
    (void)event;
    (void)user_data;
    events++;
}

static const EndpointOps ops = {.ready = on_ready, .event = on_event};

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)user_data;
    ck_assert(value && !error);
    replies++;
}

/* Pages of this process that only it has, in KiB. */
static glong resident(void)
{
    g_autofree char *text = temp_read("/proc/self", "statm");
    char *rest;
    glong pages, shared;

    strtol(text, &rest, 10);
    pages = strtol(rest, &rest, 10);
    shared = strtol(rest, NULL, 10);
    return (pages - shared) * sysconf(_SC_PAGESIZE) / 1024;
}

static void say(int fd, const char *text)
{
    ck_assert_int_eq(send(fd, text, strlen(text), MSG_NOSIGNAL), (ssize_t)strlen(text));
}

static void require_measuring(void)
{
    struct rlimit limit = {4096, 4096};

    if (g_getenv("QMPBRIDGE_SANITIZED") && *g_getenv("QMPBRIDGE_SANITIZED"))
        temp_skip("sanitizers take memory of their own");
    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        temp_skip("not 4096 descriptors: run it as root");
}

static Endpoint *open_endpoint(int *peer)
{
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *peer = pair[1];
    say(pair[1], "{\"QMP\": {\"version\": {\"qemu\": {\"micro\": 3, \"minor\": 1, \"major\": 11}, "
                 "\"package\": \"Debian 1:11.1.3+ds-1\"}, \"capabilities\": [\"oob\"]}}\r\n"
                 "{\"return\": {}, \"id\": 1}\r\n"
                 "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 2}, \"event\": \"STOP\"}\r\n");
    return endpoint_new_for_stream(transport_from_fd(pair[0], NULL), 0, &ops, NULL);
}

START_TEST(test_endpoints)
{
    g_autofree char *big = g_strnfill(100000, 'x');
    g_autofree char *reply = g_strdup_printf("{\"return\": \"%s\", \"id\": 2}\r\n", big);
    static Endpoint *endpoints[N + 1];
    static int peers[N + 1];
    glong before, each;

    require_measuring();
    endpoints[0] = open_endpoint(&peers[0]); /* what is made once isn't counted */
    temp_wait(events == 1, "the first endpoint");
    before = resident();
    for (guint i = 1; i <= N; i++)
        endpoints[i] = open_endpoint(&peers[i]);
    temp_wait(events == N + 1, "all endpoints");
    for (guint i = 1; i <= N; i++) {
        qmp_client_execute_text(endpoint_client(endpoints[i]), "a", NULL, QMP_EXECUTE, 0, on_reply,
                                NULL, NULL);
        say(peers[i], reply);
        temp_wait(replies == i, "the reply");
    }
    each = (resident() - before) / (glong)N;
    printf("an idle endpoint: %ld KiB\n", each);
    ck_assert_int_lt(each, MOST_KIB);
    for (guint i = 0; i <= N; i++) {
        endpoint_free(endpoints[i]);
        close(peers[i]);
    }
}
END_TEST

static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    (void)server;
    (void)user_data;
    replies++;
    qmp_request_return(request, NULL);
    qmp_request_unref(request);
}

static void client_ready(QmpServer *server, guint64 client, gpointer user_data)
{
    (void)server;
    (void)client;
    (void)user_data;
    clients_ready++;
}

static const QmpServerOps server_ops = {.handle = handle, .client_ready = client_ready};

START_TEST(test_clients)
{
    g_autoptr(Temp) folder = temp_new();
    g_autofree char *path = g_build_filename(folder, "s", NULL);
    g_autoptr(QmpServer) server = qmp_server_new(path, &server_ops, NULL, NULL);
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, TRUE);
    static int clients[N + 1];
    glong before = 0, each;

    require_measuring();
    qmp_server_set_greeting(server, body);
    for (guint i = 0; i <= N; i++) {
        g_autoptr(GIOStream) stream = transport_connect(path, NULL);

        clients[i] =
            dup(g_socket_get_fd(g_socket_connection_get_socket(G_SOCKET_CONNECTION(stream))));
        say(clients[i], "{\"execute\": \"qmp_capabilities\"}{\"execute\": \"a\", \"id\": 1}");
        temp_wait(clients_ready == i + 1 && replies == i + 1, "a client");
        if (i == 0)
            before = resident();
    }
    each = (resident() - before) / (glong)N;
    printf("an idle client of a server: %ld KiB\n", each);
    ck_assert_int_lt(each, MOST_KIB_CLIENT);
    for (guint i = 0; i <= N; i++)
        close(clients[i]);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_endpoints);
    tcase_add_test(tcase, test_clients);
}

int main(void)
{
    return temp_run("endpoint-memory", add);
}
