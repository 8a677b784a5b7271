/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Words as JSON numbers and truth values; see scalar.h.
 */
#include "qmpbridge/shell/language/scalar.h"

#include <errno.h>
#include <string.h>

#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/truth.h"

static gboolean append_hex(GString *out, const char *text)
{
    gboolean minus = *text == '-';
    const char *digits = text + minus;
    guint64 bits;
    char *end;

    if (digits[0] != '0' || (digits[1] | 0x20) != 'x' || !g_ascii_isxdigit(digits[2]))
        return FALSE;
    errno = 0;
    bits = g_ascii_strtoull(digits + 2, &end, 16);
    if (*end || errno || (minus && bits > (guint64)G_MAXINT64 + 1))
        return FALSE;
    g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, minus ? "-" : "", bits);
    return TRUE;
}

gboolean scalar_append_int(GString *out, const char *text)
{
    gboolean minus = *text == '-';
    guint64 value;
    char *end;

    if (append_hex(out, text))
        return TRUE;
    if (!g_ascii_isdigit(text[minus]))
        return FALSE;
    errno = 0;
    value = g_ascii_strtoull(text + minus, &end, 10);
    if (*end || errno || (minus && value > (guint64)G_MAXINT64 + 1))
        return FALSE;
    g_string_append_printf(out, "%s%" G_GUINT64_FORMAT, minus ? "-" : "", value);
    return TRUE;
}

gboolean scalar_append_number(GString *out, const char *text)
{
    JsonSlice slice = {text, strlen(text)};
    JsonScan scan;

    if (scalar_append_int(out, text))
        return TRUE;
    if ((*text != '-' && !g_ascii_isdigit(*text)) || !json_scan(slice, NULL, NULL, &scan, NULL))
        return FALSE;
    g_string_append(out, text);
    return TRUE;
}

gboolean scalar_append_bool(GString *out, const char *text)
{
    gboolean value;

    if (!truth_parse(text, &value))
        return FALSE;
    g_string_append(out, value ? "true" : "false");
    return TRUE;
}

gboolean scalar_is(const char *literal, SchemaKind kind)
{
    g_autoptr(GString) unused = g_string_new(NULL);

    switch (kind) {
    case SCHEMA_INT:
        return scalar_append_int(unused, literal);
    case SCHEMA_NUMBER:
        return *literal == '-' || g_ascii_isdigit(*literal);
    case SCHEMA_BOOL:
        return *literal == 't' || *literal == 'f';
    case SCHEMA_NULL:
        return *literal == 'n';
    default:
        return FALSE;
    }
}
