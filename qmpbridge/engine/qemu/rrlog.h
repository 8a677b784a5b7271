/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that must be known of the events in QEMU's record/replay log
 * (replay/replay-internal.h: enum ReplayEvents): how long each is, and which one tells that a
 * timer of the virtual clock was due.
 *
 * Why the lengths: QEMU doesn't look whether its log was written. Where the store was full for a
 * while events are missing in the middle, and nothing but the log's own structure shows it.
 *
 * Why the timer: one may expire just when the VM is stopped for a snapshot. The log then has it run
 * (CHECKPOINT_CLOCK_VIRTUAL) before the first instruction after the snapshot, but some devices
 * restore such a timer as already run: the replay waits for it forever. Without that one event
 * the replay is exact. Whether a snapshot is of this kind only a replay can tell.
 *
 * Codes of events are counted from the last one, EVENT_END, which ends every finished log: that
 * end of the list is the same in QEMU 10.0 to 11.1.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Most instructions in one event that counts some, and bytes of such an event. */
#define RRLOG_RUN_MAX G_MAXINT32
#define RRLOG_RUN_SIZE 5u
/** Writes such an event. @bytes: room for it. Returns: its length. */
gsize rrlog_put_run(guint8 *bytes, guint32 insns);

/** A walk along a log, event by event, in bounded memory. Bytes in, a verdict out. */
typedef struct RrlogWalk RrlogWalk;

/** @version: the low byte of the log's first word. @end_code: of EVENT_END, more than 17. @offset:
 * where in the log the walk begins, at an event. Returns: (transfer full). */
RrlogWalk *rrlog_walk_new(guint8 version, guint8 end_code, guint64 offset);
/** @walk: (nullable). */
void rrlog_walk_free(RrlogWalk *walk);
/** Walks over the log's next bytes, however they are cut. Errors: RECORDING, with what is wrong and
 * where; no more may be fed then. */
gboolean rrlog_walk_feed(RrlogWalk *walk, const guint8 *bytes, gsize len, GError **error);
/** The log is over. @insns: set to how many instructions its events count. Errors: RECORDING. */
gboolean rrlog_walk_finish(const RrlogWalk *walk, guint64 *insns, GError **error);

/** Walks along the finished log @path from @begin, the first byte of an event, to its end. Blocks,
 * any thread. @insns: as above. Errors: RECORDING, STORE. */
gboolean rrlog_check(const char *path, guint64 begin, guint64 *insns, GError **error);

/**
 * Finds the due timer's event in the events from @begin, the first byte of an event, to the
 * first instruction that ran after the snapshot. Instructions that ran before it may be counted
 * behind it, by one event: where a recording began in the middle of work that one comes first.
 *
 * @path: a finished log.
 * @offset: (out): of the event, one byte long.
 *
 * Returns: FALSE if there is none, or an event that isn't known stands before it. Any thread.
 */
gboolean rrlog_find_due_timer(const char *path, guint64 begin, guint64 *offset);

/** Copies a log without the byte at @offset. Errors: STORE, FULL. Blocks, any thread. */
gboolean rrlog_copy_without(const char *from, const char *to, guint64 offset, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(RrlogWalk, rrlog_walk_free)

G_END_DECLS
