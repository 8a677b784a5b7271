/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Framer. One buffer; `start` is where the text being read begins, `cursor` where scanning goes
 * on. Everything before `start` is dead, and everything before `cursor` has been looked at.
 *
 * What each state may do:
 *   IDLE      white space and resets pass, '{' and '[' begin a text, the rest is junk
 *   JUNK      skips to the end of the line, a reset or the beginning of a text
 *   TEXT      counts nesting; a quote begins a string
 *   STRING    up to the quote that began it; ESCAPE is the byte after a backslash
 * With `skipping` set (text too big or too deep) TEXT and STRING go on counting, but their bytes
 * are given up as they pass.
 */
#include "qmpbridge/core/framer.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/* The buffer is never made smaller than this, and shrunk back to it when it runs empty. */
#define SMALL_BUFFER 4096u

typedef enum { IDLE, JUNK, TEXT, STRING, ESCAPE } State;

/* What a byte means; OTHER must be 0. */
typedef enum { OTHER, SPACE, NEWLINE, RESET, OPEN, CLOSE, QUOTE, BACKSLASH } ByteClass;

typedef enum { STEP_GO_ON, STEP_TEXT, STEP_ERROR } Step;

struct Framer {
    guint8 *buffer;
    gsize size; /* bytes in use */
    gsize room; /* bytes allocated */
    gsize start;
    gsize cursor;
    gsize max_bytes;
    guint max_depth;
    gsize depth;
    State state;
    guint8 quote;
    gboolean skipping;
};

static const guint8 byte_class[256] = {
    [0x00 ... 0x08] = RESET, ['\t'] = SPACE,     ['\n'] = NEWLINE,
    [0x0b ... 0x0c] = RESET, ['\r'] = NEWLINE,   [0x0e ... 0x1f] = RESET,
    [' '] = SPACE,           ['{'] = OPEN,       ['['] = OPEN,
    ['}'] = CLOSE,           [']'] = CLOSE,      ['"'] = QUOTE,
    ['\''] = QUOTE,          ['\\'] = BACKSLASH, [0xfe ... 0xff] = RESET,
};

Framer *framer_new(gsize max_bytes, guint max_depth)
{
    Framer *framer = g_new0(Framer, 1);

    framer->max_bytes = max_bytes ? max_bytes : MESSAGE_MAX_BYTES;
    framer->max_depth = max_depth ? max_depth : JSON_MAX_DEPTH;
    return framer;
}

void framer_free(Framer *framer)
{
    if (framer)
        g_free(framer->buffer);
    g_free(framer);
}

static void resize(Framer *framer, gsize room)
{
    framer->buffer = g_realloc(framer->buffer, room);
    framer->room = room;
}

/* Drops what is dead: for free if all is, else only when it is at least half of the buffer, so
 * that each byte is moved at most once for each byte that was dropped. */
static void compact(Framer *framer)
{
    if (framer->start < framer->size && framer->start < framer->size / 2)
        return;
    framer->size -= framer->start;
    framer->cursor -= framer->start;
    if (framer->size)
        memmove(framer->buffer, framer->buffer + framer->start, framer->size);
    framer->start = 0;
    if (framer->room > SMALL_BUFFER && framer->size < framer->room / 8)
        resize(framer, MAX(SMALL_BUFFER, framer->size * 2));
}

void framer_feed(Framer *framer, const void *data, gsize len)
{
    if (len == 0)
        return;
    if (framer->start)
        compact(framer);
    if (framer->room - framer->size < len)
        resize(framer, MAX(framer->size + len, MAX(framer->room * 2, SMALL_BUFFER)));
    memcpy(framer->buffer + framer->size, data, len);
    framer->size += len;
}

/* Gives up everything up to the cursor and waits for a text. */
static void restart(Framer *framer)
{
    framer->state = IDLE;
    framer->depth = 0;
    framer->skipping = FALSE;
    framer->start = framer->cursor;
}

/* The text is over a limit: from now on it is only counted. */
static void skip(Framer *framer)
{
    framer->skipping = TRUE;
    framer->start = framer->cursor;
}

static Step step_idle(Framer *framer, ByteClass klass, GError **error)
{
    if (klass == OPEN) {
        framer->state = TEXT;
        framer->start = framer->cursor - 1;
        framer->depth = 1;
        return STEP_GO_ON;
    }
    framer->start = framer->cursor;
    if (klass == SPACE || klass == NEWLINE || klass == RESET) {
        if (klass != SPACE)
            framer->state = IDLE;
        return STEP_GO_ON;
    }
    if (framer->state == JUNK)
        return STEP_GO_ON;
    framer->state = JUNK;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_SYNTAX, "not JSON: a message must be an object");
    return STEP_ERROR;
}

