/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Script: command lines from -c, from files and from standard input, executed one after the other
 * with an Executor; each waits for its answer, and the first that fails ends the script. Standard
 * input is read line by line as it comes, so that another program can be at its other end. It
 * prints nothing.
 */
#pragma once

#include "qmpbridge/core/limits.h"
#include "qmpbridge/shell/executor.h"

G_BEGIN_DECLS

typedef struct Script Script;

/** The end of a script, from the main context. @error: (nullable): why it stopped early; @where:
 * (nullable) "file:3" or "-c 2". */
typedef void (*ScriptDone)(Script *script, const char *where, const GError *error,
                           gpointer user_data);

/** A command has failed, and the script goes on, as shell_keeps_going(). @where: as above. */
typedef void (*ScriptFailed)(Script *script, const char *where, const GError *error,
                             gpointer user_data);

/** @executor: must outlive it. Returns: (transfer full). */
Script *script_new(Executor *executor, ScriptFailed failed, ScriptDone done, gpointer user_data);
/** Gives up what runs; calls nothing. @script: (nullable). */
void script_free(Script *script);

/** Appends one command line. */
void script_add_command(Script *script, const char *line);
/** Appends a file's lines; "-" is standard input. Opened now. Errors: BRIDGE_ERROR_NOT_FOUND. */
gboolean script_add_file(Script *script, const char *path, GError **error);
/** Begins. Once only. */
void script_start(Script *script);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Script, script_free)

G_END_DECLS
