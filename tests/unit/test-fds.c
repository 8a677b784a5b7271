/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Descriptors with messages, all the way: client, server, passthrough, client, scripted emulator.
 * What arrives is the file that was sent, and whatever happens on the way as many descriptors are
 * open afterwards as before.
 */
#include <check.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "qmpbridge/core/fds.h"
#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"
#include "tests/unit/temp.h"

static char *folder, *path;
static QmpServer *server;
static Passthrough *passthrough;
static QmpClient *below, *above;
static ScriptedPeer *emulator;
static guint replies, gone, handled;
static gint last_code;
static gboolean keep;
static QmpRequest *kept;
static guint open_before;

static guint open_fds(void)
{
    return temp_count("/proc/self/fd");
}

static void handle(QmpServer *of, QmpRequest *request, gpointer user_data)
{
    (void)of;
    (void)user_data;
    handled++;
    if (keep)
        kept = request;
    else
        passthrough_request(passthrough, request);
}

static void client_gone(QmpServer *of, guint64 client, const TransportPeer *who, const GError *why,
                        gpointer user_data)
{
    (void)of;
    (void)client;
    (void)who;
    (void)why;
    (void)user_data;
    gone++;
}

static void on_ready(QmpClient *client, JsonNode *greeting, gpointer user_data)
{
    (void)client;
    (void)user_data;
    qmp_server_set_greeting(server, greeting);
}

static const QmpServerOps server_ops = {.handle = handle, .client_gone = client_gone};
static const QmpClientOps below_ops = {.ready = on_ready};
static const QmpClientOps above_ops = {.ready = NULL};

/* GLib opens descriptors of its own when it is first used; they aren't counted. */
static void warm_up(void)
{
    g_autoptr(GSocket) socket =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);

    g_main_context_iteration(NULL, FALSE);
}

static void set_up(void)
{
    int fd;

    folder = temp_new();
    path = g_build_filename(folder, "s", NULL);
    warm_up();
    open_before = open_fds();
    emulator = scripted_peer_new(&fd);
    below = qmp_client_new(transport_from_fd(fd, NULL), 0, &below_ops, NULL);
    server = qmp_server_new(path, &server_ops, NULL, NULL);
    passthrough = passthrough_new(below, NULL);
    above = qmp_client_new(transport_connect(path, NULL), 5000, &above_ops, NULL);
    scripted_peer_greet(emulator, TRUE);
    temp_wait(qmp_client_is_ready(above), "the server");
}

/* Also tests: all that was opened is closed. */
static void tear_down(void)
{
    passthrough_free(passthrough);
    g_clear_pointer(&above, qmp_client_unref);
    g_clear_pointer(&kept, qmp_request_unref);
    qmp_server_free(server);
    g_clear_pointer(&below, qmp_client_unref);
    scripted_peer_free(emulator);
    loop_ready();
    ck_assert_uint_eq(open_fds(), open_before);
    temp_free(folder);
    g_free(path);
}

static void on_reply(QmpClient *client, GBytes *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)user_data;
    replies++;
    last_code = error ? error->code : -1;
}

/* @n files whose text is their number, from @first on. */
static Fds *files(guint n, guint first)
{
    Fds *fds = fds_new();

    for (guint i = 0; i < n; i++) {
        g_autofree char *name = g_strdup_printf("%u", first + i);
        g_autofree char *file = temp_file(folder, name, name);

        fds_take(fds, open(file, O_RDONLY | O_CLOEXEC));
    }
    return fds;
}

static void execute(const char *name, guint n, guint first)
{
    g_autoptr(Fds) fds = files(n, first);

    qmp_client_execute_fds(above, name, NULL, fds, QMP_EXECUTE, 0, on_reply, NULL, NULL);
}

/* The emulator's one descriptor is that of file @number, and closed on exec. */
static void check_arrived(guint number)
{
    char text[8] = "";
    int fd;

    ck_assert_uint_eq(scripted_peer_fds(emulator), 1);
    fd = scripted_peer_take_fd(emulator);
    ck_assert_int_ge(read(fd, text, sizeof(text) - 1), 1);
    ck_assert_int_eq(atoi(text), (int)number);
    close(fd);
}

static void expect_and_return(const char *name)
{
    g_autofree char *json = g_strdup_printf("{'execute': '%s'}", name);

    scripted_peer_expect(emulator, json);
    scripted_peer_send(emulator, "{\"return\": {}, \"id\": $ID}");
}

