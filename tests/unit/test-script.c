/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Commands and scripts against a peer: what is sent, in which order, what is printed, where it
 * stops, and with which exit code.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/shell/executor.h"
#include "tests/unit/shell-fixture.h"

/* @commands separated by ';'. @sent: the requests, joined by ';'. */
static const struct {
    const char *commands, *script;
    int code;
    const char *sent, *out, *err; /* NULL: not looked at; @err: a part of it */
} cases[] = {
    {"ok", NULL, 0, "ok ", "", ""},
    {"ok text=x;ok", NULL, 0, "ok {\"text\": \"x\"};ok ", "{\"args\": {\"text\": \"x\"}}\n", ""},
    {NULL, "ok\n\n  # comment\nok number=5", 0, "ok ;ok {\"number\": 5}", NULL, ""},
    {"ok", "ok text=2\r\n", 0, "ok ;ok {\"text\": \"2\"}", NULL, ""},
    {NULL, "ok text='a\nb' {\n\nok", 1, "", "", "script:1: error: "},
    {NULL, "ok sub={\n 'kind': 'raw',\n 'offset': 1}\nok", 0,
     "ok {\"sub\": {\"kind\": \"raw\", \"offset\": 1}};ok ", NULL, ""},
    {NULL, "ok text='a\nb'\n{\"execute\":\n\"ok\"}\nok \\\nnumber=1", 0,
     "ok {\"text\": \"a\\nb\"};ok ;ok {\"number\": 1}", NULL, ""},
    {NULL, "ok\n{\"execute\":\n", 1, "ok ", NULL, "script:2: error: "},
    {"transaction;snap offset=1;snap offset=2;commit;ok", NULL, 0,
     "transaction {\"actions\": [{\"type\": \"snap\", \"data\": {\"offset\": 1}}, "
     "{\"type\": \"snap\", \"data\": {\"offset\": 2}}]};ok ",
     NULL, ""},
    {NULL, "transaction ( offset=7\n  # both\n  {'type':'snap',\n 'data':{'offset':1}}\n)\n", 0,
     "transaction {\"actions\": [{\"type\": \"snap\", \"data\": {\"offset\": 1}}], "
     "\"properties\": {\"offset\": 7}}",
     NULL, ""},
    {"transaction;snap offset=1;abort;ok", NULL, 0, "ok ", NULL, ""},
    {"transaction;snap offset=1;show;abort", NULL, 0, "", NULL, ""},
    {"transaction;snap offst=1", NULL, 1, "", "", "did you mean 'offset'?\n  snap offst=1\n"},
    {"transaction;{'type':'snap','data':{}}", NULL, 1, "", "", "'data.offset' (int) is missing"},
    {"transaction;snp offset=1", NULL, 1, "", "", "no action 'snp'; did you mean 'snap'?"},
    {"transaction ofset=1", NULL, 1, "", "", "did you mean 'offset'?"},
    {"transaction;commit", NULL, 1, "", "", "no actions"},
    {"transaction;snap offset=1", NULL, 1, "", "", "still open at the end"},
    {"transaction actions.0.type=snap actions.0.data.offset=3", NULL, 0,
     "transaction {\"actions\": [{\"type\": \"snap\", \"data\": {\"offset\": 3}}]}", NULL, ""},
    {"fail;ok", NULL, 1, "fail ", "", "-c 1: error: it \\x1b[31mfailed\n"},
    {NULL, "ok\n\nfail\nok\n", 1, "ok ;fail ", NULL, "script:3: error: it"},
    {"no-such", NULL, 1, "", "", "no command 'no-such'"},
    {"{'execute':'no-such'}", NULL, 1, "no-such ", "", "no such command"},
    {"ok nubmer=5", NULL, 1, "", "",
     "ok has no argument 'nubmer'; did you mean 'number'?\n"
     "  ok nubmer=5\n     ^~~~~~\n"},
    {"ok number=18446744073709551615", NULL, 0, NULL, NULL, ""},
    {"ok number=x;ok", NULL, 1, "", "", "'number' must be an integer, not 'x'"},
    {"wait;ok", NULL, 1, "", "", "usage: wait EVENT"},
    {"ok 'open", NULL, 1, "", "", "quote"},
    {"{\"execute\":\"ok\",\"id\":7}", NULL, 0, "ok ", NULL, ""},
    {"{\"execute\":5}", NULL, 1, "", "", "not a QMP command"},
    {"{\"execute\":\"ok\"", NULL, 1, "", "", "not a QMP command"},
    {"qmp ok text=quit", NULL, 0, "ok {\"text\": \"quit\"}", NULL, ""},
    {"quit;fail", NULL, 0, "", "", ""},
    {"begin_record x", NULL, 0, "begin_record {\"file_name\": \"x\"}",
     "recording x_001 has begun\n", ""},
    {"begin_record file_name=x", NULL, 0, "begin_record {\"file_name\": \"x\"}", NULL, ""},
    {"end_record discard", NULL, 1, "end_record {\"discard\": true}", "", "qmpbridge run"},
    {"record-mark it broke", NULL, 1, "record-mark {\"text\": \"it broke\"}", "", NULL},
    {"list", NULL, 0, "", "", ""},
    {"show no-such", NULL, 1, "", "", "no-such"},
    {"help quit", NULL, 0, "", NULL, ""},
    {"help ok", NULL, 0, "", NULL, ""},
    {"help nothing", NULL, 1, "", "", "no command 'nothing'"},
    /* wait */
    {"emit event=PING;wait ping 5;ok", NULL, 0, NULL, NULL, ""},
    {"emit event=PING data.n=1;wait PING n=1 5", NULL, 0, NULL, NULL, ""},
    {"emit event=PING data.n=1;wait PING n=2 0.01", NULL, 8, NULL, NULL, "did not come"},
    {"emit event=PING;wait PING;wait PING 0.01", NULL, 8, NULL, NULL, "-c 3: error: PING did not"},
    {"wait NOTHING 1", NULL, 1, "", "", "no event 'NOTHING'; Tab"},
    {"wait pimg 1", NULL, 1, "", "", "no event 'PIMG'; did you mean 'PING'?"},
    {"wait 'PI*|NO*' 1", NULL, 1, "", "", "no event 'NO*'"},
    {"emit event=PING;wait 'PI*|SHUT*' match 1", NULL, 1, NULL, NULL, "'1' is not KEY=VALUE"},
    {"events only PING;emit event=PING;wait PING;events", NULL, 0, NULL, NULL, ""},
    {"events maybe", NULL, 1, "", "", "'maybe' is not expected here"},
    {"wait RECORD_END 0.01", NULL, 8, "", "", "did not come"},
    /* the end of the connection */
    {"drop;ok", NULL, 4, "drop ", "", "-c 1: error: "},
    {"{\"execute\":\"hang\"};ok", NULL, 8, "hang ", "", "-c 1: error: "},
    {"wait end 0.01", NULL, 8, "", "", "end did not come"},
    /* events that decide on the exit code */
    {"emit event=RECORD_ERROR data.name=x data.reason=full", NULL, 5, NULL, NULL,
     "RECORD_ERROR name=\"x\" reason=\"full\""},
    {"emit event=RECORD_ERROR;fail", NULL, 5, NULL, NULL, NULL},
    {"emit event=RECORD_VERIFIED data.result=diverged", NULL, 6, NULL, NULL, "diverged"},
    {"emit event=RECORD_VERIFIED data.result=diverged data.backlog=true", NULL, 0, NULL, NULL,
     "diverged"},
    {"emit event=RECORD_VERIFIED data.result=identical", NULL, 0, NULL, NULL, ""},
    {"emit event=RECORD_ERROR;emit event=RECORD_VERIFIED data.result=diverged", NULL, 6, NULL, NULL,
     NULL},
};

