/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Blocking work in a thread of its own; see worker.h.
 */
#include "qmpbridge/io/worker.h"

struct Worker {
    GThread *thread;
    GCancellable *cancellable; /**< the thread's current one */
    GSource *finished;         /**< attached by the thread as its last act */
    WorkerFunc func;
    gpointer data;
    WorkerDone done;
    gpointer user_data;
    GError *error;
};

static gboolean on_finished(gpointer user_data)
{
    Worker *worker = user_data;
    g_autoptr(GError) error = g_steal_pointer(&worker->error);

    worker->done(error, worker->user_data); /* frees the worker */
    return G_SOURCE_REMOVE;
}

static gpointer work(gpointer user_data)
{
    Worker *worker = user_data;

    g_cancellable_push_current(worker->cancellable);
    if (worker->func(worker->data, &worker->error))
        g_clear_error(&worker->error);
    g_cancellable_pop_current(worker->cancellable);
    g_source_attach(worker->finished, NULL);
    return NULL;
}

Worker *worker_start(WorkerFunc func, gpointer data, WorkerDone done, gpointer user_data)
{
    Worker *worker = g_new0(Worker, 1);

    worker->cancellable = g_cancellable_new();
    worker->func = func;
    worker->data = data;
    worker->done = done;
    worker->user_data = user_data;
    worker->finished = g_idle_source_new();
    g_source_set_priority(worker->finished, G_PRIORITY_DEFAULT);
    g_source_set_callback(worker->finished, on_finished, worker, NULL);
    worker->thread = g_thread_new("worker", work, worker);
    return worker;
}

void worker_cancel(Worker *worker)
{
    g_cancellable_cancel(worker->cancellable);
}

void worker_free(Worker *worker)
{
    if (!worker)
        return;
    g_thread_join(worker->thread);
    g_source_destroy(worker->finished);
    g_source_unref(worker->finished);
    g_object_unref(worker->cancellable);
    g_clear_error(&worker->error);
    g_free(worker);
}
