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
    {BRIDGE_ERROR_FAILED, 1},      {BRIDGE_ERROR_COMMAND, 1},  {BRIDGE_ERROR_TIMEOUT, 8},
    {BRIDGE_ERROR_NAME, 1},        {BRIDGE_ERROR_USAGE, 2},    {BRIDGE_ERROR_EMULATOR, 3},
    {BRIDGE_ERROR_UNSUPPORTED, 3}, {BRIDGE_ERROR_BUSY, 9},     {BRIDGE_ERROR_CLOSED, 4},
    {BRIDGE_ERROR_CONNECT, 4},     {BRIDGE_ERROR_PROTOCOL, 4}, {BRIDGE_ERROR_RECORDING, 5},
    {BRIDGE_ERROR_DIVERGED, 6},    {BRIDGE_ERROR_STORE, 7},    {BRIDGE_ERROR_FULL, 7},
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

/* Which part of a text is marked, and what the mark then says. */
static const struct {
    const char *text;
    gsize offset, len;
    const char *line;
    guint column, length;
} marks[] = {
    {"stop now", 5, 3, "stop now", 6, 3},
    {"stop", 0, 4, "stop", 1, 4},
    {"stop", 4, 0, "stop", 5, 1},
    {"stop", 99, 99, "stop", 5, 1},
    {"\xc3\xa9t\xc3\xa9 x", 3, 2, "\xc3\xa9t\xc3\xa9 x", 3, 1},
    {"a {\n bad\n}", 5, 3, " bad", 2, 3},
    {"a {\n bad\n}", 2, 9, "a {", 3, 1},
};

START_TEST(test_mark)
{
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "x");
    g_autoptr(GError) copy = NULL;
    ErrorMark mark;

    ck_assert(!bridge_error_mark(error, &mark));
    bridge_error_set_mark(error, "another", 1, 1);
    bridge_error_set_mark(error, marks[_i].text, marks[_i].offset, marks[_i].len);
    copy = g_error_copy(error);
    g_clear_error(&error);
    ck_assert(bridge_error_mark(copy, &mark));
    ck_assert_str_eq(mark.line, marks[_i].line);
    ck_assert_uint_eq(mark.column, marks[_i].column);
    ck_assert_uint_eq(mark.length, marks[_i].length);
}
END_TEST

START_TEST(test_mark_nothing)
{
    g_autoptr(GError) foreign = g_error_new(G_FILE_ERROR, G_FILE_ERROR_IO, "x");
    g_autoptr(GError) error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "x");
    ErrorMark mark;

    bridge_error_set_mark(NULL, "a", 0, 1);
    bridge_error_set_mark(foreign, "a", 0, 1);
    bridge_error_set_mark(error, "\xff", 0, 1);
    ck_assert(!bridge_error_mark(NULL, &mark));
    ck_assert(!bridge_error_mark(foreign, &mark));
    ck_assert(!bridge_error_mark(error, &mark));
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
    tcase_add_loop_test(tcase, test_mark, 0, G_N_ELEMENTS(marks));
    tcase_add_test(tcase, test_mark_nothing);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
