/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QmpClient: carries bytes between a channel and a session, and the session's actions to the
 * owner. Bytes to send go out at once; everything that calls the owner passes through `later`,
 * which is only emptied from the main context (or by qmp_client_close(), as documented there).
 */
#include "qmpbridge/io/client.h"

#include "qmpbridge/core/message.h"
#include "qmpbridge/core/qmp-session.h"
#include "qmpbridge/io/channel.h"
#include "qmpbridge/io/clock.h"

struct QmpClient {
    guint refs;  /* the owners' */
    guint holds; /* ours, while callbacks run: the memory stays though the owners are gone */
    Channel *channel;
    QmpSession *session;
    const QmpClientOps *ops;
    gpointer user_data;
    GSource *timer; /* ready at the next deadline, or at once if there is something in later */
    GQueue later;   /* of QmpSessionAction, none of them SEND */
    JsonNode *greeting;
    GBytes *event;   /* (nullable): text of the event that @event gets just now; borrowed */
    gboolean closed; /* by the owner: of the callbacks only those of replies come */
};

/* What a command's tag points to. */
typedef struct {
    QmpReplyFunc func;     /* (nullable) */
    QmpTextFunc text_func; /* (nullable) */
    gpointer user_data;
    GDestroyNotify destroy;
} Call;

static void client_call_finish(QmpClient *client, Call *call, const QmpSessionAction *action)
{
    if (call->func)
        call->func(client, action->node, action->error, call->user_data);
    if (call->text_func)
        call->text_func(client, action->bytes, action->error, call->user_data);
    if (call->destroy)
        call->destroy(call->user_data);
    g_free(call);
}

/* Sends what is to be sent and keeps the rest for later. */
static void collect(QmpClient *client)
{
    QmpSessionAction *action;

    while ((action = qmp_session_next_action(client->session))) {
        if (action->type == QMP_SESSION_SEND) {
            channel_write_fds(client->channel, action->bytes, action->fds);
            qmp_session_action_free(action);
        } else {
            g_queue_push_tail(&client->later, action);
        }
    }
}

static void set_timer(QmpClient *client)
{
    gint64 deadline = qmp_session_next_deadline(client->session);

    if (client->later.length)
        g_source_set_ready_time(client->timer, 0);
    else
        g_source_set_ready_time(client->timer, deadline == QMP_SESSION_NEVER ? -1 : deadline);
}

static void on_ready(QmpClient *client, QmpSessionAction *action)
{
    client->greeting = g_steal_pointer(&action->node);
    if (!client->closed && client->ops->ready)
        client->ops->ready(client, client->greeting, client->user_data);
}

static void on_fatal(QmpClient *client, const GError *error)
{
    channel_close(client->channel);
    if (!client->closed && client->ops->closed)
        client->ops->closed(client, error, client->user_data);
}

static void on_event(QmpClient *client, const QmpSessionAction *action)
{
    GBytes *outer = client->event; /* a callback may run a nested main loop */

    if (client->closed || !client->ops->event)
        return;
    client->event = action->bytes;
    client->ops->event(client, action->node, client->user_data);
    client->event = outer;
}

static void deliver_one(QmpClient *client, QmpSessionAction *action)
{
    switch (action->type) {
    case QMP_SESSION_READY:
        on_ready(client, action);
        break;
    case QMP_SESSION_REPLY:
        client_call_finish(client, action->tag, action);
        break;
    case QMP_SESSION_EVENT:
        on_event(client, action);
        break;
    case QMP_SESSION_NOTICE:
        if (!client->closed && client->ops->notice)
            client->ops->notice(client, action->error, client->user_data);
        break;
    case QMP_SESSION_FATAL:
        on_fatal(client, action->error);
        break;
    case QMP_SESSION_SEND:
        g_assert_not_reached();
    }
}

static void maybe_free(QmpClient *client)
{
    if (client->refs > 0 || client->holds > 0)
        return;
    g_source_destroy(client->timer);
    g_source_unref(client->timer);
    channel_unref(client->channel);
    qmp_session_free(client->session);
    g_clear_pointer(&client->greeting, json_node_unref);
    g_free(client);
}

/* Always the last that a function does with a client: it may be gone afterwards. */
static void deliver(QmpClient *client)
{
    QmpSessionAction *action;

    client->holds++;
    collect(client);
    while ((action = g_queue_pop_head(&client->later))) {
        deliver_one(client, action);
        qmp_session_action_free(action);
        collect(client);
    }
    set_timer(client);
    client->holds--;
    maybe_free(client);
}

static void on_data(Channel *channel, const void *data, gsize len, gpointer user_data)
{
    QmpClient *client = user_data;

    (void)channel;
    qmp_session_feed(client->session, data, len, clock_mono());
    deliver(client);
}

static void on_closed(Channel *channel, const GError *error, gpointer user_data)
{
    QmpClient *client = user_data;

    (void)channel;
    qmp_session_eof(client->session, error);
    deliver(client);
}

static const ChannelOps channel_ops = {.data = on_data, .closed = on_closed};

