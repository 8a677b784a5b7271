/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpClient against a scripted peer: replies, events, timeouts, the end in all its forms, and the
 * lifetime of callbacks: each is called once and its data freed once, whatever happens.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"

/* What has come so far, in order, as text. */
typedef struct {
    GString *log;
    guint ready, replies, events, notices, closed, freed;
    QmpClient *drop_on_event; /* unref this one when an event comes */
    gboolean close_on_reply;
} Seen;

static Seen seen;
static ScriptedPeer *peer;
static QmpClient *client;

static void on_ready(QmpClient *c, JsonNode *greeting, gpointer user_data)
{
    ck_assert_ptr_eq(user_data, &seen);
    ck_assert_ptr_eq(qmp_client_greeting(c), greeting);
    ck_assert(qmp_client_is_ready(c));
    seen.ready++;
    g_string_append(seen.log, "ready ");
}

static void on_event(QmpClient *c, JsonNode *event, gpointer user_data)
{
    const char *name = "";

    (void)user_data;
    ck_assert(json_get_string(json_as_object(event), "event", &name, NULL));
    seen.events++;
    g_string_append_printf(seen.log, "event:%s ", name);
    if (seen.drop_on_event == c)
        qmp_client_unref(g_steal_pointer(&seen.drop_on_event));
}

static void on_notice(QmpClient *c, const GError *what, gpointer user_data)
{
    (void)c;
    (void)what;
    (void)user_data;
    seen.notices++;
}

static void on_closed(QmpClient *c, const GError *error, gpointer user_data)
{
    (void)user_data;
    ck_assert(!qmp_client_is_ready(c));
    ck_assert_ptr_nonnull(error);
    seen.closed++;
    g_string_append_printf(seen.log, "closed:%d ", error->code);
}

static const QmpClientOps ops = {
    .ready = on_ready,
    .event = on_event,
    .notice = on_notice,
    .closed = on_closed,
};

static void on_reply(QmpClient *c, JsonNode *value, const GError *error, gpointer user_data)
{
    ck_assert((value == NULL) != (error == NULL));
    seen.replies++;
    if (error)
        g_string_append_printf(seen.log, "%s:error:%d ", (const char *)user_data, error->code);
    else
        g_string_append_printf(seen.log, "%s:ok ", (const char *)user_data);
    if (seen.close_on_reply)
        qmp_client_close(c);
}

static void on_free(gpointer user_data)
{
    (void)user_data;
    seen.freed++;
}

static void set_up(void)
{
    int fd;

    memset(&seen, 0, sizeof(seen));
    seen.log = g_string_new(NULL);
    peer = scripted_peer_new(&fd);
    client = qmp_client_new(transport_from_fd(fd, NULL), 200, &ops, &seen);
}

static void tear_down(void)
{
    if (client)
        qmp_client_unref(client);
    scripted_peer_free(peer);
    g_string_free(seen.log, TRUE);
}

static void execute(const char *name, guint timeout_ms)
{
    qmp_client_execute_full(client, name, NULL, QMP_EXECUTE, timeout_ms, on_reply, (gpointer)name,
                            on_free);
}

START_TEST(test_execute)
{
    scripted_peer_greet(peer, TRUE);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    scripted_peer_expect(peer, "{'execute': 'b', 'arguments': {'x': [1]}}");
    scripted_peer_send(peer, "{\"return\": {}, \"id\": 2}{\"event\": \"E\"}");
    scripted_peer_send(peer, "{\"error\": {\"class\": \"GenericError\", \"desc\": \"no\"}, "
                             "\"id\": $ID}");
    execute("a", 0);
    qmp_client_execute(client, "b", json_parse_object("{'x': [1]}", -1, NULL), 0, on_reply,
                       (gpointer) "b");
    loop_until_count(&seen.replies, 2);
    ck_assert_str_eq(seen.log->str, "ready a:ok event:E b:error:11 ");
    ck_assert_int_eq(BRIDGE_ERROR_COMMAND, 11);
    ck_assert_uint_eq(seen.freed, 1);
    ck_assert_uint_eq(qmp_client_pending(client), 0);
}
END_TEST

