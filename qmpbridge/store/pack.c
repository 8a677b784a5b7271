/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Packs a recording into an archive; see pack.h. All files are opened and looked at before the
 * first byte is written, since the manifest comes first and describes them.
 */
#include "qmpbridge/store/pack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/archive-writer.h"
#include "qmpbridge/store/digester.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/vm/image.h"

/** Most that is read at a time. */
#define CHUNK (1u << 20)
/** A hole of fewer bytes is packed as zeros. */
#define HOLE_MIN (64u << 10)

/** A file to be packed. */
typedef struct {
    char *path;
    int fd;
    const ManifestMember *member;
    GArray *extents; /**< ArchiveExtent: where its data is */
} PackSource;

typedef struct {
    Manifest *manifest;
    GPtrArray *sources; /**< PackSource, one for each member */
    ArchiveProgress *progress;
    guint8 *buffer;
} Pack;

void archive_progress_get(const ArchiveProgress *progress, guint64 *done, guint64 *total)
{
    *done = __atomic_load_n(&progress->done, __ATOMIC_RELAXED);
    *total = __atomic_load_n(&progress->total, __ATOMIC_RELAXED);
}

void archive_progress_begin(ArchiveProgress *progress, guint64 total)
{
    __atomic_store_n(&progress->total, total, __ATOMIC_RELAXED);
}

void archive_progress_add(ArchiveProgress *progress, guint64 bytes)
{
    __atomic_add_fetch(&progress->done, bytes, __ATOMIC_RELAXED);
}

static void source_free(gpointer data)
{
    PackSource *source = data;

    if (source->fd >= 0)
        close(source->fd);
    g_array_unref(source->extents);
    g_free(source->path);
    g_free(source);
}

static gboolean changed(GError **error, const char *path)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "%s was changed since it was recorded with", path);
    return FALSE;
}

/* --- looking --------------------------------------------------------------------------------- */

/* Finds the data of a file; holes that aren't worth it are data. Returns: bytes of data. */
static guint64 find_extents(int fd, guint64 size, GArray *extents)
{
    guint64 at = 0, bytes = 0;

    while (at < size) {
        off_t data = lseek(fd, (off_t)at, SEEK_DATA), hole;
        ArchiveExtent next = {.offset = at};

        if (data < 0 && errno == ENXIO && size - at >= HOLE_MIN)
            break;
        if (data >= 0 && (guint64)data >= at + HOLE_MIN)
            next.offset = (guint64)data;
        hole = data < 0 ? -1 : lseek(fd, data, SEEK_HOLE);
        at = hole < 0 || extents->len + 1 == ARCHIVE_MAX_EXTENTS ? size : MIN((guint64)hole, size);
        next.len = at - next.offset;
        bytes += next.len;
        if (extents->len > 0) {
            ArchiveExtent *last = &g_array_index(extents, ArchiveExtent, extents->len - 1);

            if (last->offset + last->len == next.offset) {
                last->len += next.len;
                continue;
            }
        }
        g_array_append_val(extents, next);
    }
    return bytes;
}

/* Opens the file @path, which becomes the next member. @digest, @sha256: what it must have; NULL:
 * it has what it has. */
static gboolean add_source(Pack *pack, const char *name, const char *path, int flags,
                           ArtefactDigest digest, const char *sha256, GError **error)
{
    PackSource *source = g_new0(PackSource, 1);
    ManifestMember *member;
    struct stat info;

    source->path = g_strdup(path);
    source->extents = g_array_new(FALSE, FALSE, sizeof(ArchiveExtent));
    source->fd = files_open_plain(path, flags);
    g_ptr_array_add(pack->sources, source);
    if (source->fd < 0 || fstat(source->fd, &info) != 0) {
        files_error(error, path, errno);
        return FALSE;
    }
    member = manifest_add(pack->manifest, name, (guint64)info.st_size, digest, sha256);
    member->data = find_extents(source->fd, member->size, source->extents);
    source->member = member;
    return TRUE;
}

