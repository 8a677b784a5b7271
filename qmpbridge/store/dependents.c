/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which recordings need an image; see dependents.h.
 */
#include "qmpbridge/store/dependents.h"

#include <errno.h>

#include <glib/gstdio.h>

#include "qmpbridge/store/digests.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/vm/image.h"

/* The files of a disk's image, none if the store itself has it; NULL: they can't be used. (transfer
 * full) */
static GPtrArray *files_of_disk(const Recording *recording, guint index)
{
    const MachineDisk *disk = machine_disk(recording->machine, index);
    g_autofree char *ours = images_find_base(recording, machine_disk_id(index));

    if (ours)
        return g_ptr_array_new();
    return image_files(disk->file, image_recorded_format(disk), NULL);
}

static gboolean is_file(const char *path, const GStatBuf *image)
{
    GStatBuf info;

    return g_stat(path, &info) == 0 && info.st_dev == image->st_dev && info.st_ino == image->st_ino;
}

static gboolean uses(const Recording *recording, const GStatBuf *image)
{
    for (guint i = 0; i < recording->machine->disks->len; i++) {
        g_autoptr(GPtrArray) files = files_of_disk(recording, i);

        for (guint j = 0; files && j < files->len; j++) {
            if (is_file(files->pdata[j], image))
                return TRUE;
        }
    }
    return FALSE;
}

/* Is @path still what was recorded with? Older recordings say only its size, or nothing. */
static gboolean is_as_recorded(const char *store, const char *path, const RecordingFile *base)
{
    g_autofree char *digest = NULL;
    GStatBuf info;

    if (!base || g_stat(path, &info) != 0 || (guint64)info.st_size != base->size)
        return FALSE;
    if (!base->sha256[0])
        return TRUE;
    digest = digests_of_image(store, path, NULL, NULL, NULL);
    return g_strcmp0(digest, base->sha256) == 0;
}

/* What can't be read any more is changed. */
static gboolean images_are_as_recorded(const char *store, const Recording *recording)
{
    for (guint i = 0; i < recording->machine->disks->len; i++) {
        g_autoptr(GPtrArray) files = files_of_disk(recording, i);

        if (!files)
            return FALSE;
        for (guint j = 0; j < files->len; j++) {
            g_autofree char *role = recording_base_role(i, j);

            if (!is_as_recorded(store, files->pdata[j], images_base(recording, role)))
                return FALSE;
        }
    }
    return TRUE;
}

GPtrArray *dependents_of_image(Store *store, const char *file, GError **error)
{
    g_autoptr(GPtrArray) recordings = store_list(store, error);
    GPtrArray *names;
    GStatBuf image;

    if (!recordings)
        return NULL;
    if (g_stat(file, &image) != 0) {
        files_error(error, file, errno);
        return NULL;
    }
    names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < recordings->len; i++) {
        const Recording *recording = recordings->pdata[i];

        if (recording->state == RECORDING_COMPLETE && recording->machine &&
            uses(recording, &image) && images_are_as_recorded(store_path(store), recording))
            g_ptr_array_add(names, g_strdup(recording->name));
    }
    return names;
}
