/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a line to the handler that runs it: words are split, the row is found and bound, what it
 * needs is there or waited for. Main thread.
 */
#pragma once

#include "qmpbridge/shell/call.h"

G_BEGIN_DECLS

/** Executes a line, a JSON object among them, as @call, which is ended now or later. */
void execute_line(CommandCall *call, const char *line);
/** Likewise for words that are split already; at least one. */
void execute_words(CommandCall *call, char **words);

G_END_DECLS
