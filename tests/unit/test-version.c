/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Versions of QEMU: which texts are versions, which name one, and the order of series.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/version.h"

static const struct {
    const char *text, *parsed; /* parsed: NULL if it begins with no version */
    gboolean name;
} rows[] = {
    {"11.1.3", "11.1.3", TRUE},
    {"10.0", NULL, TRUE},
    {"0.0.0", "0.0.0", TRUE},
    {"007.2.22", "7.2.22", TRUE},
    {"11.1.3 (Debian 1:11.1.3+ds-1~bpo13+1)", "11.1.3", FALSE},
    {"11.1.3-rc1", "11.1.3", FALSE},
    {"11.1.3.4", "11.1.3", FALSE},
    {"9999.9999.9999", "9999.9999.9999", TRUE},
    {"10000.0.0", NULL, FALSE},
    {"1.2.10000", NULL, FALSE},
    {"11", NULL, FALSE},
    {"11.", NULL, FALSE},
    {"11.1.", NULL, FALSE},
    {"11..3", NULL, FALSE},
    {".1.3", NULL, FALSE},
    {" 11.1.3", NULL, FALSE},
    {"11. 1.3", NULL, FALSE},
    {"-1.1.3", NULL, FALSE},
    {"+1.1.3", NULL, FALSE},
    {"v11.1.3", NULL, FALSE},
    {"", NULL, FALSE},
};

START_TEST(test_text)
{
    Version version = {-1, -1, -1};
    gboolean good = version_parse(rows[_i].text, &version);
    g_autofree char *text = version_to_text(&version);

    ck_assert_str_eq(text, rows[_i].parsed ? rows[_i].parsed : "-1.-1.-1");
    ck_assert_int_eq(good, rows[_i].parsed != NULL);
    ck_assert_int_eq(version_is_name(rows[_i].text), rows[_i].name);
}
END_TEST

START_TEST(test_series)
{
    const Version version = {10, 2, 5};
    g_autofree char *text = version_series(&version);

    ck_assert_str_eq(text, "10.2");
    ck_assert_int_eq(version_compare_series(&version, 10, 2), 0);
    ck_assert_int_lt(version_compare_series(&version, 10, 3), 0);
    ck_assert_int_gt(version_compare_series(&version, 10, 1), 0);
    ck_assert_int_lt(version_compare_series(&version, 11, 0), 0);
    ck_assert_int_gt(version_compare_series(&version, 9, 9), 0);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("version");
    TCase *tcase = tcase_create("version");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_text, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_series);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
