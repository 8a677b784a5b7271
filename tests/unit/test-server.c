/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpServer, with real clients on a real socket: greeting, requests answered now,
 * later and never, events to one and to all, clients that go, servers that go, hostile bytes.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/server.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"

static struct {
    QmpServer *server;
    GPtrArray *kept; /* requests for "later" */
    guint handled, gone, ready;
    guint64 last_client;
    guint replies, events, closed;
    GString *log;
} rig;

static char *folder;
static char *path;

static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    g_autoptr(QmpRequest) owned = request;
    const char *name = qmp_request_name(request);

    ck_assert_ptr_eq(server, rig.server);
    ck_assert_ptr_eq(user_data, &rig);
    rig.handled++;
    rig.last_client = qmp_request_client(request);
    if (strcmp(name, "now") == 0)
        qmp_request_return(request, NULL);
    else if (strcmp(name, "later") == 0)
        g_ptr_array_add(rig.kept, qmp_request_ref(request));
    else if (strcmp(name, "drop-me") == 0)
        qmp_server_drop(server, rig.last_client);
    else if (strcmp(name, "free-server") == 0)
        qmp_server_free(g_steal_pointer(&rig.server));
    else if (strcmp(name, "never") != 0)
        qmp_request_error(request, "CommandNotFound", "no such command");
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    (void)server;
    (void)client;
    (void)why;
    (void)user_data;
    ck_assert_str_eq(who->name, "test-server");
    ck_assert_int_eq(who->pid, getpid());
    ck_assert_uint_eq(who->uid, geteuid());
    rig.gone++;
}

static void client_ready(QmpServer *server, guint64 client, gpointer user_data)
{
    (void)server;
    (void)user_data;
    ck_assert_uint_ne(client, 0);
    rig.ready++;
}

static const QmpServerOps ops = {
    .handle = handle,
    .client_gone = client_gone,
    .client_ready = client_ready,
};

static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    Message message;

    (void)client;
    ck_assert(message_classify(event, &message, NULL));
    rig.events++;
    g_string_append_printf(rig.log, "%s:%s ", (const char *)user_data, message.name);
}

static void on_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    (void)error;
    (void)user_data;
    rig.closed++;
}

static const QmpClientOps client_ops = {.event = on_event, .closed = on_closed};

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    g_autofree char *text = value ? json_to_text(value) : NULL;

    (void)client;
    rig.replies++;
    g_string_append_printf(rig.log, "%s=%s ", (const char *)user_data,
                           text ? text : error->message);
}

static QmpClient *connect_client(const char *tag)
{
    g_autoptr(GError) error = NULL;
    GIOStream *stream = transport_connect(path, &error);

    ck_assert_msg(stream != NULL, "%s", error ? error->message : "");
    return qmp_client_new(stream, 5000, &client_ops, (gpointer)tag);
}

static void execute(QmpClient *client, const char *name)
{
    qmp_client_execute(client, name, NULL, 0, on_reply, (gpointer)name);
}

static void greet(gboolean oob)
{
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, oob);

    qmp_server_set_greeting(rig.server, body);
}

static void set_up(void)
{
    folder = g_dir_make_tmp("server-XXXXXX", NULL);
    path = g_build_filename(folder, "s", NULL);
    memset(&rig, 0, sizeof(rig));
    rig.kept = g_ptr_array_new_with_free_func((GDestroyNotify)qmp_request_unref);
    rig.log = g_string_new(NULL);
    rig.server = qmp_server_new(path, &ops, &rig, NULL);
    ck_assert_ptr_nonnull(rig.server);
}

static void tear_down(void)
{
    g_ptr_array_unref(rig.kept);
    qmp_server_free(rig.server);
    ck_assert(!g_file_test(path, G_FILE_TEST_EXISTS));
    g_rmdir(folder);
    g_string_free(rig.log, TRUE);
    g_free(folder);
    g_free(path);
}

