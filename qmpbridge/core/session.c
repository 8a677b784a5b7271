/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side of QMP as a pure machine.
 *
 *   GREETING     only the greeting counts; commands wait
 *   NEGOTIATING  qmp_capabilities is out, under an id of its own; commands wait
 *   READY        commands are sent, at most `window` of them in-band
 *   CLOSED       everything pending has been answered; only actions are left to be popped
 */
#include "qmpbridge/core/session-internal.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"

static gint64 after(gint64 now, gint64 timeout)
{
    return timeout >= SESSION_NEVER - now ? SESSION_NEVER : now + timeout;
}

void session_action_free(SessionAction *action)
{
    if (!action)
        return;
    g_clear_pointer(&action->bytes, g_bytes_unref);
    g_clear_pointer(&action->node, json_node_unref);
    g_clear_error(&action->error);
    g_free(action);
}

Session *session_new(gint64 now, gint64 greeting_timeout)
{
    Session *session = g_new0(Session, 1);

    session->framer = framer_new(0, 0);
    session->window = 1;
    session->greeting_timeout = greeting_timeout;
    session->greeting_deadline = after(now, greeting_timeout);
    session->next_deadline = session->greeting_deadline;
    return session;
}

void session_free(Session *session)
{
    if (!session)
        return;
    framer_free(session->framer);
    g_queue_clear_full(&session->actions, (GDestroyNotify)session_action_free);
    g_queue_clear_full(&session->waiting, (GDestroyNotify)session_command_free);
    g_queue_clear_full(&session->flight, (GDestroyNotify)session_command_free);
    g_clear_pointer(&session->greeting, json_node_unref);
    g_free(session);
}

/* @error: (transfer full) */
static void fatal(Session *session, GError *error)
{
    session->state = STATE_CLOSED;
    session->next_deadline = SESSION_NEVER;
    session->in_band = 0;
    session_fail_queue(session, &session->flight, error);
    session_fail_queue(session, &session->waiting, error);
    session_push(session, SESSION_FATAL)->error = error;
}

static void fatal_protocol(Session *session, const char *what)
{
    fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                               "the peer does not speak QMP (%s); is this a QMP monitor?", what));
}

static void on_greeting(Session *session, const Message *message, gint64 now)
{
    GString *out = g_string_new(NULL);
    g_autoptr(JsonNode) command = NULL;
    JsonObject *args = NULL;

    session->oob = message_offers_oob(message->value);
    if (session->oob)
        args = json_parse_object("{'enable': ['oob']}", -1, NULL);
    command = message_command_new("qmp_capabilities", args, FALSE);
    session->greeting = json_node_ref(message->value);
    session->negotiation_id = ++session->last_id;
    session->state = STATE_NEGOTIATING;
    session->greeting_deadline = after(now, session->greeting_timeout);
    session->next_deadline = MIN(session->next_deadline, session->greeting_deadline);
    message_append_command(out, command, session->negotiation_id);
    session_push_text(session, out);
}

static void on_negotiated(Session *session, const Message *message)
{
    if (message->kind == MESSAGE_ERROR) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                                   "the peer refused qmp_capabilities: %s", message->desc));
        return;
    }
    session->state = STATE_READY;
    session->window = session->oob ? SESSION_IN_FLIGHT_OOB : 1;
    session_push(session, SESSION_READY)->node = json_node_ref(session->greeting);
    session_pump(session);
}

static void notice_dropped(Session *session, const char *what)
{
    session_push_notice(session,
                        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL, "dropped %s", what));
}

/* The peer could not read a command, so its error carries no id: it is the oldest one's. */
static void on_reply(Session *session, const Message *message)
{
    gboolean failed = message->kind == MESSAGE_ERROR;
    GList *link = NULL;

    if (message->id)
        link = session_find(session, message->id);
    else if (failed)
        link = session_oldest_in_band(session);
    if (!link) {
        notice_dropped(session, failed ? message->desc : "a reply to no known command");
        return;
    }
    if (failed)
        session_finish(session, link, NULL, bridge_error_from_qmp(message->name, message->desc));
    else
        session_finish(session, link, message->value, NULL);
}

static void on_ready_message(Session *session, const Message *message, JsonNode *root)
{
    switch (message->kind) {
    case MESSAGE_EVENT:
        session_push(session, SESSION_EVENT)->node = json_node_ref(root);
        break;
    case MESSAGE_GREETING:
        notice_dropped(session, "a second greeting");
        break;
    default:
        on_reply(session, message);
    }
}

