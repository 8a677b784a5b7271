/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue without a lock; see action-queue.h. GLib's atomics are full barriers, so an item is seen
 * before its position.
 */
#include "plugin/action-queue.h"

guint action_queue_room(const ActionQueue *queue)
{
    return ACTION_QUEUE_SIZE - (queue->head - (guint)g_atomic_int_get(&queue->tail));
}

gboolean action_queue_put(ActionQueue *queue, const PolicyAction *action)
{
    if (action_queue_room(queue) == 0)
        return FALSE;
    queue->items[queue->head % ACTION_QUEUE_SIZE] = *action;
    g_atomic_int_inc(&queue->head);
    return TRUE;
}

gboolean action_queue_take(ActionQueue *queue, PolicyAction *action)
{
    if (queue->tail == (guint)g_atomic_int_get(&queue->head))
        return FALSE;
    *action = queue->items[queue->tail % ACTION_QUEUE_SIZE];
    g_atomic_int_inc(&queue->tail);
    return TRUE;
}
