/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of QEMU; see version.h.
 */
#include "qmpbridge/core/version.h"

#define PARTS 3
#define MAX_DIGITS 4

/* Reads up to three numbers with dots between them. @end: (out): behind the last of them.
 * Returns: how many. */
static guint read_parts(const char *text, int parts[PARTS], const char **end)
{
    guint n = 0;

    *end = text;
    while (n < PARTS) {
        const char *at = n ? *end + 1 : text;
        guint digits = 0;

        if (n && **end != '.')
            break;
        for (parts[n] = 0; g_ascii_isdigit(at[digits]); digits++) {
            if (digits == MAX_DIGITS)
                return n;
            parts[n] = parts[n] * 10 + g_ascii_digit_value(at[digits]);
        }
        if (!digits)
            break;
        *end = at + digits;
        n++;
    }
    return n;
}

gboolean version_parse(const char *text, Version *version)
{
    int parts[PARTS];
    const char *end;

    if (read_parts(text, parts, &end) < PARTS)
        return FALSE;
    *version = (Version){parts[0], parts[1], parts[2]};
    return TRUE;
}

gboolean version_is_name(const char *text)
{
    int parts[PARTS];
    const char *end;

    return read_parts(text, parts, &end) >= 2 && !*end;
}

int version_compare_series(const Version *version, int major, int minor)
{
    return version->major != major ? version->major - major : version->minor - minor;
}

char *version_to_text(const Version *version)
{
    return g_strdup_printf("%d.%d.%d", version->major, version->minor, version->micro);
}

char *version_series(const Version *version)
{
    return g_strdup_printf("%d.%d", version->major, version->minor);
}
