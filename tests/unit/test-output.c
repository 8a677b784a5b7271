/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Output: golden texts of both forms, for a hostile recording too; which events are printed where;
 * and the progress line, which never mixes with other text.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/ui/output/output.h"

static GString *out, *err;
static Output *output;

static void keep(OutputSink sink, const char *text, gpointer user_data)
{
    (void)user_data;
    g_string_append(sink == OUTPUT_RESULT ? out : err, text);
}

static void open_output(OutputOptions how)
{
    how.write = keep;
    output = output_new(&how);
    out = g_string_new(NULL);
    err = g_string_new(NULL);
}

static void close_output(void)
{
    output_free(output);
    g_string_free(out, TRUE);
    g_string_free(err, TRUE);
}

static void assert_printable(const char *text)
{
    for (const char *at = text; *at; at = g_utf8_next_char(at))
        ck_assert(*at == '\n' || g_unichar_isprint(g_utf8_get_char(at)));
}

static Recording *make_recording(void)
{
    Recording *r = recording_new("login_001", "/store/login_001");

    r->state = RECORDING_COMPLETE;
    recording_set_reason(r, "requested");
    r->wall_begin = 1700000000 * (gint64)G_USEC_PER_SEC;
    r->wall_end = r->wall_begin + 65 * (gint64)G_USEC_PER_SEC;
    r->icount_begin = 1000;
    r->icount_end = 1235567;
    r->bytes = 92379545;
    r->verdict = VERDICT_IDENTICAL;
    return r;
}

static Recording *make_hostile(void)
{
    Recording *r = recording_new("bad", "/store/.bad.incomplete");

    r->state = RECORDING_INCOMPLETE;
    recording_set_reason(r, "no space\033[2J\nleft");
    r->marks = json_array_new();
    json_array_add_element(r->marks, json_parse("{'wall-us': 1700000000000000, 'text': "
                                                "'a \\u001b]0;mark\\u0007 \\u202e'}",
                                                -1, NULL));
    recording_add_file(r->files, "log\033", 5, "\033");
    r->verdict = VERDICT_DIVERGED;
    r->verdict_detail = g_strdup("at \033[31m7");
    return r;
}

static GPtrArray *make_list(void)
{
    GPtrArray *list = g_ptr_array_new_with_free_func((GDestroyNotify)recording_free);

    g_ptr_array_add(list, make_recording());
    g_ptr_array_add(list, make_hostile());
    return list;
}

START_TEST(list_human)
{
    g_autoptr(GPtrArray) list = make_list();

    open_output((OutputOptions){0});
    output_list(output, list);
    ck_assert_str_eq(
        out->str,
        "NAME       STATE       BEGUN                  DURATION  INSTRUCTIONS      SIZE  REPLAY"
        "     REASON\n"
        "login_001  complete    2023-11-14 22:13:20  1 min 05 s     1,234,567  88.1 MiB  identical"
        "  requested\n"
        "bad        incomplete  -                             -             0       0 B  diverged"
        "   no space\\x1b[2J\\nleft\n");
    close_output();
}
END_TEST

START_TEST(list_colour)
{
    g_autoptr(GPtrArray) list = make_list();

    open_output((OutputOptions){.colour = TRUE});
    output_list(output, list);
    ck_assert_ptr_nonnull(strstr(out->str, "\033[32midentical\033[0m  requested\n"));
    ck_assert_ptr_null(strstr(out->str, "\033[2J"));
    close_output();
}
END_TEST

START_TEST(list_json)
{
    g_autoptr(GPtrArray) list = make_list();

    open_output((OutputOptions){.json = TRUE});
    output_list(output, list);
    ck_assert_str_eq(
        out->str,
        "{\"command\": \"list\", \"return\": [{\"name\": \"login_001\", \"state\": \"complete\", "
        "\"reason\": \"requested\", \"begin\": 1700000000000000, \"end\": 1700000065000000, "
        "\"insns\": 1234567, \"bytes\": 92379545, \"verdict\": \"identical\", \"pending\": false}, "
        "{\"name\": \"bad\", \"state\": \"incomplete\", "
        "\"reason\": \"no space\\u001b[2J\\nleft\", \"begin\": 0, \"end\": 0, \"insns\": 0, "
        "\"bytes\": 0, \"verdict\": \"diverged\", \"pending\": false, "
        "\"detail\": \"at \\u001b[31m7\"}]}\n");
    close_output();
}
END_TEST

