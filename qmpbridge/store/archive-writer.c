/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes an archive; see archive-writer.h.
 */
#include "qmpbridge/store/archive-writer.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"

/** What zstd reaches at the speed of its default. */
#define LEVEL 3
/** log2 of the bytes in which zstd looks for matches; readers take no more by default. */
#define WINDOW_LOG_MAX 27
/** As few as are worth it. */
#define WINDOW_LOG_MIN 17
/** Bytes of zeros that libarchive, which leaves them out, gets at a time. */
#define HOLE_CHUNK (1u << 20)

struct ArchiveWriter {
    int fd;
    char *path;
    struct archive *tar;
    ZSTD_CCtx *zstd;
    guint8 *buffer; /**< compressed bytes */
    gsize buffer_size;
    guint8 *zeros;
    int errnum; /**< why nothing is written any more */
};

static gboolean write_all(int fd, const guint8 *data, gsize len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);

        if (n < 0 && errno == EAGAIN) { /* a pipe that another program has set so */
            struct pollfd wait = {.fd = fd, .events = POLLOUT};

            poll(&wait, 1, -1);
        } else if (n < 0 && errno != EINTR) {
            return FALSE;
        } else if (n > 0) {
            data += n;
            len -= (gsize)n;
        }
    }
    return TRUE;
}

/* Compresses @len bytes. Returns: FALSE with errno. */
static gboolean compress(ArchiveWriter *writer, const void *data, gsize len, ZSTD_EndDirective end)
{
    ZSTD_inBuffer in = {data, len, 0};
    size_t left;

    do {
        ZSTD_outBuffer out = {writer->buffer, writer->buffer_size, 0};

        left = ZSTD_compressStream2(writer->zstd, &out, &in, end);
        if (ZSTD_isError(left)) {
            errno = ENOMEM;
            return FALSE;
        }
        if (!write_all(writer->fd, writer->buffer, out.pos))
            return FALSE;
    } while (end == ZSTD_e_continue ? in.pos < in.size : left > 0);
    return TRUE;
}

/* libarchive never hears of a failure: it would leak what it has, up to 3.6 at least. */
static la_ssize_t on_write(struct archive *tar, void *user_data, const void *data, size_t len)
{
    ArchiveWriter *writer = user_data;

    (void)tar;
    if (writer->errnum == 0 && !compress(writer, data, len, ZSTD_e_continue))
        writer->errnum = errno;
    return (la_ssize_t)len;
}

static gboolean fail(const ArchiveWriter *writer, GError **error)
{
    int errnum = writer->errnum ? writer->errnum : archive_errno(writer->tar);

    if (errnum == ECANCELED)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CANCELLED, "%s: %s", writer->path,
                    g_strerror(errnum));
    else if (errnum > 0)
        files_error(error, writer->path, errnum);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE, "%s: %s", writer->path,
                    archive_error_string(writer->tar));
    return FALSE;
}

/* A window that all bytes go into, if one may be so big. */
static int window_log(guint64 data)
{
    int log = WINDOW_LOG_MIN;

    while (log < WINDOW_LOG_MAX && data >> log)
        log++;
    return log;
}

ArchiveWriter *archive_writer_new(int fd, const char *path, guint64 data)
{
    ArchiveWriter *writer = g_new0(ArchiveWriter, 1);

    writer->fd = fd;
    writer->path = g_strdup(path);
    writer->buffer_size = ZSTD_CStreamOutSize();
    writer->buffer = g_malloc(writer->buffer_size);
    writer->zeros = g_malloc0(HOLE_CHUNK);
    writer->zstd = ZSTD_createCCtx();
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_compressionLevel, LEVEL);
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_windowLog, window_log(data));
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_enableLongDistanceMatching, 1);
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_checksumFlag, 1);
    /* Fails where zstd was built without threads, which only makes it slower. */
    ZSTD_CCtx_setParameter(writer->zstd, ZSTD_c_nbWorkers, (int)g_get_num_processors());
    writer->tar = archive_write_new();
    archive_write_set_format_pax_restricted(writer->tar);
    archive_write_set_bytes_per_block(writer->tar, 0);
    archive_write_open(writer->tar, writer, NULL, on_write, NULL);
    return writer;
}

void archive_writer_free(ArchiveWriter *writer)
{
    if (!writer)
        return;
    if (writer->errnum == 0)
        writer->errnum = ECANCELED; /* what isn't finished isn't written either */
    archive_write_free(writer->tar);
    ZSTD_freeCCtx(writer->zstd);
    g_free(writer->buffer);
    g_free(writer->zeros);
    g_free(writer->path);
    g_free(writer);
}

gboolean archive_writer_begin(ArchiveWriter *writer, const char *name, guint64 size,
                              const GArray *extents, GError **error)
{
    struct archive_entry *entry = archive_entry_new();
    gboolean good;

    archive_entry_set_pathname(entry, name);
    archive_entry_set_filetype(entry, AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_mtime(entry, 0, 0);
    archive_entry_set_size(entry, (la_int64_t)size);
    for (guint i = 0; extents && i < extents->len; i++) {
        const ArchiveExtent *extent = &g_array_index(extents, ArchiveExtent, i);

        archive_entry_sparse_add_entry(entry, (la_int64_t)extent->offset, (la_int64_t)extent->len);
    }
    if (extents && extents->len == 0) /* nothing but a hole */
        archive_entry_sparse_add_entry(entry, (la_int64_t)size, 0);
    good = (archive_write_header(writer->tar, entry) == ARCHIVE_OK && writer->errnum == 0) ||
           fail(writer, error);
    archive_entry_free(entry);
    return good;
}

gboolean archive_writer_add(ArchiveWriter *writer, const void *data, gsize len, GError **error)
{
    return (archive_write_data(writer->tar, data, len) == (la_ssize_t)len && writer->errnum == 0) ||
           fail(writer, error);
}

gboolean archive_writer_add_hole(ArchiveWriter *writer, guint64 len, GError **error)
{
    while (len > 0) {
        gsize n = (gsize)MIN(len, HOLE_CHUNK);

        if (!archive_writer_add(writer, writer->zeros, n, error))
            return FALSE;
        len -= n;
    }
    return TRUE;
}

gboolean archive_writer_finish(ArchiveWriter *writer, GError **error)
{
    if (archive_write_close(writer->tar) != ARCHIVE_OK || writer->errnum != 0)
        return fail(writer, error);
    if (compress(writer, NULL, 0, ZSTD_e_end))
        return TRUE;
    files_error(error, writer->path, errno);
    return FALSE;
}
