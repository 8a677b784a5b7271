/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keeper of the journal: opens it at the cut, moves answers from the desk's log to the file while
 * the recording goes on, closes it at the flush. Control link only; never called by a vCPU.
 */
#pragma once

#include "plugin/shared-policy.h"

G_BEGIN_DECLS

typedef struct Keeper Keeper;

/** Fills in a header with the answers that are on their way. The VM is stopped meanwhile. */
typedef void (*KeeperDescribe)(JournalHeader *header);

/** A new keeper. @desk: borrowed. */
Keeper *keeper_new(Desk *desk, KeeperDescribe describe);

/** Closes a journal without finishing it. @keeper: (nullable). */
void keeper_free(Keeper *keeper);

/** Starts a journal; one that is still open is given up. The VM must be stopped, so that the
 * cut falls between two answers. Returns: FALSE with an error of journal_file_create(). */
gboolean keeper_cut(Keeper *keeper, const char *path, GError **error);

/** Moves what is final to the file. Returns: FALSE once, when the journal has failed; the reason
 * comes again from keeper_close(). */
gboolean keeper_drain(Keeper *keeper, GError **error);

/**
 * Finishes the journal. The VM must be stopped.
 *
 * @answers: set to how many it holds.
 *
 * Returns: FALSE with why it is no good, or that none is open.
 */
gboolean keeper_close(Keeper *keeper, guint64 *answers, GError **error);

/** Gives up an open journal; what it holds stays usable. */
void keeper_abandon(Keeper *keeper);

/** Whether a journal is open. */
gboolean keeper_is_open(const Keeper *keeper);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Keeper, keeper_free)

G_END_DECLS
