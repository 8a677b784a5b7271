/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Legality and numbering of recording names. ASCII only, whatever the locale; uses GLib alone.
 */
#include "qmpbridge/core/name.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/* Digits of a number that name_next() counts up: beyond this it starts a new suffix. */
#define MAX_DIGITS 9u

static gboolean is_legal(char c)
{
    return g_ascii_isalnum(c) || c == '.' || c == '_' || c == '-';
}

gboolean name_check(const char *name, gsize len, GError **error)
{
    if (len == 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NAME, "the name is empty");
        return FALSE;
    }
    if (len > NAME_MAX_BYTES) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NAME, "the name is longer than %u bytes",
                    NAME_MAX_BYTES);
        return FALSE;
    }
    if (name[0] == '.') {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NAME, "the name begins with a dot");
        return FALSE;
    }
    for (gsize i = 0; i < len; i++) {
        if (!is_legal(name[i])) {
            g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_NAME,
                        "byte %" G_GSIZE_FORMAT " of the name is none of A-Z a-z 0-9 . _ -", i + 1);
            return FALSE;
        }
    }
    return TRUE;
}

/* Puts @number behind as much of the first @len bytes of @base as fits. */
static char *join(const char *base, gsize len, const char *number)
{
    gsize room = NAME_MAX_BYTES - strlen(number);

    return g_strdup_printf("%.*s%s", (int)MIN(len, room), base, number);
}

char *name_number(const char *base, guint n)
{
    g_autofree char *number = g_strdup_printf("_%03u", n);

    return join(base, strlen(base), number);
}

/* Length of the part before a trailing _NNN, or 0 if there is none to count up. */
static gsize stem_length(const char *name)
{
    gsize len = strlen(name);
    gsize digits = 0;

    while (digits < len && g_ascii_isdigit(name[len - digits - 1]))
        digits++;
    if (digits < 3 || digits > MAX_DIGITS || digits + 1 >= len || name[len - digits - 1] != '_')
        return 0;
    return len - digits - 1;
}

char *name_next(const char *taken)
{
    gsize stem = stem_length(taken);
    g_autofree char *number = NULL;
    guint n;

    if (stem == 0)
        return name_number(taken, 1);
    n = (guint)g_ascii_strtoull(taken + stem + 1, NULL, 10);
    if (strlen(taken) - stem - 1 == MAX_DIGITS && n == 999999999u)
        return name_number(taken, 1);
    number = g_strdup_printf("_%0*u", (int)(strlen(taken) - stem - 1), n + 1);
    return join(taken, stem, number);
}
