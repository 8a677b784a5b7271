/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The client side of QMP as a pure machine.
 *
 *   GREETING     only the greeting counts; commands wait
 *   NEGOTIATING  qmp_capabilities is out, under an id of its own; commands wait
 *   READY        commands are sent, at most `window` of them in-band
 *   CLOSED       everything pending has been answered; only actions are left to be popped
 *
 * A command is in `waiting` until it is sent and in `flight` until the peer answers it. One that
 * times out in flight stays there, because the peer still works on it.
 *
 * QEMU reads a monitor byte by byte (monitor_can_read() of its monitor/monitor.c says 1), each with
 * a poll() and a read() of its own, so that the bytes of an id cost it a third of what executing
 * query-status does. Where the owner wants it, ids to QEMU are therefore the smallest that are
 * free, and one command at a time goes without: the reply without an id is its.
 */
#include "qmpbridge/core/qmp-session.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/message.h"

typedef enum { STATE_GREETING, STATE_NEGOTIATING, STATE_READY, STATE_CLOSED } QmpSessionState;

/* Ids below are taken and given back, where the session is terse. */
#define SMALL_IDS 64

typedef struct {
    gint64 id; /* 0: none */
    char *name;
    GBytes *args; /* (nullable): text, until it is sent */
    Fds *fds;     /* (nullable): until they are sent */
    gpointer tag;
    gint64 deadline;
    gboolean oob;
    gboolean text; /* the reply is wanted as text */
    gboolean with_fds;
    gboolean silent; /* answered (timed out) or forgotten: no REPLY any more */
} QmpSessionCommand;

struct QmpSession {
    QmpSessionState state;
    Framer *framer;
    GQueue actions; /* of QmpSessionAction */
    GQueue waiting; /* of QmpSessionCommand, unsent */
    GQueue flight;  /* of QmpSessionCommand, sent */
    guint in_band;  /* in-band commands in flight */
    guint with_fds; /* commands with descriptors in flight: 0 or 1 */
    guint window;
    gint64 last_id;    /* of those that are given once */
    guint64 small_ids; /* bits: of terse sessions, in flight; bit 0: the one without an id */
    gint64 negotiation_id;
    gint64 greeting_timeout;
    gint64 greeting_deadline;
    gint64 next_deadline; /* never later than the earliest deadline */
    JsonNode *greeting;
    gboolean oob;
    gboolean wants_terse; /* the owner does */
    gboolean is_qemu;
    gboolean terse; /* ids are: both of these, once negotiation is over */
    gboolean passes_fds;
};

/* --- commands ------------------------------------------------------------------------------ */

static void command_free(QmpSessionCommand *command)
{
    g_clear_pointer(&command->args, g_bytes_unref);
    g_clear_pointer(&command->fds, fds_unref);
    g_free(command->name);
    g_free(command);
}

/* Appends an action, to be filled in. */
static QmpSessionAction *push(QmpSession *session, QmpSessionActionType type)
{
    QmpSessionAction *action = g_new0(QmpSessionAction, 1);

    action->type = type;
    g_queue_push_tail(&session->actions, action);
    return action;
}

static void push_text(QmpSession *session, GString *text)
{
    push(session, QMP_SESSION_SEND)->bytes = g_string_free_to_bytes(text);
}

static void push_notice(QmpSession *session, GError *error)
{
    push(session, QMP_SESSION_NOTICE)->error = error;
}

/* Ends a command for its owner, once. @value: (nullable): what it returned; @error: (transfer
 * full) (nullable). */
static void reply(QmpSession *session, QmpSessionCommand *command, const JsonSlice *value,
                  GError *error)
{
    QmpSessionAction *action;

    if (command->silent) {
        g_clear_error(&error);
        return;
    }
    command->silent = TRUE;
    action = push(session, QMP_SESSION_REPLY);
    action->tag = command->tag;
    action->error = error;
    if (value && command->text)
        action->bytes = json_slice_to_bytes(*value);
    else if (value)
        action->node = json_parse(value->text, (gssize)value->len, &action->error);
}

/* Ends and frees all commands of a queue. */
static void fail_queue(QmpSession *session, GQueue *queue, const GError *error)
{
    QmpSessionCommand *command;

    while ((command = g_queue_pop_head(queue))) {
        reply(session, command, NULL, g_error_copy(error));
        command_free(command);
    }
}

