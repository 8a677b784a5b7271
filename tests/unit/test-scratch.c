/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch directories: what lives stays, what a killed process left is swept away.
 */
#include "qmpbridge/store/scratch.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/temp.h"

START_TEST(test_life)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Scratch) scratch = scratch_new(dir, NULL);
    g_autoptr(Scratch) other = scratch_new(dir, NULL);
    g_autofree char *path = scratch_file(scratch, "console");
    g_autofree char *file = temp_file(scratch_path(scratch), "console", "x");
    struct stat info;

    ck_assert_str_eq(path, file);
    ck_assert_str_ne(scratch_path(scratch), scratch_path(other));
    ck_assert(g_path_is_absolute(path) && g_str_has_prefix(path, dir));
    ck_assert_int_eq(stat(scratch_path(scratch), &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0700);
    ck_assert_uint_eq(scratch_sweep(dir), 0); /* both are alive */
    ck_assert_uint_eq(temp_count(dir), 2);
    scratch_free(g_steal_pointer(&scratch));
    ck_assert_uint_eq(temp_count(dir), 1);
    scratch_free(NULL);
}
END_TEST

/** A child that makes a scratch directory with a file in it, writes a byte to the parent, and
 * waits. */
static pid_t child_with_scratch(const char *dir)
{
    int told[2];
    char byte;
    pid_t child;

    ck_assert_int_eq(pipe(told), 0);
    child = fork();
    if (child == 0) {
        Scratch *scratch = scratch_new(dir, NULL);
        g_autofree char *file = temp_file(scratch_path(scratch), "log", "x");

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        ck_assert_int_eq(write(told[1], "x", 1), 1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(told[0], &byte, 1), 1);
    return child;
}

START_TEST(test_sweep)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Scratch) own = scratch_new(dir, NULL);
    pid_t child = child_with_scratch(dir);

    ck_assert_uint_eq(scratch_sweep(dir), 0);
    ck_assert_uint_eq(temp_count(dir), 2);
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_uint_eq(scratch_sweep(dir), 1);
    ck_assert_uint_eq(temp_count(dir), 1);
    ck_assert(g_file_test(scratch_path(own), G_FILE_TEST_IS_DIR));
}
END_TEST

/* Only directories of its own kind are touched, and no link is followed. */
START_TEST(test_others)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Temp) outside = temp_new();
    g_autofree char *victim = temp_file(outside, "victim", "x");
    g_autofree char *link = g_build_filename(dir, ".scratch-abcdef", NULL);
    g_autofree char *file = temp_file(dir, ".scratch-file", "x");
    g_autofree char *recording = g_build_filename(dir, "recording", NULL);

    ck_assert_int_eq(symlink(outside, link), 0);
    ck_assert_int_eq(mkdir(recording, 0700), 0);
    ck_assert_uint_eq(scratch_sweep(dir), 0);
    ck_assert_uint_eq(temp_count(dir), 3);
    ck_assert(temp_exists(outside, "victim"));
    ck_assert_uint_eq(scratch_sweep("/nonexistent"), 0);
}
END_TEST

START_TEST(test_no_store)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(scratch_new("/nonexistent", &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "/nonexistent");
}
END_TEST

/* Sweepers that snatch directories never take one that is in use. */
START_TEST(test_race)
{
    g_autoptr(Temp) dir = temp_new();
    pid_t sweeper = fork();

    if (sweeper == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            scratch_sweep(dir);
    }
    for (guint i = 0; i < 300; i++) {
        g_autoptr(Scratch) scratch = scratch_new(dir, NULL);

        ck_assert_ptr_nonnull(scratch);
        ck_assert(g_file_test(scratch_path(scratch), G_FILE_TEST_IS_DIR));
    }
    kill(sweeper, SIGKILL);
    waitpid(sweeper, NULL, 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_life);
    tcase_add_test(tcase, test_sweep);
    tcase_add_test(tcase, test_others);
    tcase_add_test(tcase, test_no_store);
    tcase_add_test(tcase, test_race);
}

int main(void)
{
    return temp_run("scratch", add_tests);
}
