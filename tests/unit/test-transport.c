/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Transports: addresses by table; connecting with its failures; listening with its refusals;
 * streams from descriptors.
 */
#include <check.h>
#include <fcntl.h>
#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/transport.h"
#include "tests/lib/scripted-peer.h"
#include "tests/unit/temp.h"

static char *folder;

static void make_folder(void)
{
    folder = g_dir_make_tmp("transport-XXXXXX", NULL);
    ck_assert_ptr_nonnull(folder);
}

static void remove_folder(void)
{
    g_autoptr(GDir) dir = g_dir_open(folder, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(folder, name, NULL);

        g_unlink(path);
    }
    g_rmdir(folder);
    g_free(folder);
}

static char *in_folder(const char *name)
{
    return g_build_filename(folder, name, NULL);
}

#define LONG_107                                                                       \
    "/1234567890123456789012345678901234567890123456789012345678901234567890123456789" \
    "012345678901234567890123456"

static const struct {
    const char *text;
    int kind; /* -1: refused */
    const char *path, *host;
    int number;
} addresses[] = {
    {"/run/x.sock", TRANSPORT_UNIX, "/run/x.sock", NULL, 0},
    {"x.sock", TRANSPORT_UNIX, "x.sock", NULL, 0},
    {"unix:/run/x", TRANSPORT_UNIX, "/run/x", NULL, 0},
    {"unix:tcp:1", TRANSPORT_UNIX, "tcp:1", NULL, 0},
    {LONG_107, TRANSPORT_UNIX, LONG_107, NULL, 0},
    {LONG_107 "7", -1, NULL, NULL, 0},
    {"unix:" LONG_107 "7", -1, NULL, NULL, 0},
    {"", -1, NULL, NULL, 0},
    {"unix:", -1, NULL, NULL, 0},
    {"tcp:localhost:4444", TRANSPORT_TCP, NULL, "localhost", 4444},
    {"tcp:[::1]:65535", TRANSPORT_TCP, NULL, "::1", 65535},
    {"tcp:127.0.0.1:1", TRANSPORT_TCP, NULL, "127.0.0.1", 1},
    {"tcp:localhost", -1, NULL, NULL, 0},
    {"tcp::1", -1, NULL, NULL, 0},
    {"tcp:host:0", -1, NULL, NULL, 0},
    {"tcp:host:65536", -1, NULL, NULL, 0},
    {"tcp:host:+1", -1, NULL, NULL, 0},
    {"tcp:host:1x", -1, NULL, NULL, 0},
    {"tcp:host:", -1, NULL, NULL, 0},
    {"abstract:vm/1", TRANSPORT_ABSTRACT, "vm/1", NULL, 0},
    {"abstract:" LONG_107, TRANSPORT_ABSTRACT, LONG_107, NULL, 0},
    {"abstract:", -1, NULL, NULL, 0},
    {"abstract:" LONG_107 "7", -1, NULL, NULL, 0},
    {"tls:host.example:4444", TRANSPORT_TLS, NULL, "host.example", 4444},
    {"tls:[::1]:1", TRANSPORT_TLS, NULL, "::1", 1},
    {"tls:host", -1, NULL, NULL, 0},
    {"fd:7", TRANSPORT_FD, NULL, NULL, 7},
    {"fd:", -1, NULL, NULL, 0},
    {"fd:-1", -1, NULL, NULL, 0},
    {"fd:99999999999", -1, NULL, NULL, 0},
    {"fd:3x", -1, NULL, NULL, 0},
};

START_TEST(test_parse)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(TransportAddress) address = transport_parse(addresses[_i].text, &error);

    if (addresses[_i].kind < 0) {
        ck_assert_ptr_null(address);
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
        return;
    }
    ck_assert_msg(address, "%s", error ? error->message : "");
    ck_assert_int_eq(address->kind, addresses[_i].kind);
    ck_assert_pstr_eq(address->path, addresses[_i].path);
    ck_assert_pstr_eq(address->host, addresses[_i].host);
    ck_assert_int_eq(address->kind == TRANSPORT_FD ? address->fd : address->port,
                     addresses[_i].number);
}
END_TEST

