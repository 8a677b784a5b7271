/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line of recctrlu: where options end, which values are taken.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/options.h"

#define ARGS_MAX 8
#define N(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
    const char *args[ARGS_MAX]; /* without argv[0] */
    const char *wrong;          /* part of the complaint, NULL if there is none */
    const char *command;
    int n_args;
    unsigned wait;
    unsigned long token;
} cases[] = {
    {{"toggle", "x"}, NULL, "toggle", 1, OPTIONS_WAIT, 0},
    {{"--wait", "5", "stop"}, NULL, "stop", 0, 5, 0},
    {{"--wait=5", "stop"}, NULL, "stop", 0, 5, 0},
    {{"--token", "0x10", "open_session", "x"}, NULL, "open_session", 1, OPTIONS_WAIT, 16},
    {{"run", "x", "--", "ls", "--wait", "-l"}, NULL, "run", 5, OPTIONS_WAIT, 0},
    {{"--help"}, NULL, NULL, 0, OPTIONS_WAIT, 0},
    {{"-V"}, NULL, NULL, 0, OPTIONS_WAIT, 0},
    {{NULL}, "a command is missing", NULL, 0, OPTIONS_WAIT, 0},
    {{"--wait", "x", "stop"}, "--wait", NULL, 0, OPTIONS_WAIT, 0},
    {{"--wait", "-1", "stop"}, "--wait", NULL, 0, OPTIONS_WAIT, 0},
    {{"--wait=99999999999999999999", "stop"}, "--wait", NULL, 0, OPTIONS_WAIT, 0},
    {{"--wait"}, "--wait", NULL, 0, OPTIONS_WAIT, 0},
    {{"--waiting", "5", "stop"}, "unknown option", NULL, 0, OPTIONS_WAIT, 0},
    {{"--token", "0", "stop"}, "--token", NULL, 0, OPTIONS_WAIT, 0},
    {{"--colour", "stop"}, "unknown option", NULL, 0, OPTIONS_WAIT, 0},
    {{"-"}, "unknown option", NULL, 0, OPTIONS_WAIT, 0},
};

START_TEST(test_case)
{
    char *argv[ARGS_MAX + 2] = {(char *)"recctrlu"};
    Options options;
    const char *wrong;
    int argc = 1;

    for (; cases[_i].args[argc - 1]; argc++)
        argv[argc] = (char *)cases[_i].args[argc - 1];
    wrong = options_parse(&options, argc, argv);
    if (cases[_i].wrong) {
        ck_assert_ptr_nonnull(wrong);
        ck_assert_ptr_nonnull(strstr(wrong, cases[_i].wrong));
        return;
    }
    ck_assert_ptr_null(wrong);
    ck_assert_pstr_eq(options.command, cases[_i].command);
    ck_assert_int_eq(options.n_args, cases[_i].n_args);
    ck_assert_uint_eq(options.wait, cases[_i].wait);
    ck_assert_uint_eq(options.token, cases[_i].token);
}
END_TEST

START_TEST(test_switches)
{
    char *argv[] = {(char *)"recctrlu",   (char *)"--cpuid", (char *)"--quiet",
                    (char *)"--optional", (char *)"run",     NULL};
    Options options;

    ck_assert_ptr_null(options_parse(&options, 5, argv));
    ck_assert(options.panda && options.quiet && options.optional && !options.help);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agent-options");
    TCase *tcase = tcase_create("agent-options");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, (int)N(cases));
    tcase_add_test(tcase, test_switches);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