static gint64 take_id(QmpSession *session, const QmpSessionCommand *command)
{
    guint64 taken = session->small_ids | (command->oob ? 1 : 0); /* a QEMU wants ids of OOB */
    gint64 id = taken == G_MAXUINT64 ? SMALL_IDS : __builtin_ctzll(~taken);

    if (!session->terse || id == SMALL_IDS)
        return ++session->last_id;
    session->small_ids |= 1ull << id;
    return id;
}

static void give_back_id(QmpSession *session, gint64 id)
{
    if (session->terse && id < SMALL_IDS)
        session->small_ids &= ~(1ull << id);
}

/* Commands may be in flight, with ids of either kind. */
static void update_terse(QmpSession *session)
{
    if (session->state != STATE_READY || !session->wants_terse || !session->is_qemu)
        return;
    session->terse = TRUE;
    session->last_id = MAX(session->last_id, SMALL_IDS - 1);
    for (const GList *at = session->flight.head; at; at = at->next) {
        gint64 id = ((const QmpSessionCommand *)at->data)->id;

        session->small_ids |= id < SMALL_IDS ? 1ull << id : 0;
    }
}

void qmp_session_be_terse(QmpSession *session)
{
    session->wants_terse = TRUE;
    update_terse(session);
}

static void send_command(QmpSession *session, QmpSessionCommand *command, GString *out)
{
    command->id = take_id(session, command);
    message_append_command(out, command->name, json_slice_of(command->args), command->oob,
                           command->id);
    g_clear_pointer(&command->args, g_bytes_unref);
    g_queue_push_tail(&session->flight, command);
    if (!command->oob)
        session->in_band++;
}

/* @out: (inout): what has gathered goes out, if there is anything. */
static void push_gathered(QmpSession *session, GString **out)
{
    if (*out)
        push_text(session, g_steal_pointer(out));
}

/* Descriptors belong to the first byte of their command: that is a message of its own. */
static void send_with_fds(QmpSession *session, QmpSessionCommand *command)
{
    Fds *fds = g_steal_pointer(&command->fds);
    GString *out = g_string_sized_new(128);

    session->with_fds++;
    send_command(session, command, out);
    push_text(session, out);
    ((QmpSessionAction *)g_queue_peek_tail(&session->actions))->fds = fds;
}

/* In-band commands stay in order: behind one that has to wait, all wait. */
static gboolean must_wait(const QmpSession *session, const QmpSessionCommand *command)
{
    return session->in_band >= session->window || (command->with_fds && session->with_fds > 0);
}

/* Sends what may be sent: every OOB command, in-band ones as far as the window allows. */
static void pump(QmpSession *session)
{
    GString *out = NULL;
    gboolean held = FALSE;

    if (session->state != STATE_READY)
        return;
    for (GList *at = session->waiting.head, *next; at; at = next) {
        QmpSessionCommand *command = at->data;

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

/* A command was submitted. @command: (transfer full). */
static void enqueue(QmpSession *session, QmpSessionCommand *command)
{
    session->next_deadline = MIN(session->next_deadline, command->deadline);
    g_queue_push_tail(&session->waiting, command);
    if (command->oob || session->in_band < session->window)
        pump(session);
}

/* Link in flight of the command that @id, plain text of any value or of none, belongs to, or NULL.
 */
static GList *find(QmpSession *session, JsonSlice id)
{
    gint64 wanted = 0;

    if (id.text && (!json_slice_int(id, &wanted) || wanted == 0))
        return NULL;
    for (GList *at = session->flight.head; at; at = at->next) {
        if (((QmpSessionCommand *)at->data)->id == wanted)
            return at;
    }
    return NULL;
}

/* Link in flight of the in-band command sent first, or NULL. */
static GList *oldest_in_band(QmpSession *session)
{
    for (GList *at = session->flight.head; at; at = at->next) {
        if (!((QmpSessionCommand *)at->data)->oob)
            return at;
    }
    return NULL;
}

/* The peer has answered the command at @link. Arguments as of reply(). */
static void finish(QmpSession *session, GList *link, const JsonSlice *value, GError *error)
{
    QmpSessionCommand *command = link->data;

    g_queue_delete_link(&session->flight, link);
    give_back_id(session, command->id);
    if (!command->oob)
        session->in_band--;
    if (command->with_fds)
        session->with_fds--;
    if (command->silent)
        push_notice(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT, "late reply to '%s'",
                                         command->name));
    reply(session, command, value, error);
    command_free(command);
    pump(session);
}

static void forget_in(GQueue *queue, gpointer tag)
{
    for (GList *at = queue->head; at; at = at->next) {
        QmpSessionCommand *command = at->data;

        if (command->tag == tag)
            command->silent = TRUE;
    }
}

void qmp_session_forget(QmpSession *session, gpointer tag)
{
    forget_in(&session->waiting, tag);
    forget_in(&session->flight, tag);
    for (GList *at = session->actions.head, *next; at; at = next) {
        QmpSessionAction *action = at->data;

        next = at->next;
        if (action->type == QMP_SESSION_REPLY && action->tag == tag) {
            g_queue_delete_link(&session->actions, at);
            qmp_session_action_free(action);
        }
    }
}

static void expire(QmpSession *session, QmpSessionCommand *command, const char *what)
{
    reply(
        session, command, NULL,
        g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_TIMEOUT, "'%s' timed out: %s", command->name, what));
    command->deadline = QMP_SESSION_NEVER;
}

