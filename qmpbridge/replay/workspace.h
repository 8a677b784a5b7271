/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a replay works: a scratch directory of the store with all that the emulator opens, pinned
 * there before it is looked at: the recording's files are what they were, they lead it to no other
 * file, and kernel and initrd are those of the recording. A recording itself is never opened
 * for writing.
 */
#pragma once

#include "qmpbridge/engine/engines.h"
#include "qmpbridge/store/scratch.h"

G_BEGIN_DECLS

typedef struct {
    Recording *recording;      /**< loaded anew, so that it belongs to the workspace */
    Scratch *scratch;          /**< (nullable) until it is made */
    const EngineClass *engine; /**< of the recording: knows how it is replayed */
    char *console;             /**< takes the replayed console */
} Workspace;

/**
 * A workspace for the recording @name in @directory. @trust_paths: the user has looked at the files
 * of the host that it names; else it must have been made here (store/origin.h). Errors: RECORDING,
 * STORE, UNSUPPORTED (its engine isn't known). (transfer full)
 */
Workspace *workspace_new(const char *name, const char *directory, gboolean trust_paths,
                         GError **error);

/**
 * Checks the recording's files against their digests and makes the copies. A WorkerFunc on a
 * Workspace. Errors: RECORDING (a file isn't what it was), STORE, FULL.
 */
gboolean workspace_fill(gpointer workspace, GError **error);

/** Removes the copies. @workspace: (nullable). */
void workspace_free(Workspace *workspace);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Workspace, workspace_free)

G_END_DECLS
