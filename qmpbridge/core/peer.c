/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The server side of QMP for one client.
 *
 *   WAITING      no greeting is known; input is kept in the framer
 *   NEGOTIATING  greeted; only qmp_capabilities is carried out
 *   READY        requests go out as actions, replies and events come back
 *   DROPPED      nothing happens any more
 *
 * A request is in `pending`, in the order in which it came, until its reply has left. In-band
 * replies that are ready too early are kept there.
 */
#include "qmpbridge/core/peer.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/message.h"

typedef enum { PEER_WAITING, PEER_NEGOTIATING, PEER_READY, PEER_DROPPED } PeerState;

typedef struct {
    guint64 token;
    PeerFlow flow;
    char *name;   /* until it is started */
    GBytes *args; /* (nullable): until it is started */
    GBytes *id;   /* (nullable) */
    gsize bytes;  /* of what the client sent, as far as it is kept */
    Fds *fds;     /* (nullable): until it is started */
    gboolean oob;
    gboolean started;
    GBytes *reply; /* ready, waiting for its turn */
} PeerPending;

struct Peer {
    PeerState state;
    Framer *framer;
    PeerFlowFunc flow;
    gpointer user_data;
    guint max_outstanding;
    gsize max_output;
    gsize output; /* bytes sent and not yet written */
    gsize input;  /* bytes of requests in pending */
    GQueue actions;
    GQueue pending;
    Fds *fds; /* (nullable): that came last */
    guint64 last_token;
    gboolean offers_oob;
    gboolean oob;
};

/* --- requests in their order ------------------------------------------------------------------ */

static void pending_free(PeerPending *pending)
{
    g_free(pending->name);
    g_clear_pointer(&pending->args, g_bytes_unref);
    g_clear_pointer(&pending->id, g_bytes_unref);
    g_clear_pointer(&pending->fds, fds_unref);
    g_clear_pointer(&pending->reply, g_bytes_unref);
    g_free(pending);
}

static PeerAction *push(Peer *peer, PeerActionType type)
{
    PeerAction *action = g_new0(PeerAction, 1);

    action->type = type;
    g_queue_push_tail(&peer->actions, action);
    return action;
}

static void drop(Peer *peer)
{
    peer->state = PEER_DROPPED;
    g_clear_pointer(&peer->fds, fds_unref);
    g_queue_clear_full(&peer->pending, (GDestroyNotify)pending_free);
    peer->input = 0;
    g_queue_clear_full(&peer->actions, (GDestroyNotify)peer_action_free);
    push(peer, PEER_DROP)->error = g_error_new(
        BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
        "the client does not read: over %" G_GSIZE_FORMAT " bytes wait for it", peer->max_output);
}

/* Appends SEND; too much of it drops the client. @bytes: (transfer full). */
static void send_bytes(Peer *peer, GBytes *bytes)
{
    if (peer->state == PEER_DROPPED) {
        g_bytes_unref(bytes);
        return;
    }
    peer->output += g_bytes_get_size(bytes);
    push(peer, PEER_SEND)->bytes = bytes;
    if (peer->output > peer->max_output)
        drop(peer);
}

/* As send_bytes(). @text: (transfer full). */
static void send_text(Peer *peer, GString *text)
{
    send_bytes(peer, g_string_free_to_bytes(text));
}

static void let_go(Peer *peer, GList *link)
{
    PeerPending *pending = link->data;

    peer->input -= pending->bytes;
    g_queue_delete_link(&peer->pending, link);
    send_bytes(peer, g_steal_pointer(&pending->reply));
    pending_free(pending);
}

/* Lets the replies go whose turn it is: immediate ones at once, the others in order. */
static void send_replies(Peer *peer)
{
    gboolean held = FALSE;

    for (GList *at = peer->pending.head, *next; at && peer->state != PEER_DROPPED; at = next) {
        PeerPending *pending = at->data;

        next = at->next;
        if (pending->flow == PEER_IMMEDIATE || !held) {
            if (pending->reply)
                let_go(peer, at);
            else if (pending->flow != PEER_IMMEDIATE)
                held = TRUE;
        }
    }
}

static gboolean may_start(const PeerPending *pending, gboolean first, gboolean exclusive_before)
{
    switch (pending->flow) {
    case PEER_IMMEDIATE:
        return TRUE;
    case PEER_EXCLUSIVE:
        return first;
    default:
        return !exclusive_before;
    }
}

static void start(Peer *peer, PeerPending *pending)
{
    PeerAction *action = push(peer, PEER_REQUEST);

    pending->started = TRUE;
    action->token = pending->token;
    action->name = g_steal_pointer(&pending->name);
    action->args = g_steal_pointer(&pending->args);
    action->fds = g_steal_pointer(&pending->fds);
    action->oob = pending->oob;
}

