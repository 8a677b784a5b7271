/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digests of streams are those of the same bytes in a file, however the stream is cut, and whether
 * its zeros are said or given.
 */
#include "qmpbridge/store/digester.h"

#include <string.h>

#include "qmpbridge/store/artefacts.h"
#include "qmpbridge/store/ram.h"
#include "tests/unit/temp.h"

/** Pages with bytes, a zero page, and a last page that isn't whole. */
#define BYTES (6 * RAM_PAGE + 1234)

static guint8 bytes[BYTES];

static void fill(void)
{
    for (guint i = 0; i < BYTES; i++)
        bytes[i] = i / RAM_PAGE == 2 || i / RAM_PAGE == 3 ? 0 : (guint8)(i * 7 + i / 251);
}

/* As doc/recording-format.md has it. (transfer full) */
static char *reference(ArtefactDigest kind)
{
    static const guint8 zeros[RAM_PAGE];
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint64 size = GUINT64_TO_LE(BYTES);

    if (kind == ARTEFACT_SHA256)
        return g_compute_checksum_for_data(G_CHECKSUM_SHA256, bytes, BYTES);
    for (guint at = 0; at < BYTES; at += RAM_PAGE) {
        guint64 index = GUINT64_TO_LE(at / RAM_PAGE);
        guint8 page[RAM_PAGE] = {0};

        memcpy(page, bytes + at, MIN(RAM_PAGE, BYTES - at));
        if (memcmp(page, zeros, RAM_PAGE) == 0)
            continue;
        g_checksum_update(checksum, (const guchar *)&index, sizeof(index));
        g_checksum_update(checksum, page, RAM_PAGE);
    }
    g_checksum_update(checksum, (const guchar *)&size, sizeof(size));
    return g_strdup(g_checksum_get_string(checksum));
}

START_TEST(test_as_file)
{
    ArtefactDigest kind = (ArtefactDigest)_i;
    static const gsize cuts[] = {1, 7, 4095, 4096, 4097, 10000, BYTES};
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "file", NULL);
    g_autofree char *wanted = NULL, *expected = NULL;

    fill();
    expected = reference(kind);
    ck_assert(g_file_set_contents(path, (const char *)bytes, BYTES, NULL));
    wanted = artefact_digest_file(kind, path, NULL);
    ck_assert_str_eq(wanted, expected);
    for (guint i = 0; i < G_N_ELEMENTS(cuts); i++) {
        g_autoptr(Digester) digester = digester_new(kind);
        g_autofree char *digest = NULL;

        for (gsize at = 0; at < BYTES; at += cuts[i])
            digester_add(digester, bytes + at, MIN(cuts[i], BYTES - at));
        digest = digester_finish(digester);
        ck_assert_str_eq(digest, wanted);
    }
}
END_TEST

/* Holes may begin and end anywhere in a page. */
START_TEST(test_zeros)
{
    ArtefactDigest kind = (ArtefactDigest)_i;
    static const guint64 places[][2] = {
        {2 * RAM_PAGE, 4 * RAM_PAGE}, {2 * RAM_PAGE + 5, 3 * RAM_PAGE + 9}, {9000, 9001}};

    fill();
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autoptr(Digester) whole = digester_new(kind), holes = digester_new(kind);
        guint64 from = places[i][0], to = places[i][1];
        g_autofree char *wanted = NULL, *digest = NULL;

        digester_add(whole, bytes, BYTES);
        digester_add(holes, bytes, from);
        digester_add_zeros(holes, to - from);
        digester_add(holes, bytes + to, BYTES - to);
        wanted = digester_finish(whole);
        digest = digester_finish(holes);
        ck_assert_str_eq(digest, wanted);
    }
}
END_TEST

/* A file that is one hole, of a size that would take hours to read. */
START_TEST(test_huge)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "file", "");
    g_autoptr(Digester) digester = digester_new(ARTEFACT_PAGES);
    g_autofree char *wanted = NULL, *digest = NULL;
    guint64 size = (G_GUINT64_CONSTANT(1) << 40) + 77;

    ck_assert_int_eq(truncate(path, (off_t)size), 0);
    wanted = ram_digest_file(path, NULL);
    digester_add_zeros(digester, size);
    digest = digester_finish(digester);
    ck_assert_str_eq(digest, wanted);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_as_file, ARTEFACT_SHA256, ARTEFACT_PAGES + 1);
    tcase_add_loop_test(tcase, test_zeros, ARTEFACT_SHA256, ARTEFACT_PAGES + 1);
    tcase_add_test(tcase, test_huge);
}

int main(void)
{
    return temp_run("digester", add_tests);
}
