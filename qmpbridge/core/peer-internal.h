/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a peer, shared by peer.c (the protocol) and peer-pending.c (requests in order).
 * Private to these two.
 */
#pragma once

#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/peer.h"

G_BEGIN_DECLS

typedef enum { PEER_WAITING, PEER_NEGOTIATING, PEER_READY, PEER_DROPPED } PeerState;

typedef struct {
    guint64 token;
    PeerFlow flow;
    char *name;        /* until it is started */
    GBytes *args;      /* (nullable): until it is started */
    GBytes *id;        /* (nullable) */
    gsize bytes;       /* of what the client sent, as far as it is kept */
    Fds *fds;          /* (nullable): until it is started */
    gboolean oob;
    gboolean started;
    GBytes *reply;     /* ready, waiting for its turn */
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

void peer_pending_free(PeerPending *pending);
/** Appends SEND; too much of it drops the client. @bytes: (transfer full). */
void peer_send(Peer *peer, GBytes *bytes);
/** As peer_send(). @text: (transfer full). */
void peer_send_text(Peer *peer, GString *text);
/** Lets the replies go whose turn it is: immediate ones at once, the others in order. */
void peer_send_replies(Peer *peer);
/** Starts whatever may start now. */
void peer_start_all(Peer *peer);
/** The descriptor that command @name takes, out of those kept; the others of them are closed.
 * Returns: (transfer full) (nullable). */
Fds *peer_fds_for(Peer *peer, const char *name);

G_END_DECLS
