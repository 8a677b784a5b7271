/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event log. A line is built whole and written by one write() to a descriptor in append mode; one
 * that could only be written in part is closed with an LF before the next, so that a reader loses
 * that line and no other.
 */
#include "qmpbridge/io/eventlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"

/* A line buffer bigger than this is given back after use. */
#define KEEP_LINE 4096u

struct EventLog {
    int fd;
    char *vm;
    GString *line;
    guint64 seq;
    guint64 lost;
    guint64 lost_untold; /* lost since the last line that was written */
    gboolean failing;
    gboolean torn; /* the file ends in the middle of a line */
    EventLogFailed failed;
    gpointer user_data;
};

static const char *const dir_names[] = {
    [EVENTLOG_IN] = "in",
    [EVENTLOG_OUT] = "out",
    [EVENTLOG_NOTE] = "note",
};

EventLog *eventlog_from_fd(int fd, const char *vm)
{
    EventLog *log = g_new0(EventLog, 1);

    log->fd = fd;
    log->vm = g_strdup(vm);
    log->line = g_string_sized_new(512);
    return log;
}

EventLog *eventlog_open(const char *path, const char *vm, GError **error)
{
    int fd = open(
        path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NOCTTY | O_NONBLOCK, 0600);

    if (fd < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "can't open the event log %s: %s",
                    path, g_strerror(errno));
        return NULL;
    }
    return eventlog_from_fd(fd, vm);
}

void eventlog_free(EventLog *log)
{
    if (!log)
        return;
    close(log->fd);
    g_free(log->vm);
    g_string_free(log->line, TRUE);
    g_free(log);
}

void eventlog_set_vm(EventLog *log, const char *vm)
{
    if (!log || g_strcmp0(log->vm, vm) == 0)
        return;
    g_free(log->vm);
    log->vm = g_strdup(vm);
}

void eventlog_on_failure(EventLog *log, EventLogFailed failed, gpointer user_data)
{
    log->failed = failed;
    log->user_data = user_data;
}

static void begin_line(EventLog *log, EventLogDir dir)
{
    g_autofree char *wall = clock_iso8601(clock_wall());

    g_string_printf(log->line,
                    "%s{\"seq\": %" G_GUINT64_FORMAT ", \"wall\": \"%s\", "
                    "\"mono\": %" G_GINT64_FORMAT ", \"dir\": \"%s\"",
                    log->torn ? "\n" : "", log->seq, wall, clock_mono(), dir_names[dir]);
    if (log->vm) {
        g_string_append(log->line, ", \"vm\": ");
        json_append_string(log->line, log->vm);
    }
    if (log->lost_untold)
        g_string_append_printf(log->line, ", \"lost\": %" G_GUINT64_FORMAT, log->lost_untold);
    g_string_append(log->line, ", \"what\": ");
}

static void lose(EventLog *log, int why)
{
    log->lost++;
    log->lost_untold++;
    if (!log->failing && log->failed) {
        g_autoptr(GError) error = g_error_new(
            BRIDGE_ERROR, why == ENOSPC ? BRIDGE_ERROR_FULL : BRIDGE_ERROR_STORE,
            "the event log can't be written: %s; lines are being lost", g_strerror(why));

        log->failing = TRUE;
        log->failed(error, log->user_data);
    }
    log->failing = TRUE;
}

static void write_line(EventLog *log)
{
    ssize_t wrote;

    do {
        wrote = write(log->fd, log->line->str, log->line->len);
    } while (wrote < 0 && errno == EINTR);
    if (wrote == (ssize_t)log->line->len) {
        log->torn = FALSE;
        log->failing = FALSE;
        log->lost_untold = 0;
        return;
    }
    if (wrote > 0)
        log->torn = TRUE;
    lose(log, wrote < 0 ? errno : ENOSPC);
}

static void end_line(EventLog *log, gsize value_at)
{
    if (log->line->len + strlen("}\n") > EVENTLOG_MAX_LINE) {
        gsize size = log->line->len - value_at;

        g_string_truncate(log->line, value_at);
        g_string_append_printf(log->line, "{\"truncated\": %" G_GSIZE_FORMAT "}", size);
    }
    g_string_append(log->line, "}\n");
    write_line(log);
    log->seq++;
    if (log->line->allocated_len > KEEP_LINE) {
        g_string_free(log->line, TRUE);
        log->line = g_string_sized_new(512);
    }
}

void eventlog_write(EventLog *log, EventLogDir dir, JsonNode *what)
{
    gsize value_at;

    if (!log)
        return;
    begin_line(log, dir);
    value_at = log->line->len;
    json_append(log->line, what);
    end_line(log, value_at);
}

void eventlog_write_text(EventLog *log, EventLogDir dir, JsonSlice what)
{
    gsize value_at;

    if (!log)
        return;
    while (what.len && g_ascii_isspace(what.text[what.len - 1]))
        what.len--;
    begin_line(log, dir);
    value_at = log->line->len;
    g_string_append_len(log->line, what.text, (gssize)what.len);
    end_line(log, value_at);
}

void eventlog_note(EventLog *log, const char *format, ...)
{
    g_autofree char *text = NULL;
    gsize value_at;
    va_list args;

    if (!log)
        return;
    va_start(args, format);
    text = g_strdup_vprintf(format, args);
    va_end(args);
    begin_line(log, EVENTLOG_NOTE);
    value_at = log->line->len;
    json_append_string(log->line, text);
    end_line(log, value_at);
}

guint64 eventlog_lost(const EventLog *log)
{
    return log ? log->lost : 0;
}
