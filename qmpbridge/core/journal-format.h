/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal's format: every answer that a guest got during a recording, in order, so that a
 * replay can give the same ones. Bytes in, values out and back; no I/O. doc/journal-format.md
 * describes it.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

#define JOURNAL_VERSION 1u
/** Longest target name with its NUL. */
#define JOURNAL_TARGET_MAX 16u

/** An answer that was given before the cut and reaches its register after it. */
typedef struct {
    guint32 vcpu;
    gint32 answer;
    guint64 pc;    /**< instruction in front of which it is written */
    guint64 space; /**< address space and privilege; 0 if the host can't know */
} JournalPending;

typedef struct {
    char target[JOURNAL_TARGET_MAX];
    gboolean two_way; /**< the guest saw the answers */
    guint n_pending;
    JournalPending pending[JOURNAL_PENDING_MAX];
} JournalHeader;

/** The same answer to the same action, @count times in a row. */
typedef struct {
    gint32 action;
    gint32 answer;
    guint64 count;
} JournalRun;

/** A journal that was read. */
typedef struct {
    JournalHeader header;
    JournalRun *runs;
    gsize n_runs;
    guint64 answers;   /**< sum of the counts */
    gboolean complete; /**< FALSE: the trailer is missing; the runs are usable up to there */
} Journal;

/** Appends the header. */
void journal_append_header(GByteArray *out, const JournalHeader *header);

/** Appends @n runs. */
void journal_append_runs(GByteArray *out, const JournalRun *runs, gsize n);

/**
 * Appends the trailer.
 *
 * @answers: sum of all counts.
 * @digest: a SHA-256 that has taken in all bytes in front of the trailer; it is finished here.
 */
void journal_append_trailer(GByteArray *out, guint64 answers, GChecksum *digest);

/**
 * Reads a journal.
 *
 * @data: any bytes whatever.
 *
 * Returns: (transfer full): NULL with BRIDGE_ERROR_FAILED (not a journal, damaged, or of a later
 * version), BRIDGE_ERROR_TOO_BIG.
 */
Journal *journal_parse(const guint8 *data, gsize length, GError **error);

/**
 * Appends, whole, the journal of what several segments hold one after the other: as if there had
 * been no cut but the first one.
 *
 * @n: of @segments, at least 1.
 * @answers: how many of their answers it is to have, at most.
 *
 * Returns: FALSE with BRIDGE_ERROR_FAILED: a segment was not finished, or they are of different
 * VMs.
 */
gboolean journal_join(GByteArray *out, const Journal *const *segments, gsize n, guint64 answers,
                      GError **error);

/** @journal: (nullable). */
void journal_free(Journal *journal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Journal, journal_free)

G_END_DECLS
