/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: bytes through the framer. What it finds must not depend on how the bytes were cut
 * into reads and must keep to its limits, and a reset always helps. The first byte chooses the
 * limits and the size of a read.
 */
#include "tests/fuzz/fuzz.h"

#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/framer.h"

typedef struct {
    gsize bytes;
    guint depth;
} Limits;

static guint nesting(const char *text, gsize len)
{
    guint depth = 0, deepest = 0;
    char quote = 0;

    for (gsize i = 0; i < len; i++) {
        if (quote) {
            if (text[i] == '\\')
                i++;
            else if (text[i] == quote)
                quote = 0;
        } else if (text[i] == '"' || text[i] == '\'') {
            quote = text[i];
        } else if (text[i] == '{' || text[i] == '[') {
            depth++;
            deepest = MAX(deepest, depth);
        } else if (text[i] == '}' || text[i] == ']') {
            depth--;
        }
    }
    g_assert_cmpuint(depth, ==, 0);
    return deepest;
}

static void check_text(const char *text, gsize len, Limits limits)
{
    g_assert_cmpuint(len, >=, 2);
    g_assert_cmpuint(len, <=, limits.bytes);
    g_assert_true(*text == '{' || *text == '[');
    g_assert_null(memchr(text, '\0', len));
    g_assert_cmpuint(nesting(text, len), <=, limits.depth);
}

/* Appends what was found to @found: a text with its end marked, or the code of an error. */
static void drain(Framer *framer, Limits limits, GString *found)
{
    const char *text;
    gsize len;

    for (;;) {
        g_autoptr(GError) error = NULL;

        switch (framer_next(framer, &text, &len, &error)) {
        case FRAMER_MORE:
            g_assert_cmpuint(framer_pending(framer), <=, limits.bytes);
            return;
        case FRAMER_TEXT:
            check_text(text, len, limits);
            g_string_append_len(found, text, (gssize)len);
            g_string_append_c(found, '\0');
            break;
        case FRAMER_ERROR:
            g_assert_nonnull(error);
            g_string_append_printf(found, "error %d%c", error->code, '\0');
        }
    }
}

/* Whatever state it is in, the byte that resets it makes it ready for a text. */
static void check_resync(Framer *framer)
{
    const char *text;
    gsize len;
    FramerResult result;

    framer_feed(framer, "\xff{}", 3);
    result = framer_next(framer, &text, &len, NULL);
    if (result == FRAMER_ERROR)
        result = framer_next(framer, &text, &len, NULL);
    g_assert_cmpint(result, ==, FRAMER_TEXT);
    g_assert_cmpmem(text, len, "{}", 2);
}

static GString *frame(const uint8_t *data, size_t size, size_t chunk, Limits limits)
{
    g_autoptr(Framer) framer = framer_new(limits.bytes, limits.depth);
    GString *found = g_string_new(NULL);

    for (size_t at = 0; at < size; at += chunk) {
        framer_feed(framer, data + at, MIN(chunk, size - at));
        drain(framer, limits, found);
    }
    check_resync(framer);
    return found;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    Limits limits;
    g_autoptr(GString) whole = NULL;
    g_autoptr(GString) cut = NULL;

    if (size < 2)
        return 0;
    limits = (Limits){(gsize)16 << (data[0] >> 5), (guint)2 << (data[0] >> 6)};
    whole = frame(data + 1, size - 1, size, limits);
    cut = frame(data + 1, size - 1, (data[0] & 31u) + 1u, limits);
    g_assert_cmpmem(whole->str, whole->len, cut->str, cut->len);
    return 0;
}