START_TEST(test_execute_node)
{
    scripted_peer_greet(peer, TRUE);
    scripted_peer_expect(peer, "{'exec-oob': 'yank', 'arguments': {}}");
    scripted_peer_send(peer, "{\"return\": {}, \"id\": $ID}");
    qmp_client_execute_node(
        client, json_parse("{'exec-oob': 'yank', 'arguments': {}, 'id': 'mine'}", -1, NULL), 0,
        on_reply, (gpointer) "yank");
    qmp_client_execute_node(client, json_parse("{'x': 1}", -1, NULL), 0, on_reply,
                            (gpointer) "bad");
    ck_assert_uint_eq(seen.replies, 0);
    loop_until_count(&seen.replies, 2);
    ck_assert_str_eq(seen.log->str, "bad:error:1 ready yank:ok ");
}
END_TEST

START_TEST(test_busy)
{
    execute("a", 0);
    loop_until_count(&seen.closed, 1);
    ck_assert_int_eq(BRIDGE_ERROR_BUSY, 6);
    ck_assert_str_eq(seen.log->str, "a:error:6 closed:6 ");
    ck_assert_uint_eq(seen.freed, 1);
}
END_TEST

START_TEST(test_timeout)
{
    scripted_peer_greet(peer, FALSE);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    execute("a", 20);
    loop_until_count(&seen.replies, 1);
    ck_assert_int_eq(BRIDGE_ERROR_TIMEOUT, 7);
    ck_assert_str_eq(seen.log->str, "ready a:error:7 ");
    ck_assert_uint_eq(qmp_client_pending(client), 1);
    scripted_peer_send(peer, "{\"return\": {}, \"id\": $ID}");
    loop_until_count(&seen.notices, 1);
    ck_assert_uint_eq(seen.replies, 1);
    ck_assert_uint_eq(seen.freed, 1);
}
END_TEST

START_TEST(test_peer_goes)
{
    scripted_peer_greet(peer, FALSE);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    scripted_peer_close(peer);
    execute("a", 0);
    execute("b", 0);
    loop_until_count(&seen.closed, 1);
    ck_assert_int_eq(BRIDGE_ERROR_CLOSED, 8);
    ck_assert_str_eq(seen.log->str, "ready a:error:8 b:error:8 closed:8 ");
    execute("c", 0);
    ck_assert_uint_eq(seen.replies, 2);
    loop_until_count(&seen.replies, 3);
    ck_assert_uint_eq(seen.freed, 3);
    qmp_client_close(client);
    ck_assert_uint_eq(seen.closed, 1);
}
END_TEST

START_TEST(test_close)
{
    scripted_peer_greet(peer, FALSE);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    execute("a", 0);
    execute("b", 0);
    loop_until_done(peer);
    qmp_client_close(client);
    ck_assert_uint_eq(seen.replies, 2);
    ck_assert_uint_eq(seen.freed, 2);
    loop_ready();
    ck_assert_uint_eq(seen.closed, 0);
}
END_TEST

START_TEST(test_close_in_reply)
{
    seen.close_on_reply = TRUE;
    scripted_peer_greet(peer, FALSE);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    scripted_peer_send(peer, "{\"return\": {}, \"id\": $ID}{\"event\": \"E\"}");
    scripted_peer_expect(peer, "{'execute': 'b'}");
    execute("a", 0);
    execute("b", 0);
    loop_until_count(&seen.freed, 2);
    loop_ready();
    ck_assert_str_eq(seen.log->str, "ready a:ok b:error:8 ");
    ck_assert_uint_eq(seen.closed, 0);
}
END_TEST

