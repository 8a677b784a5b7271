/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The events that have come and that no `wait` has consumed yet. The queue begins at attach, so a
 * script that starts something and then waits can't miss its end.
 * Pure; one thread at a time.
 */
#pragma once

#include "qmpbridge/core/limits.h"
#include "qmpbridge/shell/events/event-match.h"

G_BEGIN_DECLS

typedef struct EventQueue EventQueue;

EventQueue *event_queue_new(void);
/** @queue: (nullable). */
void event_queue_free(EventQueue *queue);
/** Appends an event, as its text; a ref is taken. */
void event_queue_push(EventQueue *queue, GBytes *event);
/** The first match; it and all before it leave the queue. Without one nothing changes.
 * Returns: (transfer full) (nullable). */
GBytes *event_queue_take(EventQueue *queue, const EventMatch *match);
/** Events dropped because the queue was full. */
guint64 event_queue_lost(const EventQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(EventQueue, event_queue_free)

G_END_DECLS
