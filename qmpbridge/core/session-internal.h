/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a session, shared by session.c (the protocol) and session-commands.c (commands
 * waiting and in flight). Private to these two.
 */
#pragma once

#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/session.h"

G_BEGIN_DECLS

typedef enum { STATE_GREETING, STATE_NEGOTIATING, STATE_READY, STATE_CLOSED } SessionState;

typedef struct {
    gint64 id;
    char *name;
    GBytes *args; /* (nullable): text, until it is sent */
    Fds *fds;     /* (nullable): until they are sent */
    gpointer tag;
    gint64 deadline;
    gboolean oob;
    gboolean text;   /* the reply is wanted as text */
    gboolean with_fds;
    gboolean silent; /* answered (timed out) or forgotten: no REPLY any more */
} SessionCommand;

struct Session {
    SessionState state;
    Framer *framer;
    GQueue actions; /* of SessionAction */
    GQueue waiting; /* of SessionCommand, unsent */
    GQueue flight;  /* of SessionCommand, sent */
    guint in_band;  /* in-band commands in flight */
    guint with_fds; /* commands with descriptors in flight: 0 or 1 */
    guint window;
    gint64 last_id;
    gint64 negotiation_id;
    gint64 greeting_timeout;
    gint64 greeting_deadline;
    gint64 next_deadline; /* never later than the earliest deadline */
    JsonNode *greeting;
    gboolean oob;
    gboolean passes_fds;
};

/** Appends an action, to be filled in. */
SessionAction *session_push(Session *session, SessionActionType type);
/** Appends SEND. @text: (transfer full). */
void session_push_text(Session *session, GString *text);
/** Appends NOTICE. @error: (transfer full). */
void session_push_notice(Session *session, GError *error);

void session_command_free(SessionCommand *command);
/** A command was submitted. @command: (transfer full). */
void session_queue(Session *session, SessionCommand *command);
/** Ends a command for its owner, once. @value: (nullable): what it returned; @error: (transfer
 * full) (nullable). */
void session_reply(Session *session, SessionCommand *command, const JsonSlice *value,
                   GError *error);
/** Ends and frees all commands of a queue. @error: copied for each. */
void session_fail_queue(Session *session, GQueue *queue, const GError *error);
/** Sends what may be sent: every OOB command, in-band ones as far as the window allows. */
void session_pump(Session *session);
/** Link in flight of the command with @id, or NULL. @id: plain text of any value. */
GList *session_find(Session *session, JsonSlice id);
/** Link in flight of the in-band command sent first, or NULL. */
GList *session_oldest_in_band(Session *session);
/** The peer has answered the command at @link. Arguments as of session_reply(). */
void session_finish(Session *session, GList *link, const JsonSlice *value, GError *error);
/** Times commands out, and finds the next deadline. */
void session_expire(Session *session, gint64 now);

G_END_DECLS
