/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `wait` looks for: its words, matching by name and data, the order in which events are
 * consumed, and the bounds of the queue.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/shell/events/event-text.h"
#include "qmpbridge/shell/events/event-queue.h"

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
    /* names and patterns */
    {"A|E", NULL, "{'event':'E'}", TRUE},
    {"block_*", NULL, "{'event':'BLOCK_JOB_READY'}", TRUE},
    {"BLOCK_*", NULL, "{'event':'BLOCK'}", FALSE},
    {"E?", NULL, "{'event':'E'}", FALSE},
    {"*", NULL, "{'event':'__com.example_X'}", TRUE},
    {"*", NULL, "[{'event':'E'}]", FALSE},
    /* values as they are written */
    {"E", "n=5", "{'event':'E','data':{'n':'5'}}", TRUE},
    {"E", "n=\"5\"", "{'event':'E','data':{'n':'5'}}", TRUE},
    {"E", "n=\"5\"", "{'event':'E','data':{'n':5}}", FALSE},
    {"E", "n=0x10", "{'event':'E','data':{'n':16}}", TRUE},
    {"E", "n=0xffffffffffffffff", "{'event':'E','data':{'n':18446744073709551615}}", TRUE},
    {"E", "n=18446744073709551615", "{'event':'E','data':{'n':18446744073709551615}}", TRUE},
    {"E", "n=18446744073709551615", "{'event':'E','data':{'n':18446744073709551614}}", FALSE},
    {"E", "n=9007199254740993", "{'event':'E','data':{'n':9007199254740992}}", FALSE},
    {"E", "n=1e3", "{'event':'E','data':{'n':1000}}", TRUE},
    {"E", "n=0.5", "{'event':'E','data':{'n':0.50}}", TRUE},
    {"E", "n=true", "{'event':'E','data':{'n':true}}", TRUE},
    {"E", "n=true", "{'event':'E','data':{'n':1}}", FALSE},
    {"E", "n=null", "{'event':'E','data':{'n':null}}", TRUE},
    {"E", "n=", "{'event':'E','data':{'n':null}}", FALSE},
    {"E", "n={\"a\":1}", "{'event':'E','data':{'n':{'a': 1}}}", TRUE},
    {"E", "n=[1,2]", "{'event':'E','data':{'n':[1, 2]}}", TRUE},
    {"E", "n=[1,2]", "{'event':'E','data':{'n':[1, 2, 3]}}", FALSE},
    {"E", "s=a\u00e9", "{'event':'E','data':{'s':'a\\u00e9'}}", TRUE},
    /* where they are */
    {"E", "data.n=5", "{'event':'E','data':{'n':5}}", TRUE},
    {"E", "data.n=5", "{'event':'E','data':{'n':6,'data':{'n':5}}}", TRUE},
    {"E", "l.1.a=x", "{'event':'E','data':{'l':[5,{'a':'x'}]}}", TRUE},
    {"E", "l.2=x", "{'event':'E','data':{'l':[5]}}", FALSE},
    {"E", "l.99999999999999999999=x", "{'event':'E','data':{'l':[5]}}", FALSE},
    {"E", "n.a=x", "{'event':'E','data':{'n':5}}", FALSE},
};

static GBytes *event_of(const char *text)
{
    return g_bytes_new(text, strlen(text));
}

START_TEST(matching)
{
    g_auto(GStrv) pairs = cases[_i].pairs ? g_strsplit(cases[_i].pairs, "|", -1) : NULL;
    g_autoptr(EventMatch) wanted = event_match_new(cases[_i].name, pairs, NULL);
    g_autoptr(GBytes) event = event_of(cases[_i].event);

    ck_assert_ptr_nonnull(wanted);
    ck_assert_int_eq(event_match_test(wanted, event), cases[_i].fits);
}
END_TEST

/* What is written behind `wait NAME`: the members and the time-out that are read from it; NULL:
 * refused, with @pairs in the message. */
static const struct {
    const char *name, *words, *pairs, *seconds;
} grammar[] = {
    {"E", "", "", "-1"},
    {"E", "60", "", "60"},
    {"E", "timeout|0.5", "", "0.5"},
    {"E", "timeout=2", "", "2"},
    {"E", "a=b|60", "a=b", "60"},
    {"E", "60|a=b", "a=b", "60"},
    {"E", "match|a=b|c.d=e|timeout|7", "a=b|c.d=e", "7"},
    {"E", "match|timeout=2", "timeout=2", "-1"},
    {"E", "timeout|3|match|a=", "a=", "3"},
    {"end", "5", NULL, "5"},
    {"E", "match", "'match' is not followed by KEY=VALUE", NULL},
    {"E", "match|a", "'a' is not KEY=VALUE", NULL},
    {"E", "match|=a", "'=a' is not KEY=VALUE", NULL},
    {"E", "timeout", "'timeout' is not followed by SECONDS", NULL},
    {"E", "timeout|soon", "'soon' is not", NULL},
    {"E", "-1", "'-1' is not", NULL},
    {"E", "1e99", "'1e99' is not", NULL},
    {"E", "0x10", "'0x10' is not", NULL},
    {"E", "5|6", "'6' is not expected after a time-out", NULL},
    {"E||F", "", "missing in 'E||F'", NULL},
    {"", "", "missing", NULL},
    {"end", "a=b", "'a=b' is not for the end", NULL},
};

static void refuse(const char *name, char **words, const char *message)
{
    g_autoptr(GError) error = NULL;
    EventMatch *match = NULL;
    double seconds = 7;

    ck_assert(!event_match_parse(name, words, &match, &seconds, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_msg(strstr(error->message, message) != NULL, "%s", error->message);
    ck_assert_ptr_null(match);
    ck_assert(seconds == 7);
}

/* Members are there if an event that has them all fits, and none that lacks one. */
static void check_members(const EventMatch *match, const char *pairs)
{
    g_autoptr(GBytes) none = event_of("{'event':'E','data':{}}");
    g_autoptr(GBytes) all = event_of("{'event':'E','data':{'a':'b','c':{'d':'e'},'timeout':2}}");
    g_autoptr(GBytes) empty = event_of("{'event':'E','data':{'a':''}}");

    ck_assert_int_eq(event_match_test(match, none), !*pairs);
    ck_assert(event_match_test(match, all) || event_match_test(match, empty));
}

START_TEST(reading)
{
    g_auto(GStrv) words = g_strsplit(grammar[_i].words, "|", -1);
    g_autoptr(EventMatch) match = NULL;
    g_autofree char *text = NULL;
    double seconds = 0;

    if (!grammar[_i].seconds) {
        refuse(grammar[_i].name, words, grammar[_i].pairs);
        return;
    }
    ck_assert(event_match_parse(grammar[_i].name, words, &match, &seconds, NULL));
    text = g_strdup_printf("%g", seconds);
    ck_assert_str_eq(text, grammar[_i].seconds);
    ck_assert_int_eq(match == NULL, grammar[_i].pairs == NULL);
    if (match)
        check_members(match, grammar[_i].pairs);
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
    g_autofree char *text =
        g_strdup_printf("{\"event\":\"BIG\",\"data\":{\"n\":7,\"x\":\"%s\"}}", big);
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

    tcase_add_loop_test(tcase, matching, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, reading, 0, G_N_ELEMENTS(grammar));
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
