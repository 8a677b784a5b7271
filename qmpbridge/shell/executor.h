/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Executor: from a line to the handler that runs it: it splits the line into words, finds and binds
 * the row, and waits for the VM that the row needs. It executes one line at a time and reports the
 * end from an idle source, so that its owner, which then executes the next line, never recurses.
 * Main thread.
 */
#pragma once

#include "qmpbridge/shell/call.h"

G_BEGIN_DECLS

typedef struct Executor Executor;

/** The end of a command. @error: (nullable): borrowed; the executor has printed nothing. */
typedef void (*ExecutorDone)(Executor *executor, const GError *error, gpointer user_data);

/** @shell: must outlive it. Returns: (transfer full). */
Executor *executor_new(Shell *shell);
/** Gives up what runs; calls nothing. @executor: (nullable). */
void executor_free(Executor *executor);
/** (transfer none) */
Shell *executor_shell(const Executor *executor);

/** Executes a line; @done is called once, unless the line is cancelled. Only while not busy. */
void executor_execute(Executor *executor, const char *line, ExecutorDone done, gpointer user_data);
/** As executor_execute() for words that are split already; at least one. */
void executor_execute_words(Executor *executor, char **words, ExecutorDone done,
                            gpointer user_data);
gboolean executor_is_busy(const Executor *executor);
/** Gives up the command that runs; its @done is not called. Its QMP command goes on. */
void executor_cancel(Executor *executor);

/** Executes a line, a JSON object among them, as @call, which ends now or later. For commands that
 * execute others. */
void execute_line(CommandCall *call, const char *line);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Executor, executor_free)

G_END_DECLS
