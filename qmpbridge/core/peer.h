/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Peer: the server side of QMP for one client, as a pure machine. Bytes and answers go in,
 * actions come out of a queue. It has no descriptor, no clock and no global, and never calls back
 * except the classifier given to peer_new().
 *
 * States: waiting (no greeting known yet) -> negotiating (only qmp_capabilities) -> ready ->
 * dropped. In-band replies leave in the order of the requests.
 */
#pragma once

#include "qmpbridge/core/fds.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct Peer Peer;

/** How a command goes along with others of the same client. */
typedef enum {
    PEER_PIPELINE,  /**< may start while earlier ones are pending; its handler keeps the order */
    PEER_EXCLUSIVE, /**< starts when all earlier ones are answered, later ones wait for it */
    PEER_IMMEDIATE, /**< starts and answers at once, past all others, like exec-oob */
} PeerFlow;

/** Classifies command @name. exec-oob is PEER_IMMEDIATE without being asked about. */
typedef PeerFlow (*PeerFlowFunc)(const char *name, gpointer user_data);

typedef enum {
    PEER_SEND,    /**< write .bytes to the client, then call peer_wrote() */
    PEER_REQUEST, /**< answer .token by peer_return() or peer_error() */
    PEER_DROP,    /**< close the connection, always the last action; .error says why */
} PeerActionType;

/** One thing for the owner of the peer to do. */
typedef struct {
    PeerActionType type;
    GBytes *bytes; /**< SEND */
    guint64 token; /**< REQUEST: never 0, unique in this peer */
    char *name;    /**< REQUEST: the command */
    GBytes *args;  /**< REQUEST: (nullable): plain text of an object, see json-scan.h */
    Fds *fds;      /**< REQUEST: (nullable): the one descriptor that it takes */
    gboolean oob;  /**< REQUEST: by exec-oob */
    GError *error; /**< DROP */
} PeerAction;

/**
 * A new peer. Input is kept, not looked at, until peer_greet().
 *
 * @flow: (nullable): NULL makes every command PEER_PIPELINE.
 * @max_outstanding: 0 for PEER_MAX_OUTSTANDING.
 * @max_output: in bytes; 0 for PEER_MAX_OUTPUT.
 */
Peer *peer_new(PeerFlowFunc flow, gpointer user_data, guint max_outstanding, gsize max_output);

/** Frees it. Answers to its tokens must no longer be given. @peer: (nullable). */
void peer_free(Peer *peer);

/** Greets the client. @body: as of message_greeting_body_new(); borrowed. Once only. */
void peer_greet(Peer *peer, JsonNode *body);

/** Bytes from the client. */
void peer_feed(Peer *peer, const void *data, gsize len);

/**
 * Descriptors have come with the bytes that are fed next. As in QEMU only those that came last are
 * kept; getfd and add-fd take the first of them, and the others are closed.
 *
 * @fds: a reference is taken, and then descriptors.
 */
void peer_take_fds(Peer *peer, Fds *fds);

/** FALSE while the client's socket should not be read: it has too much outstanding. */
gboolean peer_wants_input(const Peer *peer);

/**
 * Answers a request. A @token that isn't outstanding is ignored.
 *
 * @value: (nullable): borrowed; NULL returns {}.
 */
void peer_return(Peer *peer, guint64 token, JsonNode *value);

/** As peer_return(). @value: plain text (see json-scan.h) of any JSON value; borrowed. */
void peer_return_text(Peer *peer, guint64 token, JsonSlice value);

/** Answers a request with an error. @klass: a QMP error class. @desc: one line of text. */
void peer_error(Peer *peer, guint64 token, const char *klass, const char *desc);

/**
 * Sends an event; does nothing before the end of negotiation.
 *
 * @text: the event as text with its CRLF; shared, so that many peers cost one copy.
 */
void peer_event(Peer *peer, GBytes *text);

/** @len bytes of those in PEER_SEND actions were taken by the client's socket. */
void peer_wrote(Peer *peer, gsize len);

/** Pops the oldest action. Returns: (transfer full) (nullable). */
PeerAction *peer_next_action(Peer *peer);

/** Frees an action with all that it holds. @action: (nullable). */
void peer_action_free(PeerAction *action);

/** TRUE once negotiation is over and until the peer is dropped. */
gboolean peer_is_ready(const Peer *peer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Peer, peer_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(PeerAction, peer_action_free)

G_END_DECLS
