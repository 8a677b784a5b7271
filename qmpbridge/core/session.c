/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side of QMP as a pure machine.
 *
 *   GREETING     only the greeting counts; commands wait
 *   NEGOTIATING  qmp_capabilities is out, under an id of its own; commands wait
 *   READY        commands are sent, at most `window` of them in-band
 *   CLOSED       everything pending has been answered; only actions are left to be popped
 *
 * A command is in `waiting` until it is sent and in `flight` until the peer answers it. A command
 * that times out in flight stays there, because the peer still works on it.
 */
#include "qmpbridge/core/session.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/message.h"

typedef enum { GREETING, NEGOTIATING, READY, CLOSED } State;

typedef struct {
    gint64 id;
    JsonNode *node; /* until it is sent */
    char *name;
    gpointer tag;
    gint64 deadline;
    gboolean oob;
    gboolean silent; /* answered (timed out) or forgotten: no REPLY any more */
} Command;

struct Session {
    State state;
    Framer *framer;
    GQueue actions; /* of SessionAction */
    GQueue waiting; /* of Command, unsent */
    GQueue flight;  /* of Command, sent */
    guint in_band;  /* in-band commands in flight */
    guint window;
    gint64 last_id;
    gint64 negotiation_id;
    gint64 greeting_timeout;
    gint64 greeting_deadline;
    gint64 next_deadline; /* never later than the earliest deadline */
    JsonNode *greeting;
    gboolean oob;
};

static gint64 after(gint64 now, gint64 timeout)
{
    return timeout >= SESSION_NEVER - now ? SESSION_NEVER : now + timeout;
}

static void command_free(Command *command)
{
    g_clear_pointer(&command->node, json_node_unref);
    g_free(command->name);
    g_free(command);
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
    g_queue_clear_full(&session->waiting, (GDestroyNotify)command_free);
    g_queue_clear_full(&session->flight, (GDestroyNotify)command_free);
    g_clear_pointer(&session->greeting, json_node_unref);
    g_free(session);
}

static SessionAction *push(Session *session, SessionActionType type)
{
    SessionAction *action = g_new0(SessionAction, 1);

    action->type = type;
    g_queue_push_tail(&session->actions, action);
    return action;
}

static void push_text(Session *session, GString *text)
{
    push(session, SESSION_SEND)->bytes = g_string_free_to_bytes(text);
}

/* @error: (transfer full) */
static void push_notice(Session *session, GError *error)
{
    push(session, SESSION_NOTICE)->error = error;
}

/* Ends a command for its owner. @node: borrowed; @error: (transfer full). */
static void reply(Session *session, Command *command, JsonNode *node, GError *error)
{
    SessionAction *action;

    if (command->silent) {
        g_clear_error(&error);
        return;
    }
    command->silent = TRUE;
    action = push(session, SESSION_REPLY);
    action->tag = command->tag;
    action->node = node ? json_node_ref(node) : NULL;
    action->error = error;
}

static void fail_all(Session *session, GQueue *queue, const GError *error)
{
    Command *command;

    while ((command = g_queue_pop_head(queue))) {
        reply(session, command, NULL, g_error_copy(error));
        command_free(command);
    }
}

/* @error: (transfer full) */
static void fatal(Session *session, GError *error)
{
    session->state = CLOSED;
    session->next_deadline = SESSION_NEVER;
    session->in_band = 0;
    fail_all(session, &session->flight, error);
    fail_all(session, &session->waiting, error);
    push(session, SESSION_FATAL)->error = error;
}

static void fatal_protocol(Session *session, const char *what)
{
    fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                               "the peer does not speak QMP (%s); is this a QMP monitor?", what));
}

/* exec-oob makes no sense to a peer without OOB; the command itself does. */
static void make_in_band(Command *command)
{
    JsonObject *object = json_as_object(command->node);

    json_object_set_string_member(object, "execute", command->name);
    json_object_remove_member(object, "exec-oob");
    command->oob = FALSE;
}

static void send_command(Session *session, Command *command, GString *out)
{
    command->id = ++session->last_id;
    message_append_command(out, command->node, command->id);
    g_clear_pointer(&command->node, json_node_unref);
    g_queue_push_tail(&session->flight, command);
    if (!command->oob)
        session->in_band++;
}

/* Sends what may be sent: every OOB command, in-band ones as far as the window allows. */
static void pump(Session *session)
{
    GString *out = NULL;

    if (session->state != READY)
        return;
    for (GList *at = session->waiting.head, *next; at; at = next) {
        Command *command = at->data;

        next = at->next;
        if (command->oob && !session->oob)
            make_in_band(command);
        if (!command->oob && session->in_band >= session->window)
            continue;
        if (!out)
            out = g_string_sized_new(128);
        g_queue_delete_link(&session->waiting, at);
        send_command(session, command, out);
    }
    if (out)
        push_text(session, out);
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
    session->state = NEGOTIATING;
    session->greeting_deadline = after(now, session->greeting_timeout);
    session->next_deadline = MIN(session->next_deadline, session->greeting_deadline);
    message_append_command(out, command, session->negotiation_id);
    push_text(session, out);
}

static gboolean id_is(JsonNode *id, gint64 wanted)
{
    return id && JSON_NODE_HOLDS_VALUE(id) && json_node_get_value_type(id) == G_TYPE_INT64 &&
           json_node_get_int(id) == wanted;
}

static void on_negotiated(Session *session, const Message *message)
{
    if (message->kind == MESSAGE_ERROR) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                                   "the peer refused qmp_capabilities: %s", message->desc));
        return;
    }
    session->state = READY;
    session->window = session->oob ? SESSION_IN_FLIGHT_OOB : 1;
    push(session, SESSION_READY)->node = json_node_ref(session->greeting);
    pump(session);
}