START_TEST(test_listen)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) listener = transport_listen_unix(path, &error);
    g_autoptr(GIOStream) client = NULL;
    struct stat info;

    ck_assert_msg(listener, "%s", error ? error->message : "");
    ck_assert_int_eq(lstat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
    client = transport_connect(path, &error);
    ck_assert_ptr_nonnull(client);
    ck_assert(g_pollable_input_stream_can_poll(
        G_POLLABLE_INPUT_STREAM(g_io_stream_get_input_stream(client))));
}
END_TEST

/* Whatever the umask, the socket is 0600 and the umask stays what it was. */
START_TEST(test_listen_umask)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GSocket) listener = NULL;
    struct stat info;

    umask(0);
    listener = transport_listen_unix(path, NULL);
    ck_assert_int_eq(lstat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
    ck_assert_int_eq(umask(0777), 0);
    g_clear_object(&listener);
    listener = transport_listen_unix(path, NULL);
    ck_assert_ptr_nonnull(listener);
    ck_assert_int_eq(lstat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
}
END_TEST

START_TEST(test_listen_live)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GSocket) first = transport_listen_unix(path, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(transport_listen_unix(path, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY));
    ck_assert_ptr_nonnull(strstr(error->message, "socket in use"));
    ck_assert_int_eq(g_access(path, F_OK), 0);
}
END_TEST

START_TEST(test_listen_stale)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GSocket) first = transport_listen_unix(path, NULL);
    g_autoptr(GSocket) second = NULL;

    g_clear_object(&first);
    ck_assert_int_eq(g_access(path, F_OK), 0);
    second = transport_listen_unix(path, NULL);
    ck_assert_ptr_nonnull(second);
}
END_TEST

/* Servers of which each finds the same stale socket. */
#define RACERS 4u
#define RACES 300u

typedef struct {
    const char *path;
    pthread_barrier_t barrier;
    GSocket *listeners[RACERS];
} Race;

typedef struct {
    Race *race;
    guint self;
} Racer;

static gpointer listen_at_once(gpointer user_data)
{
    Racer *racer = user_data;

    pthread_barrier_wait(&racer->race->barrier);
    racer->race->listeners[racer->self] = transport_listen_unix(racer->race->path, NULL);
    return NULL;
}

/* One of them gets the path, and is the one that is reached there. */
START_TEST(test_listen_race)
{
    g_autofree char *path = in_folder("s");
    Race race = {.path = path};

    pthread_barrier_init(&race.barrier, NULL, RACERS);
    for (guint round = 0; round < RACES; round++) {
        GThread *threads[RACERS];
        Racer racers[RACERS];
        GSocket *winner = NULL;
        GIOStream *client;

        for (guint i = 0; i < RACERS; i++) {
            racers[i] = (Racer){&race, i};
            threads[i] = g_thread_new("racer", listen_at_once, &racers[i]);
        }
        for (guint i = 0; i < RACERS; i++) {
            g_thread_join(threads[i]);
            ck_assert_msg(!winner || !race.listeners[i], "two servers have it, round %u", round);
            winner = winner ? winner : race.listeners[i];
        }
        ck_assert_ptr_nonnull(winner);
        client = transport_connect(path, NULL);
        ck_assert_ptr_nonnull(client);
        ck_assert(g_socket_condition_check(winner, G_IO_IN) & G_IO_IN);
        g_object_unref(client);
        g_object_unref(winner);
    }
    pthread_barrier_destroy(&race.barrier);
}
END_TEST

