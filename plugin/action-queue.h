/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A bounded queue of policy actions from the vCPUs to the control link. Putting never waits:
 * the producer looks first whether there is room. One producer at a time, one consumer, no lock.
 */
#pragma once

#include "plugin/policy.h"

G_BEGIN_DECLS

/** Actions that fit. A power of two. */
#define ACTION_QUEUE_SIZE 64u

typedef struct {
    guint head, tail; /* atomic; positions only grow */
    PolicyAction items[ACTION_QUEUE_SIZE];
} ActionQueue;

/** How many more actions fit. For the producer: it can only grow behind its back. */
guint action_queue_room(const ActionQueue *queue);

/** Appends an action. Returns: FALSE if it is full. */
gboolean action_queue_put(ActionQueue *queue, const PolicyAction *action);

/** Takes the oldest action. Returns: FALSE if there is none. */
gboolean action_queue_take(ActionQueue *queue, PolicyAction *action);

G_END_DECLS