static char *requests(Fixture *fixture)
{
    g_ptr_array_add(fixture->requests, NULL);
    return g_strjoinv(";", (char **)fixture->requests->pdata);
}

START_TEST(script)
{
    Fixture *f = fixture_new(FALSE, TRUE, 1);
    g_auto(GStrv) commands = cases[_i].commands ? g_strsplit(cases[_i].commands, ";", -1) : NULL;
    int code = fixture_run(f, (const char *const *)commands, cases[_i].script);
    g_autofree char *sent = requests(f);

    ck_assert_msg(code == cases[_i].code, "code %d: %s", code, f->err->str);
    if (cases[_i].sent)
        ck_assert_str_eq(sent, cases[_i].sent);
    if (cases[_i].out)
        ck_assert_str_eq(f->out->str, cases[_i].out);
    if (cases[_i].err)
        ck_assert_msg(*cases[_i].err ? strstr(f->err->str, cases[_i].err) != NULL : !f->err->len,
                      "%s", f->err->str);
    fixture_free(f);
}
END_TEST

START_TEST(unattached)
{
    Fixture *f = fixture_new(FALSE, FALSE, 0);
    const char *const store[] = {"list", "help", NULL}, *const vm[] = {"ok", NULL};

    ck_assert_int_eq(fixture_run(f, store, NULL), 0);
    ck_assert_int_eq(fixture_run(f, vm, NULL), 4);
    fixture_free(f);
}
END_TEST

