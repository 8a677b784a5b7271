/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `wait` looks for: matching by name and data, the order in which events are consumed, and
 * the bounds of the queue.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/event-text.h"
#include "qmpbridge/shell/waiting.h"

static const struct {
    const char *name, *pairs, *event;
    gboolean fits;
} cases[] = {
    {"STOP", NULL, "{'event':'STOP'}", TRUE},
    {"stop", NULL, "{'event':'STOP'}", TRUE},
    {"STOP", NULL, "{'event':'STOPPED'}", FALSE},
    {"STOP", NULL, "{'event':5}", FALSE},
    {"STOP", NULL, "{}", FALSE},
    {"E", "name=a", "{'event':'E','data':{'name':'a'}}", TRUE},
    {"E", "name=a", "{'event':'E','data':{'name':'b'}}", FALSE},
    {"E", "name=a", "{'event':'E','data':{}}", FALSE},
    {"E", "name=a", "{'event':'E'}", FALSE},
    {"E", "name=a", "{'event':'E','data':5}", FALSE},
    {"E", "n=5|flag=true", "{'event':'E','data':{'n':5,'flag':true}}", TRUE},
    {"E", "n=5|flag=true", "{'event':'E','data':{'n':5,'flag':false}}", FALSE},
    {"E", "a.b.c=x", "{'event':'E','data':{'a':{'b':{'c':'x'}}}}", TRUE},
    {"E", "a.b.c=x", "{'event':'E','data':{'a':{'b':'x'}}}", FALSE},
    {"E", "name=", "{'event':'E','data':{'name':''}}", TRUE},
};

static GBytes *event_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

START_TEST(match)
{
    g_auto(GStrv) pairs = cases[_i].pairs ? g_strsplit(cases[_i].pairs, "|", -1) : NULL;
    g_autoptr(EventMatch) wanted = event_match_new(cases[_i].name, pairs, NULL);
    g_autoptr(GBytes) event = event_of(cases[_i].event);

    ck_assert_ptr_nonnull(wanted);
    ck_assert_int_eq(event_match_test(wanted, event), cases[_i].fits);
}
END_TEST

START_TEST(bad_pairs)
{
    g_auto(GStrv) pairs = g_strsplit("name", "|", -1), empty = g_strsplit("=x", "|", -1);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(event_match_new("E", pairs, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_ptr_null(event_match_new("E", empty, NULL));
}
END_TEST

static void push(EventQueue *queue, const char *name, int n)
{
    g_autofree char *text = g_strdup_printf("{\"event\":\"%s\",\"data\":{\"n\":%d}}", name, n);
    g_autoptr(GBytes) event = event_of(text);

    event_queue_push(queue, event);
}

/* The number of the event that is taken, or -1. */
static int take(EventQueue *queue, const char *name)
{
    g_autoptr(EventMatch) wanted = event_match_new(name, NULL, NULL);
    g_autoptr(GBytes) event = event_queue_take(queue, wanted);
    EventText parts;
    gint64 n = -1;

    if (event) {
        ck_assert(event_text_parse(event, &parts));
        ck_assert(json_slice_int(event_text_member(parts.data, "n"), &n));
    }
    return (int)n;
}

START_TEST(consuming)
{
    g_autoptr(EventQueue) queue = event_queue_new();

    push(queue, "A", 1);
    push(queue, "B", 2);
    push(queue, "A", 3);
    push(queue, "C", 4);
    ck_assert_int_eq(take(queue, "X"), -1); /* nothing is consumed without a match */
    ck_assert_int_eq(take(queue, "B"), 2);
    ck_assert_int_eq(take(queue, "A"), 3); /* the first A came before the last match */
    ck_assert_int_eq(take(queue, "A"), -1);
    ck_assert_int_eq(take(queue, "C"), 4);
    ck_assert_int_eq(take(queue, "C"), -1);
}
END_TEST

START_TEST(bounds)
{
    g_autoptr(EventQueue) queue = event_queue_new();
    g_autofree char *big = g_strnfill(EVENT_QUEUE_MAX_BYTES / 2, 'x');
    g_autofree char *text = g_strdup_printf("{\"event\":\"BIG\",\"data\":{\"n\":7,\"x\":\"%s\"}}",
                                            big);
    g_autoptr(GBytes) event = event_of(text);

    for (int i = 0; i < (int)EVENT_QUEUE_MAX + 10; i++)
        push(queue, "A", i);
    ck_assert_uint_eq(event_queue_lost(queue), 10);
    ck_assert_int_eq(take(queue, "A"), 10);
    for (int i = 0; i < 5; i++)
        event_queue_push(queue, event);
    ck_assert_int_eq(take(queue, "BIG"), 7);
    ck_assert_int_eq(take(queue, "BIG"), -1); /* two of them are over the limit */
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("waiting");
    TCase *tcase = tcase_create("waiting");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, match, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, bad_pairs);
    tcase_add_test(tcase, consuming);
    tcase_add_test(tcase, bounds);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
