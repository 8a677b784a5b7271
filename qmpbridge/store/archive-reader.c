/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads an archive; see archive-reader.h. zstd is read here and not by libarchive, so that what
 * libarchive gets without giving any bytes of a file for it is bounded: else a few bytes could
 * become headers, or maps of holes, that take all memory.
 */
#include "qmpbridge/store/archive-reader.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/digester.h"
#include "qmpbridge/store/files.h"

/** What a frame may make its reader keep: what zstd's own reader takes by default. */
#define WINDOW_LOG_MAX 27

struct ArchiveReader {
    char *path;
    ArchiveRead read;
    gpointer user_data;
    struct archive *tar;

    ZSTD_DCtx *zstd; /**< NULL: it isn't compressed */
    guint8 *packed;  /**< bytes as they are read */
    gsize packed_size;
    ZSTD_inBuffer in;
    guint8 *bytes; /**< decompressed */
    gsize bytes_size;
    gboolean in_frame; /**< of zstd, which isn't whole yet */
    gboolean full;     /**< zstd may have more from what it got */
    guint64 headers;   /**< decompressed bytes since the last that belonged to a file */

    Manifest *manifest;
    char *manifest_text;
};

gssize archive_read_fd(void *buffer, gsize len, gpointer fd)
{
    ssize_t n;

    do {
        if (files_cancelled())
            return -1;
        n = read(GPOINTER_TO_INT(fd), buffer, len);
    } while (n < 0 && errno == EINTR);
    return n;
}

static gboolean damaged(const ArchiveReader *reader, GError **error, const char *format, ...)
    G_GNUC_PRINTF(3, 4);

static gboolean damaged(const ArchiveReader *reader, GError **error, const char *format, ...)
{
    g_autofree char *what = NULL;
    va_list args;

    va_start(args, format);
    what = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s isn't a whole archive: %s",
                reader->path, what);
    return FALSE;
}

/* Why libarchive, or what it reads from, has failed. */
static gboolean tar_error(const ArchiveReader *reader, GError **error)
{
    const char *what = archive_error_string(reader->tar);
    int errnum = archive_errno(reader->tar);

    if (errnum == ECANCELED)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_CANCELLED, "%s: %s", reader->path,
                    g_strerror(errnum));
    else if (errnum > 0 && errnum != EINVAL && errnum != EILSEQ)
        files_error(error, reader->path, errnum);
    else
        return damaged(reader, error, "%.200s", what ? what : "it isn't known why");
    return FALSE;
}

/* --- the compression ------------------------------------------------------------------------- */

static la_ssize_t refuse(const ArchiveReader *reader, int errnum, const char *what)
{
    archive_set_error(reader->tar, errnum, "%s", what);
    return ARCHIVE_FATAL;
}

/* More of the archive as it is. Returns: as ArchiveRead. */
static gssize fetch(ArchiveReader *reader)
{
    gssize n = reader->read(reader->packed, reader->packed_size, reader->user_data);

    reader->in = (ZSTD_inBuffer){reader->packed, (size_t)MAX(n, 0), 0};
    return n;
}

/* Decompresses some bytes. Returns: how many; 0: the archive ends here; ARCHIVE_FATAL. */
static la_ssize_t decompress(ArchiveReader *reader)
{
    ZSTD_outBuffer out = {reader->bytes, reader->bytes_size, 0};

    while (out.pos == 0) {
        size_t left;

        if (reader->in.pos == reader->in.size && !reader->full) {
            gssize n = fetch(reader);

            if (n < 0)
                return refuse(reader, errno, g_strerror(errno));
            if (n == 0)
                return reader->in_frame ? refuse(reader, EINVAL, "it ends early") : 0;
        }
        left = ZSTD_decompressStream(reader->zstd, &out, &reader->in);
        if (ZSTD_isError(left))
            return refuse(reader, EINVAL, ZSTD_getErrorName(left));
        reader->in_frame = left != 0;
        reader->full = out.pos == out.size && left != 0;
    }
    return (la_ssize_t)out.pos;
}

