/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Endpoint against a listener of the test's own, whose connections a scripted peer serves: it
 * comes back after the peer has gone, says when, counts the gaps; it may be freed at any time.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/backoff.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/endpoint.h"
#include "tests/lib/scripted-peer.h"
#include "tests/unit/temp.h"

static char *folder, *path;
static GSocket *listener;
static Endpoint *endpoint;

static struct {
    guint ready, events, lost, replies;
    guint retry_ms;
    gint code;
    gboolean free_on_ready, free_on_lost, free_on_event;
} seen;

static void drop(Endpoint *which)
{
    ck_assert_ptr_eq(which, endpoint);
    endpoint_free(g_steal_pointer(&endpoint));
}

static void on_ready(Endpoint *which, JsonNode *greeting, gpointer user_data)
{
    (void)user_data;
    seen.ready++;
    ck_assert_ptr_nonnull(json_as_object(greeting));
    ck_assert_int_eq(endpoint_state(which), ENDPOINT_READY);
    ck_assert(qmp_client_is_ready(endpoint_client(which)));
    if (seen.free_on_ready)
        drop(which);
}

static void on_event(Endpoint *which, JsonNode *event, gpointer user_data)
{
    (void)event;
    (void)user_data;
    seen.events++;
    ck_assert_ptr_nonnull(qmp_client_event_text(endpoint_client(which)));
    if (seen.free_on_event)
        drop(which);
}

static void on_lost(Endpoint *which, const GError *error, guint retry_ms, gpointer user_data)
{
    (void)user_data;
    seen.lost++;
    seen.retry_ms = retry_ms;
    ck_assert(error->domain == BRIDGE_ERROR);
    seen.code = error->code;
    ck_assert_ptr_null(endpoint_client(which));
    ck_assert_str_eq(endpoint_error(which)->message, error->message);
    ck_assert_int_eq(endpoint_state(which), retry_ms ? ENDPOINT_WAITING : ENDPOINT_CLOSED);
    if (seen.free_on_lost)
        drop(which);
}

static const EndpointOps ops = {.ready = on_ready, .event = on_event, .lost = on_lost};

static void set_up(void)
{
    memset(&seen, 0, sizeof(seen));
    folder = temp_new();
    path = g_build_filename(folder, "s", NULL);
    listener = NULL;
    endpoint = NULL;
}

static void tear_down(void)
{
    endpoint_free(endpoint);
    g_clear_object(&listener);
    temp_free(folder);
    g_free(path);
}

static void listen_again(void)
{
    listener = transport_listen_unix(path, NULL);
    ck_assert_ptr_nonnull(listener);
}

static void begin(EndpointRetry retry)
{
    EndpointOptions options = {.address = path, .retry = retry, .greeting_timeout_ms = 100};

    endpoint = endpoint_new(&options, &ops, NULL, NULL);
    ck_assert_ptr_nonnull(endpoint);
    ck_assert_int_eq(endpoint_state(endpoint), ENDPOINT_CONNECTING);
    ck_assert_ptr_null(endpoint_client(endpoint));
}

/* The peer of the next connection; there is one soon. */
static ScriptedPeer *next_peer(void)
{
    GSocket *socket = NULL;

    temp_wait((socket = g_socket_accept(listener, NULL, NULL)), "a connection");
    return scripted_peer_new_for_socket(socket);
}

static ScriptedPeer *next_greeted(void)
{
    ScriptedPeer *peer = next_peer();

    scripted_peer_greet(peer, TRUE);
    return peer;
}

static void on_reply(QmpClient *client, JsonNode *value, const GError *error, gpointer user_data)
{
    (void)client;
    (void)value;
    (void)user_data;
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_CLOSED));
    ck_assert_uint_eq(seen.lost, 0);
    seen.replies++;
}

START_TEST(test_comes_back)
{
    ScriptedPeer *peer;
    EndpointGap gap;
    TransportPeer who;

    listen_again();
    begin(ENDPOINT_RETRY_LOST);
    peer = next_greeted();
    loop_until_count(&seen.ready, 1);
    ck_assert_uint_eq(endpoint_gaps(endpoint, &gap), 0);
    ck_assert_int_eq(gap.begin, 0);
    ck_assert(endpoint_peer(endpoint, &who));
    ck_assert_int_eq(who.pid, getpid());
    ck_assert_uint_eq(who.uid, getuid());
    scripted_peer_expect(peer, "{'execute': 'a'}");
    qmp_client_execute(endpoint_client(endpoint), "a", NULL, 0, on_reply, NULL);
    loop_until_done(peer);
    scripted_peer_free(peer);
    loop_until_count(&seen.lost, 1);
    ck_assert_uint_eq(seen.replies, 1);
    ck_assert_int_eq(seen.code, BRIDGE_ERROR_CLOSED);
    ck_assert_uint_le(seen.retry_ms, BACKOFF_FIRST_MS);
    ck_assert_uint_gt(seen.retry_ms, BACKOFF_FIRST_MS / 2);
    ck_assert_uint_le(endpoint_retry_ms(endpoint), seen.retry_ms);
    ck_assert(!endpoint_peer(endpoint, &who));
    ck_assert_uint_eq(endpoint_gaps(endpoint, &gap), 1);
    ck_assert(gap.begin > 0 && gap.end == 0);
    peer = next_greeted();
    loop_until_count(&seen.ready, 2);
    ck_assert_uint_eq(endpoint_gaps(endpoint, &gap), 1);
    ck_assert(gap.end >= gap.begin && gap.end <= clock_wall());
    scripted_peer_free(peer);
}
END_TEST