START_TEST(test_unref_in_event)
{
    seen.drop_on_event = g_steal_pointer(&client);
    scripted_peer_greet(peer, FALSE);
    scripted_peer_send(peer, "{\"event\": \"A\"}{\"event\": \"B\"}");
    qmp_client_execute_full(seen.drop_on_event, "a", NULL, QMP_EXECUTE, 0, on_reply, (gpointer) "a",
                            on_free);
    scripted_peer_expect(peer, "{'execute': 'a'}");
    loop_until_count(&seen.events, 1);
    loop_ready();
    ck_assert_str_eq(seen.log->str, "ready event:A a:error:8 ");
    ck_assert_uint_eq(seen.freed, 1);
}
END_TEST

START_TEST(test_no_callbacks)
{
    static const QmpClientOps none = {NULL, NULL, NULL, NULL};
    int fd;
    ScriptedPeer *other = scripted_peer_new(&fd);
    QmpClient *quiet = qmp_client_new(transport_from_fd(fd, NULL), 0, &none, NULL);

    scripted_peer_greet(other, FALSE);
    scripted_peer_expect(other, "{'execute': 'a'}");
    scripted_peer_send(other, "junk\r\n{\"event\": \"E\"}{\"return\": {}, \"id\": $ID}");
    scripted_peer_close(other);
    qmp_client_execute(quiet, "a", NULL, 0, NULL, NULL);
    loop_until_done(other);
    loop_ready();
    qmp_client_unref(quiet);
    scripted_peer_free(other);
}
END_TEST

/* A peer that does not read: nothing blocks, everything is sent when it reads again. */
START_TEST(test_big_output)
{
    g_autofree char *big = g_strnfill(4 << 20, 'x');
    g_autofree char *want = g_strdup_printf("{'execute': 'big', 'arguments': {'x': '%s'}}", big);
    JsonObject *args = json_object_new();

    json_object_set_string_member(args, "x", big);
    scripted_peer_greet(peer, FALSE);
    scripted_peer_expect(peer, want);
    scripted_peer_send(peer, "{\"return\": {}, \"id\": $ID}");
    qmp_client_execute(client, "big", args, 0, on_reply, (gpointer) "big");
    loop_until_count(&seen.replies, 1);
    ck_assert_str_eq(seen.log->str, "ready big:ok ");
}
END_TEST

/* Many clients made and ended in every state: nothing leaks and nothing is called twice. */
START_TEST(test_lifetimes)
{
    guint calls = 0;

    for (guint i = 0; i < 200; i++) {
        int fd;
        ScriptedPeer *other = scripted_peer_new(&fd);
        QmpClient *c = qmp_client_new(transport_from_fd(fd, NULL), 0, &ops, &seen);

        for (guint n = 0; n < i % 5; n++, calls++)
            qmp_client_execute_full(c, "x", NULL, QMP_EXECUTE, 0, on_reply, (gpointer) "x",
                                    on_free);
        if (i % 2) {
            scripted_peer_greet(other, i % 3 == 0);
            for (guint n = 0; n < i % 5; n++)
                scripted_peer_expect(other, "{'execute': 'x'}");
        }
        for (guint n = 0; n < i % 7; n++)
            g_main_context_iteration(NULL, FALSE);
        if (i % 4 == 0)
            qmp_client_close(c);
        qmp_client_unref(c);
        scripted_peer_free(other);
    }
    loop_ready();
    ck_assert_uint_eq(seen.replies, calls);
    ck_assert_uint_eq(seen.freed, calls);
    ck_assert_uint_eq(seen.closed, 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("client");
    TCase *tcase = tcase_create("client");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_execute);
    tcase_add_test(tcase, test_execute_node);
    tcase_add_test(tcase, test_busy);
    tcase_add_test(tcase, test_timeout);
    tcase_add_test(tcase, test_peer_goes);
    tcase_add_test(tcase, test_close);
    tcase_add_test(tcase, test_close_in_reply);
    tcase_add_test(tcase, test_unref_in_event);
    tcase_add_test(tcase, test_no_callbacks);
    tcase_add_test(tcase, test_big_output);
    tcase_add_test(tcase, test_lifetimes);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
