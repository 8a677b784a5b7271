/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocking work in a thread of its own; the outcome reaches its owner on the main context. The
 * thread may touch only what it was given, and its owner leaves that alone until @done.
 */
#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct Worker Worker;

/** The work, in its own thread. Returns: FALSE with @error set if it failed. */
typedef gboolean (*WorkerFunc)(gpointer data, GError **error);

/** The outcome, on the main thread. @error: (nullable). The owner frees the worker in here. */
typedef void (*WorkerDone)(const GError *error, gpointer user_data);

/** Starts it. Returns: (transfer full): free with worker_free(). */
Worker *worker_start(WorkerFunc func, gpointer data, WorkerDone done, gpointer user_data);

/**
 * Asks the work to stop where it can, which is where the functions of store/files.h and ram.h go
 * on to the next chunk: then it fails. Doesn't wait; @done is called as ever.
 */
void worker_cancel(Worker *worker);

/** Waits for the work to finish; @done is not called any more. @worker: (nullable). */
void worker_free(Worker *worker);

G_END_DECLS