/* recording.json is the only one whose digest isn't known yet. */
static gboolean add_json(Pack *pack, const Recording *recording, GError **error)
{
    g_autofree char *path = recording_file(recording, RECORDING_JSON);
    g_autoptr(Digester) digester = digester_new(ARTEFACT_SHA256);
    g_autofree guint8 *text = g_malloc(RECORDING_MAX_JSON);
    g_autofree char *sha256 = NULL;
    ManifestMember *member;
    ssize_t n;

    if (!add_source(pack, RECORDING_JSON, path, O_NOFOLLOW, ARTEFACT_SHA256, "", error))
        return FALSE;
    member = g_ptr_array_index(pack->manifest->members, 0);
    n = member->size > RECORDING_MAX_JSON
            ? -1
            : pread(((PackSource *)pack->sources->pdata[0])->fd, text, member->size, 0);
    if (n < 0 || (guint64)n != member->size)
        return changed(error, path);
    digester_add(digester, text, (gsize)n);
    g_free(member->sha256);
    member->sha256 = digester_finish(digester);
    return TRUE;
}

static gboolean add_files(Pack *pack, const Recording *recording, GError **error)
{
    for (guint i = 0; i < recording->files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(recording->files, i);
        g_autofree char *path = recording_file(recording, file->name);

        if (strchr(file->name, '/') || manifest_find(pack->manifest, file->name)) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                        "'%s' isn't a file name, or is there twice", file->name);
            return FALSE;
        }
        if (!add_source(pack, file->name, path, O_NOFOLLOW, file->digest, file->sha256, error))
            return FALSE;
        if (pack->manifest->members->len <= i + 1 ||
            ((ManifestMember *)pack->manifest->members->pdata[i + 1])->size != file->size)
            return changed(error, path);
    }
    return TRUE;
}

static void set_path(Pack *pack, const char *role, const char *path)
{
    for (guint i = 0; i < pack->manifest->images->len; i++) {
        ManifestImage *image = g_ptr_array_index(pack->manifest->images, i);

        if (g_str_equal(image->role, role) && !image->path)
            image->path = g_strdup(path);
    }
}

/* The machine names the first file of each disk; the others are found from there, unless the store
 * has them. @required: they must be. */
static gboolean find_images(Pack *pack, const Recording *recording, gboolean required,
                            GError **error)
{
    for (guint i = 0; i < recording->machine->disks->len; i++) {
        const MachineDisk *disk = machine_disk(recording->machine, i);
        g_autofree char *ours = images_find_base(recording, machine_disk_id(i));
        g_autoptr(GPtrArray) files = NULL;

        if (ours)
            continue;
        files = image_files(disk->file, image_recorded_format(disk), required ? error : NULL);
        if (!files && required)
            return FALSE;
        for (guint k = 0; files && k < files->len; k++) {
            g_autofree char *role = recording_base_role(i, k);

            set_path(pack, role, files->pdata[k]);
        }
    }
    return TRUE;
}

static gboolean add_image(Pack *pack, const Recording *recording, ManifestImage *image,
                          GError **error)
{
    g_autofree char *name = manifest_image_name(image->sha256);
    g_autofree char *ours = images_find_base(recording, image->role);
    const char *path = ours ? ours : image->path;

    if (!image->sha256[0] || !path) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' is from an older version, which keeps no digest of its %s: it can't be "
                    "packed with --self-contained",
                    recording->name, image->role);
        return FALSE;
    }
    image->included = TRUE;
    if (manifest_find(pack->manifest, name)) /* two disks of the same image */
        return TRUE;
    return add_source(pack, name, path, 0, image->digest, image->sha256, error) &&
           (manifest_find(pack->manifest, name)->size == image->size || changed(error, path));
}

static gboolean add_images(Pack *pack, const Recording *recording, GError **error)
{
    for (guint i = 0; i < pack->manifest->images->len; i++) {
        if (!add_image(pack, recording, g_ptr_array_index(pack->manifest->images, i), error))
            return FALSE;
    }
    return TRUE;
}

/* --- writing --------------------------------------------------------------------------------- */

/* @end: of the bytes of @source that lie at @at. */
static gboolean write_extent(Pack *pack, ArchiveWriter *writer, const PackSource *source,
                             Digester *digester, guint64 at, guint64 end, GError **error)
{
    while (at < end) {
        ssize_t n = pread(source->fd, pack->buffer, (size_t)MIN(end - at, CHUNK), (off_t)at);

        if (n == 0)
            return changed(error, source->path);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 || files_cancelled()) {
            files_error(error, source->path, errno);
            return FALSE;
        }
        digester_add(digester, pack->buffer, (gsize)n);
        if (!archive_writer_add(writer, pack->buffer, (gsize)n, error))
            return FALSE;
        archive_progress_add(pack->progress, (guint64)n);
        at += (guint64)n;
    }
    return TRUE;
}

