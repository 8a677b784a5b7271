/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How much a store may take: a reserve of free space on its file system, and a limit on all that
 * is in it. The store is counted in a worker before a recording begins; from then on only what the
 * recording itself has grown by is added, so that a check while it runs costs next to nothing.
 * What others do to the store meanwhile shows in the free space, and at the next count.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Bytes free for this user on the file system of @path; G_MAXUINT64 where it can't be found. */
typedef guint64 (*RoomFree)(const char *path, gpointer user_data);

/** The bounds in bytes. 0: no bound. */
typedef struct {
    guint64 keep_free;   /**< stays free on the file system */
    guint64 store_limit; /**< everything in the store takes at most */
    RoomFree free;       /**< NULL for statvfs(2) */
    gpointer user_data;
} RoomBounds;

typedef struct Room Room;

/** @path: the store's. Returns: (transfer full). */
Room *room_new(const char *path, const RoomBounds *bounds);
/** Frees it. @room: (nullable). */
void room_free(Room *room);

/** Counts what the store takes now, if that is bounded. Never fails. A WorkerFunc on a Room. */
gboolean room_count(gpointer room, GError **error);

/**
 * Whether the bounds still hold once @needs more bytes are written.
 *
 * @grown: bytes that the store has grown by since room_count().
 * @reason: (out) (nullable): a static word for the bound that doesn't: "no-space", "store-full".
 *
 * Errors: FULL, with the name of the option.
 */
gboolean room_check(const Room *room, guint64 grown, guint64 needs, const char **reason,
                    GError **error);

/** Bytes that are free for this user on the file system of @path; G_MAXUINT64 where it can't be
 * found. */
guint64 room_left(const char *path);

/** Space that the files of a directory take, not those below it. 0 if it can't be read. */
guint64 room_space(const char *directory);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Room, room_free)

G_END_DECLS
