/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Numbers for people: a table for each kind, with the values at which the unit changes.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/ui/output/format.h"

static const struct {
    char *(*format)(guint64);
    guint64 value;
    const char *text;
} numbers[] = {
    {format_size, 0, "0 B"},
    {format_size, 1023, "1023 B"},
    {format_size, 1024, "1.0 KiB"},
    {format_size, 1048575, "1.0 MiB"},
    {format_size, 92379545, "88.1 MiB"},
    {format_size, G_MAXUINT64, "16.0 EiB"},
    {format_count, 0, "0"},
    {format_count, 999, "999"},
    {format_count, 1000, "1,000"},
    {format_count, 1234567, "1,234,567"},
    {format_count, G_MAXUINT64, "18,446,744,073,709,551,615"},
};

static const struct {
    gint64 usec;
    const char *text;
} durations[] = {
    {-5, "0.00 s"},
    {0, "0.00 s"},
    {240000, "0.24 s"},
    {59 * G_USEC_PER_SEC, "59.00 s"},
    {65 * (gint64)G_USEC_PER_SEC, "1 min 05 s"},
    {3599 * (gint64)G_USEC_PER_SEC, "59 min 59 s"},
    {7380 * (gint64)G_USEC_PER_SEC, "2 h 03 min"},
};

START_TEST(number)
{
    g_autofree char *text = numbers[_i].format(numbers[_i].value);

    ck_assert_str_eq(text, numbers[_i].text);
}
END_TEST

START_TEST(duration)
{
    g_autofree char *text = format_duration(durations[_i].usec);

    ck_assert_str_eq(text, durations[_i].text);
}
END_TEST

START_TEST(time_of_day)
{
    g_autofree char *none = format_time(0);
    g_autofree char *some = format_time(1700000000 * (gint64)G_USEC_PER_SEC);
    g_autofree char *clock = format_clock(1700000000 * (gint64)G_USEC_PER_SEC + 123456);
    g_autofree char *absurd = format_time(G_MAXINT64);
    g_autofree char *past = format_clock(G_MININT64);

    ck_assert_str_eq(none, "-");
    ck_assert_str_eq(some, "2023-11-14 22:13:20");
    ck_assert_str_eq(clock, "22:13:20.123");
    ck_assert_ptr_nonnull(absurd);
    ck_assert_ptr_nonnull(past);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("format");
    TCase *tcase = tcase_create("format");
    SRunner *runner;
    int failed;

    g_setenv("TZ", "UTC", TRUE);
    tcase_add_loop_test(tcase, number, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tcase, duration, 0, G_N_ELEMENTS(durations));
    tcase_add_test(tcase, time_of_day);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
