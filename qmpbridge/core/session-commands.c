/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The commands of a session. One is in `waiting` until it is sent and in `flight` until the peer
 * answers it. One that times out in flight stays there, because the peer still works on it.
 * Nothing here changes the session's state.
 */
#include "qmpbridge/core/session-internal.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/message.h"

void session_command_free(SessionCommand *command)
{
    g_clear_pointer(&command->args, g_bytes_unref);
    g_clear_pointer(&command->fds, fds_unref);
    g_free(command->name);
    g_free(command);
}

SessionAction *session_push(Session *session, SessionActionType type)
{
    SessionAction *action = g_new0(SessionAction, 1);

    action->type = type;
    g_queue_push_tail(&session->actions, action);
    return action;
}

void session_push_text(Session *session, GString *text)
{
    session_push(session, SESSION_SEND)->bytes = g_string_free_to_bytes(text);
}

void session_push_notice(Session *session, GError *error)
{
    session_push(session, SESSION_NOTICE)->error = error;
}

void session_reply(Session *session, SessionCommand *command, const JsonSlice *value,
                   GError *error)
{
    SessionAction *action;

    if (command->silent) {
        g_clear_error(&error);
        return;
    }
    command->silent = TRUE;
    action = session_push(session, SESSION_REPLY);
    action->tag = command->tag;
    action->error = error;
    if (value && command->text)
        action->bytes = json_slice_to_bytes(*value);
    else if (value)
        action->node = json_parse(value->text, (gssize)value->len, &action->error);
}

void session_fail_queue(Session *session, GQueue *queue, const GError *error)
{
    SessionCommand *command;

    while ((command = g_queue_pop_head(queue))) {
        session_reply(session, command, NULL, g_error_copy(error));
        session_command_free(command);
    }
}

void session_queue(Session *session, SessionCommand *command)
{
    session->next_deadline = MIN(session->next_deadline, command->deadline);
    g_queue_push_tail(&session->waiting, command);
    if (command->oob || session->in_band < session->window)
        session_pump(session);
}

static void send_command(Session *session, SessionCommand *command, GString *out)
{
    command->id = ++session->last_id;
    message_append_command(out, command->name, json_slice_of(command->args), command->oob,
                           command->id);
    g_clear_pointer(&command->args, g_bytes_unref);
    g_queue_push_tail(&session->flight, command);
    if (!command->oob)
        session->in_band++;
}

/* @out: (inout): what has gathered goes out, if there is anything. */
static void push_gathered(Session *session, GString **out)
{
    if (*out)
        session_push_text(session, g_steal_pointer(out));
}

/* Descriptors belong to the first byte of their command: that is a message of its own. */
static void send_with_fds(Session *session, SessionCommand *command)
{
    Fds *fds = g_steal_pointer(&command->fds);
    GString *out = g_string_sized_new(128);

    session->with_fds++;
    send_command(session, command, out);
    session_push_text(session, out);
    ((SessionAction *)g_queue_peek_tail(&session->actions))->fds = fds;
}

/* In-band commands stay in order: behind one that has to wait, all wait. */
static gboolean must_wait(const Session *session, const SessionCommand *command)
{
    return session->in_band >= session->window || (command->with_fds && session->with_fds > 0);
}

void session_pump(Session *session)
{
    GString *out = NULL;
    gboolean held = FALSE;

    if (session->state != STATE_READY)
        return;
    for (GList *at = session->waiting.head, *next; at; at = next) {
        SessionCommand *command = at->data;

        next = at->next;
        if (!session->oob)
            command->oob = FALSE; /* it makes no sense to the peer; the command itself does */
        held = held || (!command->oob && must_wait(session, command));
        if (command->oob ? command->with_fds && session->with_fds : held)
            continue;
        g_queue_delete_link(&session->waiting, at);
        if (command->with_fds) {
            push_gathered(session, &out);
            send_with_fds(session, command);
            continue;
        }
        if (!out)
            out = g_string_sized_new(128);
        send_command(session, command, out);
    }
    push_gathered(session, &out);
}

GList *session_find(Session *session, JsonSlice id)
{
    gint64 wanted;

    if (!json_slice_int(id, &wanted))
        return NULL;
    for (GList *at = session->flight.head; at; at = at->next) {
        if (((SessionCommand *)at->data)->id == wanted)
            return at;
    }
    return NULL;
}

GList *session_oldest_in_band(Session *session)
{
    for (GList *at = session->flight.head; at; at = at->next) {
        if (!((SessionCommand *)at->data)->oob)
            return at;
    }
    return NULL;
}

void session_finish(Session *session, GList *link, const JsonSlice *value, GError *error)
{
    SessionCommand *command = link->data;

    g_queue_delete_link(&session->flight, link);
    if (!command->oob)
        session->in_band--;
    if (command->with_fds)
        session->with_fds--;
    if (command->silent)
        session_push_notice(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT,
                                         "late reply to '%s'", command->name));
    session_reply(session, command, value, error);
    session_command_free(command);
    session_pump(session);
}

static void forget_in(GQueue *queue, gpointer tag)
{
    for (GList *at = queue->head; at; at = at->next) {
        SessionCommand *command = at->data;

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

static void expire(Session *session, SessionCommand *command, const char *what)
{
    session_reply(session, command, NULL,
          g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT, "'%s' timed out: %s", command->name,
                      what));
    command->deadline = SESSION_NEVER;
}

void session_expire(Session *session, gint64 now)
{
    for (GList *at = session->waiting.head, *next; at; at = next) {
        SessionCommand *command = at->data;

        next = at->next;
        if (command->deadline > now) {
            session->next_deadline = MIN(session->next_deadline, command->deadline);
            continue;
        }
        expire(session, command, "it was not sent yet");
        g_queue_delete_link(&session->waiting, at);
        session_command_free(command);
    }
    for (GList *at = session->flight.head; at; at = at->next) {
        SessionCommand *command = at->data;

        if (command->deadline <= now)
            expire(session, command, "the monitor did not answer");
        session->next_deadline = MIN(session->next_deadline, command->deadline);
    }
}
