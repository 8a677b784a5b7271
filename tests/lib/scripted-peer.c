/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The scripted peer. It uses the framer and the parser, which have tests of their own, but none
 * of the code that it is there to test.
 */
#include "tests/lib/scripted-peer.h"

#include <check.h>
#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/json.h"

#define DEADLINE_MS 10000u

typedef enum { EXPECT, SEND, CLOSE } StepType;

typedef struct {
    StepType type;
    char *text;
} Step;

struct ScriptedPeer {
    int fd;
    guint source;
    Framer *framer;
    GQueue steps;
    char *last_id;
    int fds[16]; /* that came last */
    guint n_fds;
};

static void step_free(gpointer data)
{
    Step *step = data;

    g_free(step->text);
    g_free(step);
}

static void hang_up(ScriptedPeer *peer)
{
    if (peer->fd >= 0)
        close(peer->fd);
    peer->fd = -1;
    if (peer->source)
        g_source_remove(peer->source);
    peer->source = 0;
}

static void send_text(ScriptedPeer *peer, const char *template)
{
    g_auto(GStrv) parts = g_strsplit(template, "$ID", -1);
    g_autofree char *text = g_strjoinv(peer->last_id ? peer->last_id : "null", parts);
    gsize len = strlen(text);

    for (gsize at = 0; at < len;) {
        ssize_t wrote = send(peer->fd, text + at, len - at, MSG_NOSIGNAL);

        ck_assert_msg(wrote > 0, "scripted peer: send: %s", g_strerror(errno));
        at += (gsize)wrote;
    }
}

/* Carries out the steps at the head of the queue that need no message of the client. */
static void advance(ScriptedPeer *peer)
{
    Step *step;

    while ((step = g_queue_peek_head(&peer->steps)) && step->type != EXPECT) {
        if (step->type == SEND)
            send_text(peer, step->text);
        else
            hang_up(peer);
        step_free(g_queue_pop_head(&peer->steps));
    }
}

static void on_text(ScriptedPeer *peer, const char *text, gsize len)
{
    Step *step = g_queue_pop_head(&peer->steps);
    g_autoptr(JsonNode) got = json_parse(text, (gssize)len, NULL);
    g_autoptr(JsonNode) want = step ? json_parse(step->text, -1, NULL) : NULL;
    g_autofree char *got_text = NULL;
    g_autofree char *want_text = NULL;
    JsonNode *id;

    ck_assert_msg(step != NULL, "scripted peer: unexpected %.*s", (int)len, text);
    ck_assert_msg(json_as_object(got) != NULL, "scripted peer: no object: %.*s", (int)len, text);
    id = json_lookup(json_as_object(got), "id");
    g_free(peer->last_id);
    peer->last_id = id ? json_to_text(id) : NULL;
    json_object_remove_member(json_as_object(got), "id");
    got_text = json_to_text(got);
    want_text = json_to_text(want);
    ck_assert_str_eq(got_text, want_text);
    step_free(step);
    advance(peer);
}

int scripted_peer_take_fd(ScriptedPeer *peer)
{
    int fd = peer->n_fds ? peer->fds[0] : -1;

    if (peer->n_fds)
        memmove(peer->fds, peer->fds + 1, --peer->n_fds * sizeof(int));
    return fd;
}

guint scripted_peer_fds(const ScriptedPeer *peer)
{
    return peer->n_fds;
}

static void drop_fds(ScriptedPeer *peer)
{
    while (peer->n_fds)
        close(scripted_peer_take_fd(peer));
}