START_TEST(show)
{
    Recording *good = make_recording(), *bad = make_hostile();

    open_output((OutputOptions){0});
    output_recording(output, good);
    ck_assert_ptr_nonnull(strstr(out->str, "Duration:          1 min 05 s\n"));
    ck_assert_ptr_nonnull(strstr(out->str, "Replay:            identical\n"));
    output_recording(output, bad);
    ck_assert_ptr_nonnull(strstr(out->str, "Marks:             22:13:20.000 a \\x1b]0;mark\\x07"));
    assert_printable(out->str);
    close_output();
    recording_free(good);
    recording_free(bad);
}
END_TEST

START_TEST(verdict)
{
    Recording *r = make_recording();

    open_output((OutputOptions){0});
    output_verdict(output, "verify", r, VERDICT_DIVERGED, "at instruction 5\033", 1.26);
    ck_assert_str_eq(out->str, "login_001: diverged (replayed in 1.3 s): at instruction 5\\x1b\n");
    close_output();
    open_output((OutputOptions){.json = TRUE});
    output_verdict(output, "verify", r, VERDICT_IDENTICAL, NULL, 1.5);
    ck_assert_str_eq(out->str, "{\"command\": \"verify\", \"return\": {\"name\": \"login_001\", "
                               "\"result\": \"identical\", \"seconds\": 1.5}}\n");
    close_output();
    recording_free(r);
}
END_TEST

/* Which events are printed, and where: r standard output, n standard error, '-' nowhere. */
static const struct {
    const char *event;
    char script, prompt;
} events[] = {
    {"{'event':'STOP'}", '-', 'r'},
    {"{'event':'JOB_STATUS_CHANGE','data':{'id':'mine'}}", '-', 'r'},
    {"{'event':'JOB_STATUS_CHANGE','data':{'id':'qmpbridge-snapshot'}}", '-', '-'},
    {"{'event':'RECORD_BEGIN','data':{'name':'x'}}", '-', 'r'},
    {"{'event':'RECORD_ERROR','data':{'reason':'\\u001b[2J'}}", 'n', 'r'},
    {"{'event':'RECORD_VERIFIED','data':{'result':'identical'}}", '-', 'r'},
    {"{'event':'RECORD_VERIFIED','data':{'result':'diverged'}}", 'n', 'r'},
    {"{'event':'RECORD_VERIFIED'}", 'n', 'r'},
    {"{'event':'a\\u001bb','data':5,'timestamp':{'seconds':-1,'microseconds':1}}", '-', 'r'},
    {"{'event':'X','timestamp':{'seconds':9223372036854775807,'microseconds':0}}", '-', 'r'},
};

static GBytes *text_of(const char *text)
{
    return g_bytes_new_static(text, strlen(text));
}

/* What a command returned, in each form: with the VM's name where one is given. */
static const struct {
    const char *vm, *value, *human, *json, *bare;
} replies[] = {
    {NULL, "{}", "", "{\"command\": \"c\", \"return\": {}}\n", "{}\n"},
    {NULL, NULL, "", "{\"command\": \"c\", \"return\": {}}\n", "{}\n"},
    {NULL, "{\"b\": 18446744073709551615, \"a\": 1.10}",
     "{\"b\": 18446744073709551615, \"a\": 1.10}\n",
     "{\"command\": \"c\", \"return\": {\"b\": 18446744073709551615, \"a\": 1.10}}\n",
     "{\"b\": 18446744073709551615, \"a\": 1.10}\n"},
    {NULL, "\"one\\r\\ntwo\\u001b[2J\"", "one\ntwo\\x1b[2J\n",
     "{\"command\": \"c\", \"return\": \"one\\r\\ntwo\\u001b[2J\"}\n",
     "\"one\\r\\ntwo\\u001b[2J\"\n"},
    {NULL, "\"\"", "", "{\"command\": \"c\", \"return\": \"\"}\n", "\"\"\n"},
    {"a", "{}", "", "{\"vm\": \"a\", \"command\": \"c\", \"return\": {}}\n", "{}\n"},
    {"a", " [1] ", "a: [1]\n", "{\"vm\": \"a\", \"command\": \"c\", \"return\": [1]}\n", "[1]\n"},
    {"a\033", "\"x\\ny\"", "a\\x1b:\nx\ny\n",
     "{\"vm\": \"a\\u001b\", \"command\": \"c\", \"return\": \"x\\ny\"}\n", "\"x\\ny\"\n"},
};

