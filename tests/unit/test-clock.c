/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Clocks: the textual form there and back, at its limits too.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/io/clock.h"

static const struct {
    gint64 wall;
    const char *text;
} times[] = {
    {0, "1970-01-01T00:00:00.000Z"},
    {1, "1970-01-01T00:00:00.000Z"},
    {999999, "1970-01-01T00:00:00.999Z"},
    {G_GINT64_CONSTANT(1738367999123456), "2025-01-31T23:59:59.123Z"},
    {G_GINT64_CONSTANT(1709164800000000), "2024-02-29T00:00:00.000Z"},
    {-1, "1969-12-31T23:59:59.999Z"},
    {G_MAXINT64, "9999-12-31T23:59:59.999Z"},
    {G_MININT64, "0001-01-01T00:00:00.000Z"},
};

START_TEST(test_iso8601)
{
    g_autofree char *text = clock_iso8601(times[_i].wall);

    ck_assert_str_eq(text, times[_i].text);
}
END_TEST

START_TEST(test_parse)
{
    gint64 wall = 0;

    ck_assert(clock_parse_iso8601("2025-01-31T23:59:59.123Z", &wall));
    ck_assert_int_eq(wall, G_GINT64_CONSTANT(1738367999123000));
    ck_assert(clock_parse_iso8601("1969-12-31T23:59:59.999Z", &wall));
    ck_assert_int_eq(wall, -1000);
}
END_TEST

static const char *const no_times[] = {
    "",
    "Z",
    "2025-01-31",
    "2025-13-31T23:59:59.123Z",
    "2025-01-31T23:59:59.123+",
    "2025-01-31T25:59:59.123Z",
    "2025-01-31T23:59:59.123Zx",
    "xxxxxxxxxxxxxxxxxxxxxxxZ",
};

START_TEST(test_parse_bad)
{
    gint64 wall = 7;

    ck_assert(!clock_parse_iso8601(no_times[_i], &wall));
    ck_assert_int_eq(wall, 7);
}
END_TEST

START_TEST(test_running)
{
    gint64 mono = clock_mono();

    ck_assert_int_gt(clock_wall(), G_GINT64_CONSTANT(1600000000000000));
    ck_assert_int_ge(clock_mono(), mono);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("clock");
    TCase *tcase = tcase_create("clock");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_iso8601, 0, G_N_ELEMENTS(times));
    tcase_add_test(tcase, test_parse);
    tcase_add_loop_test(tcase, test_parse_bad, 0, G_N_ELEMENTS(no_times));
    tcase_add_test(tcase, test_running);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
