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

/* The journal of the runs @from to @to of the table above. */
static Journal *segment(guint from, guint to, const JournalHeader *header)
{
    g_autoptr(GChecksum) digest = g_checksum_new(G_CHECKSUM_SHA256);
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    guint64 answers = 0;

    for (guint i = from; i < to; i++)
        answers += runs[i].count;
    journal_append_header(bytes, header);
    journal_append_runs(bytes, runs + from, to - from);
    g_checksum_update(digest, bytes->data, (gssize)bytes->len);
    journal_append_trailer(bytes, answers, digest);
    return journal_parse(bytes->data, bytes->len, NULL);
}

/* Wherever the guest's answers are cut into segments, joined they are the journal without a cut. */
START_TEST(test_join)
{
    g_autoptr(GByteArray) wanted = whole(2);
    JournalHeader first = header_with(2), later = header_with(1);

    for (guint i = 0; i <= G_N_ELEMENTS(runs); i++) {
        for (guint j = i; j <= G_N_ELEMENTS(runs); j++) {
            g_autoptr(Journal) a = segment(0, i, &first), b = segment(i, j, &later);
            g_autoptr(Journal) c = segment(j, G_N_ELEMENTS(runs), &later);
            const Journal *segments[] = {a, b, c};
            g_autoptr(GByteArray) got = g_byte_array_new();

            g_byte_array_append(got, (const guint8 *)"x", 1);
            ck_assert(journal_join(got, segments, 3, G_MAXUINT64, NULL));
            ck_assert_uint_eq(got->len, wanted->len + 1);
            ck_assert_mem_eq(got->data + 1, wanted->data, wanted->len);
        }
    }
}
END_TEST

/* A run that a cut has halved is one again, and of the last segment only a part may be wanted. */
START_TEST(test_join_part)
{
    JournalHeader header = header_with(0);
    g_autoptr(Journal) segment_of_two = segment(2, 4, &header);
    const Journal *segments[] = {segment_of_two, segment_of_two};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(Journal) joined = NULL;
    guint64 all = segment_of_two->answers;

    segment_of_two->runs[0].answer = segment_of_two->runs[1].answer = 1;
    segment_of_two->runs[1].count = 3;
    ck_assert(journal_join(bytes, segments, 2, all, NULL));
    g_byte_array_set_size(bytes, 0);
    ck_assert(journal_join(bytes, segments, 2, 25, NULL));
    joined = journal_parse(bytes->data, bytes->len, NULL);
    ck_assert(joined && joined->complete);
    ck_assert_uint_eq(joined->answers, 25);
    ck_assert_uint_eq(joined->n_runs, 1);
    ck_assert_uint_eq(joined->runs[0].count, 25);
}
END_TEST

START_TEST(test_join_refused)
{
    static const char *const reasons[] = {"not finished", "different VMs", "different VMs"};
    JournalHeader header = header_with(0);
    g_autoptr(Journal) a = segment(0, 1, &header), b = segment(1, 2, &header);
    const Journal *segments[] = {a, b};
    g_autoptr(GByteArray) bytes = g_byte_array_new();
    g_autoptr(GError) error = NULL;

    if (_i == 0)
        b->complete = FALSE;
    else if (_i == 1)
        b->header.two_way = FALSE;
    else
        b->header.target[0] = 'y';
    ck_assert(!journal_join(bytes, segments, 2, G_MAXUINT64, &error));
    ck_assert_ptr_nonnull(strstr(error->message, reasons[_i]));
    ck_assert_uint_eq(bytes->len, 0);
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
    ck_assert(journal_file_finish(file, TRUE, &error));
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
    tcase_add_test(tcase, test_join);
    tcase_add_test(tcase, test_join_part);
    tcase_add_loop_test(tcase, test_join_refused, 0, 3);
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
