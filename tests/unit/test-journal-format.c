/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal's format and file: what is written is read back, every cut and every flipped bit
 * is noticed or leaves a usable prefix.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "plugin/journal-file.h"
#include "qmpbridge/core/error.h"

static const JournalRun runs[] = {
    {300, 0x48430101, 1}, {301, 3, 1},  {303, 3, 17}, {303, 1, G_GUINT64_CONSTANT(1) << 40},
    {0, -1, 2},           {-100, 2, 1},
};

static JournalHeader header_with(guint n_pending)
{
    JournalHeader header = {.target = "x86_64", .two_way = TRUE, .n_pending = n_pending};

    for (guint i = 0; i < n_pending; i++) {
        header.pending[i] = (JournalPending){
            .vcpu = i, .answer = -1 - (gint32)i, .pc = 0xffffffff81000000u + i, .space = i << 20};
    }
    return header;
}

static GByteArray *whole(guint n_pending)
{
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    GByteArray *bytes = g_byte_array_new();
    JournalHeader header = header_with(n_pending);
    guint64 answers = 0;

    for (guint i = 0; i < G_N_ELEMENTS(runs); i++)
        answers += runs[i].count;
    journal_append_header(bytes, &header);
    journal_append_runs(bytes, runs, G_N_ELEMENTS(runs));
    g_checksum_update(digest, bytes->data, (gssize)bytes->len);
    journal_append_trailer(bytes, answers, digest);
    return bytes;
}

START_TEST(test_round_trip)
{
    g_autoptr(GByteArray) bytes = whole((guint)_i);
    g_autoptr(GError) error = NULL;
    g_autoptr(Journal) journal = journal_parse(bytes->data, bytes->len, &error);

    g_assert_no_error(error);
    ck_assert(journal->complete);
    ck_assert(journal->header.two_way);
    ck_assert_str_eq(journal->header.target, "x86_64");
    ck_assert_uint_eq(journal->header.n_pending, (guint)_i);
    if (_i > 0) {
        ck_assert_int_eq(journal->header.pending[_i - 1].answer, -_i);
        ck_assert_uint_eq(journal->header.pending[0].pc, 0xffffffff81000000u);
    }
    ck_assert_uint_eq(journal->n_runs, G_N_ELEMENTS(runs));
    ck_assert_mem_eq(journal->runs, runs, sizeof(runs));
}
END_TEST

/* Cut anywhere: no journal at all, or one that knows it isn't complete and is a prefix. */
START_TEST(test_cut)
{
    g_autoptr(GByteArray) bytes = whole(2);

    for (guint length = 0; length < bytes->len; length++) {
        g_autofree guint8 *copy = g_memdup2(bytes->data, MAX(length, 1));
        g_autoptr(Journal) journal = journal_parse(copy, length, NULL);

        if (journal) {
            ck_assert(!journal->complete);
            ck_assert_uint_le(journal->n_runs, G_N_ELEMENTS(runs));
            ck_assert_int_eq(memcmp(journal->runs, runs, journal->n_runs * sizeof(runs[0])), 0);
        }
    }
}
END_TEST

START_TEST(test_flipped)
{
    g_autoptr(GByteArray) bytes = whole(1);

    for (guint at = 0; at < bytes->len; at++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(Journal) journal = NULL;

        bytes->data[at] ^= 0x10;
        journal = journal_parse(bytes->data, bytes->len, &error);
        /* The trailer's own mark turned into a run: the end is missing then. */
        ck_assert_msg(!journal || !journal->complete, "byte %u", at);
        ck_assert(journal || error);
        bytes->data[at] ^= 0x10;
    }
}
END_TEST

START_TEST(test_noise)
{
    g_autoptr(GRand) rand = g_rand_new_with_seed(7);

    for (guint i = 0; i < 3000; i++) {
        g_autoptr(GByteArray) bytes = whole(1);
        guint n = (guint)g_rand_int_range(rand, 1, 9);

        for (guint j = 0; j < n; j++)
            bytes->data[g_rand_int_range(rand, 0, (gint)bytes->len)] = (guint8)g_rand_int(rand);
        journal_free(journal_parse(bytes->data, bytes->len, NULL));
    }
}
END_TEST

START_TEST(test_trailing_bytes)
{
    g_autoptr(GByteArray) bytes = whole(0);
    g_autoptr(GError) error = NULL;

    g_byte_array_append(bytes, (const guint8 *)"x", 1);
    ck_assert_ptr_null(journal_parse(bytes->data, bytes->len, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_FAILED));
}
END_TEST

START_TEST(test_later_version)
{
    g_autoptr(GByteArray) bytes = whole(0);
    g_autoptr(GError) error = NULL;

    bytes->data[8] = 2;
    ck_assert_ptr_null(journal_parse(bytes->data, bytes->len, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "version 2"));
}
END_TEST

START_TEST(test_file)
{
    g_autofree char *folder = g_dir_make_tmp("journal-XXXXXX", NULL);
    g_autofree char *path = g_build_filename(folder, "journal", NULL);
    g_autofree char *link = g_build_filename(folder, "link", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(JournalFile) file = NULL;
    g_autoptr(Journal) unfinished = NULL, journal = NULL;
    JournalHeader header = header_with(0);

    file = journal_file_create(path, &header, &error);
    g_assert_no_error(error);
    ck_assert(journal_file_write(file, runs, 3, &error));
    unfinished = journal_file_load(path, &error);
    ck_assert(unfinished && !unfinished->complete && unfinished->n_runs == 3);
    ck_assert(journal_file_write(file, runs + 3, 3, &error));
    ck_assert(journal_file_finish(file, &error));
    journal = journal_file_load(path, &error);
    ck_assert(journal && journal->complete);
    ck_assert_uint_eq(journal->answers, journal_file_answers(file));

    ck_assert_int_eq(symlink(path, link), 0);
    ck_assert_ptr_null(journal_file_create(link, &header, NULL));
    ck_assert_ptr_null(journal_file_create("journal", &header, NULL));
    ck_assert_ptr_null(journal_file_load(folder, NULL));
    g_unlink(link);
    g_unlink(path);
    g_rmdir(folder);
}
END_TEST

START_TEST(test_full_disk)
{
    JournalHeader header = header_with(0);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(journal_file_create("/dev/full", &header, &error));
    ck_assert(g_error_matches(error, G_FILE_ERROR, G_FILE_ERROR_NOSPC));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("journal");
    TCase *tcase = tcase_create("journal");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_round_trip, 0, JOURNAL_PENDING_MAX + 1);
    tcase_add_test(tcase, test_cut);
    tcase_add_test(tcase, test_flipped);
    tcase_add_test(tcase, test_noise);
    tcase_add_test(tcase, test_trailing_bytes);
    tcase_add_test(tcase, test_later_version);
    tcase_add_test(tcase, test_file);
    tcase_add_test(tcase, test_full_disk);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
