/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FairQueue: requests that wait for one monitor. Those of a client stay in their order; the
 * clients take turns, so that one that sends much delays the others by no more than one of its
 * commands each turn. What a client that has left had still waiting never comes out.
 */
#pragma once

#include "qmpbridge/io/server.h"

G_BEGIN_DECLS

typedef struct FairQueue FairQueue;

/** Returns: (transfer full): free with fair_queue_free(). */
FairQueue *fair_queue_new(void);

/** Frees it; requests that wait are answered with an error. @queue: (nullable). */
void fair_queue_free(FairQueue *queue);

/** Adds a request. @request: (transfer full). */
void fair_queue_push(FairQueue *queue, QmpRequest *request);

/** Whose turn it is. Returns: (transfer none) (nullable): NULL if nothing waits. */
QmpRequest *fair_queue_peek(FairQueue *queue);

/** Takes out whose turn it is. Returns: (transfer full) (nullable): NULL if nothing waits. */
QmpRequest *fair_queue_pop(FairQueue *queue);

/** TRUE if something of @client waits. */
gboolean fair_queue_holds(const FairQueue *queue, guint64 client);

/** A client has left: frees what it had waiting. */
void fair_queue_drop(FairQueue *queue, guint64 client);

/** How many requests wait. */
guint fair_queue_length(const FairQueue *queue);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(FairQueue, fair_queue_free)

G_END_DECLS
