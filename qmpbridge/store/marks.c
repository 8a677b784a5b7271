/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The file of marks; see marks.h.
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

/** Longest line with its LF: JSON writes a control character as six bytes; then names and time. */
#define MAX_LINE (6 * MARKS_MAX_TEXT + 64)

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

gboolean marks_append(const char *path, gint64 wall, const char *text, GError **error)
{
    int fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
    g_autoptr(GString) line = g_string_new(NULL);
    gboolean good;

    g_string_printf(line, "{\"wall-us\": %" G_GINT64_FORMAT ", \"text\": ", wall);
    json_append_string(line, text);
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
    const char *text = NULL;
    gint64 wall = 0;

    if (!object || !json_get_int(object, "wall-us", &wall, error) ||
        !json_get_string(object, "text", &text, error))
        return FALSE;
    func(wall, text, user_data);
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
