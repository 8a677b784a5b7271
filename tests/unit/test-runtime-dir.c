/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Runtime directories: where they are made, who can enter them, and what a killed process has left.
 */
#include "qmpbridge/io/runtime-dir.h"

#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/unit/temp.h"

START_TEST(test_private)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *parent = g_build_filename(dir, "qmpbridge", NULL);
    OwnedDir *first, *second;
    g_autoptr(GError) error = NULL;
    struct stat info;

    g_setenv("XDG_RUNTIME_DIR", dir, TRUE);
    first = runtime_dir_new("web", NULL);
    second = runtime_dir_new("web", NULL);
    ck_assert(g_str_has_prefix(owned_dir_path(first), parent));
    ck_assert_str_ne(owned_dir_path(first), owned_dir_path(second));
    ck_assert_int_eq(stat(owned_dir_path(first), &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0700);
    /* others must not be able to put a socket there */
    ck_assert_int_eq(chmod(parent, 0770), 0);
    ck_assert_ptr_null(runtime_dir_new("web", &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "only this user");
    runtime_dir_free(first);
    ck_assert(temp_exists(dir, "qmpbridge"));
    runtime_dir_free(second);
    ck_assert(!temp_exists(dir, "qmpbridge"));
}
END_TEST

/* What a killed bridge left goes with the next one, its scratch too; what lives and what is of
 * another kind stays, and no link is followed. */
START_TEST(test_sweep)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Temp) outside = temp_new();
    g_autofree char *parent = g_build_filename(dir, "qmpbridge", NULL);
    g_autofree char *left = g_build_filename(parent, "run-web-abcdef", NULL);
    g_autofree char *scratch = g_build_filename(left, ".scratch-abcdef", NULL);
    g_autofree char *link = g_build_filename(parent, "run-link", NULL);
    g_autofree char *inner = g_build_filename(left, "link", NULL);
    g_autofree char *other = g_build_filename(parent, "other", NULL);
    OwnedDir *alive, *next;

    g_setenv("XDG_RUNTIME_DIR", dir, TRUE);
    alive = runtime_dir_new("alive", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(scratch, 0700), 0);
    ck_assert_int_eq(mkdir(other, 0700), 0);
    ck_assert_int_eq(symlink(outside, link), 0);
    ck_assert_int_eq(symlink(outside, inner), 0);
    g_free(temp_file(outside, "victim", "x"));
    g_free(temp_file(scratch, "console.log", "x"));
    g_free(temp_file(left, "control.sock", "x"));
    next = runtime_dir_new("next", NULL);
    ck_assert(!temp_exists(parent, "run-web-abcdef"));
    ck_assert(g_file_test(owned_dir_path(alive), G_FILE_TEST_IS_DIR));
    ck_assert(temp_exists(parent, "other"));
    ck_assert(temp_exists(parent, "run-link"));
    ck_assert(temp_exists(outside, "victim"));
    runtime_dir_free(alive);
    runtime_dir_free(next);
}
END_TEST

/* However long the name, a socket's path fits. */
START_TEST(test_length)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *name = g_strnfill((gsize)_i, 'n');
    OwnedDir *made;
    const char *path;

    g_setenv("XDG_RUNTIME_DIR", dir, TRUE);
    made = runtime_dir_new(name, NULL);
    ck_assert_ptr_nonnull(made);
    path = owned_dir_path(made);
    ck_assert_uint_le(strlen(path) + strlen("/control.sock"), 107);
    runtime_dir_free(made);
}
END_TEST

/* The one in $XDG_RUNTIME_DIR comes first; without it, or with a relative one, there is /tmp's. */
START_TEST(test_parents)
{
    static const char *const runtime[] = {"/run/user/7", "here", NULL};
    g_auto(GStrv) parents = NULL;

    if (runtime[_i])
        g_setenv("XDG_RUNTIME_DIR", runtime[_i], TRUE);
    else
        g_unsetenv("XDG_RUNTIME_DIR");
    parents = runtime_dir_parents();
    ck_assert_uint_eq(g_strv_length(parents), _i == 0 ? 2 : 1);
    ck_assert_str_eq(parents[0], _i == 0 ? "/run/user/7/qmpbridge" : parents[0]);
    ck_assert(g_str_has_prefix(parents[_i == 0], "/tmp/qmpbridge-"));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_private);
    tcase_add_test(tcase, test_sweep);
    tcase_add_loop_test(tcase, test_length, 1, 128);
    tcase_add_loop_test(tcase, test_parents, 0, 3);
}

int main(void)
{
    return temp_run("runtime-dir", add_tests);
}