static gboolean write_source(Pack *pack, ArchiveWriter *writer, const PackSource *source,
                             GError **error)
{
    const ManifestMember *member = source->member;
    gboolean sparse = member->data < member->size;
    g_autoptr(Digester) digester = digester_new(member->digest);
    g_autofree char *sha256 = NULL;
    guint64 at = 0;

    if (!archive_writer_begin(writer, member->name, member->size, sparse ? source->extents : NULL,
                              error))
        return FALSE;
    for (guint i = 0; i <= source->extents->len; i++) {
        ArchiveExtent end = {.offset = member->size};
        const ArchiveExtent *next =
            i == source->extents->len ? &end : &g_array_index(source->extents, ArchiveExtent, i);

        digester_add_zeros(digester, next->offset - at);
        if (!archive_writer_add_hole(writer, next->offset - at, error) ||
            !write_extent(pack, writer, source, digester, next->offset, next->offset + next->len,
                          error))
            return FALSE;
        at = next->offset + next->len;
    }
    sha256 = digester_finish(digester);
    return g_str_equal(sha256, member->sha256) || changed(error, source->path);
}

static gboolean write_pack(Pack *pack, int fd, const char *path, GError **error)
{
    g_autoptr(ArchiveWriter) writer = archive_writer_new(fd, path, manifest_data(pack->manifest));
    g_autofree char *manifest = manifest_to_text(pack->manifest);

    archive_progress_begin(pack->progress, manifest_data(pack->manifest));
    if (!archive_writer_begin(writer, MANIFEST_JSON, strlen(manifest), NULL, error) ||
        !archive_writer_add(writer, manifest, strlen(manifest), error))
        return FALSE;
    for (guint i = 0; i < pack->sources->len; i++) {
        if (!write_source(pack, writer, pack->sources->pdata[i], error))
            return FALSE;
    }
    return archive_writer_finish(writer, error);
}

gboolean pack_recording(const Recording *recording, int fd, const char *path, gboolean images,
                        ArchiveProgress *progress, GError **error)
{
    g_autoptr(GPtrArray) sources = g_ptr_array_new_with_free_func(source_free);
    g_autoptr(Manifest) manifest = NULL;
    g_autofree guint8 *buffer = g_malloc(CHUNK);
    Pack pack = {.sources = sources, .progress = progress, .buffer = buffer};

    if (recording->state != RECORDING_COMPLETE || !recording->machine) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' isn't whole and can't be packed: %s", recording->name,
                    recording->reason ? recording->reason : "no reason is known");
        return FALSE;
    }
    pack.manifest = manifest = manifest_new(recording);
    return add_json(&pack, recording, error) && add_files(&pack, recording, error) &&
           find_images(&pack, recording, images, error) &&
           (!images || add_images(&pack, recording, error)) && write_pack(&pack, fd, path, error);
}

/* --- checking -------------------------------------------------------------------------------- */

static gboolean pass_begin(const ManifestMember *member, gpointer user_data, GError **error)
{
    (void)member;
    (void)user_data;
    (void)error;
    return TRUE;
}

static gboolean pass_data(const guint8 *data, gsize len, guint64 offset, gpointer progress,
                          GError **error)
{
    (void)data;
    (void)offset;
    (void)error;
    archive_progress_add(progress, len);
    return TRUE;
}

static gboolean pass_end(gpointer user_data, GError **error)
{
    (void)user_data;
    (void)error;
    return TRUE;
}

Manifest *pack_check(const char *path, int fd, ArchiveProgress *progress, GError **error)
{
    static const ArchiveSink sink = {pass_begin, pass_data, pass_end};
    g_autoptr(ArchiveReader) reader =
        archive_reader_new(path, FALSE, archive_read_fd, GINT_TO_POINTER(fd), error);

    if (!reader)
        return NULL;
    archive_progress_begin(progress, manifest_data(archive_reader_manifest(reader)));
    return archive_reader_read(reader, &sink, progress, error) ? archive_reader_steal(reader)
                                                               : NULL;
}
