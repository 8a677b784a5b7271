/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks an archive into a store; see unpack.h.
 */
#include "qmpbridge/store/unpack.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/name.h"
#include "qmpbridge/store/digests.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/room.h"

/** An image on its way, in the draft. No member has such a name. */
#define IMAGE_DRAFT ".image"

typedef struct {
    Store *store;
    char *draft; /**< directory */
    ArchiveProgress *progress;
    const ManifestMember *member; /**< the one that comes */
    char *path;                   /**< where it goes */
    int fd;                       /**< -1: it is there already */
} Unpack;

static gboolean is_image(const ManifestMember *member)
{
    return g_str_has_prefix(member->name, MANIFEST_IMAGES);
}

/* TRUE if the file @path is what @member is. */
static gboolean has_digest(const char *path, const ManifestMember *member)
{
    g_autofree char *sha256 = NULL;
    struct stat info;

    if (lstat(path, &info) != 0 || !S_ISREG(info.st_mode) || (guint64)info.st_size != member->size)
        return FALSE;
    sha256 = artefact_digest_file(member->digest, path, NULL);
    return g_strcmp0(sha256, member->sha256) == 0;
}

static gboolean begin(const ManifestMember *member, gpointer user_data, GError **error)
{
    Unpack *unpack = user_data;
    g_autofree char *image =
        is_image(member) ? images_find(store_path(unpack->store), member->sha256) : NULL;

    g_free(unpack->path);
    unpack->path =
        g_build_filename(unpack->draft, is_image(member) ? IMAGE_DRAFT : member->name, NULL);
    unpack->member = member;
    if (has_digest(image ? image : unpack->path, member))
        return TRUE;
    g_unlink(unpack->path);
    unpack->fd = open(unpack->path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (unpack->fd < 0)
        files_error(error, unpack->path, errno);
    return unpack->fd >= 0;
}

static gboolean write_at(const Unpack *unpack, const guint8 *data, gsize len, guint64 offset,
                         GError **error)
{
    while (len > 0) {
        ssize_t n = pwrite(unpack->fd, data, len, (off_t)offset);

        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0) {
            files_error(error, unpack->path, errno);
            return FALSE;
        }
        data += n;
        len -= (gsize)n;
        offset += (guint64)n;
    }
    return TRUE;
}

static gboolean is_zero(const guint8 *data, gsize len)
{
    return data[0] == 0 && memcmp(data, data + 1, len - 1) == 0;
}