static void on_message(Session *session, const Message *message, JsonNode *root, gint64 now)
{
    if (session->state == STATE_READY) {
        on_ready_message(session, message, root);
    } else if (session->state == STATE_GREETING) {
        if (message->kind == MESSAGE_GREETING)
            on_greeting(session, message, now);
        else
            notice_dropped(session, "a message before the greeting");
    } else if (session_id_is(message->id, session->negotiation_id) ||
               (message->kind == MESSAGE_ERROR && !message->id)) {
        on_negotiated(session, message);
    } else {
        notice_dropped(session, "a message before the end of negotiation");
    }
}

/* QEMU writes "return" or "error" first: a message that can't be parsed still tells that much. */
static gboolean looks_like_reply(const char *text, gsize len)
{
    static const char *const starts[] = { "{\"return\"", "{\"error\"" };

    for (gsize i = 0; i < G_N_ELEMENTS(starts); i++) {
        if (len > strlen(starts[i]) && memcmp(text, starts[i], strlen(starts[i])) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A message was lost. If it was a reply, somebody waits for it: in-band ones come in order.
 * @error: (transfer full). */
static void on_damage(Session *session, gboolean was_reply, GError *error)
{
    GList *link = session_oldest_in_band(session);

    if (session->state != STATE_READY) {
        fatal_protocol(session, error->message);
        g_error_free(error);
    } else if (was_reply && link) {
        error->code = BRIDGE_ERROR_PROTOCOL;
        session_finish(session, link, NULL, error);
    } else {
        session_push_notice(session, error);
    }
}

static void on_text(Session *session, const char *text, gsize len, gint64 now)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(JsonNode) root = json_parse(text, (gssize)len, &error);
    Message message;

    if (root && message_classify(root, &message, &error))
        on_message(session, &message, root, now);
    else
        on_damage(session, looks_like_reply(text, len), g_steal_pointer(&error));
}

void session_feed(Session *session, const void *data, gsize len, gint64 now)
{
    const char *text;
    gsize text_len;

    if (session->state == STATE_CLOSED)
        return;
    framer_feed(session->framer, data, len);
    while (session->state != STATE_CLOSED) {
        GError *error = NULL;
        FramerResult result = framer_next(session->framer, &text, &text_len, &error);

        if (result == FRAMER_MORE)
            return;
        if (result == FRAMER_TEXT)
            on_text(session, text, text_len, now);
        else
            on_damage(session, error->code != BRIDGE_ERROR_SYNTAX, error);
    }
}

void session_submit(Session *session, JsonNode *node, gint64 timeout, gint64 now, gpointer tag)
{
    SessionCommand *command = g_new0(SessionCommand, 1);
    g_autoptr(GError) error = NULL;
    const char *name = "";

    command->node = node;
    command->tag = tag;
    command->deadline = after(now, timeout);
    if (!message_command_check(node, &name, &command->oob, &error) ||
        session->state == STATE_CLOSED) {
        if (!error)
            error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "the connection is closed");
        session_reply(session, command, NULL, g_steal_pointer(&error));
        session_command_free(command);
        return;
    }
    command->name = g_strdup(name);
    session->next_deadline = MIN(session->next_deadline, command->deadline);
    g_queue_push_tail(&session->waiting, command);
    if (command->oob || session->in_band < session->window)
        session_pump(session);
}

void session_tick(Session *session, gint64 now)
{
    if (session->state == STATE_CLOSED || now < session->next_deadline)
        return;
    if (session->state != STATE_READY && now >= session->greeting_deadline) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                                   "busy: another client holds this monitor"));
        return;
    }
    session->next_deadline =
        session->state == STATE_READY ? SESSION_NEVER : session->greeting_deadline;
    session_expire(session, now);
}

void session_eof(Session *session, const GError *reason)
{
    if (session->state == STATE_CLOSED)
        return;
    fatal(session, reason ? g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                        "the connection was lost: %s", reason->message)
                          : g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                        "the peer closed the connection"));
}

SessionAction *session_next_action(Session *session)
{
    return g_queue_pop_head(&session->actions);
}

gint64 session_next_deadline(const Session *session)
{
    return session->next_deadline;
}

gboolean session_is_ready(const Session *session)
{
    return session->state == STATE_READY;
}

gboolean session_has_oob(const Session *session)
{
    return session->state == STATE_READY && session->oob;
}

guint session_pending(const Session *session)
{
    return session->waiting.length + session->flight.length;
}