START_TEST(test_requests)
{
    g_autoptr(QmpClient) client = connect_client("a");

    execute(client, "now");
    execute(client, "what");
    execute(client, "never");
    loop_ready();
    ck_assert_uint_eq(rig.handled, 0);
    greet(FALSE);
    loop_until_count(&rig.replies, 3);
    ck_assert_str_eq(rig.log->str, "now={} what=no such command "
                                   "never=the command was dropped without an answer ");
    ck_assert_uint_eq(rig.ready, 1);
}
END_TEST

/* Answered once, from outside a callback; a second answer does nothing. */
START_TEST(test_later)
{
    g_autoptr(QmpClient) client = connect_client("a");
    g_autoptr(JsonNode) value = json_parse("[7]", -1, NULL);

    greet(TRUE);
    execute(client, "later");
    execute(client, "now");
    loop_until_count(&rig.handled, 2);
    ck_assert(qmp_request_alive(rig.kept->pdata[0]));
    qmp_request_return(rig.kept->pdata[0], value);
    ck_assert(!qmp_request_alive(rig.kept->pdata[0]));
    qmp_request_error(rig.kept->pdata[0], "GenericError", "too late");
    loop_until_count(&rig.replies, 2);
    ck_assert_str_eq(rig.log->str, "later=[7] now={} ");
}
END_TEST

START_TEST(test_client_goes)
{
    QmpClient *client = connect_client("a");

    greet(FALSE);
    execute(client, "later");
    loop_until_count(&rig.handled, 1);
    ck_assert_uint_eq(qmp_server_clients(rig.server), 1);
    qmp_client_unref(client);
    loop_until_count(&rig.gone, 1);
    ck_assert_uint_eq(qmp_server_clients(rig.server), 0);
    ck_assert(!qmp_request_alive(rig.kept->pdata[0]));
    qmp_request_return(rig.kept->pdata[0], NULL);
    loop_ready();
}
END_TEST

START_TEST(test_drop)
{
    g_autoptr(QmpClient) client = connect_client("a");

    greet(FALSE);
    execute(client, "drop-me");
    loop_until_count(&rig.closed, 1);
    ck_assert_uint_eq(rig.gone, 1);
    qmp_server_drop(rig.server, rig.last_client);
    qmp_server_drop(rig.server, 999);
    loop_ready();
    ck_assert_uint_eq(rig.gone, 1);
}
END_TEST

/* As an emulator that ends: who was greeted is out, who comes later waits for the next one. */
START_TEST(test_withdraw)
{
    g_autoptr(QmpClient) before = connect_client("a");
    g_autoptr(QmpClient) after = NULL;

    greet(FALSE);
    execute(before, "now");
    loop_until_count(&rig.replies, 1);
    qmp_server_withdraw(rig.server);
    loop_until_count(&rig.closed, 1);
    ck_assert_uint_eq(rig.gone, 1);
    after = connect_client("b");
    execute(after, "now");
    loop_ready();
    ck_assert_uint_eq(rig.replies, 1);
    greet(FALSE);
    loop_until_count(&rig.replies, 2);
    ck_assert_uint_eq(rig.closed, 1);
}
END_TEST

START_TEST(test_server_goes)
{
    g_autoptr(QmpClient) client = connect_client("a");
    g_autoptr(QmpClient) other = connect_client("b");

    greet(TRUE);
    execute(client, "later");
    execute(client, "free-server");
    execute(client, "now");
    loop_until_count(&rig.closed, 2);
    ck_assert_ptr_null(rig.server);
    ck_assert_uint_eq(rig.gone, 0);
    qmp_request_return(rig.kept->pdata[0], NULL);
}
END_TEST

