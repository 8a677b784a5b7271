/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A journal's file on the disk: creates, writes, finishes and reads it. A file without a trailer
 * was not finished; what it holds is good up to there. It knows nothing of guests or threads: one
 * thread uses it.
 */
#pragma once

#include "qmpbridge/core/journal-format.h"

G_BEGIN_DECLS

typedef struct JournalFile JournalFile;

/**
 * Creates the file, mode 0600, and writes the header. A file of that name is emptied; a symbolic
 * link is refused.
 *
 * @path: absolute.
 *
 * Returns: NULL with an error of G_FILE_ERROR or BRIDGE_ERROR_USAGE.
 */
JournalFile *journal_file_create(const char *path, const JournalHeader *header, GError **error);

/** Writes runs. Returns: FALSE with an error of G_FILE_ERROR or BRIDGE_ERROR_TOO_BIG; the file
 * then is of no more use. */
gboolean journal_file_write(JournalFile *file, const JournalRun *runs, gsize n, GError **error);

/** Writes the trailer. @sync: and waits until the disk has all of the file. */
gboolean journal_file_finish(JournalFile *file, gboolean sync, GError **error);

/** Answers written so far. */
guint64 journal_file_answers(const JournalFile *file);

/** Closes the file as it is. @file: (nullable). */
void journal_file_free(JournalFile *file);

/** Reads a journal. Returns: (transfer full): as journal_parse(). */
Journal *journal_file_load(const char *path, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(JournalFile, journal_file_free)

G_END_DECLS
