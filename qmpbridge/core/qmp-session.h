/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpSession: the client side of QMP as a pure machine. Bytes, commands and the time go in, actions
 * come out of a queue. It has no descriptor, no clock and no global, never calls back, and may be
 * used from any one thread at a time. Time is in microseconds of any monotonic clock.
 *
 * States: greeting (waits for it) -> negotiating (qmp_capabilities sent) -> ready -> closed.
 * Commands may be submitted in every state; they are sent once the session is ready.
 */
#pragma once

#include "qmpbridge/core/fds.h"
#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

/** "No deadline", as a time and as a timeout. */
#define QMP_SESSION_NEVER G_MAXINT64

/** In-band commands in flight with OOB: QEMU queues 8, and exec-oob waits behind a full queue. */
#define QMP_SESSION_IN_FLIGHT_OOB 7u

typedef struct QmpSession QmpSession;

typedef enum {
    QMP_SESSION_SEND,   /**< write .bytes to the peer */
    QMP_SESSION_READY,  /**< negotiation is done; .node is the body of the greeting */
    QMP_SESSION_REPLY,  /**< the command submitted with .tag is over: .node, .bytes or .error */
    QMP_SESSION_EVENT,  /**< .node is the whole event object, .bytes its text, one line with CRLF */
    QMP_SESSION_NOTICE, /**< something odd was dropped (late reply, junk); .error says what */
    QMP_SESSION_FATAL,  /**< the session is over, always the last action; .error says why */
} QmpSessionActionType;

/** One thing for the owner of the session to do. */
typedef struct {
    QmpSessionActionType type;
    GBytes *bytes;  /**< SEND, EVENT, REPLY to qmp_session_submit_text(): the returned value */
    Fds *fds;       /**< SEND: (nullable): descriptors to go with the first byte of .bytes */
    gpointer tag;   /**< REPLY: as given to qmp_session_submit() */
    JsonNode *node; /**< READY, EVENT, and REPLY to qmp_session_submit(): the returned value */
    GError *error;  /**< NOTICE, FATAL, and REPLY of failure */
} QmpSessionAction;

/**
 * A new session in state greeting.
 *
 * @now: the present time.
 * @greeting_timeout: how long the greeting, and then the answer to qmp_capabilities, may take;
 *   QMP_SESSION_NEVER for no limit. QEMU accepts a second client but greets it only when the first
 *   has left, so running out gives BRIDGE_ERROR_BUSY.
 */
QmpSession *qmp_session_new(gint64 now, gint64 greeting_timeout);

/** Frees it; replies that are still due are not delivered. @session: (nullable). */
void qmp_session_free(QmpSession *session);

/** Descriptors can go with a message, as over a unix socket. The default is that they can't. */
void qmp_session_set_passes_fds(QmpSession *session, gboolean passes);

/** Wants commands to a QEMU as short as can be, which its monitor rewards: ids are used again and
 * again, and one command at a time has none. Other peers always get ids that are used once. */
void qmp_session_be_terse(QmpSession *session);

/** Bytes from the peer. A NULL @data is taken if @len is 0. */
void qmp_session_feed(QmpSession *session, const void *data, gsize len, gint64 now);

/**
 * Submits a command. Exactly one QMP_SESSION_REPLY with @tag follows, unless qmp_session_forget()
 * is called: a value; one of the COMMAND codes (the peer refused); BRIDGE_ERROR_TIMEOUT;
 * BRIDGE_ERROR_TOO_BIG or BRIDGE_ERROR_TOO_DEEP (no monitor could read it at once: it isn't sent);
 * BRIDGE_ERROR_PROTOCOL (the node is no command, or the reply was damaged); BRIDGE_ERROR_CLOSED
 * or whatever else ended the session.
 *
 * @command: (transfer full): {"execute"|"exec-oob", "arguments"?}; an id is replaced.
 *   exec-oob is sent as plain execute where the peer does not offer OOB.
 * @timeout: from @now, QMP_SESSION_NEVER for none. A command that times out keeps its place in the
 *   flight until the peer answers, since the peer still works on it; the late answer is
 *   dropped with a notice.
 * @tag: (nullable): the caller's; not looked at.
 */
void qmp_session_submit(QmpSession *session, JsonNode *command, gint64 timeout, gint64 now,
                        gpointer tag);

/**
 * As qmp_session_submit(), without trees: nothing is lost that a tree can't hold, and nothing is
 * spent on one. The reply comes as text: plain (see json-scan.h), checked as strictly as a tree
 * would be, and as the peer wrote it.
 *
 * @name: copied.
 * @args: (nullable): plain text of an object; a reference is taken.
 * @oob: as exec-oob does.
 * @fds: (nullable): descriptors that go with it; a reference is taken. QEMU keeps only those that
 *   came last and looks at them when it executes the command, so a second command with
 *   descriptors, and whatever follows it in-band, waits until the first is answered. Fails with
 *   BRIDGE_ERROR_UNSUPPORTED unless qmp_session_set_passes_fds().
 */
void qmp_session_submit_text(QmpSession *session, const char *name, GBytes *args, gboolean oob,
                             Fds *fds, gint64 timeout, gint64 now, gpointer tag);

/** The caller of @tag is gone: no REPLY for it from now on. Unsent commands are still sent. */
void qmp_session_forget(QmpSession *session, gpointer tag);

/** The time has come: deadlines that have passed turn into actions. */
void qmp_session_tick(QmpSession *session, gint64 now);

/**
 * The connection has ended: every command pending fails with BRIDGE_ERROR_CLOSED, and
 * QMP_SESSION_FATAL follows. Further calls do nothing.
 *
 * @reason: (nullable): why, if it was no plain end of file; copied.
 */
void qmp_session_eof(QmpSession *session, const GError *reason);

/** Pops the oldest action. Returns: (transfer full) (nullable): NULL if there is none. */
QmpSessionAction *qmp_session_next_action(QmpSession *session);

/** Frees an action with all that it holds. @action: (nullable). */
void qmp_session_action_free(QmpSessionAction *action);

/** When qmp_session_tick() is due next; QMP_SESSION_NEVER if nothing is waited for. */
gint64 qmp_session_next_deadline(const QmpSession *session);

/** TRUE from QMP_SESSION_READY to QMP_SESSION_FATAL. */
gboolean qmp_session_is_ready(const QmpSession *session);

/** TRUE if out-of-band execution was negotiated. */
gboolean qmp_session_has_oob(const QmpSession *session);

/** Commands submitted and not yet answered by the peer, those timed out included. */
guint qmp_session_pending(const QmpSession *session);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpSession, qmp_session_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpSessionAction, qmp_session_action_free)

G_END_DECLS