START_TEST(waiting_for_the_end)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    const char *const drop[] = {"drop", NULL}, *const after[] = {"wait end", "list", NULL};

    ck_assert_int_eq(fixture_run(f, drop, NULL), 4);
    ck_assert_int_eq(fixture_run(f, after, NULL), 0);
    fixture_free(f);
}
END_TEST

START_TEST(binary_script)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    g_autofree char *path = g_build_filename(f->directory, "script", NULL);
    g_autofree char *much = g_strnfill((2u << 20), 'a');

    ck_assert_int_eq(fixture_run(f, NULL, much), 1);
    ck_assert_ptr_nonnull(strstr(f->err->str, "too long"));
    ck_assert_int_eq(f->requests->len, 0);
    fixture_free(f);
}
END_TEST

/* What machines read: one object a line, errors too, and every event. */
START_TEST(json_lines)
{
    Fixture *f = fixture_new(TRUE, TRUE, 0);
    const char *const commands[] = {
        "ok text=\xc3\xa9", "emit event=PING data.n=1", "wait PING", "list", "fail", NULL};

    ck_assert_int_eq(fixture_run(f, commands, NULL), 1);
    ck_assert_str_eq(f->err->str, "");
    ck_assert_str_eq(
        f->out->str,
        "{\"command\": \"ok\", \"return\": {\"args\": {\"text\": \"\\u00e9\"}}}\n"
        "{\"timestamp\": {\"seconds\": 1, \"microseconds\": 0}, "
        "\"event\": \"PING\", \"data\": {\"n\": 1}}\n"
        "{\"command\": \"emit\", \"return\": {\"args\": {\"event\": \"PING\", "
        "\"data\": {\"n\": 1}}}}\n"
        "{\"command\": \"list\", \"return\": []}\n"
        "{\"error\": {\"class\": \"GenericError\", \"desc\": \"it \\u001b[31mfailed\", "
        "\"exit-code\": 1, \"where\": \"-c 5\"}}\n");
    fixture_free(f);
}
END_TEST

/* A wrong line is a command that failed: what JSON says is what the process ends with. */
START_TEST(json_usage)
{
    static const char *const lines[] = {"wait", "ok text='x", "all wait", "all ok nubmer=1"};
    const char *const commands[] = {lines[_i], NULL};
    Fixture *f = fixture_new(TRUE, TRUE, 0);

    ck_assert_int_eq(fixture_run(f, commands, NULL), 1);
    ck_assert_ptr_nonnull(strstr(f->out->str, "\"exit-code\": 1,"));
    ck_assert_ptr_null(strstr(f->out->str, "\"exit-code\": 2"));
    fixture_free(f);
}
END_TEST

/* What HMP is given through `all` is as it was typed, quotes that aren't closed included. */
START_TEST(all_verbatim)
{
    const char *const commands[] = {"all hmp  info \"a b\"  'c # {", NULL};
    Fixture *f = fixture_new(TRUE, TRUE, 0);

    fixture_run(f, commands, NULL);
    ck_assert_int_eq(f->requests->len, 1);
    ck_assert_str_eq(f->requests->pdata[0], "human-monitor-command "
                                            "{\"command-line\": \"info \\\"a b\\\"  'c # {\"}");
    fixture_free(f);
}
END_TEST

/* QEMU's schema may lack what the shell has a command for. */
START_TEST(not_of_this_peer)
{
    static const char *const lines[] = {"qmp begin_record file_name=x", "qmp attach address=x"};
    static const char *const told[] = {"'qmpbridge run --kernel", "a command of the shell"};
    const char *const commands[] = {lines[_i], NULL};
    Fixture *f = fixture_new(FALSE, TRUE, 0);

    ck_assert_int_eq(fixture_run(f, commands, NULL), 1);
    ck_assert_msg(strstr(f->err->str, told[_i]) != NULL, "%s", f->err->str);
    ck_assert_ptr_null(strstr(f->err->str, "did you mean"));
    ck_assert_int_eq(f->requests->len, 0);
    fixture_free(f);
}
END_TEST

static void count(gpointer user_data)
{
    (*(guint *)user_data)++;
}

