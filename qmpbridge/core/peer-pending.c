/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Requests of a peer in their order: which may start, which replies may leave, and which of them
 * takes the descriptor that came along. Nothing here reads what the client sent.
 */
#include "qmpbridge/core/peer-internal.h"

#include "qmpbridge/core/error.h"

void peer_pending_free(PeerPending *pending)
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
    g_queue_clear_full(&peer->pending, (GDestroyNotify)peer_pending_free);
    peer->input = 0;
    g_queue_clear_full(&peer->actions, (GDestroyNotify)peer_action_free);
    push(peer, PEER_DROP)->error =
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "the client does not read: over %" G_GSIZE_FORMAT " bytes wait for it",
                    peer->max_output);
}

void peer_send(Peer *peer, GBytes *bytes)
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

void peer_send_text(Peer *peer, GString *text)
{
    peer_send(peer, g_string_free_to_bytes(text));
}

static void let_go(Peer *peer, GList *link)
{
    PeerPending *pending = link->data;

    peer->input -= pending->bytes;
    g_queue_delete_link(&peer->pending, link);
    peer_send(peer, g_steal_pointer(&pending->reply));
    peer_pending_free(pending);
}

void peer_send_replies(Peer *peer)
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
void peer_start_all(Peer *peer)
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

Fds *peer_fds_for(Peer *peer, const char *name)
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
