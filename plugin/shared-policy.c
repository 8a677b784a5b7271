/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The policy between the vCPUs and the control link, under one short lock; see shared-policy.h.
 */
#include "plugin/shared-policy.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plugin/action-queue.h"

#define COMPLAINT_EVERY (10 * G_USEC_PER_SEC)

struct SharedPolicy {
    GMutex lock; /* guards policy, journaling, and the producers' ends of queue and ring */
    Policy policy;
    gboolean journaling;
    ActionQueue queue;
    JournalRing *ring;
    int wake_fd;
    gpointer complaint;   /* atomic; a static string or NULL */
    guint more;           /* atomic; complaints after that one */
    gint64 complaint_due; /* the control link's: print none before */
};

SharedPolicy *shared_policy_new(const PolicyOptions *options, GError **error)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    SharedPolicy *shared;

    if (fd < 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "eventfd: %s",
                    g_strerror(errno));
        return NULL;
    }
    shared = g_new0(SharedPolicy, 1);
    g_mutex_init(&shared->lock);
    policy_init(&shared->policy, options, g_get_monotonic_time());
    shared->ring = journal_ring_new();
    shared->wake_fd = fd;
    return shared;
}

void shared_policy_free(SharedPolicy *shared)
{
    if (!shared)
        return;
    close(shared->wake_fd);
    journal_ring_free(shared->ring);
    g_mutex_clear(&shared->lock);
    g_free(shared);
}

void shared_policy_wake(SharedPolicy *shared)
{
    guint64 one = 1;
    ssize_t ignored = write(shared->wake_fd, &one, sizeof(one));

    /* EAGAIN: the counter is full, so the descriptor is readable anyway. */
    (void)ignored;
}

void shared_policy_clear_wake(SharedPolicy *shared)
{
    guint64 count;
    ssize_t ignored = read(shared->wake_fd, &count, sizeof(count));

    (void)ignored;
}

/* Called with the lock held. Asking is always possible; what may lead to an action is refused
 * while the queue has no room for it. */
static gint32 decide(SharedPolicy *shared, const Hypercall *request, gboolean *acted,
                     const char **complaint)
{
    PolicyInput input = {.type = POLICY_REQUEST, .request = request};
    PolicyOutput output;

    if (request->action != HYPERCALL_STATUS && request->action != HYPERCALL_PROBE) {
        if (action_queue_room(&shared->queue) < POLICY_ACTIONS_MAX)
            return HYPERCALL_ERROR;
        input.now = g_get_monotonic_time();
    }
    policy_step(&shared->policy, &input, &output);
    for (guint i = 0; i < output.n_actions; i++)
        action_queue_put(&shared->queue, &output.actions[i]);
    *acted = output.n_actions > 0;
    *complaint = output.complaint;
    return output.answer;
}

gint32 shared_policy_answer(SharedPolicy *shared, const Hypercall *request, gboolean visible)
{
    gint32 answer = HYPERCALL_ERROR;
    gboolean wake = FALSE;
    const char *complaint = NULL;

    g_mutex_lock(&shared->lock);
    if (request)
        answer = decide(shared, request, &wake, &complaint);
    if (shared->journaling && visible)
        wake |= journal_ring_append(shared->ring, request ? request->action : 0, answer);
    g_mutex_unlock(&shared->lock);
    if (wake)
        shared_policy_wake(shared);
    if (complaint)
        shared_policy_complain(shared, complaint);
    return answer;
}

void shared_policy_step(SharedPolicy *shared, const PolicyInput *input, PolicyOutput *output)
{
    g_mutex_lock(&shared->lock);
    policy_step(&shared->policy, input, output);
    g_mutex_unlock(&shared->lock);
}

gboolean shared_policy_take(SharedPolicy *shared, PolicyAction *action)
{
    return action_queue_take(&shared->queue, action);
}

void shared_policy_complain(SharedPolicy *shared, const char *reason)
{
    if (g_atomic_pointer_compare_and_exchange(&shared->complaint, NULL, (gpointer)reason))
        shared_policy_wake(shared);
    else
        g_atomic_int_inc(&shared->more);
}

char *shared_policy_take_complaint(SharedPolicy *shared, gint64 now)
{
    const char *reason = g_atomic_pointer_get(&shared->complaint);
    guint more;

    if (!reason || now < shared->complaint_due)
        return NULL;
    shared->complaint_due = now + COMPLAINT_EVERY;
    more = g_atomic_int_and(&shared->more, 0);
    g_atomic_pointer_set(&shared->complaint, NULL);
    return more > 0 ? g_strdup_printf("%s (and %u more)", reason, more) : g_strdup(reason);
}

gint64 shared_policy_deadline(SharedPolicy *shared)
{
    gint64 deadline;

    g_mutex_lock(&shared->lock);
    deadline = policy_deadline(&shared->policy);
    g_mutex_unlock(&shared->lock);
    if (g_atomic_pointer_get(&shared->complaint) && (!deadline || shared->complaint_due < deadline))
        deadline = MAX(shared->complaint_due, 1);
    return deadline;
}

int shared_policy_wake_fd(const SharedPolicy *shared)
{
    return shared->wake_fd;
}

void shared_policy_journal_start(SharedPolicy *shared)
{
    g_mutex_lock(&shared->lock);
    journal_ring_reset(shared->ring);
    shared->journaling = TRUE;
    g_mutex_unlock(&shared->lock);
}

void shared_policy_journal_stop(SharedPolicy *shared)
{
    g_mutex_lock(&shared->lock);
    shared->journaling = FALSE;
    g_mutex_unlock(&shared->lock);
}

JournalRing *shared_policy_ring(SharedPolicy *shared)
{
    return shared->ring;
}
