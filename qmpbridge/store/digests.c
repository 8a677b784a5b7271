/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digests of disk images; see digests.h. A line of the file is "DEVICE INODE SIZE MTIME CTIME
 * DIGEST", times in ns; the latest comes last. Two programs that write it at once lose a line,
 * which costs one of them the time to read an image again.
 */
#include "qmpbridge/store/digests.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"

/** Bytes of the longest line. */
#define LINE_MAX_BYTES 192u
/** Bytes that take so long to read that people wonder. */
#define LARGE (256u << 20)
/** A file that was changed later than this before it was read may change once more without a change
 * of its time stamps, which are as coarse as the kernel's tick. */
#define SETTLED_NS (1000 * 1000 * 1000)

static gint64 nanoseconds(const struct timespec *time)
{
    return (gint64)time->tv_sec * 1000 * 1000 * 1000 + time->tv_nsec;
}

/* What a line begins with, up to the digest. (transfer full) */
static char *identity(const struct stat *info)
{
    return g_strdup_printf("%" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT " %" G_GINT64_FORMAT
                           " %" G_GINT64_FORMAT " %" G_GINT64_FORMAT " ",
                           (guint64)info->st_dev, (guint64)info->st_ino, (gint64)info->st_size,
                           nanoseconds(&info->st_mtim), nanoseconds(&info->st_ctim));
}

/* (transfer full): the lines; none where the file is missing, or isn't ours. */
static char **read_lines(const char *file)
{
    int fd = files_open_plain(file, O_NOFOLLOW);
    g_autofree char *text = g_malloc0(DIGESTS_MAX * LINE_MAX_BYTES + 1);
    gssize len = fd < 0 ? 0 : read(fd, text, DIGESTS_MAX * LINE_MAX_BYTES);

    if (fd >= 0)
        close(fd);
    text[MAX(len, 0)] = '\0';
    return g_strsplit(text, "\n", -1);
}

static gboolean is_digest(const char *text)
{
    return strlen(text) == 64 && strspn(text, "0123456789abcdef") == 64;
}

/* (transfer full) (nullable) */
static char *find(char **lines, const char *id)
{
    for (char **line = lines; *line; line++) {
        if (g_str_has_prefix(*line, id) && is_digest(*line + strlen(id)))
            return g_strdup(*line + strlen(id));
    }
    return NULL;
}

/* Adds a line, in the place of an older one of the same file, or of the oldest if there are many.
 * Nothing depends on it, so a failure isn't reported. */
static void remember(const char *file, char **lines, const char *id, const char *digest)
{
    g_autoptr(GString) text = g_string_new(NULL);
    const char *size = strchr(strchr(id, ' ') + 1, ' ');
    g_autofree char *same = g_strndup(id, (gsize)(size + 1 - id));
    guint n = g_strv_length(lines);

    for (guint i = n >= DIGESTS_MAX ? n - DIGESTS_MAX + 1 : 0; i < n; i++) {
        if (lines[i][0] && !g_str_has_prefix(lines[i], same))
            g_string_append_printf(text, "%s\n", lines[i]);
    }
    g_string_append_printf(text, "%s%s\n", id, digest);
    files_save(file, text->str, text->len, FALSE, NULL);
}

/* The file stays as it was before it was read, and will be known by its time stamps. */
static gboolean is_settled(const char *image, const struct stat *before, gint64 now)
{
    g_autofree char *then = identity(before), *after = NULL;
    struct stat info;

    if (stat(image, &info) != 0)
        return FALSE;
    after = identity(&info);
    return g_str_equal(then, after) && nanoseconds(&info.st_ctim) + SETTLED_NS < now &&
           nanoseconds(&info.st_mtim) + SETTLED_NS < now;
}

char *digests_of_image(const char *store, const char *path, DigestsReading reading,
                       gpointer user_data, GError **error)
{
    g_autofree char *file = g_build_filename(store, DIGESTS_FILE, NULL);
    char *image = realpath(path, NULL); /* not of GLib's allocator */
    gint64 now = g_get_real_time() * 1000;
    g_auto(GStrv) lines = NULL;
    g_autofree char *id = NULL;
    char *digest = NULL;
    struct stat info;
    guint64 data;

    if (!image || stat(image, &info) != 0) {
        files_error(error, path, errno);
        free(image);
        return NULL;
    }
    id = identity(&info);
    lines = read_lines(file);
    digest = find(lines, id);
    data = (guint64)info.st_blocks * 512;
    if (!digest && reading && data >= LARGE)
        reading(path, data, user_data);
    if (!digest && (digest = ram_digest_file(image, error)) && is_settled(image, &info, now))
        remember(file, lines, id, digest);
    free(image);
    return digest;
}
