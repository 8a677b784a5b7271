/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue behind `wait`. It keeps no clock: deadlines are the command's business.
 */
#include "qmpbridge/shell/events/event-queue.h"

struct EventQueue {
    GQueue entries; /* GBytes */
    gsize bytes;
    guint64 lost;
};

EventQueue *event_queue_new(void)
{
    EventQueue *queue = g_new0(EventQueue, 1);

    g_queue_init(&queue->entries);
    return queue;
}

static GBytes *pop(EventQueue *queue)
{
    GBytes *event = g_queue_pop_head(&queue->entries);

    queue->bytes -= g_bytes_get_size(event);
    return event;
}

void event_queue_free(EventQueue *queue)
{
    if (!queue)
        return;
    g_queue_clear_full(&queue->entries, (GDestroyNotify)g_bytes_unref);
    g_free(queue);
}

void event_queue_push(EventQueue *queue, GBytes *event)
{
    queue->bytes += g_bytes_get_size(event);
    g_queue_push_tail(&queue->entries, g_bytes_ref(event));
    while (queue->entries.length > EVENT_QUEUE_MAX ||
           (queue->bytes > EVENT_QUEUE_MAX_BYTES && queue->entries.length > 1)) {
        g_bytes_unref(pop(queue));
        queue->lost++;
    }
}

static guint find_match(EventQueue *queue, const EventMatch *match)
{
    guint position = 1;

    for (GList *link = queue->entries.head; link; link = link->next, position++) {
        if (event_match_test(match, link->data))
            return position;
    }
    return 0;
}

GBytes *event_queue_take(EventQueue *queue, const EventMatch *match)
{
    guint position = find_match(queue, match);

    if (!position)
        return NULL;
    while (--position)
        g_bytes_unref(pop(queue));
    return pop(queue);
}

guint64 event_queue_lost(const EventQueue *queue)
{
    return queue->lost;
}
