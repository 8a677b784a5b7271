/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Work in a thread: the outcome comes on the main thread, once, and not at all to an owner that
 * has gone.
 */
#include "qmpbridge/io/worker.h"

#include <poll.h>

#include "tests/unit/temp.h"

typedef struct {
    Worker *worker;
    GThread *main, *thread;
    int gate[2]; /**< the work waits for a byte */
    gboolean fail, finished;
    guint done;
    char *error;
} Job;

static gboolean work(gpointer data, GError **error)
{
    Job *job = data;
    char byte;

    job->thread = g_thread_self();
    ck_assert_int_eq(read(job->gate[0], &byte, 1), 1);
    job->finished = TRUE;
    if (job->fail)
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_FULL, "full");
    return !job->fail;
}

/* Works until it is cancelled, as a long copy does. */
static gboolean work_on(gpointer data, GError **error)
{
    GCancellable *cancellable = g_cancellable_get_current();
    struct pollfd poller = {.fd = g_cancellable_get_fd(cancellable), .events = POLLIN};

    (void)data;
    ck_assert_int_eq(poll(&poller, 1, -1), 1);
    g_cancellable_release_fd(cancellable);
    return !g_cancellable_set_error_if_cancelled(cancellable, error);
}

static void done(const GError *error, gpointer user_data)
{
    Job *job = user_data;

    ck_assert_ptr_eq(g_thread_self(), job->main);
    job->done++;
    job->error = error ? g_strdup(error->message) : NULL;
    g_clear_pointer(&job->worker, worker_free);
}

static void start(Job *job, gboolean fail)
{
    *job = (Job){.main = g_thread_self(), .fail = fail};
    ck_assert_int_eq(pipe(job->gate), 0);
    job->worker = worker_start(work, job, done, job);
}

static void open_gate(Job *job)
{
    ck_assert_int_eq(write(job->gate[1], "x", 1), 1);
}

START_TEST(test_outcome)
{
    Job job;

    start(&job, _i == 1);
    ck_assert(!g_main_context_iteration(NULL, FALSE)); /* it doesn't block us */
    ck_assert_uint_eq(job.done, 0);
    open_gate(&job);
    temp_wait(job.done, "the outcome");
    ck_assert(job.thread != job.main);
    ck_assert_pstr_eq(job.error, _i == 1 ? "full" : NULL);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(job.done, 1);
    g_free(job.error);
}
END_TEST

/* Freed while it works: worker_free() waits for the work, and @done isn't called. */
START_TEST(test_free)
{
    Job job;

    start(&job, _i == 1);
    open_gate(&job);
    worker_free(job.worker);
    ck_assert(job.finished);
    while (g_main_context_iteration(NULL, FALSE))
        continue;
    ck_assert_uint_eq(job.done, 0);
    worker_free(NULL);
}
END_TEST

/* Cancelled it ends soon: @done is called as ever, or the owner frees it. */
START_TEST(test_cancel)
{
    Job job = {.main = g_thread_self()};

    job.worker = worker_start(work_on, &job, done, &job);
    worker_cancel(job.worker);
    ck_assert_uint_eq(job.done, 0);
    if (_i)
        worker_free(job.worker);
    else
        temp_wait(job.done, "the outcome");
    ck_assert_int_eq(job.error != NULL, !_i);
    g_free(job.error);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_outcome, 0, 2);
    tcase_add_loop_test(tcase, test_free, 0, 2);
    tcase_add_loop_test(tcase, test_cancel, 0, 2);
}

int main(void)
{
    return temp_run("worker", add_tests);
}
