/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks, in memory and in a file; see marks.h.
 */
#include "qmpbridge/store/marks.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/json.h"
#include "qmpbridge/store/files.h"

/** Longest line with its LF: JSON writes a control character as six bytes; then names and numbers.
 */
#define MAX_LINE (6 * MARKS_MAX_TEXT + 128)

/* --- in memory ----------------------------------------------------------------------------- */

struct Marks {
    GArray *list; /* of Mark, which own their texts */
};

static void clear_mark(gpointer data)
{
    g_free((char *)((Mark *)data)->text);
}

Marks *marks_new(void)
{
    Marks *marks = g_new(Marks, 1);

    marks->list = g_array_new(FALSE, FALSE, sizeof(Mark));
    g_array_set_clear_func(marks->list, clear_mark);
    return marks;
}

void marks_free(Marks *marks)
{
    if (marks) {
        g_array_unref(marks->list);
        g_free(marks);
    }
}

gboolean marks_check(const Marks *marks, const char *text, GError **error)
{
    if (strlen(text) <= MARKS_MAX_TEXT && marks->list->len < MARKS_MAX)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                "a mark is at most %u bytes, a recording has at most %u", MARKS_MAX_TEXT,
                MARKS_MAX);
    return FALSE;
}

void marks_add(Marks *marks, const Mark *mark)
{
    Mark copy = *mark;

    copy.text = g_strdup(mark->text);
    g_array_append_val(marks->list, copy);
}

guint marks_count(const Marks *marks)
{
    return marks->list->len;
}

void marks_forget(Marks *marks, guint64 icount)
{
    for (guint i = marks->list->len; i > 0; i--) {
        guint64 at = g_array_index(marks->list, Mark, i - 1).icount;

        if (at < icount || at == MARK_NO_ICOUNT)
            g_array_remove_index(marks->list, i - 1);
    }
}

void marks_between(const Marks *marks, guint64 from, guint64 to, MarksFunc func, gpointer user_data)
{
    for (guint i = 0; i < marks->list->len; i++) {
        const Mark *mark = &g_array_index(marks->list, Mark, i);

        if (mark->icount != MARK_NO_ICOUNT && mark->icount >= from && mark->icount <= to)
            func(mark, user_data);
    }
}

/* --- in a file ----------------------------------------------------------------------------- */

/* What a full disk left of a line is taken back. */
static gboolean write_line(int fd, const GString *line)
{
    struct stat before;
    ssize_t n;
    int why;

    if (fstat(fd, &before) != 0)
        return FALSE;
    n = write(fd, line->str, line->len);
    if (n == (ssize_t)line->len)
        return TRUE;
    why = n < 0 ? errno : ENOSPC;
    if (n > 0 && ftruncate(fd, before.st_size) != 0)
        why = errno;
    errno = why;
    return FALSE;
}

gboolean marks_append(const char *path, const Mark *mark, GError **error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    g_autoptr(GString) line = g_string_new(NULL);
    gboolean good;

    g_string_append_c(line, '{');
    if (mark->icount != MARK_NO_ICOUNT)
        g_string_append_printf(line, "\"icount\": %" G_GUINT64_FORMAT ", ", mark->icount);
    g_string_append_printf(line, "\"wall-us\": %" G_GINT64_FORMAT ", \"text\": ", mark->wall);
    json_append_string(line, mark->text);
    g_string_append(line, "}\n");
    good = fd >= 0 && write_line(fd, line);
    if (!good)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return good;
}

/* One line with its LF as a mark. */
static gboolean read_line(const char *line, MarksFunc func, gpointer user_data, GError **error)
{
    g_autoptr(JsonObject) object = json_parse_object(line, -1, error);
    Mark mark = {.icount = MARK_NO_ICOUNT};

    if (!object || !json_opt_uint(object, "icount", &mark.icount, error) ||
        !json_get_int(object, "wall-us", &mark.wall, error) ||
        !json_get_string(object, "text", &mark.text, error))
        return FALSE;
    func(&mark, user_data);
    return TRUE;
}

static gboolean read_lines(FILE *file, guint *number, MarksFunc func, gpointer user_data,
                           GError **error)
{
    char line[MAX_LINE + 1];

    for (*number = 1; fgets(line, sizeof(line), file); ++*number) {
        gboolean whole = strchr(line, '\n') != NULL;

        if (!whole && feof(file))
            return TRUE;
        if (!whole || *number > MARKS_MAX) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                        whole ? "there are more marks than %u"
                              : "it is longer than a mark of %u bytes",
                        whole ? MARKS_MAX : MARKS_MAX_TEXT);
            return FALSE;
        }
        if (!read_line(line, func, user_data, error))
            return FALSE;
    }
    return TRUE;
}

gboolean marks_read(const char *path, MarksFunc func, gpointer user_data, GError **error)
{
    int fd = files_open_plain(path, O_NOFOLLOW);
    FILE *file = fd >= 0 ? fdopen(fd, "r") : NULL;
    g_autoptr(GError) why = NULL;
    guint number = 0;

    if (!file) {
        if (errno == ENOENT)
            return TRUE;
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s: %s", path, g_strerror(errno));
        return FALSE;
    }
    if (!read_lines(file, &number, func, user_data, &why))
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s: line %u: %s", path, number,
                    why->message);
    fclose(file);
    return why == NULL;
}
