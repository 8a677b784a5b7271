/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an archive is written: a new file, which has its name only once it is whole, or what can
 * only be written to, such as a pipe. Blocks; any thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct ArchiveOutput ArchiveOutput;

/** @path: "-" for standard output, which mustn't be a terminal. Errors: STORE, FULL; USAGE: a file
 * is there. Returns: (transfer full), or NULL. */
ArchiveOutput *archive_output_open(const char *path, GError **error);
/** Removes what wasn't finished. @output: (nullable). */
void archive_output_free(ArchiveOutput *output);

int archive_output_fd(const ArchiveOutput *output);
/** Makes it durable, and gives it its name, unless a file has it meanwhile. Errors: STORE, FULL. */
gboolean archive_output_finish(ArchiveOutput *output, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ArchiveOutput, archive_output_free)

G_END_DECLS
