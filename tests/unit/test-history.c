/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history file: what is appended is there again, from several shells, bounded, private.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "qmpbridge/ui/prompt/history.h"

static char *folder, *path;

static void set_up(void)
{
    folder = g_dir_make_tmp("qmpbridge-history-XXXXXX", NULL);
    path = g_build_filename(folder, "history", NULL);
}

static void tear_down(void)
{
    g_unlink(path);
    ck_assert_int_eq(g_rmdir(folder), 0);
    g_free(folder);
    g_free(path);
}

static char *loaded(void)
{
    g_autoptr(GPtrArray) entries = history_load(path);

    g_ptr_array_add(entries, NULL);
    return g_strjoinv("|", (char **)entries->pdata);
}

START_TEST(round_trip)
{
    g_autofree char *nothing = loaded(), *all = NULL;
    struct stat st;

    ck_assert_str_eq(nothing, "");
    ck_assert(history_append(path, "query-status"));
    ck_assert(history_append(path, "{\"execute\":\n  \"stop\"}"));
    ck_assert(!history_append(path, ""));
    ck_assert(history_append(path, "# a comment"));
    all = loaded();
    ck_assert_str_eq(all, "query-status|{\"execute\":\n  \"stop\"}|# a comment");
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0600);
}
END_TEST

/* Files of an older version, and what isn't text. */
static const struct {
    const char *text, *entries;
} files[] = {
    {"", ""},
    {"\n\n", ""},
    {"stop\ncont\n", "stop|cont"},
    {"stop\ncont", "stop|cont"},
    {"stop\n#1700000000\ncont\n", "stop|cont"},
    {"#1\na\nb\n#2\nc\n", "a\nb|c"},
    {"#1\n#2\n#3\n", ""},
    {"bad \xff\ngood\n", "good"},
};

START_TEST(old_files)
{
    g_autofree char *all = NULL;

    ck_assert(g_file_set_contents(path, files[_i].text, -1, NULL));
    all = loaded();
    ck_assert_str_eq(all, files[_i].entries);
}
END_TEST

START_TEST(bounded)
{
    g_autofree char *much = g_strnfill(HISTORY_MAX_ENTRY + 1, 'x');
    g_autoptr(GPtrArray) entries = NULL;
    g_autofree char *text = NULL;
    gsize len;

    ck_assert(!history_append(path, much));
    for (guint i = 0; i < HISTORY_MAX + 50; i++) {
        g_autofree char *entry = g_strdup_printf("e%u", i);

        ck_assert(history_append(path, entry));
    }
    entries = history_load(path);
    ck_assert_uint_eq(entries->len, HISTORY_MAX);
    ck_assert_str_eq(entries->pdata[0], "e50");
    ck_assert(g_file_get_contents(path, &text, &len, NULL));
    ck_assert_ptr_null(strstr(text, "\ne49\n"));
    ck_assert_ptr_nonnull(strstr(text, "\ne1049\n"));
}
END_TEST

/* Several processes write, and one cuts the file meanwhile: what is new is never lost. */
START_TEST(together)
{
    g_autoptr(GPtrArray) entries = NULL;
    guint found = 0;

    for (guint i = 0; i < HISTORY_MAX; i++)
        ck_assert(history_append(path, "old"));
    for (guint child = 0; child < 4; child++) {
        if (fork() == 0) {
            for (guint i = 0; i < 100; i++) {
                g_autofree char *entry = g_strdup_printf("new %u.%u", child, i);

                if (!history_append(path, entry))
                    _exit(1);
                if (i % 10 == 0)
                    g_ptr_array_unref(history_load(path));
            }
            _exit(0);
        }
    }
    for (guint child = 0; child < 4; child++) {
        int status;

        ck_assert_int_gt(wait(&status), 0);
        ck_assert_int_eq(status, 0);
    }
    entries = history_load(path);
    for (guint i = 0; i < entries->len; i++)
        found += g_str_has_prefix(entries->pdata[i], "new ");
    ck_assert_uint_eq(found, 400);
}
END_TEST

START_TEST(unwritable)
{
    g_autoptr(GPtrArray) entries = history_load("/proc/self/nothing");

    ck_assert_uint_eq(entries->len, 0);
    ck_assert(!history_append("/proc/self/nothing", "x"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("history");
    TCase *tcase = tcase_create("history");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, round_trip);
    tcase_add_loop_test(tcase, old_files, 0, G_N_ELEMENTS(files));
    tcase_add_test(tcase, bounded);
    tcase_add_test(tcase, together);
    tcase_add_test(tcase, unwritable);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
