/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * QEMU's log seen from inside QEMU, which this program plays: it exports the log's stream as QEMU
 * does, and never looks whether a write has failed.
 */
#include "plugin/host-tcg/log.h"

#include <check.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"

/* replay/replay-internal.h */
FILE *replay_file;

static void expect(gboolean forget, const char *why, guint64 size)
{
    g_autoptr(GError) error = NULL;
    guint64 found = 7;

    ck_assert_int_eq(tcg_log_flush(forget, &found, &error), !why);
    if (why) {
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING));
        ck_assert_msg(g_str_has_prefix(error->message, why), "%s", error->message);
    } else {
        ck_assert_uint_eq(found, size);
    }
}

START_TEST(test_no_log)
{
    expect(TRUE, NULL, 0);
    expect(FALSE, NULL, 0);
}
END_TEST

START_TEST(test_whole)
{
    replay_file = tmpfile();
    expect(TRUE, NULL, 0);
    fputs("events", replay_file);
    expect(FALSE, NULL, 6);
    fclose(replay_file);
}
END_TEST

/* The store is full, then it isn't: a later flush succeeds, yet the log is torn. */
START_TEST(test_full_for_a_while)
{
    int full = open("/dev/full", O_WRONLY), good;

    replay_file = tmpfile();
    good = dup(fileno(replay_file));
    expect(TRUE, NULL, 0);
    ck_assert_int_ge(dup2(full, fileno(replay_file)), 0);
    fputs("events", replay_file);
    expect(FALSE, "QEMU couldn't write its log: No space left on device, so events", 0);
    ck_assert_int_ge(dup2(good, fileno(replay_file)), 0);
    expect(FALSE, "QEMU couldn't write its log for a while, so events are missing", 0);
    /* What comes from the next cut on is whole. */
    expect(TRUE, NULL, 0);
    fputs("more", replay_file);
    expect(FALSE, NULL, 4);
    fclose(replay_file);
    close(good);
    close(full);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("tcg-log");
    TCase *tcase = tcase_create("tcg-log");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_no_log);
    tcase_add_test(tcase, test_whole);
    tcase_add_test(tcase, test_full_for_a_while);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
