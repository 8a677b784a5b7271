/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a QmpServer doesn't take: more clients than it can bear, those of another user, those that
 * do not read. Who is served already doesn't notice.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "qmpbridge/core/message.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/server.h"
#include "tests/lib/scripted-peer.h"
#include "tests/unit/temp.h"

static struct {
    QmpServer *server;
    guint gone, ready, refused, replies, events, closed;
    GError *why; /* (nullable): of the last that has gone, or was refused */
} rig;

static char *folder, *path;

static void handle(QmpServer *server, QmpRequest *request, gpointer user_data)
{
    (void)server;
    (void)user_data;
    qmp_request_return(request, NULL);
    qmp_request_unref(request);
}

static void note(const GError *why)
{
    g_clear_error(&rig.why);
    rig.why = why ? g_error_copy(why) : NULL;
}

static void client_gone(QmpServer *server, guint64 client, const TransportPeer *who,
                        const GError *why, gpointer user_data)
{
    (void)server;
    (void)client;
    (void)user_data;
    ck_assert_int_eq(who->pid, getpid());
    rig.gone++;
    note(why);
}

static void client_ready(QmpServer *server, guint64 client, gpointer user_data)
{
    (void)server;
    (void)client;
    (void)user_data;
    rig.ready++;
}

static void refused(QmpServer *server, const TransportPeer *who, const GError *why,
                    gpointer user_data)
{
    (void)server;
    (void)user_data;
    ck_assert_int_eq(who->pid, getpid());
    rig.refused++;
    note(why);
}

static const QmpServerOps ops = {
    .handle = handle,
    .client_gone = client_gone,
    .client_ready = client_ready,
    .refused = refused,
};

static void on_event(QmpClient *client, JsonNode *event, gpointer user_data)
{
    (void)client;
    (void)event;
    (void)user_data;
    rig.events++;
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
    (void)client;
    (void)user_data;
    ck_assert(value && !error);
    rig.replies++;
}

static QmpClient *connect_client(void)
{
    g_autoptr(GError) error = NULL;
    GIOStream *stream = transport_connect(path, &error);

    ck_assert_msg(stream != NULL, "%s", error ? error->message : "");
    return qmp_client_new(stream, 10000, &client_ops, NULL);
}

static void execute(QmpClient *client)
{
    qmp_client_execute(client, "now", NULL, 0, on_reply, NULL);
}

static void set_up(void)
{
    g_autoptr(JsonNode) body = message_greeting_body_new(NULL, FALSE);

    folder = temp_new();
    path = g_build_filename(folder, "s", NULL);
    memset(&rig, 0, sizeof(rig));
    rig.server = qmp_server_new(path, &ops, &rig, NULL);
    ck_assert_ptr_nonnull(rig.server);
    qmp_server_set_greeting(rig.server, body);
}

static void tear_down(void)
{
    qmp_server_free(rig.server);
    g_clear_error(&rig.why);
    temp_free(folder);
    g_free(path);
}

START_TEST(test_max_clients)
{
    QmpClient *clients[QMP_SERVER_MAX_CLIENTS + 1];
    struct rlimit limit = {4096, 4096}; /* both ends are in this process */

    if (setrlimit(RLIMIT_NOFILE, &limit) != 0)
        temp_skip("not 4096 descriptors: run it as root");
    for (guint i = 0; i < QMP_SERVER_MAX_CLIENTS; i++) {
        clients[i] = connect_client();
        execute(clients[i]);
        loop_until_count(&rig.replies, i + 1);
    }
    clients[QMP_SERVER_MAX_CLIENTS] = connect_client();
    loop_until_count(&rig.closed, 1);
    ck_assert_uint_eq(rig.refused, 1);
    temp_check_error(rig.why, BRIDGE_ERROR_BUSY, "there are 1024 clients already");
    ck_assert_uint_eq(qmp_server_clients(rig.server), QMP_SERVER_MAX_CLIENTS);
    for (guint i = 0; i <= QMP_SERVER_MAX_CLIENTS; i++)
        qmp_client_unref(clients[i]);
}
END_TEST

/* Who isn't of this user isn't let in, even if the socket's mode would. */
START_TEST(test_other_user)
{
    g_autoptr(GIOStream) stream = NULL;

    if (geteuid() != 0)
        temp_skip("another user can't be played: run it as root");
    ck_assert_int_eq(chmod(folder, 0711) | chmod(path, 0666), 0);
    ck_assert_int_eq(seteuid(65534), 0);
    stream = transport_connect(path, NULL);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_ptr_nonnull(stream);
    loop_until_count(&rig.refused, 1);
    temp_check_error(rig.why, BRIDGE_ERROR_FAILED, "for user 0 and root only");
    ck_assert_uint_eq(qmp_server_clients(rig.server), 0);
}
END_TEST

/* A client that stops reading is dropped once too much waits for it; the one beside it gets every
 * event, and is answered meanwhile. */
START_TEST(test_slow_reader)
{
    g_autoptr(GIOStream) slow = transport_connect(path, NULL);
    g_autoptr(QmpClient) good = connect_client();
    g_autofree char *big = g_strnfill(1 << 20, 'x');
    g_autofree char *text =
        g_strdup_printf("{\"event\": \"E\", \"data\": {\"x\": \"%s\"}}\r\n", big);
    g_autoptr(GBytes) event = g_bytes_new(text, strlen(text));
    guint sent = 0;

    ck_assert(g_output_stream_write_all(g_io_stream_get_output_stream(slow),
                                        "{\"execute\": \"qmp_capabilities\"}", 31, NULL, NULL,
                                        NULL));
    execute(good);
    loop_until_count(&rig.replies, 1);
    loop_until_count(&rig.ready, 2);
    while (rig.gone == 0) {
        ck_assert_uint_lt(sent, 2 * PEER_MAX_OUTPUT / (1 << 20));
        qmp_server_emit_text(rig.server, event);
        execute(good);
        loop_until_count(&rig.events, ++sent);
        loop_until_count(&rig.replies, sent + 1);
    }
    ck_assert_uint_ge(sent, PEER_MAX_OUTPUT / (1 << 20) - 1);
    temp_check_error(rig.why, BRIDGE_ERROR_TOO_BIG, "the client does not read");
    ck_assert_uint_eq(qmp_server_clients(rig.server), 1);
    execute(good);
    loop_until_count(&rig.replies, sent + 2);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_max_clients);
    tcase_add_test(tcase, test_other_user);
    tcase_add_test(tcase, test_slow_reader);
}

int main(void)
{
    return temp_run("server-limits", add);
}
