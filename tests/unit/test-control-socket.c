/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ControlSocket: a client above, a scripted monitor below; what the owner takes and what the
 * monitor gets, which events clients see, what the log says, and that clients wait while there is
 * no monitor.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/control-socket.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"

static struct {
    char *folder, *log_path;
    EventLog *log;
    ControlSocket *socket;
    ScriptedPeer *monitor;
    QmpClient *below;
    guint greeted, replies, events, kept, passed, left, closed;
    GString *said; /* what clients got */
} rig;

/* --- the owner ------------------------------------------------------------------------------ */

static gboolean take(QmpRequest *request, gpointer user_data)
{
    (void)user_data;
    if (!g_str_equal(qmp_request_name(request), "own"))
        return FALSE;
    qmp_request_error(request, "CommandNotFound", "mine");
    qmp_request_unref(request);
    return TRUE;
}

static gboolean keep_event(JsonNode *event, gpointer user_data)
{
    const char *name = json_as_string(json_lookup(json_as_object(event), "event"));

    (void)user_data;
    if (!g_str_equal(name, "INNER"))
        return FALSE;
    rig.kept++;
    return TRUE;
}

static void client_gone(guint64 client, gpointer user_data)
{
    (void)client;
    (void)user_data;
    rig.left++;
}

static void pass(QmpRequest *request, gpointer user_data)
{
    (void)user_data;
    rig.passed++;
    qmp_request_return(request, NULL);
    qmp_request_unref(request);
}

static const ControlSocketOps bare_ops = {.take = NULL};
static const ControlSocketOps full_ops = {
    .take = take,
    .event = keep_event,
    .client_gone = client_gone,
};
static const ControlSocketOps router_ops = {.pass = pass};

/* --- both ends ------------------------------------------------------------------------------ */

static void below_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)user_data;
    control_socket_connect(rig.socket, client, NULL);
    control_socket_greet(rig.socket, greeting);
}

static void below_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    (void)client;
    (void)user_data;
    control_socket_event(rig.socket, event);
}

static void above_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)greeting;
    (void)user_data;
    rig.greeted++;
}

static void above_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    (void)client;
    (void)user_data;
    rig.events++;
    g_string_append_printf(rig.said, "%s ",
                           json_as_string(json_lookup(json_as_object(event), "event")));
}

static void above_closed(QmpClient *client, const GError *error, gpointer user_data)
{
    (void)client;
    (void)error;
    (void)user_data;
    rig.closed++;
}

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    g_autofree char *text = value ? json_to_text(value) : NULL;

    (void)client;
    (void)user_data;
    rig.replies++;
    g_string_append_printf(rig.said, "%s ", error ? error->message : text);
}

static const QmpClientOps below_ops = {.ready = below_ready, .event = below_event};
static const QmpClientOps above_ops = {
    .ready = above_ready,
    .event = above_event,
    .closed = above_closed,
};

static void start_monitor(void)
{
    int fd;

    rig.monitor = scripted_peer_new(&fd);
    scripted_peer_greet(rig.monitor, TRUE);
    rig.below = qmp_client_new(transport_from_fd(fd, NULL), 0, &below_ops, NULL);
}

static void stop_monitor(void)
{
    g_clear_pointer(&rig.below, qmp_client_unref);
    g_clear_pointer(&rig.monitor, scripted_peer_free);
}

static void rig_start(const ControlSocketOps *ops)
{
    GError *error = NULL;

    memset(&rig, 0, sizeof(rig));
    rig.said = g_string_new(NULL);
    rig.folder = g_dir_make_tmp("control-socket-XXXXXX", NULL);
    rig.log_path = g_build_filename(rig.folder, "log", NULL);
    rig.log = eventlog_open(rig.log_path, NULL, &error);
    ck_assert_msg(!error, "%s", error ? error->message : "");
    rig.socket = control_socket_new(NULL, rig.folder, rig.log, ops, NULL, &error);
    ck_assert_msg(!error, "%s", error ? error->message : "");
}

static QmpClient *attach(void)
{
    GIOStream *stream = transport_connect(control_socket_path(rig.socket), NULL);

    ck_assert_ptr_nonnull(stream);
    return qmp_client_new(stream, 10000, &above_ops, NULL);
}

static void rig_end(void)
{
    control_socket_free(rig.socket);
    stop_monitor();
    eventlog_free(rig.log);
    g_unlink(rig.log_path);
    ck_assert_int_eq(g_rmdir(rig.folder), 0); /* the socket is removed */
    g_free(rig.log_path);
    g_free(rig.folder);
    g_string_free(rig.said, TRUE);
}