/* Times commands out, and finds the next deadline. */
static void expire_all(QmpSession *session, gint64 now)
{
    for (GList *at = session->waiting.head, *next; at; at = next) {
        QmpSessionCommand *command = at->data;

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
        QmpSessionCommand *command = at->data;

        if (command->deadline <= now)
            expire(session, command, "the monitor did not answer");
        session->next_deadline = MIN(session->next_deadline, command->deadline);
    }
}

/* --- the protocol -------------------------------------------------------------------------- */

/* Members that are found without a tree; in the order of member_names. */
enum { RETURN, ID, N_MEMBERS };

static const char *const member_names[] = {"return", "id", NULL};

/* A message as it came, made plain if it wasn't. */
typedef struct {
    JsonSlice text;
    JsonSlice values[N_MEMBERS];
} Incoming;

static gint64 after(gint64 now, gint64 timeout)
{
    return timeout >= QMP_SESSION_NEVER - now ? QMP_SESSION_NEVER : now + timeout;
}

void qmp_session_action_free(QmpSessionAction *action)
{
    if (!action)
        return;
    g_clear_pointer(&action->bytes, g_bytes_unref);
    g_clear_pointer(&action->fds, fds_unref);
    g_clear_pointer(&action->node, json_node_unref);
    g_clear_error(&action->error);
    g_free(action);
}

QmpSession *qmp_session_new(gint64 now, gint64 greeting_timeout)
{
    QmpSession *session = g_new0(QmpSession, 1);

    session->framer = framer_new(0, 0);
    session->window = 1;
    session->greeting_timeout = greeting_timeout;
    session->greeting_deadline = after(now, greeting_timeout);
    session->next_deadline = session->greeting_deadline;
    return session;
}

void qmp_session_free(QmpSession *session)
{
    if (!session)
        return;
    framer_free(session->framer);
    g_queue_clear_full(&session->actions, (GDestroyNotify)qmp_session_action_free);
    g_queue_clear_full(&session->waiting, (GDestroyNotify)command_free);
    g_queue_clear_full(&session->flight, (GDestroyNotify)command_free);
    g_clear_pointer(&session->greeting, json_node_unref);
    g_free(session);
}

void qmp_session_set_passes_fds(QmpSession *session, gboolean passes)
{
    session->passes_fds = passes;
}

/* @error: (transfer full) */
static void fatal(QmpSession *session, GError *error)
{
    session->state = STATE_CLOSED;
    session->next_deadline = QMP_SESSION_NEVER;
    session->in_band = 0;
    session->with_fds = 0;
    fail_queue(session, &session->flight, error);
    fail_queue(session, &session->waiting, error);
    push(session, QMP_SESSION_FATAL)->error = error;
}

static void fatal_protocol(QmpSession *session, const char *what)
{
    fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                               "the peer does not speak QMP (%s); is this a QMP monitor?", what));
}

static void on_greeting(QmpSession *session, const Message *message, gint64 now)
{
    GString *out = g_string_new(NULL);
    static const char enable[] = "{\"enable\": [\"oob\"]}";
    JsonSlice args = {NULL, 0};

    session->oob = message_offers_oob(message->value);
    session->is_qemu = message_is_qemu(message->value);
    if (session->oob)
        args = (JsonSlice){enable, strlen(enable)};
    session->greeting = json_node_ref(message->value);
    session->negotiation_id = ++session->last_id;
    session->state = STATE_NEGOTIATING;
    session->greeting_deadline = after(now, session->greeting_timeout);
    session->next_deadline = MIN(session->next_deadline, session->greeting_deadline);
    message_append_command(out, "qmp_capabilities", args, FALSE, session->negotiation_id);
    push_text(session, out);
}