/* Nobody there, again and again: the time grows, and a person may shorten it. */
START_TEST(test_waits_longer)
{
    ScriptedPeer *peer;

    begin(ENDPOINT_RETRY_ALWAYS);
    loop_until_count(&seen.lost, 1);
    ck_assert_int_eq(seen.code, BRIDGE_ERROR_CONNECT);
    ck_assert_uint_le(seen.retry_ms, 250);
    loop_until_count(&seen.lost, 2);
    ck_assert_uint_gt(seen.retry_ms, 400);
    endpoint_retry_now(endpoint);
    ck_assert_int_eq(endpoint_state(endpoint), ENDPOINT_CONNECTING);
    loop_until_count(&seen.lost, 3);
    ck_assert_uint_gt(seen.retry_ms, 800);
    listen_again();
    endpoint_retry_now(endpoint);
    peer = next_greeted();
    loop_until_count(&seen.ready, 1);
    endpoint_retry_now(endpoint);
    ck_assert_int_eq(endpoint_state(endpoint), ENDPOINT_READY);
    ck_assert_uint_eq(endpoint_gaps(endpoint, NULL), 0);
    scripted_peer_free(peer);
}
END_TEST

static const struct {
    EndpointRetry retry;
    gboolean again; /* after the first attempt has failed */
} first_failures[] = {
    {ENDPOINT_RETRY_NEVER, FALSE},
    {ENDPOINT_RETRY_LOST, FALSE},
    {ENDPOINT_RETRY_ALWAYS, TRUE},
};

START_TEST(test_first_failure)
{
    begin(first_failures[_i].retry);
    loop_until_count(&seen.lost, 1);
    ck_assert_int_eq(seen.retry_ms != 0, first_failures[_i].again);
}
END_TEST

/* A monitor that another client holds lets us connect and says nothing. */
START_TEST(test_busy)
{
    ScriptedPeer *peer;

    listen_again();
    begin(ENDPOINT_RETRY_NEVER);
    peer = next_peer();
    loop_until_count(&seen.lost, 1);
    ck_assert_int_eq(seen.code, BRIDGE_ERROR_BUSY);
    ck_assert_uint_eq(seen.retry_ms, 0);
    scripted_peer_free(peer);
}
END_TEST

START_TEST(test_stream)
{
    int fd;
    ScriptedPeer *peer = scripted_peer_new(&fd);

    endpoint = endpoint_new_for_stream(transport_from_fd(fd, NULL), 0, &ops, NULL);
    ck_assert_ptr_null(endpoint_address(endpoint));
    scripted_peer_greet(peer, FALSE);
    scripted_peer_send(peer, "{\"event\": \"E\"}");
    loop_until_count(&seen.events, 1);
    scripted_peer_free(peer);
    loop_until_count(&seen.lost, 1);
    ck_assert_uint_eq(seen.retry_ms, 0);
}
END_TEST

START_TEST(test_bad_address)
{
    EndpointOptions options = {.address = "tcp:nowhere"};
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(endpoint_new(&options, &ops, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "no TCP port");
}
END_TEST

/* Freed in a callback, or while waiting: nothing more is called. */
START_TEST(test_free)
{
    ScriptedPeer *peer;

    listen_again();
    seen.free_on_ready = _i == 0;
    seen.free_on_event = _i == 1;
    seen.free_on_lost = _i == 2;
    begin(ENDPOINT_RETRY_ALWAYS);
    peer = next_greeted();
    scripted_peer_send(peer, _i == 1 ? "{\"event\": \"E\"}{\"event\": \"F\"}" : "");
    if (_i >= 2)
        scripted_peer_close(peer);
    if (_i == 3) {
        loop_until_count(&seen.lost, 1);
        drop(endpoint);
    }
    temp_wait(!endpoint, "the end");
    loop_ready();
    ck_assert_uint_eq(seen.events, _i == 1);
    ck_assert_uint_eq(seen.lost, _i >= 2);
    scripted_peer_free(peer);
}
END_TEST

START_TEST(test_free_while_connecting)
{
    listen_again();
    begin(ENDPOINT_RETRY_ALWAYS);
    endpoint_free(g_steal_pointer(&endpoint));
    loop_ready();
    ck_assert_uint_eq(seen.ready + seen.lost, 0);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_set_timeout(tcase, 30);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_comes_back);
    tcase_add_test(tcase, test_waits_longer);
    tcase_add_loop_test(tcase, test_first_failure, 0, G_N_ELEMENTS(first_failures));
    tcase_add_test(tcase, test_busy);
    tcase_add_test(tcase, test_stream);
    tcase_add_test(tcase, test_bad_address);
    tcase_add_loop_test(tcase, test_free, 0, 4);
    tcase_add_test(tcase, test_free_while_connecting);
}

int main(void)
{
    return temp_run("endpoint", add);
}