static void expect_reply(OutputOptions how, int row, const char *wanted)
{
    g_autoptr(GBytes) value = replies[row].value ? text_of(replies[row].value) : NULL;

    open_output(how);
    output_reply(output, replies[row].vm, "c", value);
    ck_assert_str_eq(out->str, wanted);
    ck_assert_uint_eq(err->len, 0);
    close_output();
}

START_TEST(reply)
{
    expect_reply((OutputOptions){0}, _i, replies[_i].human);
    expect_reply((OutputOptions){.json = TRUE}, _i, replies[_i].json);
    expect_reply((OutputOptions){.bare = TRUE}, _i, replies[_i].bare);
    expect_reply((OutputOptions){.bare = TRUE, .json = TRUE}, _i, replies[_i].bare);
}
END_TEST

/* A long answer goes to the pager, nothing else does. */
static gboolean take_page(const char *text, gpointer user_data)
{
    (void)user_data;
    g_string_append_printf(err, "<%s>", text);
    return g_str_has_prefix(text, "[1]");
}

START_TEST(paging)
{
    g_autoptr(GBytes) one = text_of("[1]"), two = text_of("[2]"), event = text_of("{'event':'X'}");

    open_output((OutputOptions){.page = take_page, .events = TRUE});
    output_reply(output, NULL, "c", one);
    output_reply(output, NULL, "c", two);
    output_event(output, NULL, event);
    ck_assert_str_eq(err->str, "<[1]\n><[2]\n>");
    ck_assert_str_eq(out->str, "[2]\nX\n");
    close_output();
}
END_TEST

START_TEST(filtering)
{
    static const char *const only[] = {"only", "STOP", NULL};
    g_autoptr(GBytes) stop = text_of("{\"event\": \"STOP\"}\r\n");
    g_autoptr(GBytes) resume = text_of("{\"event\": \"RESUME\"}\r\n");
    g_autoptr(GBytes) alarm = text_of("{\"event\": \"RECORD_ERROR\"}");

    for (int json = 0; json < 2; json++) {
        open_output((OutputOptions){.json = json, .events = TRUE});
        output_event(output, "a", resume);
        output_set_filter(output, event_filter_parse(only, NULL));
        output_event(output, "a", stop);
        output_event(output, "a", resume);
        output_awaited(output, "a", stop);   /* printed before */
        output_awaited(output, "a", resume); /* not printed before */
        output_event(output, "a", alarm);
        ck_assert_str_eq(out->str, json ? "{\"vm\": \"a\", \"event\": \"RESUME\"}\n"
                                          "{\"vm\": \"a\", \"event\": \"STOP\"}\n"
                                          "{\"vm\": \"a\", \"event\": \"RESUME\"}\n"
                                          "{\"vm\": \"a\", \"event\": \"RECORD_ERROR\"}\n"
                                        : "a: RESUME\na: STOP\na: RESUME\n");
        ck_assert_str_eq(err->str, json ? "" : "a: RECORD_ERROR\n");
        close_output();
    }
}
END_TEST

