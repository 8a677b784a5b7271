/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of policy actions from the vCPUs to the control link. Putting never waits:
 * a full queue is told beforehand. One producer at a time, one consumer, no lock.
 */
#pragma once

#include "plugin/policy.h"

G_BEGIN_DECLS

/** Actions that fit. A power of two. */
#define QUEUE_SIZE 64u

typedef struct {
    guint head, tail; /* atomic; positions only grow */
    PolicyAction items[QUEUE_SIZE];
} Queue;

/** How many more actions fit. For the producer: it can only grow behind its back. */
guint queue_room(const Queue *queue);

/** Appends an action. Returns: FALSE if it is full. */
gboolean queue_put(Queue *queue, const PolicyAction *action);

/** Takes the oldest action. Returns: FALSE if there is none. */
gboolean queue_take(Queue *queue, PolicyAction *action);

G_END_DECLS
