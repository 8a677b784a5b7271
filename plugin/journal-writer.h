/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JournalWriter: one journal from its beginning to its end. It opens the file at the cut, moves
 * answers from the shared policy's ring to it while the recording goes on, and closes it at the
 * flush. Control link only; never called by a vCPU.
 */
#pragma once

#include "plugin/shared-policy.h"

G_BEGIN_DECLS

typedef struct JournalWriter JournalWriter;

/** Fills in a header with the target and the answers that are on their way. The VM is stopped
 * meanwhile. */
typedef void (*JournalDescribe)(gpointer opaque, JournalHeader *header);

/** A new writer, with no journal open. @shared: borrowed. @opaque: @describe's. */
JournalWriter *journal_writer_new(SharedPolicy *shared, JournalDescribe describe, gpointer opaque);

/** Closes a journal without finishing it. @writer: (nullable). */
void journal_writer_free(JournalWriter *writer);

/** Starts a journal; one that is still open is given up. The VM must be stopped, so that the
 * cut falls between two answers. Returns: FALSE with an error of journal_file_create(). */
gboolean journal_writer_cut(JournalWriter *writer, const char *path, GError **error);

/** Moves what is final to the file. Returns: FALSE once, when the journal has failed; the reason
 * comes again from journal_writer_close(). */
gboolean journal_writer_drain(JournalWriter *writer, GError **error);

/**
 * Finishes the journal. The VM must be stopped.
 *
 * @answers: set to how many it holds.
 *
 * Returns: FALSE with why it is no good, or that none is open.
 */
gboolean journal_writer_close(JournalWriter *writer, guint64 *answers, GError **error);

/** Gives up an open journal; what it holds stays usable. */
void journal_writer_abandon(JournalWriter *writer);

/** Whether a journal is open. */
gboolean journal_writer_is_open(const JournalWriter *writer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalWriter, journal_writer_free)

G_END_DECLS