static gboolean on_timer(gpointer user_data)
{
    QmpClient *client = user_data;

    qmp_session_tick(client->session, clock_mono());
    deliver(client);
    return G_SOURCE_CONTINUE;
}

static gboolean dispatch_timer(GSource *source, GSourceFunc func, gpointer user_data)
{
    (void)source;
    return func(user_data);
}

static GSource *timer_new(QmpClient *client)
{
    static GSourceFuncs funcs = {.dispatch = dispatch_timer};
    GSource *timer = g_source_new(&funcs, sizeof(GSource));

    g_source_set_callback(timer, on_timer, client, NULL);
    g_source_attach(timer, NULL);
    return timer;
}

QmpClient *qmp_client_new(GIOStream *stream, guint greeting_timeout_ms, const QmpClientOps *ops,
                          gpointer user_data)
{
    QmpClient *client = g_new0(QmpClient, 1);
    guint timeout_ms = greeting_timeout_ms ? greeting_timeout_ms : QMP_GREETING_TIMEOUT_MS;

    client->refs = 1;
    client->ops = ops;
    client->user_data = user_data;
    client->session = qmp_session_new(clock_mono(), (gint64)timeout_ms * 1000);
    client->channel = channel_new(stream, &channel_ops, client);
    qmp_session_set_passes_fds(client->session, channel_passes_fds(client->channel));
    client->timer = timer_new(client);
    set_timer(client);
    return client;
}

QmpClient *qmp_client_ref(QmpClient *client)
{
    client->refs++;
    return client;
}

void qmp_client_close(QmpClient *client)
{
    if (client->closed)
        return;
    client->closed = TRUE;
    channel_close(client->channel);
    qmp_session_eof(client->session, NULL);
    deliver(client);
}

/* The owner's last reference closes, while the client is still whole for the callbacks. */
void qmp_client_unref(QmpClient *client)
{
    client->holds++;
    if (--client->refs == 0)
        qmp_client_close(client);
    client->holds--;
    maybe_free(client);
}

static Call *client_call_new(QmpReplyFunc func, QmpTextFunc text_func, gpointer user_data,
                             GDestroyNotify destroy)
{
    Call *call = g_new(Call, 1);

    *call = (Call){func, text_func, user_data, destroy};
    return call;
}

static gint64 timeout_us(guint timeout_ms)
{
    return timeout_ms ? (gint64)timeout_ms * 1000 : QMP_SESSION_NEVER;
}

/* @command, @call: (transfer full) */
static void submit(QmpClient *client, JsonNode *command, guint timeout_ms, Call *call)
{
    qmp_session_submit(client->session, command, timeout_us(timeout_ms), clock_mono(), call);
    collect(client);
    set_timer(client);
}

void qmp_client_execute_full(QmpClient *client, const char *name, JsonObject *args,
                             QmpExecuteFlags flags, guint timeout_ms, QmpReplyFunc func,
                             gpointer user_data, GDestroyNotify destroy)
{
    submit(client, message_command_new(name, args, (flags & QMP_EXECUTE_OOB) != 0), timeout_ms,
           client_call_new(func, NULL, user_data, destroy));
}

void qmp_client_execute(QmpClient *client, const char *name, JsonObject *args, guint timeout_ms,
                        QmpReplyFunc func, gpointer user_data)
{
    qmp_client_execute_full(client, name, args, QMP_EXECUTE, timeout_ms, func, user_data, NULL);
}

void qmp_client_execute_node(QmpClient *client, JsonNode *command, guint timeout_ms,
                             QmpReplyFunc func, gpointer user_data)
{
    submit(client, command, timeout_ms, client_call_new(func, NULL, user_data, NULL));
}

void qmp_client_execute_text(QmpClient *client, const char *name, GBytes *args,
                             QmpExecuteFlags flags, guint timeout_ms, QmpTextFunc func,
                             gpointer user_data, GDestroyNotify destroy)
{
    qmp_client_execute_fds(client, name, args, NULL, flags, timeout_ms, func, user_data, destroy);
}

void qmp_client_execute_fds(QmpClient *client, const char *name, GBytes *args, Fds *fds,
                            QmpExecuteFlags flags, guint timeout_ms, QmpTextFunc func,
                            gpointer user_data, GDestroyNotify destroy)
{
    qmp_session_submit_text(client->session, name, args, (flags & QMP_EXECUTE_OOB) != 0, fds,
                            timeout_us(timeout_ms), clock_mono(),
                            client_call_new(NULL, func, user_data, destroy));
    collect(client);
    set_timer(client);
}

void qmp_client_be_terse(QmpClient *client)
{
    qmp_session_be_terse(client->session);
}

GBytes *qmp_client_event_text(const QmpClient *client)
{
    return client->event;
}

gboolean qmp_client_is_ready(const QmpClient *client)
{
    return client->greeting && qmp_session_is_ready(client->session);
}

JsonNode *qmp_client_greeting(const QmpClient *client)
{
    return client->greeting;
}

guint qmp_client_pending(const QmpClient *client)
{
    return qmp_session_pending(client->session);
}
