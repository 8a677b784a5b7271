/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A connection by its operations, without a server: what it calls, in which order, and that its
 * owner may free it from within any of these calls.
 */
#include <check.h>
#include <gio/gio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/server-connection.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"

/* In which call the owner frees the connection. */
enum { IN_NONE, IN_READY, IN_REQUEST, IN_GONE };

static struct {
    Connection *connection;
    QmpClient *client;
    QmpRequest *kept;
    GString *calls;
    guint ready, requests, gone, replies, closed;
    int free_in;
} rig;

static void free_if(int where)
{
    if (rig.free_in == where)
        g_clear_pointer(&rig.connection, connection_free);
}

static void on_request(QmpRequest *request, gpointer owner)
{
    ck_assert_ptr_eq(owner, &rig);
    g_string_append_printf(rig.calls, "%s(%u) ", qmp_request_name(request),
                           (guint)qmp_request_client(request));
    rig.requests++;
    free_if(IN_REQUEST);
    if (g_str_equal(qmp_request_name(request), "keep")) {
        rig.kept = request;
        return;
    }
    qmp_request_return(request, NULL);
    qmp_request_unref(request);
}

static PeerFlow on_flow(const char *name, gpointer owner)
{
    ck_assert_ptr_eq(owner, &rig);
    return g_str_equal(name, "now") ? PEER_IMMEDIATE : PEER_PIPELINE;
}

static void on_ready(Connection *connection, gpointer owner)
{
    ck_assert_ptr_eq(owner, &rig);
    ck_assert_ptr_eq(connection, rig.connection);
    ck_assert(connection_is_ready(connection));
    g_string_append(rig.calls, "ready ");
    rig.ready++;
    free_if(IN_READY);
}

static void on_gone(Connection *connection, const GError *why, gpointer owner)
{
    ck_assert_ptr_eq(owner, &rig);
    ck_assert_uint_eq(connection_id(connection), 7);
    ck_assert_int_eq(connection_who(connection)->pid, 42);
    g_string_append(rig.calls, why ? "gone! " : "gone ");
    rig.gone++;
    free_if(IN_GONE);
}

static const ConnectionOps ops = {on_request, on_flow, on_ready, on_gone};

static void client_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    (void)error;
    (void)user_data;
    rig.closed++;
}

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)error;
    (void)user_data;
    rig.replies++;
}

static const QmpClientOps client_ops = {.closed = client_closed};

static void start(int free_in)
{
    g_autoptr(JsonNode) greeting = message_greeting_body_new(NULL, TRUE);
    const TransportPeer who = {.pid = 42};
    int pair[2];

    memset(&rig, 0, sizeof(rig));
    rig.free_in = free_in;
    rig.calls = g_string_new(NULL);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    rig.connection = connection_new(7, transport_from_fd(pair[0], NULL), &who, &ops, &rig);
    rig.client = qmp_client_new(transport_from_fd(pair[1], NULL), 5000, &client_ops, NULL);
    connection_greet(rig.connection, greeting);
}

static void end(const char *calls)
{
    ck_assert_str_eq(rig.calls->str, calls);
    connection_free(rig.connection);
    if (rig.client)
        qmp_client_unref(rig.client);
    g_string_free(rig.calls, TRUE);
}

static void execute(const char *name)
{
    qmp_client_execute(rig.client, name, NULL, 0, on_reply, NULL);
}

/* `now` doesn't wait for its turn; the client leaves; what it had may be answered all the same. */
START_TEST(test_calls)
{
    start(IN_GONE);
    execute("keep");
    loop_until_count(&rig.requests, 1);
    execute("now");
    loop_until_count(&rig.replies, 1);
    ck_assert(qmp_request_alive(rig.kept));
    g_clear_pointer(&rig.client, qmp_client_unref);
    loop_until_count(&rig.gone, 1);
    ck_assert(!qmp_request_alive(rig.kept));
    qmp_request_return(rig.kept, NULL);
    qmp_request_unref(rig.kept);
    end("ready keep(7) now(7) gone ");
}
END_TEST

START_TEST(test_drop)
{
    start(IN_GONE);
    loop_until_count(&rig.ready, 1);
    connection_drop(rig.connection);
    ck_assert_uint_eq(rig.gone, 0); /* never from within a call of the owner's */
    loop_until_count(&rig.gone, 1);
    loop_until_count(&rig.closed, 1);
    end("ready gone ");
}
END_TEST

/* Nothing is called after it is freed, whatever was still to come. */
START_TEST(test_freed_when_ready)
{
    start(IN_READY);
    execute("a");
    loop_until_count(&rig.closed, 1);
    end("ready ");
}
END_TEST

START_TEST(test_freed_by_request)
{
    start(IN_REQUEST);
    execute("a");
    execute("b");
    loop_until_count(&rig.closed, 1);
    end("ready a(7) ");
}
END_TEST

START_TEST(test_freed_outside)
{
    start(IN_NONE);
    execute("keep");
    loop_until_count(&rig.requests, 1);
    g_clear_pointer(&rig.connection, connection_free);
    ck_assert(!qmp_request_alive(rig.kept));
    qmp_request_unref(rig.kept);
    loop_until_count(&rig.closed, 1);
    end("ready keep(7) ");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("connection");
    TCase *tcase = tcase_create("connection");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_calls);
    tcase_add_test(tcase, test_drop);
    tcase_add_test(tcase, test_freed_when_ready);
    tcase_add_test(tcase, test_freed_by_request);
    tcase_add_test(tcase, test_freed_outside);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
