/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What tests that touch files share: a directory of their own, small files, a file system that
 * is soon full, a main loop with a deadline. It never looks outside the directory it made.
 */
#pragma once

#include <check.h>
#include <fcntl.h>
#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include <gio/gio.h>

#include "qmpbridge/core/error.h"

/** What a test waits for comes within this many seconds, or the test fails. */
#define TEMP_DEADLINE_S 20

static inline int temp_remove_one(const char *path, const struct stat *info, int kind,
                                  struct FTW *ftw)
{
    (void)info;
    (void)kind;
    (void)ftw;
    return remove(path);
}

/** A new directory. Returns: (transfer full): remove with temp_free(). */
static inline char *temp_new(void)
{
    char *path = g_build_filename(g_get_tmp_dir(), "qmpbridge-test-XXXXXX", NULL);

    ck_assert_msg(g_mkdtemp(path) != NULL, "%s: %s", path, g_strerror(errno));
    return path;
}

static inline void temp_remove_tree(const char *path)
{
    umount2(path, MNT_DETACH); /* where temp_mount() was used */
    nftw(path, temp_remove_one, 16, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static inline void temp_free(char *path)
{
    temp_remove_tree(path);
    g_free(path);
}

typedef char Temp;
G_DEFINE_AUTOPTR_CLEANUP_FUNC(Temp, temp_free)

/** @directory/@name with @text in it. Returns: (transfer full) its path. */
static inline char *temp_file(const char *directory, const char *name, const char *text)
{
    char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_msg(g_file_set_contents(path, text, -1, &error), "%s", error ? error->message : "");
    return path;
}

/** A program that /bin/sh runs. Returns: (transfer full) its path. */
static inline char *temp_script(const char *directory, const char *name, const char *body)
{
    g_autofree char *text = g_strdup_printf("#!/bin/sh\n%s\n", body);
    char *path = temp_file(directory, name, text);

    ck_assert_int_eq(chmod(path, 0700), 0);
    return path;
}

/** What is in a file. Returns: (transfer full). */
static inline char *temp_read(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    g_autoptr(GError) error = NULL;
    char *text = NULL;

    ck_assert_msg(g_file_get_contents(path, &text, NULL, &error), "%s",
                  error ? error->message : "");
    return text;
}

static inline gboolean temp_exists(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    struct stat info;

    return lstat(path, &info) == 0;
}

/** Number of entries of a directory. */
static inline guint temp_count(const char *directory)
{
    g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
    guint n = 0;

    ck_assert_ptr_nonnull(dir);
    while (g_dir_read_name(dir))
        n++;
    return n;
}

/** Ends the test, which run-unit reports as skipped. The text names what is missing. */
#define temp_skip(...) ck_abort_msg("SKIP: " __VA_ARGS__)

/**
 * Mounts a file system of @kib KiB on @directory, in a mount namespace of this process's own. The
 * test is skipped where that takes rights that it doesn't have.
 */
static inline void temp_mount(const char *directory, guint kib)
{
    g_autofree char *options = g_strdup_printf("size=%uk,mode=0700", kib);

    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) != 0 ||
        mount("test", directory, "tmpfs", 0, options) != 0)
        temp_skip("a small tmpfs can't be mounted (%s): run it as root", g_strerror(errno));
}

/** Takes all space on @directory's file system but for @left bytes. */
static inline void temp_fill(const char *directory, guint left)
{
    g_autofree char *path = g_build_filename(directory, "filler", NULL);
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    char zero[4096] = {0};
    off_t size;

    ck_assert_int_ge(fd, 0);
    while (write(fd, zero, sizeof(zero)) > 0)
        continue;
    size = lseek(fd, 0, SEEK_END);
    ck_assert_int_eq(ftruncate(fd, MAX(size - (off_t)left, 0)), 0);
    close(fd);
}

static inline gboolean temp_too_late(gpointer what)
{
    ck_abort_msg("waited too long for %s", (const char *)what);
    return G_SOURCE_REMOVE;
}

/** Turns the main loop until @condition holds. @what: for the message if it never does. */
#define temp_wait(condition, what)                                                            \
    do {                                                                                      \
        guint late = g_timeout_add_seconds(TEMP_DEADLINE_S, temp_too_late, (gpointer)(what)); \
        while (!(condition))                                                                  \
            g_main_context_iteration(NULL, TRUE);                                             \
        g_source_remove(late);                                                                \
    } while (0)

/** @error is of BRIDGE_ERROR with @number, one line, and holds @text. */
static inline void temp_check_error(const GError *error, BridgeError number, const char *text)
{
    ck_assert_ptr_nonnull(error);
    ck_assert_msg(g_error_matches(error, BRIDGE_ERROR, (gint)number), "%s %d: %s",
                  g_quark_to_string(error->domain), error->code, error->message);
    ck_assert_ptr_null(strchr(error->message, '\n'));
    ck_assert_msg(g_strstr_len(error->message, -1, text) != NULL, "'%s' isn't in '%s'", text,
                  error->message);
}

/** Runs a suite of one case with @add. For main(). What is kept for the user is kept elsewhere. */
static inline int temp_run(const char *name, void (*add)(TCase *tcase))
{
    g_autofree char *home = g_dir_make_tmp("qmpbridge-test-XXXXXX", NULL);
    Suite *suite = suite_create(name);
    TCase *tcase = tcase_create(name);
    SRunner *runner = srunner_create(suite);
    int failed;

    if (!home || !g_setenv("XDG_DATA_HOME", home, TRUE))
        return EXIT_FAILURE;
    add(tcase);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    temp_remove_tree(home);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
