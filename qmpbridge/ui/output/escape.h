/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes text that comes from a guest, a socket or a file fit for a terminal. Nothing it returns
 * can move the cursor, change colours, or reorder what is read.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * Text as one line: control characters, line ends included, become \n, \t or \xNN; characters
 * beyond ASCII that don't print (C1, bidirectional overrides) become \u{N}; bytes that aren't
 * UTF-8 become \xNN; a backslash is doubled.
 *
 * @text: (nullable): NULL counts as empty.
 * @len: in bytes, or -1 for a NUL-terminated string.
 *
 * Returns: (transfer full). Any thread.
 */
char *escape_text(const char *text, gssize len);

/**
 * Console output: as escape_text(), but line feeds and tabs stay, carriage returns are dropped
 * and a backslash stays single.
 *
 * @bytes: any bytes whatever; need not be NUL-terminated.
 *
 * Returns: (transfer full). Any thread.
 */
char *escape_console(const char *bytes, gsize len);

/**
 * Appends text as a JSON string with its quotes, for people: characters that print stand for
 * themselves, all others are escaped as JSON does.
 *
 * @text: any bytes; those that aren't UTF-8 become U+FFFD.
 *
 * Returns: how many columns of a terminal it takes. Any thread.
 */
guint escape_append_json(GString *out, const char *text);

G_END_DECLS
