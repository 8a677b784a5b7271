/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors: exit codes of the contract, QMP classes there and back.
 */
#include <check.h>
#include <gio/gio.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"

static const struct {
    BridgeError code;
    int exit_code;
} exits[] = {
    { BRIDGE_ERROR_FAILED, 1 },    { BRIDGE_ERROR_COMMAND, 1 },   { BRIDGE_ERROR_TIMEOUT, 1 },
    { BRIDGE_ERROR_NAME, 1 },      { BRIDGE_ERROR_USAGE, 2 },     { BRIDGE_ERROR_EMULATOR, 3 },
    { BRIDGE_ERROR_UNSUPPORTED, 3 }, { BRIDGE_ERROR_BUSY, 4 },    { BRIDGE_ERROR_CLOSED, 4 },
    { BRIDGE_ERROR_CONNECT, 4 },   { BRIDGE_ERROR_PROTOCOL, 4 },  { BRIDGE_ERROR_RECORDING, 5 },
    { BRIDGE_ERROR_DIVERGED, 6 },  { BRIDGE_ERROR_STORE, 7 },     { BRIDGE_ERROR_FULL, 7 },
};

START_TEST(test_exit_code)
{
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, (gint)exits[_i].code, "x");

    ck_assert_int_eq(bridge_error_exit_code(error), exits[_i].exit_code);
}
END_TEST

START_TEST(test_exit_code_foreign)
{
    g_autoptr(GError) option = g_error_new(G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "x");
    g_autoptr(GError) full = g_error_new(G_IO_ERROR, G_IO_ERROR_NO_SPACE, "x");
    g_autoptr(GError) refused = g_error_new(G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED, "x");
    g_autoptr(GError) other = g_error_new(G_FILE_ERROR, G_FILE_ERROR_IO, "x");

    ck_assert_int_eq(bridge_error_exit_code(NULL), 0);
    ck_assert_int_eq(bridge_error_exit_code(option), 2);
    ck_assert_int_eq(bridge_error_exit_code(full), 7);
    ck_assert_int_eq(bridge_error_exit_code(refused), 4);
    ck_assert_int_eq(bridge_error_exit_code(other), 1);
}
END_TEST

static const char *const qmp_classes[] = {
    "GenericError", "CommandNotFound", "DeviceNotActive", "DeviceNotFound", "KVMMissingCap",
};

START_TEST(test_qmp_class)
{
    g_autoptr(GError) error = bridge_error_from_qmp(qmp_classes[_i], "100%s");

    ck_assert(bridge_error_is_qmp(error));
    ck_assert_str_eq(bridge_error_qmp_class(error), qmp_classes[_i]);
    ck_assert_str_eq(error->message, "100%s");
    ck_assert_int_eq(bridge_error_exit_code(error), 1);
}
END_TEST

START_TEST(test_qmp_class_unknown)
{
    g_autoptr(GError) unknown = bridge_error_from_qmp("NewClass", NULL);
    g_autoptr(GError) own = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_NAME, "x");

    ck_assert(g_error_matches(unknown, BRIDGE_ERROR, BRIDGE_ERROR_COMMAND));
    ck_assert_str_ne(unknown->message, "");
    ck_assert_str_eq(bridge_error_qmp_class(own), "GenericError");
    ck_assert(!bridge_error_is_qmp(own));
    ck_assert(!bridge_error_is_qmp(NULL));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("error");
    TCase *tcase = tcase_create("error");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_exit_code, 0, G_N_ELEMENTS(exits));
    tcase_add_test(tcase, test_exit_code_foreign);
    tcase_add_loop_test(tcase, test_qmp_class, 0, G_N_ELEMENTS(qmp_classes));
    tcase_add_test(tcase, test_qmp_class_unknown);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