/* --return-value: on standard output stands what commands returned, and what was waited for. */
START_TEST(gap)
{
    g_autoptr(GBytes) text = text_of("{\"gap\": {\"seconds\": 1.5}}");

    open_output((OutputOptions){.json = TRUE});
    output_gap(output, "a", text);
    output_gap(output, NULL, text);
    ck_assert_str_eq(out->str, "{\"vm\": \"a\", \"gap\": {\"seconds\": 1.5}}\n"
                               "{\"gap\": {\"seconds\": 1.5}}\n");
    close_output();
    open_output((OutputOptions){.bare = TRUE});
    output_gap(output, "a", text);
    ck_assert_str_eq(out->str, "");
    close_output();
    open_output((OutputOptions){.chatty = TRUE});
    output_gap(output, "a", text);
    ck_assert_str_eq(out->str, "");
    close_output();
}
END_TEST

/* The line to log in by; any other port as it is. */
START_TEST(forward)
{
    MachineForward ssh = {.address = "0.0.0.0", .host = 43117, .guest = 22};
    MachineForward dns = {.udp = TRUE, .host = 5353, .guest = 53};

    open_output((OutputOptions){.json = _i == 1, .places = _i == 0});
    output_forward(output, &ssh);
    output_forward(output, &dns);
    dns.guest = 22; /* of UDP: that is no ssh */
    if (_i == 0)
        output_forward(output, &dns);
    if (_i == 0)
        ck_assert_str_eq(out->str, "Log in:         ssh -p 43117 root@127.0.0.1\n"
                                   "Forwarded:      UDP port 5353 of 127.0.0.1 is port 53 of the "
                                   "guest\n"
                                   "Forwarded:      UDP port 5353 of 127.0.0.1 is port 22 of the "
                                   "guest\n");
    else if (_i == 1)
        ck_assert_str_eq(out->str, "{\"forward\": {\"protocol\": \"tcp\", \"address\": "
                                   "\"0.0.0.0\", \"host\": 43117, \"guest\": 22}}\n"
                                   "{\"forward\": {\"protocol\": \"udp\", \"address\": "
                                   "\"127.0.0.1\", \"host\": 5353, \"guest\": 53}}\n");
    else
        ck_assert_str_eq(out->str, "");
    close_output();
}
END_TEST

/* An image that was made: printed also where confirmations aren't wanted. */
START_TEST(image)
{
    open_output((OutputOptions){.json = _i == 1, .bare = _i == 2});
    output_image(output, "disk1", "/a\n", "/b");
    output_image(output, NULL, "/c", "/d");
    if (_i == 0)
        ck_assert_str_eq(out->str, "Disk kept:      /a\\n on top of /b\n"
                                   "Disk image:     /c on top of /d\n");
    else if (_i == 1)
        ck_assert_str_eq(
            out->str, "{\"image\": {\"disk\": \"disk1\", \"file\": \"/a\\n\", \"base\": \"/b\"}}\n"
                      "{\"image\": {\"file\": \"/c\", \"base\": \"/d\"}}\n");
    else
        ck_assert_str_eq(out->str, "");
    close_output();
}
END_TEST

START_TEST(bare)
{
    g_autoptr(GPtrArray) list = g_ptr_array_new();
    g_autoptr(GBytes) stop = text_of("{\"event\": \"STOP\"}\r\n");
    g_autoptr(GBytes) alarm = text_of("{\"event\": \"RECORD_ERROR\"}");
    g_autoptr(GError) failed = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "it failed");

    open_output((OutputOptions){.bare = TRUE, .events = TRUE, .chatty = TRUE, .progress = TRUE});
    output_running(output, "/s", "/c");
    output_event(output, NULL, stop);
    output_event(output, NULL, alarm);
    output_text(output, NULL, "text");
    output_hint(output, NULL, "hint");
    output_progress(output, "c", 1, 2);
    output_error(output, "a", "x:1", failed);
    ck_assert_str_eq(out->str, "");
    ck_assert_str_eq(err->str, "RECORD_ERROR\nx:1: a: error: it failed\n");
    output_awaited(output, NULL, stop);
    output_list(output, list);
    ck_assert_str_eq(out->str, "{\"event\": \"STOP\"}\n[]\n");
    close_output();
}
END_TEST