static la_ssize_t on_read(struct archive *tar, void *user_data, const void **buffer)
{
    ArchiveReader *reader = user_data;
    la_ssize_t n;

    (void)tar;
    *buffer = reader->bytes;
    if (reader->headers > ARCHIVE_MAX_HEADERS)
        return refuse(reader, EINVAL, "its headers are too big");
    if (reader->zstd) {
        n = decompress(reader);
    } else {
        n = reader->read(reader->bytes, reader->bytes_size, reader->user_data);
        if (n < 0)
            return refuse(reader, errno, g_strerror(errno));
    }
    reader->headers += (guint64)MAX(n, 0);
    return n;
}

/* --- entries --------------------------------------------------------------------------------- */

/* The next entry must be the plain file @name. @size: (inout): G_MAXUINT64, or what its size must
 * be. */
static gboolean next_entry(ArchiveReader *reader, const char *name, guint64 *size, GError **error)
{
    struct archive_entry *entry;
    int status = archive_read_next_header(reader->tar, &entry);
    const char *path;

    if (status == ARCHIVE_EOF)
        return damaged(reader, error, "%s is missing", name);
    if (status != ARCHIVE_OK)
        return tar_error(reader, error);
    path = archive_entry_pathname(entry);
    if (g_strcmp0(path, name) != 0)
        return damaged(reader, error, "there is another entry where %s should be", name);
    if (archive_entry_filetype(entry) != AE_IFREG || archive_entry_hardlink(entry) ||
        archive_entry_symlink(entry))
        return damaged(reader, error, "%s isn't a plain file", name);
    if (!archive_entry_size_is_set(entry) || archive_entry_size(entry) < 0 ||
        (*size != G_MAXUINT64 && (guint64)archive_entry_size(entry) != *size))
        return damaged(reader, error, "%s isn't as long as the manifest says", name);
    *size = (guint64)archive_entry_size(entry);
    return TRUE;
}

/* The next bytes of an entry of @size bytes, of which @at have come. @len: (out): 0: it has ended.
 */
static gboolean next_data(ArchiveReader *reader, const char *name, guint64 size, guint64 *at,
                          const guint8 **data, gsize *len, GError **error)
{
    const void *buffer = NULL;
    la_int64_t offset = 0;
    int status;

    do {
        *len = 0;
        status = archive_read_data_block(reader->tar, &buffer, len, &offset);
        if (status != ARCHIVE_OK && status != ARCHIVE_EOF)
            return tar_error(reader, error);
    } while (status == ARCHIVE_OK && *len == 0);
    if (status == ARCHIVE_EOF) {
        *len = 0;
        return TRUE;
    }
    if (offset < 0 || (guint64)offset < *at || (guint64)offset > size ||
        *len > size - (guint64)offset)
        return damaged(reader, error, "%s has data where it has none", name);
    reader->headers = 0;
    *data = buffer;
    *at = (guint64)offset;
    return TRUE;
}

static gboolean read_manifest(ArchiveReader *reader, GError **error)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) why = NULL;
    guint64 size = G_MAXUINT64, at = 0;
    const guint8 *data = NULL;
    gsize len;

    if (!next_entry(reader, MANIFEST_JSON, &size, error))
        return FALSE;
    if (size > ARCHIVE_MAX_MANIFEST)
        return damaged(reader, error, "the manifest is over 1 MiB");
    do {
        if (!next_data(reader, MANIFEST_JSON, size, &at, &data, &len, error))
            return FALSE;
        if (at != text->len && len > 0)
            return damaged(reader, error, "the manifest has holes");
        g_string_append_len(text, (const char *)data, (gssize)len);
        at = text->len;
    } while (len > 0);
    reader->manifest = manifest_parse(text->str, text->len, &why);
    if (!reader->manifest)
        return damaged(reader, error, "%s", why->message);
    reader->manifest_text = g_strdup(text->str);
    return TRUE;
}

