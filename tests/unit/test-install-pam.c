/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The login hook's line in a file of PAM's: what is written, what is left alone, what is refused.
 */
#include "guest-agent/install-pam.h"

#include <glib/gstdio.h>

#include "tests/unit/temp.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))
#define ARGS_MAX 4
#define SSHD "# PAM for sshd\n@include common-auth\nsession required pam_limits.so\n"
#define OURS "session optional pam_recctrl.so\n"

static const struct {
    const char *before;
    bool remove;
    const char *words[ARGS_MAX]; /* the module and its arguments */
    const char *after;           /* NULL: refused */
    const char *wrong;
} cases[] = {
    {SSHD, false, {"pam_recctrl.so"}, SSHD OURS, NULL},
    {SSHD OURS, false, {"pam_recctrl.so"}, SSHD OURS, NULL},
    {SSHD OURS, true, {"pam_recctrl.so"}, SSHD, NULL},
    {SSHD, true, {"pam_recctrl.so"}, SSHD, NULL},
    {"", false, {"pam_recctrl.so"}, OURS, NULL},
    {"auth x y", false, {"pam_recctrl.so"}, "auth x y\n" OURS, NULL},
    /* Another line of the same module is changed where it stands, a second one goes. */
    {"-session\t[success=1 default=ignore] /lib/security/pam_recctrl.so users=a # here\nx y "
     "z\n" OURS,
     false,
     {"pam_recctrl.so", "users=a,b", "required"},
     "session required pam_recctrl.so users=a,b required\nx y z\n",
     NULL},
    {"# " OURS, true, {"pam_recctrl.so"}, "# " OURS, NULL},
    {"auth optional pam_recctrl.so\n",
     true,
     {"pam_recctrl.so"},
     "auth optional pam_recctrl.so\n",
     NULL},
    {"session optional pam_recctrl.so.old\n",
     true,
     {"pam_recctrl.so"},
     "session optional pam_recctrl.so.old\n",
     NULL},
    /* pam_exec is used for other things, too. */
    {"session optional pam_exec.so /bin/other\n",
     false,
     {"pam_exec.so", "quiet", "/usr/sbin/recctrlu.sh", "alice"},
     "session optional pam_exec.so /bin/other\n"
     "session optional pam_exec.so quiet /usr/sbin/recctrlu.sh alice\n",
     NULL},
    {"session optional pam_exec.so /bin/other\nsession optional pam_exec.so /usr/sbin/recctrlu.sh "
     "b\n",
     true,
     {"pam_exec.so", "/usr/sbin/recctrlu.sh"},
     "session optional pam_exec.so /bin/other\n",
     NULL},
    {"",
     false,
     {"pam_recctrl.so", "name=a b]"},
     "session optional pam_recctrl.so [name=a b\\]]\n",
     NULL},
    /* The next line of a continued one is no line of its own. */
    {"session optional \\\nsession optional pam_recctrl.so\n",
     true,
     {"pam_recctrl.so"},
     "session optional \\\nsession optional pam_recctrl.so\n",
     NULL},
    {"session optional pam_recctrl.so \\\n debug\n", true, {"pam_recctrl.so"}, NULL, "by hand"},
    {"auth x y \\", false, {"pam_recctrl.so"}, NULL, "backslash"},
    {"", false, {"pam_exec.so", "quiet"}, NULL, "absolute path"},
    {"", false, {"a b"}, NULL, "no name"},
    {"", false, {""}, NULL, "no name"},
    {"", false, {"pam_recctrl.so", "a\nb"}, NULL, "control character"},
    {"", false, {"pam_recctrl.so", "a#b"}, NULL, "#"},
    {"", false, {"pam_recctrl.so", ""}, NULL, "empty"},
};

static PamLine line_of(const char *const *words, bool take_away)
{
    return (PamLine){words[0], (char *const *)(words + 1), take_away};
}

START_TEST(test_edit)
{
    const char *words[ARGS_MAX + 1] = {NULL};
    const char *wrong = "nothing";
    PamLine line;
    char *after, *again;

    memcpy(words, cases[_i].words, sizeof(cases[_i].words));
    line = line_of(words, cases[_i].remove);
    after = install_pam_edit(cases[_i].before, &line, &wrong);
    if (!cases[_i].after) {
        ck_assert_ptr_null(after);
        ck_assert_ptr_nonnull(strstr(wrong, cases[_i].wrong));
        return;
    }
    ck_assert_msg(after != NULL, "%s", wrong);
    ck_assert_str_eq(after, cases[_i].after);
    again = install_pam_edit(after, &line, &wrong);
    ck_assert_str_eq(again, after);
    free(after);
    free(again);
}
END_TEST

