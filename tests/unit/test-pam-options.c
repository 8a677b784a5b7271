/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The arguments of the PAM module.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/pam-name.h"
#include "guest-agent/pam-options.h"

#define ARGS_MAX 6
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *args[ARGS_MAX];
    const char *wrong; /* part of the complaint, NULL if there is none */
    const char *users, *groups, *services, *name;
    unsigned wait;
    bool required, debug;
} cases[] = {
    {{NULL}, NULL, NULL, NULL, NULL, PAM_NAME_DEFAULT, 0, false, false},
    {{"users=a,b", "groups=c", "services=sshd", "name={user}", "wait=5", "debug"},
     NULL,
     "a,b",
     "c",
     "sshd",
     "{user}",
     5,
     false,
     true},
    {{"required"}, NULL, NULL, NULL, NULL, PAM_NAME_DEFAULT, 0, true, false},
    {{"required", "optional"}, NULL, NULL, NULL, NULL, PAM_NAME_DEFAULT, 0, false, false},
    {{"optional"}, NULL, NULL, NULL, NULL, PAM_NAME_DEFAULT, 0, false, false},
    {{"users="}, "no blanks", NULL, NULL, NULL, NULL, 0, false, false},
    {{"users=a,,b"}, "no blanks", NULL, NULL, NULL, NULL, 0, false, false},
    {{"users=a,"}, "no blanks", NULL, NULL, NULL, NULL, 0, false, false},
    {{"users=a, b"}, "no blanks", NULL, NULL, NULL, NULL, 0, false, false},
    {{"groups=,a"}, "no blanks", NULL, NULL, NULL, NULL, 0, false, false},
    {{"user=a"}, "unknown option", NULL, NULL, NULL, NULL, 0, false, false},
    {{"users"}, "unknown option", NULL, NULL, NULL, NULL, 0, false, false},
    {{"debug=1"}, "unknown option", NULL, NULL, NULL, NULL, 0, false, false},
    {{"name="}, "isn't empty", NULL, NULL, NULL, NULL, 0, false, false},
    {{"name={who}"}, "{user}", NULL, NULL, NULL, NULL, 0, false, false},
    {{"wait=-1"}, "wait=", NULL, NULL, NULL, NULL, 0, false, false},
    {{"wait=3601"}, "wait=", NULL, NULL, NULL, NULL, 0, false, false},
    {{"wait="}, "wait=", NULL, NULL, NULL, NULL, 0, false, false},
    {{"wait=99999999999999999999"}, "wait=", NULL, NULL, NULL, NULL, 0, false, false},
    /* What is required stays so, although the arguments are wrong. */
    {{"bad", "required"}, "unknown option", NULL, NULL, NULL, NULL, 0, true, false},
};

START_TEST(test_case)
{
    const char *argv[ARGS_MAX], *which = NULL, *wrong;
    PamOptions options;
    int argc = 0;

    while (argc < ARGS_MAX && cases[_i].args[argc]) {
        argv[argc] = cases[_i].args[argc];
        argc++;
    }
    wrong = pam_options_parse(&options, argc, argv, &which);
    ck_assert_int_eq(options.required, cases[_i].required);
    if (cases[_i].wrong) {
        ck_assert_ptr_nonnull(wrong);
        ck_assert_ptr_nonnull(strstr(wrong, cases[_i].wrong));
        ck_assert_ptr_nonnull(which);
        return;
    }
    ck_assert_ptr_null(wrong);
    ck_assert_pstr_eq(options.users, cases[_i].users);
    ck_assert_pstr_eq(options.groups, cases[_i].groups);
    ck_assert_pstr_eq(options.services, cases[_i].services);
    ck_assert_pstr_eq(options.name, cases[_i].name);
    ck_assert_uint_eq(options.wait, cases[_i].wait);
    ck_assert_int_eq(options.debug, cases[_i].debug);
}
END_TEST

START_TEST(test_lists)
{
    ck_assert(pam_options_has("a,bb,c", "a"));
    ck_assert(pam_options_has("a,bb,c", "bb"));
    ck_assert(pam_options_has("a,bb,c", "c"));
    ck_assert(!pam_options_has("a,bb,c", "b"));
    ck_assert(!pam_options_has("a,bb,c", "a,bb"));
    ck_assert(!pam_options_has("a,bb,c", ""));
    ck_assert(!pam_options_has(NULL, "a"));
    ck_assert(!pam_options_has("a", NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pam-options");
    TCase *tcase = tcase_create("pam-options");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, (int)N(cases));
    tcase_add_test(tcase, test_lists);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