static void notice_dropped(Session *session, const char *what)
{
    push_notice(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL, "dropped %s", what));
}

static GList *find_id(Session *session, JsonNode *id)
{
    for (GList *at = session->flight.head; at; at = at->next) {
        if (id_is(id, ((Command *)at->data)->id))
            return at;
    }
    return NULL;
}

static GList *oldest_in_band(Session *session)
{
    for (GList *at = session->flight.head; at; at = at->next) {
        if (!((Command *)at->data)->oob)
            return at;
    }
    return NULL;
}

/* The peer has answered the command at @link. @error: (transfer full) (nullable). */
static void finish(Session *session, GList *link, JsonNode *node, GError *error)
{
    Command *command = link->data;

    g_queue_delete_link(&session->flight, link);
    if (!command->oob)
        session->in_band--;
    if (command->silent)
        push_notice(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                         "late reply to '%s'", command->name));
    reply(session, command, node, error);
    command_free(command);
    pump(session);
}

/* The peer could not read a command, so its error carries no id: it is the oldest one's. */
static void on_reply(Session *session, const Message *message)
{
    gboolean failed = message->kind == MESSAGE_ERROR;
    GList *link = NULL;

    if (message->id)
        link = find_id(session, message->id);
    else if (failed)
        link = oldest_in_band(session);
    if (!link) {
        notice_dropped(session, failed ? message->desc : "a reply to no known command");
        return;
    }
    if (failed)
        finish(session, link, NULL, bridge_error_from_qmp(message->name, message->desc));
    else
        finish(session, link, message->value, NULL);
}

static void on_ready_message(Session *session, const Message *message, JsonNode *root)
{
    switch (message->kind) {
    case MESSAGE_EVENT:
        push(session, SESSION_EVENT)->node = json_node_ref(root);
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
    if (session->state == READY) {
        on_ready_message(session, message, root);
    } else if (session->state == GREETING) {
        if (message->kind == MESSAGE_GREETING)
            on_greeting(session, message, now);
        else
            notice_dropped(session, "a message before the greeting");
    } else if (id_is(message->id, session->negotiation_id) ||
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
    GList *link = oldest_in_band(session);

    if (session->state != READY) {
        fatal_protocol(session, error->message);
        g_error_free(error);
    } else if (was_reply && link) {
        error->code = BRIDGE_ERROR_PROTOCOL;
        finish(session, link, NULL, error);
    } else {
        push_notice(session, error);
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

    if (session->state == CLOSED)
        return;
    framer_feed(session->framer, data, len);
    while (session->state != CLOSED) {
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
    Command *command = g_new0(Command, 1);
    g_autoptr(GError) error = NULL;
    const char *name = "";

    command->node = node;
    command->tag = tag;
    command->deadline = after(now, timeout);
    if (!message_command_check(node, &name, &command->oob, &error) || session->state == CLOSED) {
        if (!error)
            error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "the connection is closed");
        reply(session, command, NULL, g_steal_pointer(&error));
        command_free(command);
        return;
    }
    command->name = g_strdup(name);
    session->next_deadline = MIN(session->next_deadline, command->deadline);
    g_queue_push_tail(&session->waiting, command);
    if (command->oob || session->in_band < session->window)
        pump(session);
}

static void forget_in(GQueue *queue, gpointer tag)
{
    for (GList *at = queue->head; at; at = at->next) {
        Command *command = at->data;

        if (command->tag == tag)
            command->silent = TRUE;
    }
}

void session_forget(Session *session, gpointer tag)
{
    forget_in(&session->waiting, tag);
    forget_in(&session->flight, tag);
    for (GList *at = session->actions.head, *next; at; at = next) {
        SessionAction *action = at->data;

        next = at->next;
        if (action->type == SESSION_REPLY && action->tag == tag) {
            g_queue_delete_link(&session->actions, at);
            session_action_free(action);
        }
    }
}

static void expire(Session *session, Command *command, const char *what)
{
    reply(session, command, NULL,
          g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT, "'%s' timed out: %s", command->name,
                      what));
    command->deadline = SESSION_NEVER;
}

static void expire_all(Session *session, gint64 now)
{
    for (GList *at = session->waiting.head, *next; at; at = next) {
        Command *command = at->data;

        next = at->next;
        if (command->deadline > now) {
            session->next_deadline = MIN(session->next_deadline, command->deadline);
            continue;
        }
        expire(session, command, "it was not sent yet");
        g_queue_delete_link(&session->waiting, at);
        command_free(command);
    }
    for (GList *at = session->flight.head; at; at = at->next) {
        Command *command = at->data;

        if (command->deadline <= now)
            expire(session, command, "the monitor did not answer");
        session->next_deadline = MIN(session->next_deadline, command->deadline);
    }
}

void session_tick(Session *session, gint64 now)
{
    if (session->state == CLOSED || now < session->next_deadline)
        return;
    if (session->state != READY && now >= session->greeting_deadline) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                                   "busy: another client holds this monitor"));
        return;
    }
    session->next_deadline = session->state == READY ? SESSION_NEVER : session->greeting_deadline;
    expire_all(session, now);
}

void session_eof(Session *session, const GError *reason)
{
    if (session->state == CLOSED)
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
    return session->state == READY;
}

gboolean session_has_oob(const Session *session)
{
    return session->state == READY && session->oob;
}

guint session_pending(const Session *session)
{
    return session->waiting.length + session->flight.length;
}
