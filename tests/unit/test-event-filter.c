/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which events are shown: the words of `events`, names and patterns, and how a filter reads.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/events/event-filter.h"
#include "qmpbridge/shell/events/event-names.h"

/* @told (shown), @kept: names separated by blanks. */
static const struct {
    const char *words, *told, *kept, *text, *json;
} cases[] = {
    {"on", "STOP x", "", "on", "{\"mode\": \"on\"}"},
    {"off", "", "STOP x", "off", "{\"mode\": \"off\"}"},
    {"only STOP", "STOP stop", "STOPPED RESUME", "only STOP",
     "{\"mode\": \"only\", \"patterns\": [\"STOP\"]}"},
    {"only block_* job?", "BLOCK_JOB_READY BLOCK_ JOBS", "BLOCK JOB JOBSS", "only BLOCK_* JOB?",
     "{\"mode\": \"only\", \"patterns\": [\"BLOCK_*\", \"JOB?\"]}"},
    {"only STOP|RESUME", "STOP RESUME", "STOP|RESUME", "only STOP RESUME",
     "{\"mode\": \"only\", \"patterns\": [\"STOP\", \"RESUME\"]}"},
    {"except *_CHANGE RTC*", "STOP CHANGE", "BALLOON_CHANGE rtc_change RTC", "except *_CHANGE RTC*",
     "{\"mode\": \"except\", \"patterns\": [\"*_CHANGE\", \"RTC*\"]}"},
    {"except *", "", "STOP", "except *", "{\"mode\": \"except\", \"patterns\": [\"*\"]}"},
};

static void expect(const EventFilter *filter, const char *names, gboolean told)
{
    g_auto(GStrv) list = g_strsplit(names, " ", -1);

    for (char **name = list; *name; name++)
        ck_assert_msg(event_filter_test(filter, *name) == told, "%s", *name);
}

START_TEST(told)
{
    g_auto(GStrv) words = g_strsplit(cases[_i].words, " ", -1);
    g_autoptr(EventFilter) filter = event_filter_parse((const char *const *)words, NULL);
    g_autoptr(GBytes) json = NULL;
    g_autofree char *text = NULL, *json_text = NULL;

    ck_assert_ptr_nonnull(filter);
    expect(filter, cases[_i].told, TRUE);
    expect(filter, cases[_i].kept, FALSE);
    text = event_filter_text(filter);
    ck_assert_str_eq(text, cases[_i].text);
    json = event_filter_json(filter);
    json_text = g_strndup(g_bytes_get_data(json, NULL), g_bytes_get_size(json));
    ck_assert_str_eq(json_text, cases[_i].json);
}
END_TEST

/* The last word of the message is the one that is wrong. */
static const struct {
    const char *words, *message;
} refused[] = {
    {"maybe", "'maybe' is not expected here"},
    {"ON", "'ON' is not expected here"},
    {"on STOP", "'STOP' is not expected here"},
    {"off off", "'off' is not expected here"},
    {"only", "the name of an event is missing"},
    {"except", "the name of an event is missing"},
    {"only STOP|", "missing in 'STOP|'"},
    {"only |", "missing in '|'"},
    {"only \xc3\xa4", "is no name"},
    {"only \xff", "is no name"},
};

START_TEST(refusing)
{
    g_auto(GStrv) words = g_strsplit(refused[_i].words, " ", -1);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(event_filter_parse((const char *const *)words, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_msg(strstr(error->message, refused[_i].message) != NULL, "%s", error->message);
}
END_TEST

/* What a peer names an event must not make a pattern take for ever. */
START_TEST(long_name)
{
    const char *const words[] = {"*A*A*A*A*A*A*A*A*A*A*B", NULL};
    g_autoptr(EventNames) names = event_names_new(words, NULL);
    g_autofree char *longest = g_strnfill(EVENT_NAME_MAX, 'A');
    g_autofree char *longer = g_strnfill(1 << 20, 'A');

    ck_assert(!event_names_test(names, longer));
    longest[EVENT_NAME_MAX - 1] = 'B';
    ck_assert(event_names_test(names, longest));
}
END_TEST

START_TEST(defaults)
{
    g_autoptr(EventFilter) on = event_filter_new(TRUE), off = event_filter_new(FALSE);

    ck_assert(event_filter_test(on, "X"));
    ck_assert(!event_filter_test(off, "X"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("event-filter");
    TCase *tcase = tcase_create("event-filter");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, told, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, refusing, 0, G_N_ELEMENTS(refused));
    tcase_add_test(tcase, long_name);
    tcase_add_test(tcase, defaults);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
