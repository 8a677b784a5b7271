/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The key that leads out of a guest's console: what is typed goes to the guest, except for it and
 * the key behind it. Pure.
 *
 *     KEY q, KEY .   leave          KEY KEY   the key itself, for the guest
 *     KEY ?          help           KEY x     both, for the guest
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Ctrl-]. */
#define ESCAPE_KEY_DEFAULT "^]"

/** The state of a keyboard. */
typedef struct {
    int key;          /**< the byte, or -1 for none */
    gboolean pending; /**< it was the last one typed */
} EscapeKey;

/** What is asked of the console itself. */
typedef enum {
    ESCAPE_KEY_NOTHING,
    ESCAPE_KEY_LEAVE,
    ESCAPE_KEY_HELP,
} EscapeKeyAction;

/** @text: "none", "^A" to "^_" for a control character, or one ASCII character. Errors: USAGE. */
gboolean escape_key_parse(const char *text, EscapeKey *key, GError **error);

/** As people read it: "Ctrl-]". Returns: (transfer full). */
char *escape_key_name(const EscapeKey *key);

/**
 * Takes what was typed, up to the first action.
 *
 * @bytes, @len: in, and out: what comes behind the action.
 * @out: what is for the guest is added to it.
 */
EscapeKeyAction escape_key_take(EscapeKey *key, const guint8 **bytes, gsize *len, GByteArray *out);

G_END_DECLS
