/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Makes hostile text fit for a terminal. It never drops a byte without a trace, except the
 * carriage returns of a console.
 */
#include "qmpbridge/ui/output/escape.h"

#include <string.h>

/* Format characters (bidirectional controls among them) change how other text reads; so do the
 * separators of lines. */
static gboolean prints(gunichar c)
{
    GUnicodeType type = g_unichar_type(c);

    return g_unichar_isprint(c) && type != G_UNICODE_FORMAT && type != G_UNICODE_LINE_SEPARATOR &&
           type != G_UNICODE_PARAGRAPH_SEPARATOR;
}

static void append_control(GString *out, guchar byte)
{
    if (byte == '\n')
        g_string_append(out, "\\n");
    else if (byte == '\r')
        g_string_append(out, "\\r");
    else if (byte == '\t')
        g_string_append(out, "\\t");
    else
        g_string_append_printf(out, "\\x%02x", byte);
}

/* One character beyond ASCII, or one byte of what is none. Returns its length in bytes. */
static gsize append_wide(GString *out, const char *at, gsize left)
{
    gunichar c = g_utf8_get_char_validated(at, (gssize)left);

    if (c == (gunichar)-1 || c == (gunichar)-2) {
        append_control(out, (guchar)*at);
        return 1;
    }
    if (prints(c))
        g_string_append_unichar(out, c);
    else
        g_string_append_printf(out, "\\u{%x}", c);
    return (gsize)g_unichar_to_utf8(c, NULL);
}

static char *escape(const char *text, gsize len, gboolean console)
{
    GString *out = g_string_sized_new(len + 16);

    for (gsize i = 0; i < len;) {
        guchar byte = (guchar)text[i];

        if (byte >= 0x80) {
            i += append_wide(out, text + i, len - i);
            continue;
        }
        i++;
        if (console && byte == '\r')
            continue;
        if ((byte >= ' ' && byte < 0x7f && byte != '\\') ||
            (console && (byte == '\n' || byte == '\t' || byte == '\\')))
            g_string_append_c(out, (char)byte);
        else if (byte == '\\')
            g_string_append(out, "\\\\");
        else
            append_control(out, byte);
    }
    return g_string_free(out, FALSE);
}

char *escape_text(const char *text, gssize len)
{
    if (!text)
        return g_strdup("");
    return escape(text, len < 0 ? strlen(text) : (gsize)len, FALSE);
}

char *escape_console(const char *bytes, gsize len)
{
    return escape(bytes, len, TRUE);
}

static void append_unit(GString *out, gunichar unit)
{
    g_string_append_printf(out, "\\u%04x", unit);
}

/* As core/json-write.c does; here for what doesn't print only. */
static void append_json_escape(GString *out, gunichar c)
{
    static const char from[] = "\"\\\b\f\n\r\t", to[] = "\"\\bfnrt";
    const char *found = c < 0x80 ? memchr(from, (int)c, sizeof(from) - 1) : NULL;

    if (found) {
        g_string_append_c(out, '\\');
        g_string_append_c(out, to[found - from]);
    } else if (c > 0xffff) {
        append_unit(out, 0xd800 + ((c - 0x10000) >> 10));
        append_unit(out, 0xdc00 + ((c - 0x10000) & 0x3ff));
    } else {
        append_unit(out, c);
    }
}

static guint append_json_character(GString *out, gunichar c)
{
    gsize before = out->len;

    if (c == '"' || c == '\\' || !prints(c)) {
        append_json_escape(out, c);
        return (guint)(out->len - before);
    }
    g_string_append_unichar(out, c);
    return g_unichar_iszerowidth(c) ? 0 : g_unichar_iswide(c) ? 2 : 1;
}

/* Printable ASCII that stands for itself, which nearly everything is. */
static gsize plain_run(const char *text)
{
    gsize len = 0;

    while (text[len] >= ' ' && text[len] < 0x7f && text[len] != '"' && text[len] != '\\')
        len++;
    return len;
}

guint escape_append_json(GString *out, const char *text)
{
    guint columns = 2;

    g_string_append_c(out, '"');
    while (*text) {
        gsize plain = plain_run(text);
        gunichar c;
        gboolean good;

        g_string_append_len(out, text, (gssize)plain);
        columns += (guint)plain;
        text += plain;
        if (!*text)
            break;
        c = g_utf8_get_char_validated(text, -1);
        good = c != (gunichar)-1 && c != (gunichar)-2;
        columns += append_json_character(out, good ? c : 0xfffd);
        text = good ? g_utf8_next_char(text) : text + 1;
    }
    g_string_append_c(out, '"');
    return columns;
}