/* Every request is looked at: pending is short. */
static void start_all(Peer *peer)
{
    gboolean first = TRUE;
    gboolean exclusive_before = FALSE;

    for (GList *at = peer->pending.head; at; at = at->next) {
        PeerPending *pending = at->data;

        if (!pending->started && may_start(pending, first, exclusive_before))
            start(peer, pending);
        if (pending->flow != PEER_IMMEDIATE)
            first = FALSE;
        if (pending->flow == PEER_EXCLUSIVE)
            exclusive_before = TRUE;
    }
}

/* The commands that take a descriptor from their client's socket; no other looks at it. */
static gboolean takes_fd(const char *name)
{
    return g_str_equal(name, "getfd") || g_str_equal(name, "add-fd");
}

/* The descriptor that command @name takes, out of those kept; the others of them are closed.
 * Returns: (transfer full) (nullable). */
static Fds *fds_for(Peer *peer, const char *name)
{
    g_autoptr(Fds) kept = NULL;
    Fds *taken;

    if (!takes_fd(name) || fds_count(peer->fds) == 0)
        return NULL;
    kept = g_steal_pointer(&peer->fds);
    taken = fds_new();
    fds_take(taken, fds_steal_first(kept));
    return taken;
}

/* --- the protocol -------------------------------------------------------------------------- */

void peer_action_free(PeerAction *action)
{
    if (!action)
        return;
    g_clear_pointer(&action->bytes, g_bytes_unref);
    g_clear_pointer(&action->args, g_bytes_unref);
    g_clear_pointer(&action->fds, fds_unref);
    g_clear_error(&action->error);
    g_free(action->name);
    g_free(action);
}

Peer *peer_new(PeerFlowFunc flow, gpointer user_data, guint max_outstanding, gsize max_output)
{
    Peer *peer = g_new0(Peer, 1);

    peer->framer = framer_new(0, 0);
    peer->flow = flow;
    peer->user_data = user_data;
    peer->max_outstanding = max_outstanding ? max_outstanding : PEER_MAX_OUTSTANDING;
    peer->max_output = max_output ? max_output : PEER_MAX_OUTPUT;
    return peer;
}

void peer_free(Peer *peer)
{
    if (!peer)
        return;
    framer_free(peer->framer);
    g_queue_clear_full(&peer->actions, (GDestroyNotify)peer_action_free);
    g_queue_clear_full(&peer->pending, (GDestroyNotify)pending_free);
    fds_unref(peer->fds);
    g_free(peer);
}

/* An error that no handler is asked about takes its turn among the replies. */
static void refuse(Peer *peer, const char *klass, const char *desc, JsonSlice id)
{
    GString *out = g_string_sized_new(128);
    PeerPending *pending = g_new0(PeerPending, 1);

    message_append_error(out, klass, desc, id);
    pending->flow = PEER_PIPELINE;
    pending->started = TRUE;
    pending->reply = g_string_free_to_bytes(out);
    g_queue_push_tail(&peer->pending, pending);
    send_replies(peer);
}

static PeerFlow flow_of(Peer *peer, const Request *request)
{
    if (request->oob)
        return PEER_IMMEDIATE;
    return peer->flow ? peer->flow(request->name, peer->user_data) : PEER_PIPELINE;
}

static void accept_request(Peer *peer, Request *request)
{
    PeerPending *pending = g_new0(PeerPending, 1);

    pending->token = ++peer->last_token;
    pending->flow = flow_of(peer, request);
    pending->name = g_steal_pointer(&request->name);
    pending->args = json_slice_to_bytes(request->args);
    pending->id = json_slice_to_bytes(request->id);
    pending->oob = request->oob;
    pending->bytes = strlen(pending->name) + request->args.len + request->id.len;
    peer->input += pending->bytes;
    pending->fds = fds_for(peer, pending->name);
    g_queue_push_tail(&peer->pending, pending);
    start_all(peer);
}

/* Checks {"enable": [...]}; the words are those of qmp_caps_check(), monitor/qmp-cmds.c. */
static char *check_capabilities(Peer *peer, JsonSlice args, gboolean *oob)
{
    g_autoptr(JsonNode) node = args.text ? json_parse(args.text, (gssize)args.len, NULL) : NULL;
    JsonArray *enable = NULL;

    *oob = FALSE;
    if (!json_opt_array(json_as_object(node), "enable", &enable, NULL))
        return g_strdup("Invalid parameter type for 'enable', expected: array");
    for (guint i = 0; enable && i < json_array_get_length(enable); i++) {
        const char *name = json_as_string(json_array_get_element(enable, i));

        if (g_strcmp0(name, "oob") != 0)
            return g_strdup_printf("Parameter 'enable[%u]' does not accept that value", i);
        if (!peer->offers_oob)
            return g_strdup("Capability oob is not available");
        *oob = TRUE;
    }
    return NULL;
}

