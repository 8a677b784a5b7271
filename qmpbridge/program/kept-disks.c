/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `run --keep-disk` keeps; see kept-disks.h.
 */
#include "qmpbridge/program/kept-disks.h"

#include <errno.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/vm/derived-image.h"

struct KeptDisks {
    const Machine *machine;
    guint n_disks;   /**< those that were asked for; the machine's own flash comes behind them */
    char *directory; /**< (nullable) */
    const KeptDisksHandlers *handlers;
    gpointer user_data;
    const Emulator *emulator;
    char **overlays;
    guint next;        /**< index of the disk to look at next */
    DerivedCopy *copy; /**< of the one before */
    guint idle;
};

/* Where the image of that disk goes. (transfer full) */
static char *directory_of(const KeptDisks *kept, const MachineDisk *disk)
{
    return kept->directory ? g_strdup(kept->directory) : g_path_get_dirname(disk->file);
}

static gboolean check(const KeptDisks *kept, GError **error)
{
    gboolean any = FALSE;

    for (guint i = 0; i < kept->n_disks; i++) {
        const MachineDisk *disk = machine_disk(kept->machine, i);
        g_autofree char *directory = directory_of(kept, disk);

        if (disk->read_only)
            continue;
        any = TRUE;
        if (access(directory, W_OK | X_OK) == 0)
            continue;
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE,
                    "the changed disk can't be kept in %s: %s; --keep-disk-dir names another "
                    "directory",
                    directory, g_strerror(errno));
        return FALSE;
    }
    if (!any)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "there is no disk to keep: add --disk FILE, or leave --keep-disk out");
    return any;
}

KeptDisks *kept_disks_new(const Machine *machine, const char *directory,
                          const KeptDisksHandlers *handlers, gpointer user_data, GError **error)
{
    g_autoptr(KeptDisks) kept = g_new0(KeptDisks, 1);

    kept->machine = machine;
    kept->n_disks = machine->disks->len;
    kept->directory = g_strdup(directory);
    kept->handlers = handlers;
    kept->user_data = user_data;
    return check(kept, error) ? g_steal_pointer(&kept) : NULL;
}

static void copy_next(KeptDisks *kept);

static void copied(const char *path, const GError *error, gpointer user_data)
{
    KeptDisks *kept = user_data;
    guint index = kept->next - 1;

    if (path)
        kept->handlers->kept(machine_disk_id(index), path, machine_disk(kept->machine, index)->file,
                             kept->user_data);
    g_clear_pointer(&kept->copy, derived_copy_free);
    if (path)
        copy_next(kept);
    else
        kept->handlers->done(error, kept->user_data);
}

/* Copies the overlay of the next disk that a guest can write, if there is one. */
static void copy_next(KeptDisks *kept)
{
    const MachineDisk *disk = NULL;
    g_autofree char *directory = NULL;
    g_autoptr(GError) error = NULL;

    while (kept->next < kept->n_disks && (!disk || disk->read_only))
        disk = machine_disk(kept->machine, kept->next++);
    if (!disk || disk->read_only) {
        kept->handlers->done(NULL, kept->user_data);
        return;
    }
    directory = directory_of(kept, disk);
    kept->copy = derived_copy_start(kept->emulator, kept->overlays[kept->next - 1], disk, directory,
                                    copied, kept, &error);
    if (!kept->copy)
        kept->handlers->done(error, kept->user_data);
}

static gboolean begin(gpointer user_data)
{
    KeptDisks *kept = user_data;

    kept->idle = 0;
    copy_next(kept);
    return G_SOURCE_REMOVE;
}

void kept_disks_start(KeptDisks *kept, const Emulator *emulator, char **overlays)
{
    kept->emulator = emulator;
    kept->overlays = overlays;
    kept->idle = g_idle_add(begin, kept);
}

void kept_disks_free(KeptDisks *kept)
{
    if (!kept)
        return;
    g_clear_handle_id(&kept->idle, g_source_remove);
    derived_copy_free(kept->copy);
    g_free(kept->directory);
    g_free(kept);
}
