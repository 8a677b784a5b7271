/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The escape key of a console; see escape-key.h.
 */
#include "qmpbridge/ui/console/escape-key.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/** A control character is this letter with the bit taken away. */
#define CONTROL_BIT 0x40

gboolean escape_key_parse(const char *text, EscapeKey *key, GError **error)
{
    gsize len = strlen(text);
    char letter = text[0] == '^' && len == 2 ? g_ascii_toupper(text[1]) : 0;

    *key = (EscapeKey){-1, FALSE};
    if (strcmp(text, "none") == 0)
        return TRUE;
    if (letter >= '@' && letter <= '_')
        key->key = letter & ~CONTROL_BIT;
    else if (len == 1 && g_ascii_isprint(text[0]))
        key->key = text[0];
    if (key->key >= 0)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "an escape key is ^A to ^_ for a control key, one character, or none, not '%.40s'",
                text);
    return FALSE;
}

char *escape_key_name(const EscapeKey *key)
{
    if (key->key < 0)
        return g_strdup("none");
    if (key->key < ' ')
        return g_strdup_printf("Ctrl-%c", key->key | CONTROL_BIT);
    return g_strdup_printf("%c", key->key);
}

static void add(GByteArray *out, int byte)
{
    guint8 one = (guint8)byte;

    g_byte_array_append(out, &one, 1);
}

EscapeKeyAction escape_key_take(EscapeKey *key, const guint8 **bytes, gsize *len, GByteArray *out)
{
    while (*len > 0) {
        guint8 byte = **bytes;

        ++*bytes;
        --*len;
        if (!key->pending && byte == key->key) {
            key->pending = TRUE;
            continue;
        }
        if (key->pending) {
            key->pending = FALSE;
            if (byte == 'q' || byte == '.')
                return ESCAPE_KEY_LEAVE;
            if (byte == '?')
                return ESCAPE_KEY_HELP;
            add(out, key->key);
            if (byte == key->key)
                continue;
        }
        add(out, byte);
    }
    return ESCAPE_KEY_NOTHING;
}
