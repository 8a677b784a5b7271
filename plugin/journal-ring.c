/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See journal-log.h. Positions only grow (modulo 2^32). The producer owns `head` and the run just
 * in front of it; the consumer owns `tail` and all runs from there to that one.
 */
#include "plugin/journal-ring.h"

struct JournalLog {
    guint head; /* atomic: the next run to be begun */
    guint tail; /* atomic: the next run to be taken */
    gint overflowed; /* atomic; set by the producer only */
    JournalRun runs[JOURNAL_LOG_RUNS];
};

JournalLog *journal_log_new(void)
{
    return g_new0(JournalLog, 1);
}

void journal_log_free(JournalLog *log)
{
    g_free(log);
}

void journal_log_reset(JournalLog *log)
{
    g_atomic_int_set(&log->head, 0);
    g_atomic_int_set(&log->tail, 0);
    g_atomic_int_set(&log->overflowed, FALSE);
}

gboolean journal_log_append(JournalLog *log, gint32 action, gint32 answer)
{
    guint head = log->head;
    guint tail = (guint)g_atomic_int_get(&log->tail);
    JournalRun *last = &log->runs[(head - 1) % JOURNAL_LOG_RUNS];

    if (log->overflowed) {
        return FALSE; /* what came after the gap would only mislead */
    }
    if (head != tail && last->action == action && last->answer == answer) {
        last->count++;
        return FALSE;
    }
    if (head - tail == JOURNAL_LOG_RUNS) {
        g_atomic_int_set(&log->overflowed, TRUE);
        return TRUE;
    }
    log->runs[head % JOURNAL_LOG_RUNS] = (JournalRun){action, answer, 1};
    g_atomic_int_set(&log->head, head + 1);
    return (head - tail) % JOURNAL_LOG_WAKE == JOURNAL_LOG_WAKE - 1;
}

gsize journal_log_take(JournalLog *log, JournalRun *runs, gsize max, gboolean all)
{
    guint head = (guint)g_atomic_int_get(&log->head);
    guint tail = log->tail;
    guint ready = head - tail;
    gsize n = 0;

    if (!all && ready > 0) {
        ready--;
    }
    while (n < ready && n < max) {
        runs[n++] = log->runs[tail++ % JOURNAL_LOG_RUNS];
    }
    g_atomic_int_set(&log->tail, tail);
    return n;
}

gboolean journal_log_overflowed(const JournalLog *log)
{
    return g_atomic_int_get(&log->overflowed);
}
