/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a file that grows, on from where the last reading ended, in pieces of bounded size: the
 * console that a replaying emulator writes.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct ConsoleReader ConsoleReader;

/** A piece of the file: not NUL-terminated, hostile. It mustn't free the reader. */
typedef void (*ConsoleFunc)(const char *bytes, gsize len, gpointer user_data);

/** @path: needn't exist yet. Returns: (transfer full). */
ConsoleReader *console_reader_new(const char *path, ConsoleFunc func, gpointer user_data);
/** @reader: (nullable). */
void console_reader_free(ConsoleReader *reader);
/** Passes on what is new, up to the present end of the file. It may have been unlinked since it was
 * read first. */
void console_reader_read(ConsoleReader *reader);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConsoleReader, console_reader_free)

G_END_DECLS