/* read(), with the descriptors that come along. */
static ssize_t receive(ScriptedPeer *peer, int fd, char *bytes, gsize room)
{
    char control[CMSG_SPACE(sizeof(peer->fds))] __attribute__((aligned(8)));
    struct iovec piece = {bytes, room};
    struct msghdr message = {.msg_iov = &piece,
                             .msg_iovlen = 1,
                             .msg_control = control,
                             .msg_controllen = sizeof(control)};
    ssize_t got = recvmsg(fd, &message, MSG_CMSG_CLOEXEC);
    struct cmsghdr *header = got > 0 ? CMSG_FIRSTHDR(&message) : NULL;

    if (header && header->cmsg_type == SCM_RIGHTS) {
        drop_fds(peer);
        peer->n_fds = (guint)((header->cmsg_len - CMSG_LEN(0)) / sizeof(int));
        memcpy(peer->fds, CMSG_DATA(header), peer->n_fds * sizeof(int));
    }
    return got;
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer user_data)
{
    ScriptedPeer *peer = user_data;
    char bytes[4096];
    ssize_t got = receive(peer, fd, bytes, sizeof(bytes));
    const char *text;
    gsize len;

    (void)condition;
    if (got <= 0) {
        peer->source = 0;
        return G_SOURCE_REMOVE;
    }
    framer_feed(peer->framer, bytes, (gsize)got);
    while (framer_next(peer->framer, &text, &len, NULL) == FRAMER_TEXT)
        on_text(peer, text, len);
    return peer->source ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

/* @fd: (transfer full) */
static ScriptedPeer *create(int fd)
{
    ScriptedPeer *peer = g_new0(ScriptedPeer, 1);

    peer->fd = fd;
    peer->framer = framer_new(0, 0);
    peer->source = g_unix_fd_add(peer->fd, G_IO_IN | G_IO_HUP, on_input, peer);
    return peer;
}

ScriptedPeer *scripted_peer_new(int *fd)
{
    int pair[2];

    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    *fd = pair[1];
    return create(pair[0]);
}

ScriptedPeer *scripted_peer_new_for_socket(GSocket *socket)
{
    int fd = dup(g_socket_get_fd(socket));

    ck_assert_int_ge(fd, 0);
    g_object_unref(socket);
    return create(fd);
}

void scripted_peer_free(ScriptedPeer *peer)
{
    hang_up(peer);
    drop_fds(peer);
    framer_free(peer->framer);
    g_queue_clear_full(&peer->steps, step_free);
    g_free(peer->last_id);
    g_free(peer);
}

static void add_step(ScriptedPeer *peer, StepType type, const char *text)
{
    Step *step = g_new(Step, 1);

    *step = (Step){type, g_strdup(text)};
    g_queue_push_tail(&peer->steps, step);
    advance(peer);
}

void scripted_peer_expect(ScriptedPeer *peer, const char *json)
{
    add_step(peer, EXPECT, json);
}

void scripted_peer_send(ScriptedPeer *peer, const char *text)
{
    add_step(peer, SEND, text);
}

void scripted_peer_close(ScriptedPeer *peer)
{
    add_step(peer, CLOSE, NULL);
}

void scripted_peer_greet(ScriptedPeer *peer, gboolean oob)
{
    scripted_peer_send(peer, oob ? "{\"QMP\": {\"version\": {}, \"capabilities\": [\"oob\"]}}\r\n"
                                 : "{\"QMP\": {\"version\": {}, \"capabilities\": []}}\r\n");
    scripted_peer_expect(peer, oob ? "{'execute': 'qmp_capabilities', "
                                     "'arguments': {'enable': ['oob']}}"
                                   : "{'execute': 'qmp_capabilities'}");
    scripted_peer_send(peer, "{\"return\": {}, \"id\": $ID}\r\n");
}

gboolean scripted_peer_done(const ScriptedPeer *peer)
{
    return peer->steps.length == 0;
}

static gboolean on_deadline(gpointer user_data)
{
    *(gboolean *)user_data = TRUE;
    return G_SOURCE_REMOVE;
}

typedef gboolean (*Condition)(gconstpointer data, guint least);

static void loop(Condition condition, gconstpointer data, guint least)
{
    gboolean late = FALSE;
    guint deadline = g_timeout_add(DEADLINE_MS, on_deadline, &late);

    while (!condition(data, least)) {
        g_main_context_iteration(NULL, TRUE);
        ck_assert_msg(!late, "what the test waits for did not come");
    }
    g_source_remove(deadline);
}

static gboolean flag_is_set(gconstpointer data, guint least)
{
    (void)least;
    return *(const gboolean *)data;
}

static gboolean count_is_reached(gconstpointer data, guint least)
{
    return *(const guint *)data >= least;
}

static gboolean peer_is_done(gconstpointer data, guint least)
{
    (void)least;
    return scripted_peer_done(data);
}

void loop_until(const gboolean *flag)
{
    loop(flag_is_set, flag, 0);
}

void loop_until_count(const guint *count, guint least)
{
    loop(count_is_reached, count, least);
}

void loop_until_done(const ScriptedPeer *peer)
{
    loop(peer_is_done, peer, 0);
}

void loop_ready(void)
{
    while (g_main_context_iteration(NULL, FALSE))
        ;
}
