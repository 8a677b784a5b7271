/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Templates of recording names: every name that comes out is a legal one.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/pam-name.h"
#include "qmpbridge/core/name.h"

#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *template;
    PamNameValues values;
    const char *name;
} cases[] = {
    {PAM_NAME_DEFAULT, {"alice", NULL, NULL, NULL, 0}, "alice_session"},
    {"{user}-{service}-{tty}-{rhost}",
     {"alice", "sshd", "/dev/pts/3", "2001:db8::1", 0},
     "alice-sshd-_dev_pts_3-2001_db8__1"},
    {"{user}-{time}", {"bob", NULL, NULL, NULL, 1763719518}, "bob-20251121T100518Z"},
    {"{tty}", {"bob", NULL, "", NULL, 0}, "none"},
    {"{rhost}", {NULL, NULL, NULL, NULL, 0}, "none"},
    {"{user}", {"../../etc/passwd", NULL, NULL, NULL, 0}, "_._.._etc_passwd"},
    {"{user}", {".", NULL, NULL, NULL, 0}, "_"},
    {".x{user}", {"a", NULL, NULL, NULL, 0}, "_xa"},
    {"{user}", {"{service}", "x", NULL, NULL, 0}, "_service_"},
    {"{user}", {"a b\n\t\x01\xc3\xa4%s$(x)`y`", NULL, NULL, NULL, 0}, "a_b______s__x__y_"},
    {"{user}{user}", {"-", NULL, NULL, NULL, 0}, "--"},
};

START_TEST(test_case)
{
    char name[HYPERCALL_TEXT_MAX];

    ck_assert_ptr_null(pam_name_check(cases[_i].template));
    pam_name_expand(cases[_i].template, &cases[_i].values, name);
    ck_assert_str_eq(name, cases[_i].name);
    ck_assert(name_check(name, strlen(name), NULL));
}
END_TEST

START_TEST(test_long)
{
    char user[1000], name[HYPERCALL_TEXT_MAX];
    PamNameValues values = {user, user, user, user, 0};

    memset(user, 'u', sizeof(user) - 1);
    user[sizeof(user) - 1] = '\0';
    pam_name_expand("{user}{service}{tty}x", &values, name);
    ck_assert_uint_eq(strlen(name), HYPERCALL_TEXT_MAX - 1);
    ck_assert(name_check(name, strlen(name), NULL));
}
END_TEST

START_TEST(test_wrong)
{
    static const char *const wrong[] = {"", "{users}", "{user", "user}", "a b", "a/b", "%u", "{}"};

    for (size_t i = 0; i < N(wrong); i++)
        ck_assert_msg(pam_name_check(wrong[i]) != NULL, "'%s'", wrong[i]);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pam-name");
    TCase *tcase = tcase_create("pam-name");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, (int)N(cases));
    tcase_add_test(tcase, test_long);
    tcase_add_test(tcase, test_wrong);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
