/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard: what the emulator wouldn't survive is refused (test-engine has the list), and what
 * would disturb a begin or an end waits for it.
 */
#include "tests/unit/service-rig.h"

static const struct {
    const char *command, *args;
    gboolean deadly;
} commands[] = {
    {"migrate", "{'uri': 'x'}", TRUE},
    {"snapshot-delete", NULL, TRUE},
    {"snapshot-load", "{}", TRUE},
    {"snapshot-save", NULL, TRUE},
    {"blockdev-snapshot-delete-internal-sync", NULL, TRUE},
    {"human-monitor-command", "{'command-line': 'savevm x'}", TRUE},
    {"human-monitor-command", "{'command-line': 'info registers'}", FALSE},
    {"stop", NULL, FALSE},
    {"query-status", NULL, FALSE},
    {"device_add", "{'driver': 'x'}", FALSE},
};

START_TEST(test_command)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_check(rig, commands[_i].command, commands[_i].args, commands[_i].deadly ? "ERROR: " : "");
    rig_check_trace(rig, commands[_i].deadly ? "" : commands[_i].command);
}
END_TEST

/* At full speed, without a record of the run, nothing is deadly. */
START_TEST(test_dry)
{
    Script script = {.dry = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_check(rig, "migrate", "{'uri': 'x'}", "{}");
    rig_check_trace(rig, "migrate");
}
END_TEST

/* While it begins: 'cont' of a client waits, a query doesn't; then all goes on, in order. */
START_TEST(test_waits)
{
    Script script = {.hold_job = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(QmpClient) other = rig_connect(rig);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    Call *cont, *reset, *deadly;
    g_autofree char *began = NULL, *went = NULL, *was_reset = NULL, *refused = NULL;

    rig_wait_trace(rig, "snapshot-save");
    cont = rig_start(rig, rig->plugin, "cont", NULL);
    reset = rig_start(rig, rig->plugin, "system_reset", NULL);
    deadly = rig_start(rig, rig->plugin, "migrate", NULL);
    g_string_truncate(rig->trace, 0);
    g_free(rig_finish(rig_start(rig, other, "query-name", NULL)));
    ck_assert(!cont->done && !reset->done);
    rig_check_trace(rig, "query-name");
    rig_conclude_job(rig);
    began = rig_finish(begin);
    went = rig_finish(cont);
    was_reset = rig_finish(reset);
    refused = rig_finish(deadly);
    ck_assert_str_eq(began, "{\"name\": \"web\"}");
    ck_assert_str_eq(went, "{}");
    ck_assert_str_eq(was_reset, "{}");
    ck_assert(g_str_has_prefix(refused, "ERROR: migration"));
    rig_check_trace(rig, "query-jobs job-dismiss query-replay cont cont "
                         "system_reset");
}
END_TEST

/* While it begins: a query doesn't pass what its own client has sent before. */
START_TEST(test_order)
{
    static const char *const names[] = {"query-name", "cont",         "query-status",
                                        "query-jobs", "system_reset", "query-name"};
    Script script = {.hold_job = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(QmpClient) other = rig_connect(rig);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    Call *calls[G_N_ELEMENTS(names)];

    rig_wait_trace(rig, "snapshot-save");
    g_string_truncate(rig->trace, 0);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++)
        calls[i] = rig_start(rig, rig->plugin, names[i], NULL);
    g_free(rig_finish(calls[0])); /* nothing stands before it */
    g_free(rig_finish(rig_start(rig, other, "query-version", NULL)));
    rig_check_trace(rig, "query-name query-version");
    rig_conclude_job(rig);
    g_free(rig_finish(begin));
    for (guint i = 1; i < G_N_ELEMENTS(names); i++)
        g_free(rig_finish(calls[i]));
    rig_check_trace(rig, "query-jobs job-dismiss query-replay cont cont query-status query-jobs "
                         "system_reset query-name");
}
END_TEST

/* Commands that wait for QEMU when a begin comes don't get between the recorder's own. */
START_TEST(test_taken_back)
{
    Script script = {.command = "x-slow", .how = "busy"};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(QmpClient) first = rig_connect(rig);
    g_autoptr(QmpClient) second = rig_connect(rig);
    Call *calls[10], *begin;

    for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
        calls[i] = rig_start(rig, i < 5 ? first : second,
                             i == 0   ? "x-slow"
                             : i == 9 ? "cont"
                                      : "x-next",
                             NULL);
    g_free(rig_finish(rig_start(rig, first, "query-record", NULL)));
    g_free(rig_finish(rig_start(rig, second, "query-record", NULL))); /* they are all there */
    begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    temp_wait(service_is_changing(rig->service), "the begin");
    rig_end_busy(rig);
    g_free(rig_finish(begin));
    for (guint i = 0; i < G_N_ELEMENTS(calls); i++)
        g_free(rig_finish(calls[i]));
    rig_check_trace(rig, "x-slow x-next x-next x-next x-next x-next x-next "
                         "human-monitor-command query-status stop CUT snapshot-save query-jobs "
                         "job-dismiss query-replay cont "
                         "x-next x-next cont");
}
END_TEST

/* Freed with requests that wait: each is answered. */
START_TEST(test_freed)
{
    Script script = {.hold_job = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    g_autoptr(QmpClient) other = rig_connect(rig);
    Call *cont;
    g_autofree char *reply = NULL;

    rig_wait_trace(rig, "snapshot-save");
    cont = rig_start(rig, rig->plugin, "cont", NULL);
    g_free(rig_finish(rig_start(rig, other, "query-record", NULL)));
    g_clear_pointer(&rig->guard, guard_free);
    reply = rig_finish(cont);
    ck_assert_ptr_nonnull(strstr(reply, "ERROR"));
    rig_free(g_steal_pointer(&rig));
    g_free(rig_finish(begin));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_command, 0, G_N_ELEMENTS(commands));
    tcase_add_test(tcase, test_dry);
    tcase_add_test(tcase, test_waits);
    tcase_add_test(tcase, test_order);
    tcase_add_test(tcase, test_taken_back);
    tcase_add_test(tcase, test_freed);
}

int main(void)
{
    return temp_run("guard", add_tests);
}
