/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole-file work of the store; see files.h.
 */
#include "qmpbridge/store/files.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/fs.h>
#include <stdio.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>
#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/digester.h"

/** Most that is copied or hashed at a time. */
#define CHUNK (1u << 20)
/** Most that the kernel copies at a time. */
#define COPY_STEP (1u << 26)

void files_error(GError **error, const char *path, int errnum)
{
    gboolean full = errnum == ENOSPC || errnum == EDQUOT;

    g_set_error(error, BRIDGE_ERROR, full ? BRIDGE_ERROR_FULL : BRIDGE_ERROR_STORE,
                full ? "%s: %s: free some space, or use another --store" : "%s: %s", path,
                g_strerror(errnum));
}

gboolean files_cancelled(void)
{
    if (!g_cancellable_is_cancelled(g_cancellable_get_current()))
        return FALSE;
    errno = ECANCELED;
    return TRUE;
}

int files_open_plain(const char *path, int flags)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | flags);
    struct stat info;

    if (fd < 0 || (fstat(fd, &info) == 0 && S_ISREG(info.st_mode)))
        return fd;
    close(fd);
    errno = EINVAL;
    return -1;
}

/* Has the kernel copy the bytes from @offset to @end. Returns: FALSE with errno. */
static gboolean copy_range(int from, int to, off_t offset, off_t end)
{
    off_t in = offset, out = offset;

    while (in < end) {
        ssize_t n = copy_file_range(from, &in, to, &out, (size_t)MIN(end - in, COPY_STEP), 0);

        if (n == 0)
            break; /* the source has shrunk */
        if ((n < 0 && errno != EINTR) || files_cancelled())
            return FALSE;
    }
    return TRUE;
}

/* The same for file systems between which the kernel doesn't copy. @shift: how much lower the
 * bytes come to lie in @to. */
static gboolean copy_by_hand(int from, int to, off_t offset, off_t end, off_t shift)
{
    g_autofree char *buffer = g_malloc(CHUNK);

    while (offset < end) {
        ssize_t n = pread(from, buffer, (size_t)MIN(end - offset, CHUNK), offset);

        if (n <= 0)
            return n == 0;
        if (files_cancelled())
            return FALSE;
        for (ssize_t done = 0; done < n;) {
            ssize_t m = pwrite(to, buffer + done, (size_t)(n - done), offset - shift + done);

            if (m < 0)
                return FALSE;
            done += m;
        }
        offset += n;
    }
    return TRUE;
}

static gboolean copy_data(int from, int to, off_t offset, off_t size)
{
    while (offset < size) {
        off_t data = lseek(from, offset, SEEK_DATA);
        off_t hole;

        if (data < 0)
            return errno == ENXIO; /* only a hole is left */
        hole = lseek(from, data, SEEK_HOLE);
        if (hole < 0)
            return FALSE;
        if (!copy_range(from, to, data, hole)) {
            if (errno != EXDEV && errno != EINVAL && errno != EOPNOTSUPP && errno != ENOSYS)
                return FALSE;
            if (!copy_by_hand(from, to, data, hole, 0))
                return FALSE;
        }
        offset = hole;
    }
    return TRUE;
}

static gboolean copy_kept_in_place(int from, int to, off_t offset, off_t size)
{
    return (offset == 0 && ioctl(to, FICLONE, from) == 0) ||
           (ftruncate(to, size) == 0 && copy_data(from, to, offset, size));
}

static gboolean copy_moved_to_start(int from, int to, off_t offset, off_t size)
{
    return copy_by_hand(from, to, offset, size, offset);
}