/* A byte that no text may hold there: the text is lost. */
static Step cut_short(Framer *framer, GError **error)
{
    gboolean reported = framer->skipping;

    restart(framer);
    if (reported)
        return STEP_GO_ON;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_SYNTAX, "JSON cut short by a control character");
    return STEP_ERROR;
}

static Step close_one(Framer *framer)
{
    if (--framer->depth > 0)
        return STEP_GO_ON;
    if (framer->skipping) {
        restart(framer);
        return STEP_GO_ON;
    }
    framer->state = IDLE;
    return STEP_TEXT;
}

static Step open_one(Framer *framer, GError **error)
{
    framer->depth++;
    if (framer->skipping || framer->depth <= framer->max_depth)
        return STEP_GO_ON;
    skip(framer);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_DEEP, "JSON nested deeper than %u",
                framer->max_depth);
    return STEP_ERROR;
}

static Step step_text(Framer *framer, guint8 byte, ByteClass klass, GError **error)
{
    switch (klass) {
    case OPEN:
        return open_one(framer, error);
    case CLOSE:
        return close_one(framer);
    case QUOTE:
        framer->state = STRING;
        framer->quote = byte;
        return STEP_GO_ON;
    case RESET:
        return cut_short(framer, error);
    default:
        return STEP_GO_ON;
    }
}

static Step step_string(Framer *framer, guint8 byte, ByteClass klass, GError **error)
{
    if (klass == RESET || klass == NEWLINE)
        return cut_short(framer, error);
    if (framer->state == ESCAPE)
        framer->state = STRING;
    else if (klass == BACKSLASH)
        framer->state = ESCAPE;
    else if (klass == QUOTE && byte == framer->quote)
        framer->state = TEXT;
    return STEP_GO_ON;
}

/* Most bytes inside of a text mean nothing: they pass without a further look, up to the limit. */
static void pass(Framer *framer)
{
    const guint8 *at = framer->buffer + framer->cursor;
    gsize room = framer->max_bytes - (framer->cursor - framer->start);
    const guint8 *end = at + MIN(framer->size - framer->cursor, room);

    while (at < end && byte_class[*at] == OTHER)
        at++;
    framer->cursor = (gsize)(at - framer->buffer);
}

static Step step(Framer *framer, GError **error)
{
    guint8 byte = framer->buffer[framer->cursor++];
    ByteClass klass = byte_class[byte];

    switch (framer->state) {
    case IDLE:
    case JUNK:
        return step_idle(framer, klass, error);
    case TEXT:
        return step_text(framer, byte, klass, error);
    default:
        return step_string(framer, byte, klass, error);
    }
}

/* The byte that was one too many may have been the text's last: then there is nothing to skip. */
static FramerResult too_big(Framer *framer, GError **error)
{
    if (framer->state == IDLE)
        restart(framer);
    else
        skip(framer);
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_TOO_BIG,
                "JSON bigger than %" G_GSIZE_FORMAT " bytes", framer->max_bytes);
    return FRAMER_ERROR;
}

/* What a step has come to. FRAMER_MORE: go on. */
static FramerResult result_of(Framer *framer, Step found, GError **error)
{
    if (found == STEP_ERROR)
        return FRAMER_ERROR;
    if (framer->cursor - framer->start > framer->max_bytes)
        return too_big(framer, error);
    return found == STEP_TEXT ? FRAMER_TEXT : FRAMER_MORE;
}

FramerResult framer_next(Framer *framer, const char **text, gsize *len, GError **error)
{
    if (framer->state == IDLE)
        framer->start = framer->cursor;
    while (framer->cursor < framer->size) {
        gsize begin = framer->start;
        Step found = step(framer, error);
        FramerResult result;

        if (framer->skipping)
            framer->start = framer->cursor;
        result = result_of(framer, found, error);
        if (result != FRAMER_MORE) {
            *text = (const char *)framer->buffer + begin;
            *len = framer->cursor - begin;
            return result;
        }
        if (!framer->skipping && (framer->state == TEXT || framer->state == STRING))
            pass(framer);
    }
    compact(framer);
    return FRAMER_MORE;
}

gsize framer_pending(const Framer *framer)
{
    return framer->size - framer->start;
}

gsize framer_footprint(const Framer *framer)
{
    return framer->room;
}
