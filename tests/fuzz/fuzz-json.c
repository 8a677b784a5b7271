/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: bytes through the framer in chunks (the first byte is their size), each text
 * through the parser; what parses must come back the same after writing and parsing again, and the
 * scanner must agree.
 */
#include "tests/fuzz/fuzz.h"

#include "qmpbridge/core/framer.h"
#include "qmpbridge/core/json-scan.h"
#include "qmpbridge/core/json.h"

/* The scanner takes what the parser takes, and its plain text is the same value. */
static void twin(const char *text, gsize len, JsonNode *node)
{
    g_autoptr(JsonNode) again = NULL;
    GString *plain;
    JsonScan scan;

    g_assert_true(json_scan((JsonSlice){text, len}, NULL, NULL, &scan, NULL) == (node != NULL));
    if (!node)
        return;
    plain = json_make_plain((JsonSlice){text, len});
    again = json_parse(plain->str, (gssize)plain->len, NULL);
    g_assert_true(json_node_equal(node, again));
    g_assert_true(json_scan((JsonSlice){plain->str, plain->len}, NULL, NULL, &scan, NULL));
    g_assert_true(scan.plain);
    g_string_free(plain, TRUE);
}

static void round_trip(const char *text, gsize len)
{
    g_autoptr(JsonNode) node = json_parse(text, (gssize)len, NULL);
    g_autoptr(JsonNode) again = NULL;
    g_autofree char *first = NULL;
    g_autofree char *second = NULL;

    twin(text, len, node);
    if (!node)
        return;
    first = json_to_text(node);
    again = json_parse(first, -1, NULL);
    g_assert_nonnull(again);
    second = json_to_text(again);
    g_assert_cmpstr(first, ==, second);
}

static void drain(Framer *framer)
{
    const char *text;
    gsize len;

    for (;;) {
        g_autoptr(GError) error = NULL;

        switch (framer_next(framer, &text, &len, &error)) {
        case FRAMER_MORE:
            return;
        case FRAMER_TEXT:
            round_trip(text, len);
            break;
        case FRAMER_ERROR:
            g_assert_nonnull(error);
        }
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autoptr(Framer) framer = framer_new(4096, 64);
    size_t chunk = size ? (size_t)data[0] + 1 : 1;

    for (size_t at = 1; at < size; at += chunk) {
        framer_feed(framer, data + at, MIN(chunk, size - at));
        drain(framer);
    }
    if (size)
        round_trip((const char *)data, size);
    return 0;
}