/* Whoever holds the lock is waited for, but not for ever; one left by a killed process is taken. */
START_TEST(test_listen_locked)
{
    g_autofree char *path = in_folder("s");
    g_autofree char *lock = g_strconcat(path, ".lock", NULL);
    g_autoptr(GSocket) listener = NULL;
    g_autoptr(GError) error = NULL;
    int fd = open(lock, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    ck_assert_ptr_null(transport_listen_unix(path, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_BUSY));
    ck_assert_ptr_nonnull(strstr(error->message, "choose another path"));
    close(fd);
    listener = transport_listen_unix(path, NULL);
    ck_assert_ptr_nonnull(listener);
    ck_assert_int_ne(g_access(lock, F_OK), 0);
}
END_TEST

/* A lock on the directory is of no account: an owned one has it all the time. */
START_TEST(test_listen_in_owned)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GSocket) listener = NULL;
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    ck_assert_int_eq(flock(fd, LOCK_EX), 0);
    listener = transport_listen_unix(path, NULL);
    ck_assert_ptr_nonnull(listener);
    close(fd);
}
END_TEST

START_TEST(test_listen_other_file)
{
    g_autofree char *path = in_folder("file");
    g_autofree char *link = in_folder("link");
    g_autofree char *nowhere = in_folder("missing/s");
    g_autoptr(GError) error = NULL;

    ck_assert(g_file_set_contents(path, "kept", -1, NULL));
    ck_assert_ptr_null(transport_listen_unix(path, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    g_clear_error(&error);
    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_ptr_null(transport_listen_unix(link, NULL));
    ck_assert(g_file_test(path, G_FILE_TEST_IS_REGULAR));
    ck_assert_ptr_null(transport_listen_unix(nowhere, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT));
    g_clear_error(&error);
    ck_assert_ptr_null(transport_listen_unix(LONG_107 "7", &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
}
END_TEST

START_TEST(test_connect_refused)
{
    g_autofree char *path = in_folder("s");
    g_autoptr(GError) error = NULL;
    g_autoptr(GSocket) listener = NULL;

    ck_assert_ptr_null(transport_connect(path, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT));
    ck_assert_ptr_nonnull(strstr(error->message, "is the VM running"));
    g_clear_error(&error);
    listener = transport_listen_unix(path, NULL);
    g_clear_object(&listener);
    ck_assert_ptr_null(transport_connect(path, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "nobody listens"));
    ck_assert_ptr_null(transport_connect("tcp:x", NULL));
}
END_TEST

typedef struct {
    gboolean done;
    GIOStream *stream;
    GError *error;
} Outcome;

static void on_connected(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Outcome *outcome = user_data;

    (void)source;
    outcome->stream = transport_connect_finish(result, &outcome->error);
    ck_assert((outcome->stream == NULL) != (outcome->error == NULL));
    outcome->done = TRUE;
}

static void outcome_clear(Outcome *outcome)
{
    g_clear_object(&outcome->stream);
    g_clear_error(&outcome->error);
    outcome->done = FALSE;
}

START_TEST(test_abstract)
{
    g_autofree char *name = g_strdup_printf("qmpbridge-test/%d", (int)getpid());
    g_autofree char *text = g_strdup_printf("abstract:%s", name);
    g_autoptr(GSocketAddress) address = g_unix_socket_address_new_with_type(
        name, (int)strlen(name), G_UNIX_SOCKET_ADDRESS_ABSTRACT);
    g_autoptr(GSocket) listener =
        g_socket_new(G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
    Outcome outcome = {FALSE, NULL, NULL};
    TransportPeer peer;

    transport_connect_async(text, NULL, 0, NULL, on_connected, &outcome);
    ck_assert(!outcome.done);
    loop_until(&outcome.done);
    temp_check_error(outcome.error, BRIDGE_ERROR_CONNECT, "nobody listens there");
    outcome_clear(&outcome);
    ck_assert(g_socket_bind(listener, address, FALSE, NULL) && g_socket_listen(listener, NULL));
    transport_connect_async(text, NULL, 0, NULL, on_connected, &outcome);
    loop_until(&outcome.done);
    ck_assert_msg(outcome.stream, "%s", outcome.error ? outcome.error->message : "");
    ck_assert(transport_peer(outcome.stream, &peer));
    ck_assert_int_eq(peer.pid, getpid());
    ck_assert_uint_eq(peer.uid, getuid());
    outcome_clear(&outcome);
}
END_TEST

static const struct {
    const char *address, *tells;
    int code;
} failures[] = {
    {"/nowhere/s", "is the VM running", BRIDGE_ERROR_CONNECT},
    {"tcp:localhost:1", "nobody listens", BRIDGE_ERROR_CONNECT},
    {"tcp:no.such.host.invalid:1", "no.such.host.invalid", BRIDGE_ERROR_CONNECT},
    {"tls:localhost:1", "nobody listens", BRIDGE_ERROR_CONNECT},
    {"fd:9999", "9999", BRIDGE_ERROR_CONNECT},
    {"tls:localhost", "no TCP port", BRIDGE_ERROR_USAGE},
};

/* Each fails from the main loop, and with a cancellable that is cancelled at once in that way. */
START_TEST(test_failures)
{
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    Outcome outcome = {FALSE, NULL, NULL};

    transport_connect_async(failures[_i].address, NULL, 0, NULL, on_connected, &outcome);
    ck_assert(!outcome.done);
    loop_until(&outcome.done);
    temp_check_error(outcome.error, failures[_i].code, failures[_i].tells);
    outcome_clear(&outcome);
    transport_connect_async(failures[_i].address, NULL, 0, cancellable, on_connected, &outcome);
    g_cancellable_cancel(cancellable);
    loop_until(&outcome.done);
    ck_assert_int_eq(outcome.error->domain, BRIDGE_ERROR);
    if (!g_str_has_prefix(failures[_i].address, "fd:") && _i < 4)
        ck_assert_int_eq(outcome.error->code, BRIDGE_ERROR_CANCELLED);
    outcome_clear(&outcome);
}
END_TEST

START_TEST(test_from_fd)
{
    int pair[2], pipes[2];
    g_autofree char *path = in_folder("file");
    g_autofree char *address = NULL;
    g_autoptr(GIOStream) socket = NULL;
    g_autoptr(GIOStream) pipe_end = NULL;
    g_autoptr(GError) error = NULL;
    int plain = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    address = g_strdup_printf("fd:%d", pair[0]);
    socket = transport_connect(address, NULL);
    ck_assert_ptr_nonnull(socket);
    ck_assert_int_eq(pipe(pipes), 0);
    pipe_end = transport_from_fd(pipes[0], NULL);
    ck_assert_ptr_nonnull(pipe_end);
    ck_assert_ptr_null(transport_from_fd(plain, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CONNECT));
    ck_assert_int_ne(fcntl(plain, F_GETFD), -1);
    ck_assert_ptr_null(transport_from_fd(9999, NULL));
    close(pair[1]);
    close(pipes[1]);
    close(plain);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("transport");
    TCase *tcase = tcase_create("transport");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, make_folder, remove_folder);
    tcase_add_loop_test(tcase, test_parse, 0, G_N_ELEMENTS(addresses));
    tcase_add_test(tcase, test_listen);
    tcase_add_test(tcase, test_listen_umask);
    tcase_add_test(tcase, test_listen_live);
    tcase_add_test(tcase, test_listen_stale);
    tcase_add_test(tcase, test_listen_race);
    tcase_add_test(tcase, test_listen_locked);
    tcase_add_test(tcase, test_listen_in_owned);
    tcase_add_test(tcase, test_listen_other_file);
    tcase_add_test(tcase, test_connect_refused);
    tcase_add_test(tcase, test_abstract);
    tcase_add_loop_test(tcase, test_failures, 0, G_N_ELEMENTS(failures));
    tcase_add_test(tcase, test_from_fd);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
