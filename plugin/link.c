/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The thread that owns the socket to the control server; see link.h. */
#include "plugin/link.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "plugin/report.h"

/* Waits between attempts to connect double from the first to the last of these; then so many
 * more are made. */
#define RETRY_FIRST (G_USEC_PER_SEC / 10)
#define RETRY_LAST (5 * G_USEC_PER_SEC)
#define RETRIES_MAX 100u
#define READ_BYTES 65536u

struct Link {
    GThread *thread;
    char *path; /* NULL: dry */
    SharedPolicy *shared;
    JournalWriter *writer;
    Control *control;
    gint stopping;
    int fd; /* -1: not connected */
    GByteArray *unsent;
    gint64 retry_at; /* G_MAXINT64: given up, or connected */
    gint64 retry_wait;
    guint retries;
};

/* --- the socket ------------------------------------------------------------------- */

static int open_socket(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fd, saved;

    if (g_strlcpy(address.sun_path, path, sizeof(address.sun_path)) >= sizeof(address.sun_path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0) {
        saved = errno;
        close(fd);
        errno = saved;
        return -1;
    }
    return fd;
}

static void plan_retry(Link *link, gint64 now, const char *reason)
{
    if (link->retries == 0)
        report("no connection to %s: %s; trying again", link->path, reason);
    if (link->retries++ == RETRIES_MAX) {
        report("no connection to %s, given up: the guest can't record any more", link->path);
        link->retry_at = G_MAXINT64;
        return;
    }
    link->retry_at = now + link->retry_wait;
    link->retry_wait = MIN(link->retry_wait * 2, RETRY_LAST);
}

static void try_connect(Link *link, gint64 now)
{
    link->fd = open_socket(link->path);
    if (link->fd < 0) {
        plan_retry(link, now, g_strerror(errno));
        return;
    }
    link->retry_at = G_MAXINT64;
    control_connected(link->control, now);
}

static void disconnect(Link *link, gint64 now, const char *reason)
{
    close(link->fd);
    link->fd = -1;
    g_byte_array_set_size(link->unsent, 0);
    control_disconnected(link->control);
    plan_retry(link, now, reason);
}

static void receive(Link *link, gint64 now)
{
    char buffer[READ_BYTES];
    ssize_t n = recv(link->fd, buffer, sizeof(buffer), 0);

    if (n > 0) {
        link->retries = 0;
        link->retry_wait = RETRY_FIRST;
        control_feed(link->control, buffer, (gsize)n, now);
    } else if (n == 0) {
        disconnect(link, now, "the recorder has closed it");
    } else if (errno != EAGAIN && errno != EINTR) {
        disconnect(link, now, g_strerror(errno));
    }
}

static void flush(Link *link, gint64 now)
{
    GBytes *bytes;
    ssize_t n;

    while ((bytes = control_next_output(link->control))) {
        gsize length;
        const guint8 *data = g_bytes_get_data(bytes, &length);

        g_byte_array_append(link->unsent, data, (guint)length);
        g_bytes_unref(bytes);
    }
    if (link->fd < 0 || link->unsent->len == 0)
        return;
    n = send(link->fd, link->unsent->data, link->unsent->len, MSG_NOSIGNAL);
    if (n > 0)
        g_byte_array_remove_range(link->unsent, 0, (guint)n);
    else if (n < 0 && errno != EAGAIN && errno != EINTR)
        disconnect(link, now, g_strerror(errno));
}

/* --- the thread ------------------------------------------------------------------------ */

static int wait_ms(gint64 deadline, gint64 now)
{
    if (deadline == G_MAXINT64)
        return -1;
    return deadline <= now ? 0 : (int)MIN((deadline - now) / 1000 + 1, G_MAXINT);
}

/* One turn. Returns when there was something to do. */
static void turn(Link *link)
{
    gint64 deadline = MIN(control_deadline(link->control), link->retry_at);
    struct pollfd fds[] = {
        {.fd = shared_policy_wake_fd(link->shared), .events = POLLIN},
        {.fd = link->fd, .events = POLLIN | (link->unsent->len > 0 ? POLLOUT : 0)},
        {.fd = control_wake_fd(link->control), .events = POLLIN},
    };
    gint64 now;

    if (poll(fds, G_N_ELEMENTS(fds), wait_ms(deadline, g_get_monotonic_time())) < 0)
        return;
    now = g_get_monotonic_time();
    if (fds[0].revents)
        shared_policy_clear_wake(link->shared);
    if (link->fd >= 0 && (fds[1].revents & (POLLIN | POLLHUP | POLLERR)))
        receive(link, now);
    control_run(link->control, now);
    if (link->fd >= 0 && control_fault(link->control)) {
        g_autofree char *reason = g_strdup(control_fault(link->control)->message);

        disconnect(link, now, reason);
    }
    if (link->fd < 0 && now >= link->retry_at)
        try_connect(link, now);
    flush(link, now);
}

/* An emulator that exits while recording ends the recording: its journal ends here too. */
static void finish_journal(Link *link)
{
    g_autoptr(GError) error = NULL;
    guint64 answers;

    if (journal_writer_is_open(link->writer) &&
        !journal_writer_close(link->writer, &answers, &error))
        report("the journal failed: %s", error->message);
}

static gpointer run(gpointer data)
{
    Link *link = data;

    while (!g_atomic_int_get(&link->stopping))
        turn(link);
    finish_journal(link);
    return NULL;
}

/* --- the dry link ------------------------------------------------------------------------ */

/* The outcome of an action, as the policy takes it. Returns: FALSE for an action without one. */
static gboolean dry_outcome(const PolicyAction *action, PolicyInput *input)
{
    switch (action->type) {
    case POLICY_BEGIN:
        report_guest("dry run: begin %s", action->text);
        input->type = POLICY_BEGUN;
        return TRUE;
    case POLICY_END:
        report_guest("dry run: end");
        input->type = POLICY_ENDED;
        return TRUE;
    case POLICY_MARK:
        report_guest("dry run: mark");
        return FALSE;
    case POLICY_QUIT:
        report_guest("dry run: as many recordings as nrec asks for are made");
        return FALSE;
    }
    return FALSE;
}

/* Steps the policy, and again with the outcome of what it wants, until it wants nothing more. A
 * step yields at most one action that has an outcome. */
static void dry_step(Link *link, PolicyInput input)
{
    PolicyOutput output;
    gboolean more;

    do {
        input.now = g_get_monotonic_time();
        shared_policy_step(link->shared, &input, &output);
        more = FALSE;
        for (guint i = 0; i < output.n_actions; i++)
            more |= dry_outcome(&output.actions[i], &input);
    } while (more);
}

static gpointer run_dry(gpointer data)
{
    Link *link = data;
    PolicyInput input = {.type = POLICY_MODE, .mode = POLICY_MODE_DRY};
    PolicyAction action;

    dry_step(link, input);
    while (!g_atomic_int_get(&link->stopping)) {
        struct pollfd fd = {.fd = shared_policy_wake_fd(link->shared), .events = POLLIN};
        gint64 deadline = shared_policy_deadline(link->shared);
        g_autofree char *complaint = NULL;

        if (poll(&fd, 1, wait_ms(deadline ? deadline : G_MAXINT64, g_get_monotonic_time())) > 0)
            shared_policy_clear_wake(link->shared);
        complaint = shared_policy_take_complaint(link->shared, g_get_monotonic_time());
        if (complaint)
            report("a guest's hypercall was refused: %s", complaint);
        while (shared_policy_take(link->shared, &action))
            if (dry_outcome(&action, &input))
                dry_step(link, input);
        if (deadline && g_get_monotonic_time() >= deadline)
            dry_step(link, (PolicyInput){.type = POLICY_TICK});
    }
    return NULL;
}

/* The emulator's main thread owns all signals; a thread inherits the mask of its maker. */
static GThread *start_without_signals(GThreadFunc function, Link *link)
{
    sigset_t all, saved;
    GThread *thread;

    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &saved);
    thread = g_thread_new("recctrl-link", function, link);
    pthread_sigmask(SIG_SETMASK, &saved, NULL);
    return thread;
}

Link *link_start(const char *path, SharedPolicy *shared, const Host *host, JournalDescribe describe,
                 gpointer opaque)
{
    Link *link = g_new0(Link, 1);

    link->path = g_strdup(path);
    link->shared = shared;
    link->writer = journal_writer_new(shared, describe, opaque);
    link->control = control_new(shared, link->writer, host);
    link->fd = -1;
    link->unsent = g_byte_array_new();
    link->retry_wait = RETRY_FIRST;
    link->thread = start_without_signals(path ? run : run_dry, link);
    return link;
}

void link_stop(Link *link)
{
    g_atomic_int_set(&link->stopping, TRUE);
    shared_policy_wake(link->shared);
    g_thread_join(link->thread);
    if (link->fd >= 0)
        close(link->fd);
    control_free(link->control);
    journal_writer_free(link->writer);
    g_byte_array_unref(link->unsent);
    g_free(link->path);
    g_free(link);
}
