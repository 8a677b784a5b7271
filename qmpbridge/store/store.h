/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: a directory of recordings. While one is being made it is .NAME.incomplete with a
 * locked file in it; when whole it becomes NAME by rename after fsync. Nothing is ever
 * overwritten, and whatever a crash leaves behind is listed with its reason.
 */
#pragma once

#include "qmpbridge/store/recording.h"

G_BEGIN_DECLS

typedef struct Store Store;

/** In front of an id: the hidden directory of a draft. */
#define STORE_DRAFT ".unpack-"
/** The directory of a store that holds the images of seed disks (seed-disk.h). */
#define STORE_SEEDS ".seeds"

/**
 * Opens a store. @create: make the directory (and its parents) if it doesn't exist, and check
 * that it can be written. Errors: BRIDGE_ERROR_STORE. Returns: (transfer full), or NULL.
 */
Store *store_open(const char *path, gboolean create, GError **error);
void store_free(Store *store);
/** Absolute path. */
const char *store_path(const Store *store);
/** $XDG_DATA_HOME/qmpbridge/recordings. Returns: (transfer full). */
char *store_default_path(void);

/**
 * Every recording, oldest first; also the incomplete ones. What can't be read is listed as
 * incomplete with the reason. Returns: (transfer full) (element-type Recording), or NULL.
 */
GPtrArray *store_list(Store *store, GError **error);

/** One recording by name, complete or not. Errors: NAME, NOT_FOUND. Returns: (transfer full). */
Recording *store_find(Store *store, const char *name, GError **error);

/**
 * Reserves @wanted, or the next free number of it, as .NAME.incomplete, locked by this process.
 * Errors: NAME, STORE, FULL. Returns: (transfer full): a live recording; or NULL.
 */
Recording *store_reserve(Store *store, const char *wanted, GError **error);

/** Makes a live recording whole: saves, fsyncs, renames, unlocks. Once it has its name it is whole;
 * a fault after that is its warning. Blocks. Errors: STORE, FULL. */
gboolean store_commit(Store *store, Recording *recording, GError **error);

/** Leaves a live recording as incomplete with @reason, and unlocks it. Never fails. */
void store_abandon(Store *store, Recording *recording, const char *reason);

/** Removes a live recording with its files (a discarded one). Errors: STORE. */
gboolean store_discard(Store *store, Recording *recording, GError **error);

/**
 * Removes a recording that isn't under way, whole or incomplete, with its files. It is gone from
 * the store at once; what a killed process has left of it is removed by the next call. Blocks.
 * Errors: NAME, NOT_FOUND; BUSY: it is being recorded or replayed; STORE.
 */
gboolean store_remove(Store *store, const char *name, GError **error);

/**
 * The draft of a recording that comes from elsewhere: a hidden directory, locked by this process,
 * in which its files are put. It is found again by @id, letters and digits, when this process was
 * killed. Errors: BUSY: another process has it; STORE, FULL. Returns: (transfer full): its path, or
 * NULL.
 */
char *store_open_draft(Store *store, const char *id, GError **error);
/** Unlocks a draft. @remove: with all that is in it; otherwise it stays until the next
 * store_remove(). */
void store_close_draft(Store *store, const char *draft, gboolean remove);
/**
 * Makes a draft, which holds the files of a whole recording and is durable, the recording @wanted,
 * or the next free number of it. Who made it stays as it says. Errors: STORE, FULL, RECORDING.
 * Returns: (transfer full), or NULL.
 */
Recording *store_adopt(Store *store, const char *draft, const char *wanted, GError **error);

/**
 * Locks a whole recording for its proof, so that only one process replays it at a time. The lock
 * lasts until the descriptor @fd is closed, or the process ends. @fd: -1 where the file system
 * knows no such locks. Returns: FALSE if another process holds it.
 */
gboolean store_claim_proof(const Recording *recording, int *fd);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Store, store_free)

G_END_DECLS
