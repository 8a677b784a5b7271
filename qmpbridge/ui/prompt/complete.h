/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: what may stand at the cursor of a line, from the command table, the VM's schema, the
 * names it told, the store and the file system. It reads nothing from the terminal and never
 * waits for the peer.
 */
#pragma once

#include "qmpbridge/core/schema.h"
#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/ui/prompt/completion.h"
#include "qmpbridge/ui/prompt/names.h"

G_BEGIN_DECLS

/** What candidates come from; each may be NULL, but for the commands. */
typedef struct {
    const CommandTable *commands;
    const Schema *schema;     /**< of the VM that the line is for */
    Names *names;             /**< likewise */
    const char *const *block; /**< in a block of actions: its own words; NULL ends them */
    /** Names of recordings, of VMs of the shell. Returns: (transfer full). */
    char **(*recordings)(gpointer user_data);
    char **(*vms)(gpointer user_data);
    gpointer user_data;
} CompleteSources;

/**
 * The candidates for the word under the cursor.
 *
 * @line: any bytes; may have several lines.
 * @cursor: offset in @line.
 *
 * Returns: (transfer full): never NULL.
 */
Completion *complete_line(const CompleteSources *sources, const char *line, gsize cursor);

G_END_DECLS
