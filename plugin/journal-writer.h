/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JournalWriter: writes the journal in segments, of which each is a journal of its own. A cut
 * begins a segment; the next cut, or a flush, ends it. Meanwhile the writer moves answers from the
 * shared policy's ring to the segment's file. A position in the journal is the number of answers in
 * front of it, in all segments. Control link only; never called by a vCPU.
 */
#pragma once

#include "plugin/shared-policy.h"

G_BEGIN_DECLS

typedef struct JournalWriter JournalWriter;

/** Fills in a header with the target and the answers that are on their way. The VM is stopped
 * meanwhile. */
typedef void (*JournalDescribe)(gpointer opaque, JournalHeader *header);

/** A new writer, with no segment open. @shared: borrowed. @opaque: @describe's. */
JournalWriter *journal_writer_new(SharedPolicy *shared, JournalDescribe describe, gpointer opaque);

/** Closes a segment without finishing it. @writer: (nullable). */
void journal_writer_free(JournalWriter *writer);

/**
 * Begins a segment in the file @path. The VM must be stopped, so that the cut falls between two
 * answers. A segment that is open ends there and is whole, though not synced; one in the same file
 * is begun again.
 *
 * @torn: set to why the segment that ended is no good.
 *
 * Returns: FALSE with an error of journal_file_create(); no segment is open then.
 */
gboolean journal_writer_cut(JournalWriter *writer, const char *path, GError **torn, GError **error);

/** Moves what is final to the file. Returns: FALSE once, when the segment has failed; the reason
 * comes again when it ends. */
gboolean journal_writer_drain(JournalWriter *writer, GError **error);

/**
 * Ends the open segment and syncs its file. The VM must be stopped.
 *
 * @answers: set to how many it holds.
 *
 * Returns: FALSE with why it is no good, or that none is open.
 */
gboolean journal_writer_close(JournalWriter *writer, guint64 *answers, GError **error);

/** Gives up an open segment; what it holds stays usable. */
void journal_writer_abandon(JournalWriter *writer);

/** The position at which the segment begins that is open, or was the last one. */
guint64 journal_writer_position(const JournalWriter *writer);

/** Whether a segment is open. */
gboolean journal_writer_is_open(const JournalWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalWriter, journal_writer_free)

G_END_DECLS
