/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images that a store itself has; see images.h. A lock of the directory (flock) keeps an image
 * whose recording isn't whole yet.
 */
#include "qmpbridge/store/images.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/file.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/store/files.h"

const RecordingFile *images_base(const Recording *recording, const char *role)
{
    for (guint i = 0; i < recording->bases->len; i++) {
        const RecordingFile *base = g_ptr_array_index(recording->bases, i);

        if (g_str_equal(base->name, role))
            return base;
    }
    return NULL;
}

ArtefactDigest images_digest(const char *role)
{
    return g_str_has_prefix(role, "disk") ? ARTEFACT_PAGES : ARTEFACT_SHA256;
}

char *images_find(const char *store, const char *sha256)
{
    g_autofree char *path = g_build_filename(store, IMAGES_DIRECTORY, sha256, NULL);

    /* A digest of unknown origin is no name of a file elsewhere. */
    if (strlen(sha256) != 64 || strspn(sha256, "0123456789abcdef") != 64 ||
        !g_file_test(path, G_FILE_TEST_IS_REGULAR))
        return NULL;
    return g_steal_pointer(&path);
}

char *images_find_base(const Recording *recording, const char *role)
{
    const RecordingFile *base = images_base(recording, role);
    g_autofree char *store = NULL;

    if (!base || !recording->directory)
        return NULL;
    store = g_path_get_dirname(recording->directory);
    return images_find(store, base->sha256);
}

int images_hold(const char *store, GError **error)
{
    g_autofree char *path = g_build_filename(store, IMAGES_DIRECTORY, NULL);
    int fd = -1;

    if (g_mkdir(path, 0700) == 0 || errno == EEXIST)
        fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    if (fd < 0)
        files_error(error, path, errno);
    else
        flock(fd, LOCK_SH); /* where there are no locks none is swept either */
    return fd;
}

gboolean images_add(const char *store, const char *from, const char *sha256, GError **error)
{
    g_autofree char *directory = g_build_filename(store, IMAGES_DIRECTORY, NULL);
    g_autofree char *to = g_build_filename(directory, sha256, NULL);

    if (g_rename(from, to) == 0)
        return files_sync(directory, error);
    files_error(error, to, errno);
    return FALSE;
}

static gboolean is_needed(const char *sha256, const GPtrArray *recordings)
{
    for (guint i = 0; i < recordings->len; i++) {
        const Recording *recording = g_ptr_array_index(recordings, i);

        for (guint k = 0; k < recording->bases->len; k++) {
            const RecordingFile *base = g_ptr_array_index(recording->bases, k);

            if (g_str_equal(base->sha256, sha256))
                return TRUE;
        }
    }
    return FALSE;
}

void images_sweep(const char *store, const GPtrArray *recordings)
{
    g_autofree char *path = g_build_filename(store, IMAGES_DIRECTORY, NULL);
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW);
    g_autoptr(GDir) dir = fd >= 0 ? g_dir_open(path, 0, NULL) : NULL;
    gboolean ours = dir && flock(fd, LOCK_EX | LOCK_NB) == 0;
    const char *entry;

    while (ours && (entry = g_dir_read_name(dir))) {
        g_autofree char *file = g_build_filename(path, entry, NULL);

        if (!is_needed(entry, recordings))
            g_unlink(file);
    }
    if (fd >= 0)
        close(fd);
}
