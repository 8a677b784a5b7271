/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacks an archive into a store. Blocks; any thread, while no other uses the store.
 */
#pragma once

#include "qmpbridge/store/pack.h"
#include "qmpbridge/store/store.h"

G_BEGIN_DECLS

/**
 * Reads the archive @fd into a draft (store.h), which becomes a recording when it is whole. Where
 * the work was cancelled, killed, or had no room, the draft stays, and the next call for the same
 * archive keeps those of its files whose digests are right.
 *
 * @path: of @fd, for errors.
 * @wanted: (nullable): the recording's name; NULL: the one that it had. The next free number of it
 *   where it is taken.
 * @missing: (element-type utf8): gets a line for each file of this host that a replay needs and
 *   that isn't there as it was.
 *
 * Errors: RECORDING: it is no whole archive: nothing stays of it; NAME, STORE, FULL, CANCELLED;
 * BUSY: another process unpacks the same. Returns: (transfer full), or NULL.
 */
Recording *unpack_recording(Store *store, const char *path, int fd, const char *wanted,
                            GPtrArray *missing, ArchiveProgress *progress, GError **error);

G_END_DECLS