static gboolean read_member(ArchiveReader *reader, const ManifestMember *member,
                            const ArchiveSink *sink, gpointer user_data, GError **error)
{
    g_autoptr(Digester) digester = digester_new(member->digest);
    guint64 size = member->size, at = 0, end = 0, bytes = 0;
    g_autofree char *digest = NULL;
    const guint8 *data = NULL;
    gsize len;

    if (!next_entry(reader, member->name, &size, error) || !sink->begin(member, user_data, error))
        return FALSE;
    for (;; end = at = at + len) {
        if (!next_data(reader, member->name, size, &at, &data, &len, error))
            return FALSE;
        if (len == 0)
            break;
        bytes += len;
        if (bytes > member->data)
            return damaged(reader, error, "%s has more data than the manifest says", member->name);
        digester_add_zeros(digester, at - end);
        digester_add(digester, data, len);
        if (!sink->data(data, len, at, user_data, error))
            return FALSE;
    }
    digester_add_zeros(digester, size - end);
    digest = digester_finish(digester);
    if (!g_str_equal(digest, member->sha256))
        return damaged(reader, error, "%s has another digest than the manifest says", member->name);
    return sink->end(user_data, error);
}

static gboolean read_end(ArchiveReader *reader, GError **error)
{
    struct archive_entry *entry;
    const void *rest;
    la_ssize_t n;

    switch (archive_read_next_header(reader->tar, &entry)) {
    case ARCHIVE_EOF:
        break;
    case ARCHIVE_OK:
        return damaged(reader, error, "there is more in it than the manifest says");
    default:
        return tar_error(reader, error);
    }
    /* What follows the end of a tar is padding, and the end of the last frame. */
    do
        n = on_read(reader->tar, reader, &rest);
    while (n > 0);
    return n == 0 || tar_error(reader, error);
}

gboolean archive_reader_read(ArchiveReader *reader, const ArchiveSink *sink, gpointer user_data,
                             GError **error)
{
    for (guint i = 0; i < reader->manifest->members->len; i++) {
        if (!read_member(reader, g_ptr_array_index(reader->manifest->members, i), sink, user_data,
                         error))
            return FALSE;
    }
    return read_end(reader, error);
}

/* --- life ------------------------------------------------------------------------------------ */

ArchiveReader *archive_reader_new(const char *path, gboolean plain, ArchiveRead read,
                                  gpointer user_data, GError **error)
{
    g_autoptr(ArchiveReader) reader = g_new0(ArchiveReader, 1);

    reader->path = g_strdup(path);
    reader->read = read;
    reader->user_data = user_data;
    reader->bytes_size = ZSTD_DStreamOutSize();
    reader->bytes = g_malloc(reader->bytes_size);
    if (!plain) {
        reader->packed_size = ZSTD_DStreamInSize();
        reader->packed = g_malloc(reader->packed_size);
        reader->zstd = ZSTD_createDCtx();
        ZSTD_DCtx_setParameter(reader->zstd, ZSTD_d_windowLogMax, WINDOW_LOG_MAX);
    }
    reader->tar = archive_read_new();
    archive_read_support_format_tar(reader->tar);
    if (archive_read_open(reader->tar, reader, NULL, on_read, NULL) != ARCHIVE_OK) {
        tar_error(reader, error);
        return NULL;
    }
    return read_manifest(reader, error) ? g_steal_pointer(&reader) : NULL;
}

void archive_reader_free(ArchiveReader *reader)
{
    if (!reader)
        return;
    archive_read_free(reader->tar);
    ZSTD_freeDCtx(reader->zstd);
    manifest_free(reader->manifest);
    g_free(reader->manifest_text);
    g_free(reader->packed);
    g_free(reader->bytes);
    g_free(reader->path);
    g_free(reader);
}

const Manifest *archive_reader_manifest(const ArchiveReader *reader)
{
    return reader->manifest;
}

Manifest *archive_reader_steal(ArchiveReader *reader)
{
    return g_steal_pointer(&reader->manifest);
}

const char *archive_reader_manifest_text(const ArchiveReader *reader)
{
    return reader->manifest_text;
}