/* The peer answers after what it has sent. */
START_TEST(settling)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    const char *const first[] = {"ok", NULL};
    guint settled = 0, freed = 0;

    ck_assert_int_eq(fixture_run(f, first, NULL), 0);
    attached_vm_settle(shell_vm(f->shell), count, &settled);
    ck_assert_uint_eq(settled, 0);
    while (!settled)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_str_eq(g_ptr_array_index(f->requests, 1), "query-record ");
    attached_vm_settle(shell_vm(f->shell), count, &freed);
    fixture_free(f);
    ck_assert_uint_eq(settled, 1);
    ck_assert_uint_eq(freed, 1);
}
END_TEST

static void never(Executor *executor, const GError *error, gpointer user_data)
{
    (void)executor;
    (void)error;
    (void)user_data;
    ck_abort_msg("a command that was given up has ended");
}

/* A command that is given up calls nothing, and the next one can be executed. */
START_TEST(cancelling)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    Executor *executor = executor_new(f->shell);
    const char *const next[] = {"ok text=x", NULL};

    executor_execute(executor, "ok", never, NULL);
    ck_assert(executor_is_busy(executor));
    executor_cancel(executor);
    executor_execute(executor, "wait PING", never, NULL);
    executor_cancel(executor);
    executor_execute(executor, "", never, NULL);
    executor_cancel(executor);
    ck_assert(!executor_is_busy(executor));
    executor_free(executor);
    ck_assert_int_eq(fixture_run(f, next, NULL), 0);
    fixture_free(f);
}
END_TEST

/* --- replay beside the peer's VM ------------------------------------------------------------- */

static gboolean was_sent(const Fixture *fixture, const char *text)
{
    for (guint i = 0; i < fixture->requests->len; i++) {
        if (g_str_has_prefix(fixture->requests->pdata[i], text))
            return TRUE;
    }
    return FALSE;
}

/* `replay web`, up to the peer's begin_replay, or up to what the shell shows of the console. */
static Executor *start_replay(Fixture *f, gboolean begun, ExecutorDone done, gpointer user_data)
{
    g_autofree char *console = g_build_filename(f->directory, "console", NULL);
    Executor *executor = executor_new(f->shell);

    ck_assert(g_file_set_contents(console, "the guest says so", -1, NULL));
    while (attached_vm_state(shell_vm(f->shell)) != ATTACHED_VM_READY)
        g_main_context_iteration(NULL, TRUE);
    executor_execute(executor, "replay web", done, user_data);
    while (!was_sent(f, "begin_replay {\"file_name\": \"web\"}") ||
           (begun && !strstr(f->out->str, "the guest says so")))
        g_main_context_iteration(NULL, TRUE);
    ck_assert_int_eq(remove(console), 0);
    return executor;
}

/* Ctrl-C ends the replay, also when the reply to begin_replay is still to come. */
START_TEST(replay_cancelled)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    Executor *executor = start_replay(f, _i == 1, never, NULL);

    executor_cancel(executor);
    while (!was_sent(f, "end_replay {\"file_name\": \"web\"}"))
        g_main_context_iteration(NULL, TRUE);
    executor_free(executor);
    fixture_free(f);
}
END_TEST

static void keep_error(Executor *executor, const GError *error, gpointer user_data)
{
    (void)executor;
    *(char **)user_data = g_strdup(error ? error->message : "no error");
}

/* Another client ends it: then end_replay isn't needed any more. */
START_TEST(replay_ended)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    g_autofree char *error = NULL;
    Executor *executor = start_replay(f, TRUE, keep_error, &error);

    fixture_emit("REPLAY_END", "{'file_name': 'other', 'reason': 'finished'}");
    fixture_emit("REPLAY_PROGRESS", "{'file_name': 'web', 'done': 1, 'total': 2}");
    fixture_emit("REPLAY_END", "{'file_name': 'web', 'reason': 'requested'}");
    while (!error)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_str_eq(error, "the replay of web was ended before its end: requested");
    ck_assert(!was_sent(f, "end_replay"));
    executor_free(executor);
    fixture_free(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("script");
    TCase *tcase = tcase_create("script");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, script, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, unattached);
    tcase_add_test(tcase, waiting_for_the_end);
    tcase_add_test(tcase, binary_script);
    tcase_add_test(tcase, json_lines);
    tcase_add_loop_test(tcase, json_usage, 0, 4);
    tcase_add_test(tcase, all_verbatim);
    tcase_add_loop_test(tcase, not_of_this_peer, 0, 2);
    tcase_add_test(tcase, settling);
    tcase_add_test(tcase, cancelling);
    tcase_add_loop_test(tcase, replay_cancelled, 0, 2);
    tcase_add_test(tcase, replay_ended);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