/* Where the digest of pages leaves zero pages out, the file does, too: they stay holes. */
static gboolean write_data(const guint8 *data, gsize len, guint64 offset, gpointer user_data,
                           GError **error)
{
    Unpack *unpack = user_data;
    gboolean holes = unpack->member->digest == ARTEFACT_PAGES;

    archive_progress_add(unpack->progress, len);
    for (gsize at = 0, end; unpack->fd >= 0 && at < len; at = end) {
        gsize from = at;

        for (end = at; end < len; end += MIN(RAM_PAGE - (offset + end) % RAM_PAGE, len - end)) {
            gsize n = MIN(RAM_PAGE - (offset + end) % RAM_PAGE, len - end);

            if (!holes || !is_zero(data + end, n))
                continue;
            if (end > from)
                break;
            from = end + n;
        }
        if (end > from && !write_at(unpack, data + from, end - from, offset + from, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean finish(gpointer user_data, GError **error)
{
    Unpack *unpack = user_data;
    gboolean good;

    if (unpack->fd < 0)
        return TRUE;
    good = ftruncate(unpack->fd, (off_t)unpack->member->size) == 0 && fsync(unpack->fd) == 0;
    if (!good)
        files_error(error, unpack->path, errno);
    close(unpack->fd);
    unpack->fd = -1;
    return good && (!is_image(unpack->member) || images_add(store_path(unpack->store), unpack->path,
                                                            unpack->member->sha256, error));
}

/* --- around it ------------------------------------------------------------------------------- */

/* What is unpacked already needs no room any more. */
static gboolean check_room(const Unpack *unpack, const Manifest *manifest, GError **error)
{
    const char *store = store_path(unpack->store);
    guint64 needed = manifest_data(manifest), left = room_left(store);
    guint64 there = room_space(unpack->draft);

    needed -= MIN(there, needed);
    if (needed <= left)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FULL,
                "'%s' takes %" G_GUINT64_FORMAT " MiB, and %" G_GUINT64_FORMAT
                " MiB are left at %s: free some space, or use another --store",
                manifest->name, needed >> 20, left >> 20, store);
    return FALSE;
}

static gboolean is_same(const RecordingFile *file, const ManifestMember *member)
{
    return member && file->size == member->size && file->digest == member->digest &&
           g_str_equal(file->sha256, member->sha256);
}

/* recording.json must describe what came with it: a recording that is whole, and no other files. */
static gboolean check_recording(const Unpack *unpack, const Manifest *manifest, GError **error)
{
    g_autoptr(Recording) recording = recording_load(manifest->name, unpack->draft, error);
    guint files = 1;

    if (!recording)
        return FALSE;
    for (guint i = 0; i < recording->files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(recording->files, i);

        if (is_same(file, manifest_find(manifest, file->name)))
            files++;
    }
    for (guint i = 0; i < manifest->members->len; i++)
        files -= is_image(g_ptr_array_index(manifest->members, i)) ? 0 : 1;
    if (recording->state == RECORDING_COMPLETE && recording->machine && files == 0)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "'%s' isn't a whole archive: " RECORDING_JSON " doesn't describe its files",
                manifest->name);
    return FALSE;
}

/* Why a replay won't find an image of the host; NULL: it will. (transfer full) */
static char *why_missing(const char *store, const ManifestImage *image)
{
    g_autofree char *here = images_find(store, image->sha256);
    g_autofree char *sha256 = NULL;
    g_autoptr(GError) error = NULL;
    struct stat info;

    if (here || !image->path)
        return NULL;
    if (stat(image->path, &info) != 0)
        return g_strdup(g_strerror(errno));
    if (!S_ISREG(info.st_mode) || (guint64)info.st_size != image->size)
        return g_strdup("it is another file");
    sha256 = image->digest == ARTEFACT_PAGES
                 ? digests_of_image(store, image->path, NULL, NULL, &error)
                 : files_sha256(image->path, NULL, &error);
    if (!sha256)
        return g_strdup(error->message);
    return !image->sha256[0] || g_str_equal(sha256, image->sha256) ? NULL
                                                                   : g_strdup("it is another file");
}

static void find_missing(const char *store, const Manifest *manifest, GPtrArray *missing)
{
    for (guint i = 0; i < manifest->images->len; i++) {
        const ManifestImage *image = g_ptr_array_index(manifest->images, i);
        g_autofree char *why = why_missing(store, image);

        if (why)
            g_ptr_array_add(missing, g_strdup_printf("%s %s: %s", image->role, image->path, why));
    }
}

static gboolean read_members(Unpack *unpack, ArchiveReader *reader, GError **error)
{
    static const ArchiveSink sink = {begin, write_data, finish};
    const Manifest *manifest = archive_reader_manifest(reader);
    gboolean good = check_room(unpack, manifest, error) &&
                    archive_reader_read(reader, &sink, unpack, error) &&
                    check_recording(unpack, manifest, error);

    if (unpack->fd >= 0)
        close(unpack->fd);
    g_free(unpack->path);
    return good;
}

Recording *unpack_recording(Store *store, const char *path, int fd, const char *wanted,
                            GPtrArray *missing, ArchiveProgress *progress, GError **error)
{
    g_autoptr(ArchiveReader) reader = NULL;
    g_autofree char *draft = NULL, *id = NULL;
    g_autoptr(GError) why = NULL;
    const Manifest *manifest;
    Recording *recording = NULL;
    Unpack unpack = {.store = store, .progress = progress, .fd = -1};
    int hold;

    if (wanted && !name_check(wanted, strlen(wanted), error))
        return NULL;
    reader = archive_reader_new(path, FALSE, archive_read_fd, GINT_TO_POINTER(fd), error);
    if (!reader || (hold = images_hold(store_path(store), error)) < 0)
        return NULL;
    manifest = archive_reader_manifest(reader);
    id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, archive_reader_manifest_text(reader), -1);
    unpack.draft = draft = store_open_draft(store, id, &why);
    archive_progress_begin(progress, manifest_data(manifest));
    if (draft && read_members(&unpack, reader, &why))
        recording = store_adopt(store, draft, wanted ? wanted : manifest->name, &why);
    if (recording)
        find_missing(store_path(store), manifest, missing);
    else if (draft)
        store_close_draft(store, draft, g_error_matches(why, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING));
    if (why)
        g_propagate_error(error, g_steal_pointer(&why));
    close(hold);
    return recording;
}
