/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FairQueue; see fair-queue.h. A client has a lane only while something of it waits.
 */
#include "qmpbridge/io/fair-queue.h"

typedef struct {
    guint64 client;
    GQueue requests; /**< of QmpRequest; never empty between calls */
    GList turn;      /**< in FairQueue.turns */
} Lane;

struct FairQueue {
    GHashTable *lanes; /**< client -> Lane */
    GQueue turns;      /**< of Lane: the head is next */
    guint length;      /**< requests in all lanes */
};

static void lane_free(gpointer data)
{
    Lane *lane = data;

    g_queue_clear_full(&lane->requests, (GDestroyNotify)qmp_request_unref);
    g_free(lane);
}

FairQueue *fair_queue_new(void)
{
    FairQueue *queue = g_new0(FairQueue, 1);

    queue->lanes = g_hash_table_new_full(g_int64_hash, g_int64_equal, NULL, lane_free);
    return queue;
}

void fair_queue_free(FairQueue *queue)
{
    if (!queue)
        return;
    g_hash_table_unref(queue->lanes);
    g_free(queue);
}

static Lane *lane_of(FairQueue *queue, guint64 client)
{
    Lane *lane = g_hash_table_lookup(queue->lanes, &client);

    if (lane)
        return lane;
    lane = g_new0(Lane, 1);
    lane->client = client;
    lane->turn.data = lane;
    g_hash_table_insert(queue->lanes, &lane->client, lane);
    g_queue_push_tail_link(&queue->turns, &lane->turn);
    return lane;
}

void fair_queue_push(FairQueue *queue, QmpRequest *request)
{
    queue->length++;
    g_queue_push_tail(&lane_of(queue, qmp_request_client(request))->requests, request);
}

static void end_lane(FairQueue *queue, Lane *lane)
{
    g_queue_unlink(&queue->turns, &lane->turn);
    queue->length -= lane->requests.length;
    g_hash_table_remove(queue->lanes, &lane->client);
}

/* Takes the first of the lane whose turn it is, which ends the turn. */
static QmpRequest *take(FairQueue *queue, Lane *lane)
{
    QmpRequest *request = g_queue_pop_head(&lane->requests);

    queue->length--;
    if (g_queue_is_empty(&lane->requests)) {
        end_lane(queue, lane);
    } else {
        g_queue_unlink(&queue->turns, &lane->turn);
        g_queue_push_tail_link(&queue->turns, &lane->turn);
    }
    return request;
}

QmpRequest *fair_queue_peek(FairQueue *queue)
{
    Lane *lane;

    while ((lane = g_queue_peek_head(&queue->turns))) {
        QmpRequest *request = g_queue_peek_head(&lane->requests);

        if (qmp_request_alive(request))
            return request;
        qmp_request_unref(take(queue, lane));
    }
    return NULL;
}

gboolean fair_queue_holds(const FairQueue *queue, guint64 client)
{
    return g_hash_table_contains(queue->lanes, &client);
}

QmpRequest *fair_queue_pop(FairQueue *queue)
{
    return fair_queue_peek(queue) ? take(queue, g_queue_peek_head(&queue->turns)) : NULL;
}

void fair_queue_drop(FairQueue *queue, guint64 client)
{
    Lane *lane = g_hash_table_lookup(queue->lanes, &client);

    if (lane)
        end_lane(queue, lane);
}

guint fair_queue_length(const FairQueue *queue)
{
    return queue->length;
}
