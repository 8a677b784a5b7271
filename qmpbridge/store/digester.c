/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The digest of a file that comes as a stream; see digester.h. Nettle computes it: GLib's own
 * SHA-256 uses no instructions that processors have for it, and takes three to six times as long.
 */
#include "qmpbridge/store/digester.h"

#include <string.h>

#include <nettle/sha2.h>

struct Digester {
    ArtefactDigest kind;
    struct sha256_ctx hash;
    guint64 size;               /**< bytes up to now */
    guint8 page[DIGESTER_PAGE]; /**< PAGES: the last page, while it isn't whole */
};

static const guint8 zeros[DIGESTER_PAGE];

Digester *digester_new(ArtefactDigest kind)
{
    Digester *digester = g_new(Digester, 1);

    digester->kind = kind;
    digester->size = 0;
    sha256_init(&digester->hash);
    return digester;
}

void digester_free(Digester *digester)
{
    g_free(digester);
}

/* @index: of the page in the file. */
static void add_page(Digester *digester, const guint8 *page, guint64 index)
{
    guint64 little = GUINT64_TO_LE(index);

    if (memcmp(page, zeros, DIGESTER_PAGE) == 0)
        return;
    sha256_update(&digester->hash, sizeof(little), (const guint8 *)&little);
    sha256_update(&digester->hash, DIGESTER_PAGE, page);
}

/* Fills up the page that isn't whole. Returns: how many of the @len bytes it took. */
static gsize fill_page(Digester *digester, const guint8 *data, gsize len)
{
    gsize at = digester->size % DIGESTER_PAGE;
    gsize n = MIN(DIGESTER_PAGE - at, len);

    memcpy(digester->page + at, data, n);
    digester->size += n;
    if (digester->size % DIGESTER_PAGE == 0)
        add_page(digester, digester->page, digester->size / DIGESTER_PAGE - 1);
    return n;
}

void digester_add(Digester *digester, const guint8 *data, gsize len)
{
    if (digester->kind == ARTEFACT_SHA256) {
        sha256_update(&digester->hash, len, data);
        digester->size += len;
        return;
    }
    while (len > 0) {
        gsize n = DIGESTER_PAGE;

        if (digester->size % DIGESTER_PAGE != 0 || len < DIGESTER_PAGE) {
            n = fill_page(digester, data, len);
        } else {
            add_page(digester, data, digester->size / DIGESTER_PAGE);
            digester->size += n;
        }
        data += n;
        len -= n;
    }
}

void digester_add_zeros(Digester *digester, guint64 len)
{
    while (len > 0) {
        guint64 n = MIN(len, DIGESTER_PAGE - digester->size % DIGESTER_PAGE);

        if (n == DIGESTER_PAGE && digester->kind == ARTEFACT_PAGES) {
            n = len - len % DIGESTER_PAGE;
            digester->size += n;
        } else {
            digester_add(digester, zeros, n);
        }
        len -= n;
    }
}

char *digester_finish(Digester *digester)
{
    guint64 size = GUINT64_TO_LE(digester->size);
    guint8 bytes[SHA256_DIGEST_SIZE];
    GString *text = g_string_new(NULL);

    if (digester->kind == ARTEFACT_PAGES) {
        while (digester->size % DIGESTER_PAGE != 0)
            fill_page(digester, zeros, DIGESTER_PAGE);
        sha256_update(&digester->hash, sizeof(size), (const guint8 *)&size);
    }
    sha256_digest(&digester->hash, sizeof(bytes), bytes);
    for (gsize i = 0; i < sizeof(bytes); i++)
        g_string_append_printf(text, "%02x", bytes[i]);
    return g_string_free(text, FALSE);
}
