/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpClient: a QMP client in the default main context: a stream, and the QmpSession that speaks on
 * it. It keeps no policy: what to do with events and with the end is the owner's business.
 *
 * All functions are for the main thread. All callbacks come from the main context, never from
 * within a call of the owner's, and any of them may call anything here, qmp_client_unref()
 * included.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/fds.h"
#include "qmpbridge/core/json.h"

G_BEGIN_DECLS

/** Timeout for commands that may take as long as they like. */
#define QMP_TIMEOUT_NONE 0u
/** How long a greeting is waited for by default, in milliseconds. */
#define QMP_GREETING_TIMEOUT_MS 3000u

typedef struct QmpClient QmpClient;

/** Callbacks of a client; each may be NULL. */
typedef struct {
    /** Negotiation is done. @greeting: the greeting's body {"version", "capabilities"}. */
    void (*ready)(QmpClient *client, JsonNode *greeting, gpointer user_data);
    /** An event, whole: {"event", "data"?, "timestamp"}. */
    void (*event)(QmpClient *client, JsonNode *event, gpointer user_data);
    /** Something odd was dropped: a late reply, junk. Only worth a line in a log. */
    void (*notice)(QmpClient *client, const GError *what, gpointer user_data);
    /**
     * The connection is over; called once, after the reply callbacks of all that was pending.
     * @error: BRIDGE_ERROR_CLOSED, BRIDGE_ERROR_BUSY ("busy: another client holds this monitor"),
     * BRIDGE_ERROR_PROTOCOL. Not called after qmp_client_close().
     */
    void (*closed)(QmpClient *client, const GError *error, gpointer user_data);
} QmpClientOps;

/**
 * The end of a command; called exactly once for each, unless its client was freed before.
 *
 * @value: (nullable): what was returned; NULL if it failed.
 * @error: (nullable): a COMMAND code (the peer refused), BRIDGE_ERROR_TIMEOUT,
 *   BRIDGE_ERROR_CLOSED or BRIDGE_ERROR_PROTOCOL.
 */
typedef void (*QmpReplyFunc)(QmpClient *client, JsonNode *value, const GError *error,
                             gpointer user_data);

typedef enum {
    QMP_EXECUTE = 0,
    QMP_EXECUTE_OOB = 1 << 0, /**< exec-oob where the peer offers it, else execute */
} QmpExecuteFlags;

/**
 * A client on a stream. Negotiation begins at once; commands may be executed at once and are
 * sent when it is done.
 *
 * @stream: (transfer full): as transport_connect() makes it.
 * @greeting_timeout_ms: 0 for QMP_GREETING_TIMEOUT_MS.
 * @ops: must outlive the client.
 *
 * Returns: (transfer full): release with qmp_client_unref().
 */
QmpClient *qmp_client_new(GIOStream *stream, guint greeting_timeout_ms, const QmpClientOps *ops,
                          gpointer user_data);

QmpClient *qmp_client_ref(QmpClient *client);

/** The last unref closes the connection without calling @closed, and fails what is pending with
 * BRIDGE_ERROR_CLOSED as qmp_client_close() does. */
void qmp_client_unref(QmpClient *client);

/**
 * Closes the connection. What is pending fails with BRIDGE_ERROR_CLOSED, each callback being
 * called once, from within this function; @closed is not called. Nothing is called afterwards.
 */
void qmp_client_close(QmpClient *client);

/**
 * Executes a command.
 *
 * @args: (transfer full) (nullable).
 * @timeout_ms: QMP_TIMEOUT_NONE for no limit.
 * @func: (nullable): NULL if the outcome is of no interest.
 * @destroy: (nullable): frees @user_data, after @func.
 */
void qmp_client_execute_full(QmpClient *client, const char *name, JsonObject *args,
                             QmpExecuteFlags flags, guint timeout_ms, QmpReplyFunc func,
                             gpointer user_data, GDestroyNotify destroy);

/** As qmp_client_execute_full() in-band and without a destroy function. */
void qmp_client_execute(QmpClient *client, const char *name, JsonObject *args, guint timeout_ms,
                        QmpReplyFunc func, gpointer user_data);

/**
 * Executes a command given whole: {"execute"|"exec-oob", "arguments"?}. An id in it is replaced.
 *
 * @command: (transfer full): checked; if it is no command @func gets BRIDGE_ERROR_PROTOCOL.
 */
void qmp_client_execute_node(QmpClient *client, JsonNode *command, guint timeout_ms,
                             QmpReplyFunc func, gpointer user_data);

/** As QmpReplyFunc; the value is plain text (see core/json-scan.h), as the peer wrote it. */
typedef void (*QmpTextFunc)(QmpClient *client, GBytes *value, const GError *error,
                            gpointer user_data);

/**
 * As qmp_client_execute_full(), without trees: nothing is lost that a tree can't hold.
 *
 * @args: (nullable): plain text of an object; a reference is taken.
 * @func: must not be NULL.
 */
void qmp_client_execute_text(QmpClient *client, const char *name, GBytes *args,
                             QmpExecuteFlags flags, guint timeout_ms, QmpTextFunc func,
                             gpointer user_data, GDestroyNotify destroy);

/**
 * As qmp_client_execute_text(), with descriptors for a command like getfd or add-fd, which takes
 * the first of them. Commands with descriptors go one at a time, and none overtakes another.
 *
 * @fds: (nullable): a reference is taken. Without a unix socket below, @func gets
 *   BRIDGE_ERROR_UNSUPPORTED.
 */
void qmp_client_execute_fds(QmpClient *client, const char *name, GBytes *args, Fds *fds,
                            QmpExecuteFlags flags, guint timeout_ms, QmpTextFunc func,
                            gpointer user_data, GDestroyNotify destroy);

/** Wants commands to be short, see qmp_session_be_terse(). */
void qmp_client_be_terse(QmpClient *client);

/**
 * The text of the event that the @event callback gets, whole and as the peer wrote it, as
 * qmp_server_emit_text() takes it; NULL outside of the @event callback. Returns: (transfer none).
 */
GBytes *qmp_client_event_text(const QmpClient *client);

/** TRUE from @ready until the end. */
gboolean qmp_client_is_ready(const QmpClient *client);

/** The greeting's body, or NULL before @ready. Returns: (transfer none). */
JsonNode *qmp_client_greeting(const QmpClient *client);

/** Commands not yet answered by the peer. */
guint qmp_client_pending(const QmpClient *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(QmpClient, qmp_client_unref)

G_END_DECLS
