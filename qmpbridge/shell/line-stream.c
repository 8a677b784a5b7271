/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Bounded lines. An asynchronous read may outlive its LineStream, so the state is counted.
 */
#include "qmpbridge/shell/line-stream.h"

#include <string.h>

#include "qmpbridge/core/error.h"

#define CHUNK 4096

struct LineStream {
    guint refs;
    GInputStream *input;
    GCancellable *cancellable;
    GByteArray *buffer;
    gsize max;
    gboolean eof;
    LineStreamFunc func; /* NULL when none is under way, or once freed */
    gpointer user_data;
    guint8 chunk[CHUNK];
};

LineStream *line_stream_new(GInputStream *input, gsize max)
{
    LineStream *lines = g_new0(LineStream, 1);

    lines->refs = 1;
    lines->input = input;
    lines->cancellable = g_cancellable_new();
    lines->buffer = g_byte_array_new();
    lines->max = max;
    return lines;
}

static void unref(LineStream *lines)
{
    if (--lines->refs)
        return;
    g_object_unref(lines->input);
    g_object_unref(lines->cancellable);
    g_byte_array_unref(lines->buffer);
    g_free(lines);
}

void line_stream_free(LineStream *lines)
{
    if (!lines)
        return;
    lines->func = NULL;
    g_cancellable_cancel(lines->cancellable);
    unref(lines);
}

static void deliver(LineStream *lines, const char *line, const GError *error)
{
    LineStreamFunc func = lines->func;

    lines->func = NULL;
    if (func)
        func(line, error, lines->user_data);
}

static void fail(LineStream *lines, BridgeError code, const char *message)
{
    g_autoptr(GError) error = g_error_new_literal(BRIDGE_ERROR, code, message);

    lines->eof = TRUE;
    g_byte_array_set_size(lines->buffer, 0);
    deliver(lines, NULL, error);
}

/* Delivers a line of the buffer, or the end. FALSE if more must be read first. */
static gboolean take_line(LineStream *lines)
{
    GByteArray *buffer = lines->buffer;
    guint8 *feed = buffer->len ? memchr(buffer->data, '\n', buffer->len) : NULL;
    gsize len = feed ? (gsize)(feed - buffer->data) : buffer->len;
    g_autofree char *line = NULL;

    if (len > lines->max) {
        fail(lines, BRIDGE_ERROR_TOO_BIG, "a line is too long");
        return TRUE;
    }
    if (!feed && !lines->eof)
        return FALSE;
    if (!feed && !len) {
        deliver(lines, NULL, NULL);
        return TRUE;
    }
    if (memchr(buffer->data, '\0', len)) {
        fail(lines, BRIDGE_ERROR_USAGE, "a line has a NUL in it; this is no text");
        return TRUE;
    }
    line = g_strndup((const char *)buffer->data, len);
    g_byte_array_remove_range(buffer, 0, (guint)(len + (feed != NULL)));
    if (g_str_has_suffix(line, "\r"))
        line[strlen(line) - 1] = '\0';
    deliver(lines, line, NULL);
    return TRUE;
}

static void read_more(LineStream *lines);

static void on_read(GObject *source, GAsyncResult *result, gpointer user_data)
{
    LineStream *lines = user_data;
    g_autoptr(GError) error = NULL;
    gssize n = g_input_stream_read_finish(G_INPUT_STREAM(source), result, &error);

    if (lines->func) {
        if (n > 0)
            g_byte_array_append(lines->buffer, lines->chunk, (guint)n);
        lines->eof = n <= 0;
        if (n < 0)
            deliver(lines, NULL, error);
        else if (!take_line(lines))
            read_more(lines);
    }
    unref(lines);
}

static void read_more(LineStream *lines)
{
    lines->refs++;
    g_input_stream_read_async(lines->input, lines->chunk, CHUNK, G_PRIORITY_DEFAULT,
                              lines->cancellable, on_read, lines);
}

void line_stream_next(LineStream *lines, LineStreamFunc func, gpointer user_data)
{
    g_return_if_fail(!lines->func);
    lines->func = func;
    lines->user_data = user_data;
    if (!take_line(lines))
        read_more(lines);
}
