/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LineReader; see line-reader.h. The rate is that of a bucket that holds LINE_READER_BURST lines
 * and is filled by LINE_READER_RATE of them a second.
 */
#include "qmpbridge/core/line-reader.h"

struct LineReader {
    LineFunc func;
    gpointer user_data;
    GString *line; /**< up to LINE_READER_MAX_LINE bytes of the line that is being read */
    gboolean cut;  /**< it has more */
    gdouble room;  /**< lines that may be handed on now */
    gint64 filled; /**< when room was looked at last; 0: never */
    guint64 left_out;
};

LineReader *line_reader_new(LineFunc func, gpointer user_data)
{
    LineReader *reader = g_new0(LineReader, 1);

    reader->func = func;
    reader->user_data = user_data;
    reader->line = g_string_new(NULL);
    reader->room = LINE_READER_BURST;
    return reader;
}

void line_reader_free(LineReader *reader)
{
    if (!reader)
        return;
    g_string_free(reader->line, TRUE);
    g_free(reader);
}

static gboolean may_tell(LineReader *reader, gint64 now)
{
    gdouble seconds = reader->filled ? (gdouble)(now - reader->filled) / G_USEC_PER_SEC : 0;

    reader->filled = now;
    reader->room = MIN(reader->room + MAX(seconds, 0) * LINE_READER_RATE, LINE_READER_BURST);
    if (reader->room < 1)
        return FALSE;
    reader->room--;
    return TRUE;
}

static void tell_left_out(LineReader *reader)
{
    g_autofree char *text = NULL;

    if (!reader->left_out)
        return;
    text = g_strdup_printf("(%" G_GUINT64_FORMAT " lines were left out: too many at once)",
                           reader->left_out);
    reader->left_out = 0;
    reader->func(text, reader->user_data);
}

/* Returns: (transfer full): the line in UTF-8, a blank for each control character. */
static char *clean(const GString *line, gboolean cut)
{
    g_autofree char *valid = g_utf8_make_valid(line->str, (gssize)line->len);
    GString *text = g_string_sized_new(line->len + 4);

    for (const char *at = valid; *at; at = g_utf8_next_char(at)) {
        gunichar c = g_utf8_get_char(at);
        GUnicodeType type = g_unichar_type(c);

        /* Those of category FORMAT turn the direction of text, or hide in it. */
        if (type == G_UNICODE_CONTROL || type == G_UNICODE_FORMAT ||
            type == G_UNICODE_LINE_SEPARATOR || type == G_UNICODE_PARAGRAPH_SEPARATOR)
            c = ' ';
        g_string_append_unichar(text, c);
    }
    if (cut)
        g_string_append(text, "...");
    return g_strstrip(g_string_free(text, FALSE));
}

static void end_line(LineReader *reader, gint64 now)
{
    g_autofree char *text = clean(reader->line, reader->cut);

    g_string_truncate(reader->line, 0);
    reader->cut = FALSE;
    if (!*text)
        return;
    if (!may_tell(reader, now)) {
        reader->left_out++;
        return;
    }
    tell_left_out(reader);
    reader->func(text, reader->user_data);
}

void line_reader_feed(LineReader *reader, const char *bytes, gsize len, gint64 now)
{
    for (gsize i = 0; i < len; i++) {
        if (bytes[i] == '\n')
            end_line(reader, now);
        else if (reader->line->len < LINE_READER_MAX_LINE)
            g_string_append_c(reader->line, bytes[i]);
        else
            reader->cut = TRUE;
    }
}

void line_reader_end(LineReader *reader, gint64 now)
{
    end_line(reader, now);
    tell_left_out(reader);
}
