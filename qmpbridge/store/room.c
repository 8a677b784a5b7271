/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a store may take; see room.h.
 */
#include "qmpbridge/store/room.h"

#include <sys/stat.h>
#include <sys/statvfs.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"

struct Room {
    char *path;
    RoomBounds bounds;
    guint64 used; /**< what the store took when it was counted last */
};

guint64 room_left(const char *path)
{
    struct statvfs info;

    return statvfs(path, &info) == 0 ? (guint64)info.f_bavail * info.f_frsize : G_MAXUINT64;
}

static guint64 free_space(const char *path, gpointer user_data)
{
    (void)user_data;
    return room_left(path);
}

Room *room_new(const char *path, const RoomBounds *bounds)
{
    Room *room = g_new0(Room, 1);

    room->path = g_strdup(path);
    room->bounds = *bounds;
    if (!room->bounds.free)
        room->bounds.free = free_space;
    return room;
}

void room_free(Room *room)
{
    if (!room)
        return;
    g_free(room->path);
    g_free(room);
}

/* Space that the files of a directory take, and of those @levels below. */
static guint64 space_of(const char *path, guint levels)
{
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    const char *name;
    guint64 total = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *entry = g_build_filename(path, name, NULL);
        GStatBuf info;

        if (g_lstat(entry, &info) != 0)
            continue;
        if (S_ISREG(info.st_mode))
            total += (guint64)info.st_blocks * 512;
        else if (S_ISDIR(info.st_mode) && levels > 0)
            total += space_of(entry, levels - 1);
    }
    return total;
}

guint64 room_space(const char *directory)
{
    return space_of(directory, 0);
}

gboolean room_count(gpointer data, GError **error)
{
    Room *room = data;

    (void)error;
    if (room->bounds.store_limit > 0)
        room->used = space_of(room->path, 1);
    return TRUE;
}

gboolean room_check(const Room *room, guint64 grown, guint64 needs, const char **reason,
                    GError **error)
{
    const RoomBounds *bounds = &room->bounds;
    guint64 used = room->used + grown, left = G_MAXUINT64;

    if (bounds->keep_free > 0)
        left = bounds->free(room->path, bounds->user_data);
    if (left < bounds->keep_free || left - bounds->keep_free < needs) {
        *reason = "no-space";
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FULL,
                    "%" G_GUINT64_FORMAT " MiB are left where the store is, %" G_GUINT64_FORMAT
                    " MiB are kept free and a recording's end may need %" G_GUINT64_FORMAT
                    " MiB: free some space, or see --keep-free",
                    left >> 20, bounds->keep_free >> 20, needs >> 20);
        return FALSE;
    }
    if (bounds->store_limit == 0 ||
        (used < bounds->store_limit && needs <= bounds->store_limit - used))
        return TRUE;
    *reason = "store-full";
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_FULL,
                "the store takes %" G_GUINT64_FORMAT
                " MiB, a recording's end may need %" G_GUINT64_FORMAT
                " MiB, and the store may take %" G_GUINT64_FORMAT
                " MiB: remove recordings to free some space, or see --store-limit",
                used >> 20, needs >> 20, bounds->store_limit >> 20);
    return FALSE;
}