static void on_negotiated(QmpSession *session, const Message *message)
{
    if (message->kind == MESSAGE_ERROR) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                                   "the peer refused qmp_capabilities: %s", message->desc));
        return;
    }
    session->state = STATE_READY;
    update_terse(session);
    session->window = session->oob ? QMP_SESSION_IN_FLIGHT_OOB : 1;
    push(session, QMP_SESSION_READY)->node = json_node_ref(session->greeting);
    pump(session);
}

static void notice_dropped(QmpSession *session, const char *what)
{
    push_notice(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL, "dropped %s", what));
}

static void on_return(QmpSession *session, const Incoming *in)
{
    GList *link = find(session, in->values[ID]);

    if (link)
        finish(session, link, &in->values[RETURN], NULL);
    else
        notice_dropped(session, "a reply to no known command");
}

/* An error without an id is that of the command without one. If there is none, the peer could not
 * read a command: it is the oldest one's. */
static void on_error(QmpSession *session, const Incoming *in, const Message *message)
{
    GList *link = find(session, in->values[ID]);

    if (!link && !in->values[ID].text)
        link = oldest_in_band(session);
    if (link)
        finish(session, link, NULL, bridge_error_from_qmp(message->name, message->desc));
    else
        notice_dropped(session, message->desc);
}

static void on_event(QmpSession *session, const Incoming *in, JsonNode *root)
{
    QmpSessionAction *action = push(session, QMP_SESSION_EVENT);
    GString *text = g_string_sized_new(in->text.len + 3);

    g_string_append_len(text, in->text.text, (gssize)in->text.len);
    g_string_append(text, "\r\n");
    action->bytes = g_string_free_to_bytes(text);
    action->node = json_node_ref(root);
}

static void on_ready_message(QmpSession *session, const Incoming *in, const Message *message,
                             JsonNode *root)
{
    if (message->kind == MESSAGE_EVENT)
        on_event(session, in, root);
    else if (message->kind == MESSAGE_ERROR)
        on_error(session, in, message);
    else
        notice_dropped(session, "a second greeting");
}

static void on_early_message(QmpSession *session, const Incoming *in, const Message *message,
                             gint64 now)
{
    gint64 id = 0;

    if (session->state == STATE_GREETING) {
        if (message->kind == MESSAGE_GREETING)
            on_greeting(session, message, now);
        else
            notice_dropped(session, "a message before the greeting");
    } else if ((json_slice_int(in->values[ID], &id) && id == session->negotiation_id) ||
               (message->kind == MESSAGE_ERROR && !message->id)) {
        on_negotiated(session, message);
    } else {
        notice_dropped(session, "a message before the end of negotiation");
    }
}

/* A message that can't be parsed still shows by its first member what it was: QEMU begins replies
 * with "return" or "error", and only replies have an "id". */
static gboolean looks_like_reply(const char *text, gsize len)
{
    static const char *const names[] = {"\"return\"", "\"error\"", "\"id\""};
    gsize at = 1; /* behind the brace */

    while (at < len && g_ascii_isspace(text[at]))
        at++;
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        gsize size = strlen(names[i]);

        if (*text == '{' && len - at >= size && memcmp(text + at, names[i], size) == 0)
            return TRUE;
    }
    return FALSE;
}

/* A message was lost. If it was a reply, it was the oldest command's: in-band ones come in order.
 * @error: (transfer full). */
static void on_damage(QmpSession *session, gboolean was_reply, GError *error)
{
    GList *link = oldest_in_band(session);

    if (session->state != STATE_READY) {
        fatal_protocol(session, error->message);
        g_error_free(error);
    } else if (was_reply && link) {
        error->code = BRIDGE_ERROR_PROTOCOL;
        g_prefix_error(&error, "the reply can't be used: ");
        finish(session, link, NULL, error);
    } else {
        push_notice(session, error);
    }
}

/* Everything but a returned value is small, and its reader needs a tree: that is parsed. */
static gboolean on_scanned(QmpSession *session, const Incoming *in, gint64 now, GError **error)
{
    g_autoptr(JsonNode) root = NULL;
    Message message;

    if (session->state == STATE_READY && in->values[RETURN].text) {
        on_return(session, in);
        return TRUE;
    }
    root = json_parse(in->text.text, (gssize)in->text.len, error);
    if (!root || !message_classify(root, &message, error))
        return FALSE;
    if (session->state == STATE_READY)
        on_ready_message(session, in, &message, root);
    else
        on_early_message(session, in, &message, now);
    return TRUE;
}