START_TEST(test_events)
{
    g_autoptr(QmpClient) a = connect_client("a");
    g_autoptr(QmpClient) b = NULL;
    g_autoptr(JsonNode) event = message_event_new("E", NULL, 0);
    g_autoptr(JsonNode) own = message_event_new("OWN", NULL, 0);
    guint64 first;

    qmp_server_emit(rig.server, event);
    greet(FALSE);
    execute(a, "now");
    loop_until_count(&rig.replies, 1);
    first = rig.last_client;
    b = connect_client("b");
    execute(b, "now");
    loop_until_count(&rig.replies, 2);
    ck_assert_uint_ne(rig.last_client, first);
    g_string_truncate(rig.log, 0);
    ck_assert(qmp_server_emit_to(rig.server, first, own));
    ck_assert(!qmp_server_emit_to(rig.server, 999, own));
    loop_until_count(&rig.events, 1);
    ck_assert_str_eq(rig.log->str, "a:OWN ");
    qmp_server_emit(rig.server, event);
    loop_until_count(&rig.events, 3);
}
END_TEST

START_TEST(test_path_in_use)
{
    g_autoptr(GError) error = NULL;

    ck_assert_str_eq(qmp_server_path(rig.server), path);
    ck_assert_ptr_null(qmp_server_new(path, &ops, &rig, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY));
}
END_TEST

/* By exec-oob a command is answered past those that are under way. */
START_TEST(test_oob)
{
    g_autoptr(QmpClient) client = connect_client("a");

    greet(TRUE);
    execute(client, "later");
    execute(client, "never");
    qmp_client_execute_full(client, "now", NULL, QMP_EXECUTE_OOB, 0, on_reply, (gpointer) "oob",
                            NULL);
    loop_until_count(&rig.replies, 1);
    ck_assert_str_eq(rig.log->str, "oob={} ");
    qmp_request_return(rig.kept->pdata[0], NULL);
    loop_until_count(&rig.replies, 3);
}
END_TEST

/* Random bytes, half of them JSON's own: the server answers, and serves others as before. */
START_TEST(test_hostile_bytes)
{
    static const char alphabet[] = "{}[]\"':,\\ \n\r\t\x01\xff"
                                   "execute0id";
    g_autoptr(GRand) random = g_rand_new_with_seed(42);
    g_autoptr(QmpClient) good = connect_client("a");

    greet(TRUE);
    for (int i = 0; i < 50; i++) {
        g_autoptr(GIOStream) bad = transport_connect(path, NULL);
        char bytes[3000];

        for (gsize n = 0; n < sizeof(bytes); n++)
            bytes[n] = alphabet[g_rand_int_range(random, 0, sizeof(alphabet) - 1)];
        g_output_stream_write(g_io_stream_get_output_stream(bad),
                              "{\"execute\": \"qmp_capabilities\"}", 31, NULL, NULL);
        g_output_stream_write(g_io_stream_get_output_stream(bad), bytes, sizeof(bytes), NULL, NULL);
        loop_ready();
    }
    loop_until_count(&rig.gone, 50);
    execute(good, "now");
    loop_until_count(&rig.replies, 1);
}
END_TEST

/* More requests in one write than may be outstanding: all are answered in order. */
START_TEST(test_many_requests)
{
    g_autoptr(GIOStream) stream = transport_connect(path, NULL);
    g_autoptr(GString) text = g_string_new("{\"execute\": \"qmp_capabilities\"}");

    greet(FALSE);
    for (int i = 0; i < 500; i++)
        g_string_append_printf(text, "{\"execute\": \"now\", \"id\": %d}", i);
    ck_assert(g_output_stream_write_all(g_io_stream_get_output_stream(stream), text->str, text->len,
                                        NULL, NULL, NULL));
    loop_until_count(&rig.handled, 500);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("server");
    TCase *tcase = tcase_create("server");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_requests);
    tcase_add_test(tcase, test_later);
    tcase_add_test(tcase, test_client_goes);
    tcase_add_test(tcase, test_drop);
    tcase_add_test(tcase, test_withdraw);
    tcase_add_test(tcase, test_server_goes);
    tcase_add_test(tcase, test_events);
    tcase_add_test(tcase, test_path_in_use);
    tcase_add_test(tcase, test_oob);
    tcase_add_test(tcase, test_hostile_bytes);
    tcase_add_test(tcase, test_many_requests);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
