/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A journal's file on the disk; see journal-file.h. */
#include "plugin/journal-file.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

struct JournalFile {
    int fd;
    char *path;
    gsize written;
    guint64 answers;
    GChecksum *digest;
};

static gboolean set_errno(GError **error, const char *what, const char *path)
{
    int saved = errno;

    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(saved), "can't %s the journal %s: %s",
                what, path, g_strerror(saved));
    return FALSE;
}

static gboolean write_all(JournalFile *file, const GByteArray *bytes, GError **error)
{
    gsize done = 0;

    if (file->written + bytes->len > JOURNAL_BYTES_MAX) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "the guest made more hypercalls than a journal holds (%u MiB)",
                    JOURNAL_BYTES_MAX >> 20);
        return FALSE;
    }
    while (done < bytes->len) {
        ssize_t n = write(file->fd, bytes->data + done, bytes->len - done);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return set_errno(error, "write", file->path);
        done += (gsize)n;
    }
    file->written += done;
    g_checksum_update(file->digest, bytes->data, (gssize)bytes->len);
    return TRUE;
}

JournalFile *journal_file_create(const char *path, const JournalHeader *header, GError **error)
{
    g_autoptr(JournalFile) file = NULL;
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    if (!g_path_is_absolute(path)) {
        g_set_error_literal(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                            "the path of a journal must be absolute");
        return NULL;
    }
    file = g_new0(JournalFile, 1);
    file->path = g_strdup(path);
    file->digest = g_checksum_new(G_CHECKSUM_SHA256);
    file->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_NOFOLLOW | O_CLOEXEC, 0600);
    if (file->fd < 0) {
        set_errno(error, "create", path);
        return NULL;
    }
    journal_append_header(bytes, header);
    return write_all(file, bytes, error) ? g_steal_pointer(&file) : NULL;
}

gboolean journal_file_write(JournalFile *file, const JournalRun *runs, gsize n, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();

    journal_append_runs(bytes, runs, n);
    for (gsize i = 0; i < n; i++)
        file->answers += runs[i].count;
    return write_all(file, bytes, error);
}

gboolean journal_file_finish(JournalFile *file, gboolean sync, GError **error)
{
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GChecksum) digest = g_checksum_copy(file->digest);

    journal_append_trailer(bytes, file->answers, digest);
    if (!write_all(file, bytes, error))
        return FALSE;
    return !sync || fsync(file->fd) == 0 || set_errno(error, "sync", file->path);
}

guint64 journal_file_answers(const JournalFile *file)
{
    return file->answers;
}

void journal_file_free(JournalFile *file)
{
    if (!file)
        return;
    if (file->fd >= 0)
        close(file->fd);
    g_checksum_free(file->digest);
    g_free(file->path);
    g_free(file);
}

Journal *journal_file_load(const char *path, GError **error)
{
    g_autofree char *data = NULL;
    struct stat status;
    gsize length;

    if (stat(path, &status) == 0 &&
        (!S_ISREG(status.st_mode) || status.st_size > JOURNAL_BYTES_MAX)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                    "%s is no file of at most %u MiB, so it is no journal", path,
                    JOURNAL_BYTES_MAX >> 20);
        return NULL;
    }
    if (!g_file_get_contents(path, &data, &length, error))
        return NULL;
    return journal_parse((const guint8 *)data, length, error);
}