static void negotiate(Peer *peer, const Request *request)
{
    g_autofree char *wrong = NULL;
    GString *out;

    if (g_strcmp0(request->name, "qmp_capabilities") != 0 || request->oob) {
        refuse(peer, "CommandNotFound",
               "Expecting capabilities negotiation with 'qmp_capabilities'", request->id);
        return;
    }
    wrong = check_capabilities(peer, request->args, &peer->oob);
    if (wrong) {
        refuse(peer, "GenericError", wrong, request->id);
        return;
    }
    out = g_string_sized_new(64);
    message_append_return(out, (JsonSlice){NULL, 0}, request->id);
    send_text(peer, out);
    peer->state = PEER_READY;
}

static void on_text(Peer *peer, JsonSlice text)
{
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};

    if (!message_request(text, &request, &error)) {
        refuse(peer, "GenericError", error->message, request.id);
    } else if (peer->state == PEER_NEGOTIATING) {
        negotiate(peer, &request);
    } else if (g_strcmp0(request.name, "qmp_capabilities") == 0) {
        refuse(peer, "CommandNotFound",
               "Capabilities negotiation is already complete, command ignored", request.id);
    } else if (request.oob && !peer->oob) {
        refuse(peer, "GenericError", "QMP input member 'exec-oob' is unexpected", request.id);
    } else {
        accept_request(peer, &request);
    }
}

static gboolean can_take(const Peer *peer)
{
    return (peer->state == PEER_NEGOTIATING || peer->state == PEER_READY) &&
           peer->pending.length < peer->max_outstanding && peer->input < PEER_MAX_INPUT;
}

/* Takes requests from the framer as long as there is room for them. */
static void read_requests(Peer *peer)
{
    JsonSlice text;

    while (can_take(peer)) {
        g_autoptr(GError) error = NULL;

        switch (framer_next(peer->framer, &text.text, &text.len, &error)) {
        case FRAMER_MORE:
            return;
        case FRAMER_TEXT:
            on_text(peer, text);
            break;
        case FRAMER_ERROR:
            refuse(peer, "GenericError", error->message, (JsonSlice){NULL, 0});
            break;
        }
    }
}

void peer_greet(Peer *peer, JsonNode *body)
{
    GString *out;

    if (peer->state != PEER_WAITING)
        return;
    out = g_string_sized_new(256);
    message_append_greeting(out, body);
    peer->offers_oob = message_offers_oob(body);
    peer->state = PEER_NEGOTIATING;
    send_text(peer, out);
    read_requests(peer);
}

void peer_take_fds(Peer *peer, Fds *fds)
{
    g_clear_pointer(&peer->fds, fds_unref);
    if (peer->state != PEER_DROPPED)
        peer->fds = fds_ref(fds);
}

void peer_feed(Peer *peer, const void *data, gsize len)
{
    if (peer->state == PEER_DROPPED)
        return;
    framer_feed(peer->framer, data, len);
    read_requests(peer);
}

gboolean peer_wants_input(const Peer *peer)
{
    return can_take(peer);
}

static GList *find(Peer *peer, guint64 token)
{
    for (GList *at = peer->pending.head; at; at = at->next) {
        PeerPending *pending = at->data;

        if (pending->token == token)
            return pending->started && !pending->reply ? at : NULL;
    }
    return NULL;
}

/* @text: (transfer full) */
static void answer(Peer *peer, GList *link, GString *text)
{
    ((PeerPending *)link->data)->reply = g_string_free_to_bytes(text);
    send_replies(peer);
    start_all(peer);
    read_requests(peer);
}

void peer_return(Peer *peer, guint64 token, JsonNode *value)
{
    g_autofree char *text = value ? json_to_text(value) : NULL;

    peer_return_text(peer, token, (JsonSlice){text, text ? strlen(text) : 0});
}

void peer_return_text(Peer *peer, guint64 token, JsonSlice value)
{
    GList *link = find(peer, token);
    GString *out;

    if (!link)
        return;
    out = g_string_sized_new(value.len + 64);
    message_append_return(out, value, json_slice_of(((PeerPending *)link->data)->id));
    answer(peer, link, out);
}

void peer_error(Peer *peer, guint64 token, const char *klass, const char *desc)
{
    GList *link = find(peer, token);
    GString *out;

    if (!link)
        return;
    out = g_string_sized_new(128);
    message_append_error(out, klass, desc, json_slice_of(((PeerPending *)link->data)->id));
    answer(peer, link, out);
}

void peer_event(Peer *peer, GBytes *text)
{
    if (peer->state == PEER_READY)
        send_bytes(peer, g_bytes_ref(text));
}

void peer_wrote(Peer *peer, gsize len)
{
    peer->output -= MIN(len, peer->output);
}

PeerAction *peer_next_action(Peer *peer)
{
    return g_queue_pop_head(&peer->actions);
}

gboolean peer_is_ready(const Peer *peer)
{
    return peer->state == PEER_READY;
}
