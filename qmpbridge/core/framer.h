/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framer: bytes in, whole JSON texts out. It counts braces and brackets outside strings, so it
 * neither depends on line ends nor parses anything; limits on size and nesting hold before any
 * parser sees a byte. It never looks at a byte twice, and never does I/O.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef struct Framer Framer;

typedef enum {
    FRAMER_MORE,  /**< nothing complete yet: feed more bytes */
    FRAMER_TEXT,  /**< one whole text, from '{' or '[' to its match */
    FRAMER_ERROR, /**< something was skipped; go on calling framer_next() */
} FramerResult;

/**
 * A new framer.
 *
 * @max_bytes: cap on one text in bytes; 0 for MESSAGE_MAX_BYTES.
 * @max_depth: cap on nesting; 0 for JSON_MAX_DEPTH.
 */
Framer *framer_new(gsize max_bytes, guint max_depth);

/** Frees it with all that it still holds. @framer: (nullable). */
void framer_free(Framer *framer);

/**
 * Adds bytes. They are copied. Call framer_next() until FRAMER_MORE afterwards, which keeps the
 * buffer within one text plus one feed.
 *
 * @data: (nullable): may be NULL if @len is 0. Any bytes whatever.
 */
void framer_feed(Framer *framer, const void *data, gsize len);

/**
 * The next thing found in the bytes fed so far.
 *
 * @text, @len: set on FRAMER_TEXT; the text belongs to the framer, is not NUL-terminated, holds
 *   no NUL, and lives until the next call on this framer. It begins with '{' or '[' and is
 *   balanced by count; it need not be well-formed. On FRAMER_ERROR they are set to the beginning
 *   of what is skipped, up to the byte that was one too many, which may show what it was.
 * @error: (nullable): set on FRAMER_ERROR:
 *   BRIDGE_ERROR_TOO_BIG, BRIDGE_ERROR_TOO_DEEP: the text is skipped up to its end;
 *   BRIDGE_ERROR_SYNTAX: junk between texts (one error for each line of it), or a text cut short
 *   by a control character. As in QEMU, control characters other than TAB, CR and LF, and the
 *   bytes 0xFE and 0xFF, reset the framer; inside a string CR and LF do so too. Such a byte
 *   between texts is no error: peers send it to get into a known state.
 */
FramerResult framer_next(Framer *framer, const char **text, gsize *len, GError **error);

/** Bytes of an unfinished text held at the moment. */
gsize framer_pending(const Framer *framer);

/** Memory allocated for the buffer, in bytes. It shrinks again after big texts. */
gsize framer_footprint(const Framer *framer);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Framer, framer_free)

G_END_DECLS