static void on_text(QmpSession *session, const char *text, gsize len, gint64 now)
{
    Incoming in = {.text = {text, len}};
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) plain = NULL;
    JsonScan scan;
    gboolean good = json_scan(in.text, member_names, in.values, &scan, &error);

    if (good && !scan.plain) {
        plain = json_make_plain_within(in.text, MESSAGE_MAX_BYTES, &error);
        if (plain)
            in.text = (JsonSlice){plain->str, plain->len};
        good = plain && json_scan(in.text, member_names, in.values, &scan, &error);
    }
    if (!good || !on_scanned(session, &in, now, &error))
        on_damage(session, looks_like_reply(text, len), g_steal_pointer(&error));
}

void qmp_session_feed(QmpSession *session, const void *data, gsize len, gint64 now)
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
            on_damage(session, looks_like_reply(text, text_len), error);
    }
}

/* @command: (transfer full). @error: (transfer full) (nullable): why it can't be sent. */
static void submit(QmpSession *session, QmpSessionCommand *command, gint64 timeout, gint64 now,
                   GError *error)
{
    command->deadline = after(now, timeout);
    if (!error && session->state == STATE_CLOSED)
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED, "the connection is closed");
    if (!error && command->with_fds && !session->passes_fds)
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_UNSUPPORTED,
                            "'%s': descriptors go over unix sockets only; connect by one",
                            command->name);
    if (!error)
        message_command_fits(command->name, json_slice_of(command->args), &error);
    if (!error) {
        enqueue(session, command);
        return;
    }
    reply(session, command, NULL, error);
    command_free(command);
}

void qmp_session_submit(QmpSession *session, JsonNode *node, gint64 timeout, gint64 now,
                        gpointer tag)
{
    g_autoptr(JsonNode) owned = node;
    QmpSessionCommand *command = g_new0(QmpSessionCommand, 1);
    GError *error = NULL;
    const char *name;

    command->tag = tag;
    if (message_command_check(node, &name, &command->oob, &error)) {
        JsonNode *args = json_lookup(json_as_object(node), "arguments");
        char *text = args ? json_to_text(args) : NULL;

        command->name = g_strdup(name);
        command->args = text ? g_bytes_new_take(text, strlen(text)) : NULL;
    }
    submit(session, command, timeout, now, error);
}

void qmp_session_submit_text(QmpSession *session, const char *name, GBytes *args, gboolean oob,
                             Fds *fds, gint64 timeout, gint64 now, gpointer tag)
{
    QmpSessionCommand *command = g_new0(QmpSessionCommand, 1);

    command->tag = tag;
    command->name = g_strdup(name);
    command->args = args ? g_bytes_ref(args) : NULL;
    command->fds = fds_count(fds) ? fds_ref(fds) : NULL;
    command->with_fds = command->fds != NULL;
    command->oob = oob;
    command->text = TRUE;
    submit(session, command, timeout, now, NULL);
}

void qmp_session_tick(QmpSession *session, gint64 now)
{
    if (session->state == STATE_CLOSED || now < session->next_deadline)
        return;
    if (session->state != STATE_READY && now >= session->greeting_deadline) {
        fatal(session, g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_BUSY,
                                   "busy: another client holds this monitor"));
        return;
    }
    session->next_deadline =
        session->state == STATE_READY ? QMP_SESSION_NEVER : session->greeting_deadline;
    expire_all(session, now);
    pump(session); /* one that timed out unsent may have held others */
}

void qmp_session_eof(QmpSession *session, const GError *reason)
{
    if (session->state == STATE_CLOSED)
        return;
    fatal(session, reason ? g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                        "the connection was lost: %s", reason->message)
                          : g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_CLOSED,
                                        "the peer closed the connection"));
}

QmpSessionAction *qmp_session_next_action(QmpSession *session)
{
    return g_queue_pop_head(&session->actions);
}

gint64 qmp_session_next_deadline(const QmpSession *session)
{
    return session->next_deadline;
}

gboolean qmp_session_is_ready(const QmpSession *session)
{
    return session->state == STATE_READY;
}

gboolean qmp_session_has_oob(const QmpSession *session)
{
    return session->state == STATE_READY && session->oob;
}

guint qmp_session_pending(const QmpSession *session)
{
    return session->waiting.length + session->flight.length;
}