static InstallResult install(const char *path, bool take_away, const char **wrong, int *error)
{
    const char *words[] = {"pam_recctrl.so", NULL};
    PamLine line = line_of(words, take_away);

    return install_pam(path, &line, wrong, error);
}

/* Mode and owner stay; an unchanged file stays the same file; no other file is left. */
START_TEST(test_file)
{
    g_autoptr(Temp) directory = temp_new();
    g_autofree char *path = temp_file(directory, "sshd", SSHD), *text = NULL;
    GStatBuf before, after;
    const char *wrong;
    int error;
    guint files = 0;
    GDir *listing;

    ck_assert_int_eq(chmod(path, 0640), 0);
    if (geteuid() == 0)
        ck_assert_int_eq(chown(path, 0, 12345), 0);
    g_stat(path, &before);
    ck_assert_int_eq(install(path, false, &wrong, &error), INSTALL_DONE);
    g_stat(path, &after);
    ck_assert_uint_ne(before.st_ino, after.st_ino);
    ck_assert_uint_eq(before.st_mode, after.st_mode);
    ck_assert_uint_eq(before.st_uid, after.st_uid);
    ck_assert_uint_eq(before.st_gid, after.st_gid);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, SSHD OURS);
    ck_assert_int_eq(install(path, false, &wrong, &error), INSTALL_UNCHANGED);
    g_stat(path, &before);
    ck_assert_uint_eq(before.st_ino, after.st_ino);
    ck_assert_int_eq(install(path, true, &wrong, &error), INSTALL_DONE);
    ck_assert_int_eq(install(path, true, &wrong, &error), INSTALL_UNCHANGED);
    g_free(text);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, SSHD);
    listing = g_dir_open(directory, 0, NULL);
    while (g_dir_read_name(listing))
        files++;
    g_dir_close(listing);
    ck_assert_uint_eq(files, 1);
}
END_TEST

static void expect_refused(const char *path, const char *why)
{
    const char *wrong = NULL;
    int error = 0;

    ck_assert_int_eq(install(path, false, &wrong, &error), INSTALL_FAILED);
    ck_assert_msg(strstr(wrong, why) != NULL, "'%s', not '%s'", wrong, why);
}

START_TEST(test_odd_files)
{
    g_autoptr(Temp) directory = temp_new();
    g_autofree char *path = temp_file(directory, "sshd", SSHD), *text = NULL;
    g_autofree char *other = g_build_filename(directory, "other", NULL);
    g_autofree char *big = g_strnfill(70000, '#');

    ck_assert_int_eq(symlink(path, other), 0);
    expect_refused(other, "symbolic link");
    ck_assert_int_eq(unlink(other), 0);
    ck_assert_int_eq(link(path, other), 0);
    expect_refused(path, "hard link");
    ck_assert_int_eq(unlink(other), 0);
    ck_assert_int_eq(chmod(path, 0664), 0);
    expect_refused(path, "can write it");
    ck_assert_int_eq(chmod(path, 0644), 0);
    if (geteuid() == 0) {
        ck_assert_int_eq(chown(path, 12345, 0), 0);
        expect_refused(path, "another user");
        ck_assert_int_eq(chown(path, 0, 0), 0);
    }
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, SSHD);
    ck_assert(g_file_set_contents(path, big, -1, NULL));
    expect_refused(path, "too large");
    ck_assert(g_file_set_contents(path, "a\0b", 3, NULL));
    expect_refused(path, "no text");
    ck_assert_int_eq(mkfifo(other, 0600), 0);
    expect_refused(other, "no plain file");
    expect_refused(directory, "no plain file");
    expect_refused("/nonexistent/sshd", "can't be read");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("install-pam");
    TCase *tcase = tcase_create("install-pam");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_edit, 0, (int)N(cases));
    tcase_add_test(tcase, test_file);
    tcase_add_test(tcase, test_odd_files);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