START_TEST(test_through)
{
    expect_and_return("getfd");
    execute("getfd", 1, 7);
    loop_until_count(&replies, 1);
    ck_assert_int_eq(last_code, -1);
    check_arrived(7);
}
END_TEST

/* The first of sixteen goes on; the others are closed. */
START_TEST(test_sixteen)
{
    expect_and_return("add-fd");
    execute("add-fd", FDS_MAX, 30);
    loop_until_count(&replies, 1);
    check_arrived(30);
}
END_TEST

/* Many at once: each command finds its own, since the next is sent when it is answered. */
START_TEST(test_many)
{
    for (guint i = 0; i < 40; i++)
        execute("getfd", 1 + i % 3, 10 * i);
    for (guint i = 0; i < 40; i++) {
        scripted_peer_expect(emulator, "{'execute': 'getfd'}");
        loop_until_done(emulator);
        check_arrived(10 * i);
        loop_ready();
        ck_assert_uint_eq(scripted_peer_fds(emulator), 0);
        scripted_peer_send(emulator, "{\"return\": {}, \"id\": $ID}");
    }
    loop_until_count(&replies, 40);
}
END_TEST

/* A command that takes none leaves it to the next that does, as in QEMU. */
START_TEST(test_other_command)
{
    expect_and_return("stop");
    expect_and_return("getfd");
    execute("stop", 2, 3);
    loop_until_count(&replies, 1);
    ck_assert_uint_eq(scripted_peer_fds(emulator), 0);
    execute("getfd", 0, 0);
    loop_until_count(&replies, 2);
    check_arrived(3);
}
END_TEST

/* The last that came are those that count; the others are closed when they come. */
START_TEST(test_replaced)
{
    expect_and_return("stop");
    expect_and_return("stop");
    expect_and_return("getfd");
    execute("stop", 2, 3);
    execute("stop", 2, 8);
    execute("getfd", 0, 0);
    loop_until_count(&replies, 3);
    check_arrived(8);
}
END_TEST

/* The client goes while its request holds a descriptor, and while some are kept for it. */
START_TEST(test_client_goes)
{
    keep = TRUE;
    execute("getfd", 2, 3);
    temp_wait(kept, "the request");
    ck_assert_uint_eq(fds_count(qmp_request_fds(kept)), 1);
    g_clear_pointer(&kept, qmp_request_unref);
    loop_until_count(&replies, 1);
    execute("stop", 5, 3);
    temp_wait(kept, "the request");
    ck_assert_ptr_null(qmp_request_fds(kept));
    g_clear_pointer(&above, qmp_client_unref);
    loop_until_count(&gone, 1);
}
END_TEST

/* The emulator goes with descriptors under way and more of them waiting. */
START_TEST(test_emulator_goes)
{
    scripted_peer_expect(emulator, "{'execute': 'getfd'}");
    scripted_peer_close(emulator);
    for (guint i = 0; i < 20; i++)
        execute("getfd", 3, 100 * i);
    loop_until_count(&replies, 20);
}
END_TEST

/* TCP, a pipe, a TLS stream: no descriptors, and the command says so. */
START_TEST(test_unsupported)
{
    g_autoptr(Fds) fds = files(1, 1);
    int there[2], back[2];
    g_autoptr(GIOStream) halves = NULL;
    QmpClient *client;

    ck_assert_int_eq(pipe2(there, O_CLOEXEC | O_NONBLOCK), 0);
    ck_assert_int_eq(pipe2(back, O_CLOEXEC | O_NONBLOCK), 0);
    client = qmp_client_new(transport_from_fd(there[0], NULL), 0, &above_ops, NULL);
    qmp_client_execute_fds(client, "getfd", NULL, fds, QMP_EXECUTE, 0, on_reply, NULL, NULL);
    ck_assert_uint_eq(replies, 0);
    loop_until_count(&replies, 1);
    ck_assert_int_eq(last_code, BRIDGE_ERROR_UNSUPPORTED);
    qmp_client_unref(client);
    close(there[1]);
    close(back[0]);
    close(back[1]);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_through);
    tcase_add_test(tcase, test_sixteen);
    tcase_add_test(tcase, test_many);
    tcase_add_test(tcase, test_other_command);
    tcase_add_test(tcase, test_replaced);
    tcase_add_test(tcase, test_client_goes);
    tcase_add_test(tcase, test_emulator_goes);
    tcase_add_test(tcase, test_unsupported);
}

int main(void)
{
    return temp_run("fds", add);
}