/* @parts: NULL-terminated: they stand in the log in this order. */
static void expect_log(const char *const *parts)
{
    g_autofree char *text = NULL;
    const char *at;

    ck_assert(g_file_get_contents(rig.log_path, &text, NULL, NULL));
    at = text;
    for (; *parts; parts++) {
        const char *found = strstr(at, *parts);

        ck_assert_msg(found != NULL, "'%s' isn't where it belongs in %s", *parts, text);
        at = found + strlen(*parts);
    }
}

/* --- tests ---------------------------------------------------------------------------------- */

START_TEST(test_shared)
{
    static const char *const logged[] = {
        "\"event\": \"OUTER\"",
        "\"event\": \"INNER\"",
        "client 1 executes theirs",
        "client 1 (",
        "has left",
        NULL,
    };
    QmpClient *above;

    rig_start(&full_ops);
    start_monitor();
    above = attach();
    loop_until_count(&rig.greeted, 1);
    scripted_peer_send(rig.monitor, "{\"event\": \"OUTER\"}");
    scripted_peer_send(rig.monitor, "{\"event\": \"INNER\"}");
    loop_until_count(&rig.kept, 1);
    loop_until_count(&rig.events, 1);
    qmp_client_execute(above, "own", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 1);
    scripted_peer_expect(rig.monitor, "{'execute': 'theirs'}");
    scripted_peer_send(rig.monitor, "{\"return\": 7, \"id\": $ID}");
    qmp_client_execute(above, "theirs", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 2);
    ck_assert_str_eq(rig.said->str, "OUTER mine 7 ");
    qmp_client_unref(above);
    loop_until_count(&rig.left, 1);
    expect_log(logged);
    rig_end();
}
END_TEST

/* The owner may choose which monitor a command goes to. */
START_TEST(test_router)
{
    static const char *const logged[] = {"client 1 executes any", NULL};
    QmpClient *above;

    rig_start(&router_ops);
    start_monitor();
    above = attach();
    qmp_client_execute(above, "any", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 1);
    ck_assert_uint_eq(rig.passed, 1);
    expect_log(logged);
    qmp_client_unref(above);
    rig_end();
}
END_TEST

/* While the monitor is away clients wait; those that it leaves are closed, as by QEMU. */
START_TEST(test_away)
{
    QmpClient *first, *second;

    rig_start(&bare_ops);
    first = attach();
    qmp_client_execute(first, "early", NULL, 0, on_reply, NULL);
    loop_ready();
    ck_assert_uint_eq(rig.greeted, 0);
    start_monitor();
    scripted_peer_expect(rig.monitor, "{'execute': 'early'}");
    scripted_peer_send(rig.monitor, "{\"return\": 1, \"id\": $ID}");
    loop_until_count(&rig.replies, 1);
    control_socket_withdraw(rig.socket);
    stop_monitor();
    loop_until_count(&rig.closed, 1);
    second = attach();
    loop_ready();
    ck_assert_uint_eq(rig.greeted, 1);
    start_monitor();
    scripted_peer_expect(rig.monitor, "{'execute': 'late'}");
    scripted_peer_send(rig.monitor, "{\"return\": 2, \"id\": $ID}");
    qmp_client_execute(second, "late", NULL, 0, on_reply, NULL);
    loop_until_count(&rig.replies, 2);
    ck_assert_str_eq(rig.said->str, "1 2 ");
    qmp_client_unref(first);
    qmp_client_unref(second);
    rig_end();
}
END_TEST

/* The command that the monitor has when it is lost is answered, before its client is closed. */
START_TEST(test_lost_under_way)
{
    QmpClient *above;

    rig_start(&bare_ops);
    start_monitor();
    above = attach();
    scripted_peer_expect(rig.monitor, "{'execute': 'slow'}");
    qmp_client_execute(above, "slow", NULL, 0, on_reply, NULL);
    loop_until_done(rig.monitor);
    loop_until_count(&rig.greeted, 1);
    stop_monitor();
    control_socket_withdraw(rig.socket);
    loop_until_count(&rig.closed, 1);
    loop_until_count(&rig.replies, 1);
    ck_assert_ptr_nonnull(strstr(rig.said->str, "closed the connection"));
    qmp_client_unref(above);
    rig_end();
}
END_TEST

START_TEST(test_taken_path)
{
    ControlSocket *other;
    GError *error = NULL;

    rig_start(&bare_ops);
    other =
        control_socket_new(control_socket_path(rig.socket), NULL, NULL, &bare_ops, NULL, &error);
    ck_assert_ptr_null(other);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY));
    g_error_free(error);
    rig_end();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("control-socket");
    TCase *tcase = tcase_create("control-socket");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 20);
    tcase_add_test(tcase, test_shared);
    tcase_add_test(tcase, test_router);
    tcase_add_test(tcase, test_away);
    tcase_add_test(tcase, test_lost_under_way);
    tcase_add_test(tcase, test_taken_path);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
