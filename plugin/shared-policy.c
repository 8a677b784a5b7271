/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See desk.h. */
#include "plugin/shared-policy.h"

#include <errno.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "plugin/action-queue.h"

#define COMPLAINT_EVERY (10 * G_USEC_PER_SEC)

struct Desk {
    GMutex lock; /* guards policy, journaling, and the producers' ends of queue and log */
    Policy policy;
    gboolean journaling;
    Queue queue;
    JournalLog *log;
    int wake_fd;
    gpointer complaint;   /* atomic; a static string or NULL */
    guint more;           /* atomic; complaints after that one */
    gint64 complaint_due; /* the link's: no earlier than that */
};

Desk *desk_new(const PolicyOptions *options, GError **error)
{
    int fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
    Desk *desk;

    if (fd < 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "eventfd: %s",
                    g_strerror(errno));
        return NULL;
    }
    desk = g_new0(Desk, 1);
    g_mutex_init(&desk->lock);
    policy_init(&desk->policy, options, g_get_monotonic_time());
    desk->log = journal_log_new();
    desk->wake_fd = fd;
    return desk;
}

void desk_free(Desk *desk)
{
    if (!desk) {
        return;
    }
    close(desk->wake_fd);
    journal_log_free(desk->log);
    g_mutex_clear(&desk->lock);
    g_free(desk);
}

void desk_wake(Desk *desk)
{
    guint64 one = 1;
    ssize_t ignored = write(desk->wake_fd, &one, sizeof(one));

    /* EAGAIN: the counter is full, so the descriptor is readable anyway. */
    (void)ignored;
}

void desk_woken(Desk *desk)
{
    guint64 count;
    ssize_t ignored = read(desk->wake_fd, &count, sizeof(count));

    (void)ignored;
}

/* Called with the lock held. Asking is always possible; what may lead to an action is refused
 * while the queue has no room for it. */
static gint32 decide(Desk *desk, const Hypercall *request, gboolean *acted,
                     const char **complaint)
{
    PolicyInput input = {.type = POLICY_REQUEST, .request = request};
    PolicyOutput output;

    if (request->action != HYPERCALL_STATUS && request->action != HYPERCALL_PROBE) {
        if (queue_room(&desk->queue) < POLICY_ACTIONS_MAX) {
            return HYPERCALL_ERROR;
        }
        input.now = g_get_monotonic_time();
    }
    policy_step(&desk->policy, &input, &output);
    for (guint i = 0; i < output.n_actions; i++) {
        queue_put(&desk->queue, &output.actions[i]);
    }
    *acted = output.n_actions > 0;
    *complaint = output.complaint;
    return output.answer;
}

gint32 desk_answer(Desk *desk, const Hypercall *request, gboolean visible)
{
    gint32 answer = HYPERCALL_ERROR;
    gboolean wake = FALSE;
    const char *complaint = NULL;

    g_mutex_lock(&desk->lock);
    if (request) {
        answer = decide(desk, request, &wake, &complaint);
    }
    if (desk->journaling && visible) {
        wake |= journal_log_append(desk->log, request ? request->action : 0, answer);
    }
    g_mutex_unlock(&desk->lock);
    if (wake) {
        desk_wake(desk);
    }
    if (complaint) {
        desk_complain(desk, complaint);
    }
    return answer;
}

void desk_tell(Desk *desk, const PolicyInput *input, PolicyOutput *output)
{
    g_mutex_lock(&desk->lock);
    policy_step(&desk->policy, input, output);
    g_mutex_unlock(&desk->lock);
}

gboolean desk_take(Desk *desk, PolicyAction *action)
{
    return queue_take(&desk->queue, action);
}

void desk_complain(Desk *desk, const char *reason)
{
    if (g_atomic_pointer_compare_and_exchange(&desk->complaint, NULL, (gpointer)reason)) {
        desk_wake(desk);
    } else {
        g_atomic_int_inc(&desk->more);
    }
}

char *desk_take_complaint(Desk *desk, gint64 now)
{
    const char *reason = g_atomic_pointer_get(&desk->complaint);
    guint more;

    if (!reason || now < desk->complaint_due) {
        return NULL;
    }
    desk->complaint_due = now + COMPLAINT_EVERY;
    more = g_atomic_int_and(&desk->more, 0);
    g_atomic_pointer_set(&desk->complaint, NULL);
    return more > 0 ? g_strdup_printf("%s (and %u more)", reason, more) : g_strdup(reason);
}

gint64 desk_deadline(Desk *desk)
{
    gint64 deadline;

    g_mutex_lock(&desk->lock);
    deadline = policy_deadline(&desk->policy);
    g_mutex_unlock(&desk->lock);
    if (g_atomic_pointer_get(&desk->complaint) && (!deadline || desk->complaint_due < deadline)) {
        deadline = MAX(desk->complaint_due, 1);
    }
    return deadline;
}

int desk_wake_fd(const Desk *desk)
{
    return desk->wake_fd;
}

void desk_journal_start(Desk *desk)
{
    g_mutex_lock(&desk->lock);
    journal_log_reset(desk->log);
    desk->journaling = TRUE;
    g_mutex_unlock(&desk->lock);
}

void desk_journal_stop(Desk *desk)
{
    g_mutex_lock(&desk->lock);
    desk->journaling = FALSE;
    g_mutex_unlock(&desk->lock);
}

JournalLog *desk_log(Desk *desk)
{
    return desk->log;
}
