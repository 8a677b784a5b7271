/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that must be known of the events in QEMU's record/replay log
 * (replay/replay-internal.h: enum ReplayEvents): how long each is, and which one tells that a
 * timer of the virtual clock was due.
 *
 * Why: a timer may expire just when the VM is stopped for a snapshot. The log then has it run
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

/**
 * Finds the due timer's event in the events from @begin, the first byte of an event, to the
 * first executed instruction.
 *
 * @path: a finished log.
 * @offset: (out): of the event, one byte long.
 *
 * Returns: FALSE if there is none, or an event that isn't known stands before it. Any thread.
 */
gboolean rrlog_find_due_timer(const char *path, guint64 begin, guint64 *offset);

/** Copies a log without the byte at @offset. Errors: STORE, FULL. Blocks, any thread. */
gboolean rrlog_copy_without(const char *from, const char *to, guint64 offset, GError **error);

G_END_DECLS