START_TEST(answer)
{
    g_autoptr(GBytes) value = text_of("{\"a\": 1}");

    open_output((OutputOptions){0});
    output_answer(output, NULL, "c", value, "one");
    output_answer(output, NULL, "c", value, NULL);
    ck_assert_str_eq(out->str, "one\n");
    close_output();
    open_output((OutputOptions){.json = TRUE});
    output_answer(output, NULL, "c", value, "one");
    ck_assert_str_eq(out->str, "{\"command\": \"c\", \"return\": {\"a\": 1}}\n");
    close_output();
}
END_TEST

static void expect_event(OutputOptions how, GBytes *event, char where)
{
    open_output(how);
    output_event(output, NULL, event);
    ck_assert_int_eq(out->len ? 'r' : err->len ? 'n' : '-', where);
    assert_printable(out->str);
    assert_printable(err->str);
    close_output();
}

START_TEST(event)
{
    g_autoptr(GBytes) object = g_bytes_new_static(events[_i].event, strlen(events[_i].event));

    expect_event((OutputOptions){0}, object, events[_i].script);
    expect_event((OutputOptions){.events = TRUE}, object, events[_i].prompt);
    expect_event((OutputOptions){.json = TRUE}, object, 'r');
}
END_TEST

START_TEST(progress)
{
    open_output((OutputOptions){.progress = TRUE});
    output_progress(output, "verify", 1, 2);
    output_progress(output, "verify", 2, 2); /* too soon to be drawn */
    output_text(output, NULL, "text");
    ck_assert_str_eq(out->str, "text\n");
    ck_assert_str_eq(err->str, "verify [###############...............]  50 %\r\033[K");
    close_output();
    open_output((OutputOptions){0});
    output_progress(output, "verify", 1, 2);
    ck_assert_uint_eq(out->len + err->len, 0);
    close_output();
}
END_TEST

START_TEST(console)
{
    open_output((OutputOptions){0});
    output_console(output, "a\r\n\033[2Jb\0", 10);
    ck_assert_str_eq(out->str, "a\n\\x1b[2Jb\\x00\\x00");
    close_output();
    open_output((OutputOptions){.json = TRUE});
    output_console(output, "a\r\n\xff", 4);
    ck_assert_str_eq(out->str, "{\"console\": \"a\\r\\n\\ufffd\"}\n");
    close_output();
}
END_TEST

START_TEST(error)
{
    g_autoptr(GError) full = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FULL, "disk\033 full");

    open_output((OutputOptions){0});
    output_error(output, NULL, "x:1", full);
    ck_assert_str_eq(err->str, "x:1: error: disk\\x1b full\n");
    close_output();
    open_output((OutputOptions){.json = TRUE});
    output_error(output, NULL, NULL, full);
    ck_assert_str_eq(out->str, "{\"error\": {\"class\": \"GenericError\", "
                               "\"desc\": \"disk\\u001b full\", \"exit-code\": 7}}\n");
    close_output();
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("output");
    TCase *tcase = tcase_create("output");
    SRunner *runner;
    int failed;

    g_setenv("TZ", "UTC", TRUE);
    tcase_add_test(tcase, list_human);
    tcase_add_test(tcase, list_colour);
    tcase_add_test(tcase, list_json);
    tcase_add_test(tcase, show);
    tcase_add_test(tcase, verdict);
    tcase_add_loop_test(tcase, reply, 0, G_N_ELEMENTS(replies));
    tcase_add_test(tcase, paging);
    tcase_add_test(tcase, filtering);
    tcase_add_loop_test(tcase, forward, 0, 3);
    tcase_add_loop_test(tcase, image, 0, 3);
    tcase_add_test(tcase, bare);
    tcase_add_test(tcase, gap);
    tcase_add_test(tcase, answer);
    tcase_add_loop_test(tcase, event, 0, G_N_ELEMENTS(events));
    tcase_add_test(tcase, progress);
    tcase_add_test(tcase, console);
    tcase_add_test(tcase, error);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
