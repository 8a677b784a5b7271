/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A shell that writes holds a lock on the file, which is never replaced, only written to: so no
 * line goes to a file that isn't there any more.
 */
#include "qmpbridge/ui/prompt/history.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

char *history_default_path(void)
{
    const char *state = g_getenv("XDG_STATE_HOME");
    g_autofree char *directory =
        state && g_path_is_absolute(state)
            ? g_build_filename(state, "qmpbridge", NULL)
            : g_build_filename(g_get_home_dir(), ".local", "state", "qmpbridge", NULL);

    if (g_mkdir_with_parents(directory, 0700) < 0)
        return NULL;
    return g_build_filename(directory, "history", NULL);
}

/* "#" and digits. */
static gboolean is_mark(const char *line)
{
    return line[0] == '#' && line[1] && strspn(line + 1, "0123456789") == strlen(line + 1);
}

/* @entry: (transfer full) (nullable). */
static void keep(GPtrArray *entries, GString *entry)
{
    if (entry && entry->len && entry->len <= HISTORY_MAX_ENTRY &&
        g_utf8_validate(entry->str, -1, NULL))
        g_ptr_array_add(entries, g_string_free(entry, FALSE));
    else if (entry)
        g_string_free(entry, TRUE);
}

static GPtrArray *parse(const char *text)
{
    GPtrArray *entries = g_ptr_array_new_with_free_func(g_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    GString *entry = NULL;
    gboolean marks = FALSE; /* the first one ends what is of the old form */

    for (char **line = lines; *line; line++) {
        marks |= is_mark(*line);
        if (!marks || is_mark(*line)) {
            keep(entries, entry);
            entry = g_string_new(marks ? NULL : *line);
        } else if (line[1]) { /* what is behind the last line end is no line */
            g_string_append_printf(entry, "%s%s", entry->len ? "\n" : "", *line);
        }
    }
    keep(entries, entry);
    return entries;
}

/* The file's text, its end if it is too large. (transfer full) (nullable) */
static char *read_all(int fd)
{
    struct stat st;
    g_autofree char *text = NULL;
    gsize len;
    ssize_t got;

    if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
        return NULL;
    len = (gsize)MIN(st.st_size, (off_t)HISTORY_MAX_BYTES);
    text = g_malloc(len + 1);
    got = pread(fd, text, len, st.st_size - (off_t)len);
    if (got < 0)
        return NULL;
    text[got] = '\0';
    return g_steal_pointer(&text);
}

static void append_entry(GString *out, const char *entry, gint64 seconds)
{
    g_string_append_printf(out, "#%" G_GINT64_FORMAT "\n%s\n", seconds, entry);
}

/* The entries replace the file's text, which is longer: even cut short nothing new is lost. */
static void rewrite(int fd, GPtrArray *entries)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gint64 now = g_get_real_time() / G_USEC_PER_SEC;

    for (guint i = 0; i < entries->len; i++)
        append_entry(out, entries->pdata[i], now);
    if (pwrite(fd, out->str, out->len, 0) == (ssize_t)out->len &&
        ftruncate(fd, (off_t)out->len) < 0)
        g_debug("the history can't be cut: %s", g_strerror(errno));
}

GPtrArray *history_load(const char *path)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
    g_autofree char *text = NULL;
    GPtrArray *entries;

    if (fd < 0)
        return g_ptr_array_new_with_free_func(g_free);
    flock(fd, LOCK_EX);
    text = read_all(fd);
    entries = parse(text ? text : "");
    if (entries->len > HISTORY_MAX) {
        g_ptr_array_remove_range(entries, 0, entries->len - HISTORY_MAX);
        rewrite(fd, entries);
    }
    close(fd);
    return entries;
}

gboolean history_append(const char *path, const char *entry)
{
    g_autoptr(GString) out = g_string_new(NULL);
    gboolean ok = FALSE;
    int fd;

    if (!*entry || strlen(entry) > HISTORY_MAX_ENTRY)
        return FALSE;
    fd = open(path, O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0600);
    if (fd < 0)
        return FALSE;
    append_entry(out, entry, g_get_real_time() / G_USEC_PER_SEC);
    if (fchmod(fd, 0600) == 0 && flock(fd, LOCK_EX) == 0)
        ok = write(fd, out->str, out->len) == (ssize_t)out->len;
    close(fd);
    return ok;
}
