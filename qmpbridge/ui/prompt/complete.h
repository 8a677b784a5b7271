/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: what may stand at the cursor of a line, from the command table, the VM's schema, the
 * names that it answered with, the store and the file system. It reads nothing from the terminal
 * and never waits for the peer.
 */
#pragma once

#include "qmpbridge/ui/prompt/candidates.h"

G_BEGIN_DECLS

/**
 * The candidates for the word under the cursor.
 *
 * @line: any bytes; may have several lines.
 * @cursor: offset in @line.
 *
 * Returns: (transfer full): never NULL.
 */
Completion *complete_line(const CompletionSources *sources, const char *line, gsize cursor);

G_END_DECLS
