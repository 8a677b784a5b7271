/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See queue.h. GLib's atomics are full barriers, so an item is seen before its position. */
#include "plugin/action-queue.h"

guint queue_room(const Queue *queue)
{
    return QUEUE_SIZE - (queue->head - (guint)g_atomic_int_get(&queue->tail));
}

gboolean queue_put(Queue *queue, const PolicyAction *action)
{
    if (queue_room(queue) == 0) {
        return FALSE;
    }
    queue->items[queue->head % QUEUE_SIZE] = *action;
    g_atomic_int_inc(&queue->head);
    return TRUE;
}

gboolean queue_take(Queue *queue, PolicyAction *action)
{
    if (queue->tail == (guint)g_atomic_int_get(&queue->head)) {
        return FALSE;
    }
    *action = queue->items[queue->tail % QUEUE_SIZE];
    g_atomic_int_inc(&queue->tail);
    return TRUE;
}
