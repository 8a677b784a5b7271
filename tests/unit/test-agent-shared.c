/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's library inside of a shared object that a program loads: it executes the real
 * instruction, to which no recorder listens here, and hides its own names from the program.
 */
#include <check.h>
#include <dlfcn.h>
#include <signal.h>
#include <stdlib.h>

#include "guest-agent/recctrl.h"

#define USER "tests/unit/.libs/agent-user.so"

START_TEST(test_shared)
{
    void *user = dlopen(USER, RTLD_NOW | RTLD_LOCAL);
    int (*probe)(void);
    long (*session)(const char *name);
    struct sigaction action;

    ck_assert_msg(user != NULL, "%s", dlerror());
    probe = (int (*)(void))dlsym(user, "user_probe");
    session = (long (*)(const char *))dlsym(user, "user_session");
    ck_assert(probe && session);
    ck_assert_ptr_null(dlsym(user, "recctrl_probe"));
    ck_assert_int_eq(probe(), -1);
    ck_assert_int_eq(session("name"), RECCTRL_UNHEARD);
    sigaction(SIGILL, NULL, &action);
    ck_assert(action.sa_handler == SIG_DFL);
    ck_assert_int_eq(dlclose(user), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agent-shared");
    TCase *tcase = tcase_create("agent-shared");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_shared);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