/* Copies the whole of one file; the error names the file that could not be read or written. */
static gboolean copy_file(const char *from, const char *to, guint64 offset,
                          gboolean (*copy)(int from, int to, off_t offset, off_t size),
                          GError **error)
{
    struct stat info;
    int in = files_open_plain(from, 0);
    int out;
    gboolean good;

    if (in < 0) {
        files_error(error, from, errno);
        return FALSE;
    }
    out = open(to, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    good = out >= 0 && fstat(in, &info) == 0 && copy(in, out, (off_t)offset, info.st_size);
    if (!good)
        files_error(error, to, errno);
    close(in);
    if (out >= 0 && close(out) < 0 && good) {
        files_error(error, to, errno);
        good = FALSE;
    }
    return good;
}

gboolean files_copy(const char *from, const char *to, guint64 offset, GError **error)
{
    return copy_file(from, to, offset, copy_kept_in_place, error);
}

gboolean files_slice(const char *from, guint64 offset, const char *to, GError **error)
{
    return copy_file(from, to, offset, copy_moved_to_start, error);
}

gboolean files_patch(const char *path, guint64 offset, const void *data, gsize len, GError **error)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC | O_NOFOLLOW);
    gboolean good = fd >= 0 && pwrite(fd, data, len, (off_t)offset) == (ssize_t)len;

    if (!good)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return good;
}

gboolean files_save(const char *path, const char *data, gsize len, gboolean durable, GError **error)
{
    GFileSetContentsFlags flags = G_FILE_SET_CONTENTS_CONSISTENT;
    g_autoptr(GError) cause = NULL;

    if (durable)
        flags |= G_FILE_SET_CONTENTS_DURABLE;
    if (g_file_set_contents_full(path, data, (gssize)len, flags, 0600, &cause))
        return TRUE;
    if (g_error_matches(cause, G_FILE_ERROR, G_FILE_ERROR_NOSPC))
        files_error(error, path, ENOSPC);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s", cause->message);
    return FALSE;
}

gboolean files_cut_out(const char *path, guint64 offset, guint64 count, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);
    struct stat info;
    gboolean good;

    good = fd >= 0 && fstat(fd, &info) == 0 &&
           copy_by_hand(fd, fd, (off_t)offset, info.st_size, (off_t)count) &&
           ftruncate(fd, info.st_size - (off_t)count) == 0;
    if (!good)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return good;
}

gsize files_head(const char *path, void *buffer, gsize len)
{
    FILE *file = g_fopen(path, "re");
    gsize n = file ? fread(buffer, 1, len, file) : 0;

    if (file)
        fclose(file);
    return n;
}

char *files_sha256(const char *path, guint64 *size, GError **error)
{
    g_autoptr(Digester) digester = digester_new(ARTEFACT_SHA256);
    g_autofree guchar *buffer = g_malloc(CHUNK);
    int fd = files_open_plain(path, 0);
    guint64 total = 0;
    ssize_t n = -1;

    while (fd >= 0 && (n = read(fd, buffer, CHUNK)) > 0) {
        digester_add(digester, buffer, (gsize)n);
        total += (guint64)n;
        if (files_cancelled()) {
            n = -1;
            break;
        }
    }
    if (n < 0)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    if (size)
        *size = total;
    return n < 0 ? NULL : digester_finish(digester);
}

guint64 files_holes(const char *path, guint64 from)
{
    int fd = files_open_plain(path, O_NOFOLLOW);
    struct stat info;
    off_t at = (off_t)from;
    guint64 holes = 0;

    if (fd < 0 || fstat(fd, &info) != 0)
        info.st_size = 0;
    while (at >= 0 && at < info.st_size) {
        off_t data = lseek(fd, at, SEEK_DATA);

        if (data < 0 && errno != ENXIO)
            break;
        data = data < 0 ? info.st_size : data;
        holes += (guint64)(data - at);
        at = lseek(fd, data, SEEK_HOLE);
    }
    if (fd >= 0)
        close(fd);
    return holes;
}

gboolean files_sync(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    gboolean good = fd >= 0 && fsync(fd) == 0;

    if (!good)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return good;
}

gboolean files_remove_directory(const char *path, GError **error)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, name, NULL);

        g_unlink(file);
    }
    if (g_rmdir(path) == 0 || errno == ENOENT)
        return TRUE;
    files_error(error, path, errno);
    return FALSE;
}

gboolean files_check_readable(const char *role, const char *path, GError **error)
{
    if (!path || access(path, R_OK) == 0)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "the %s %s can't be read: %s", role, path,
                g_strerror(errno));
    return FALSE;
}
