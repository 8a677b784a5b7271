/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A VM in record mode that is to be reset: QEMU stops it, and the service resets it once what is
 * recorded has been ended.
 */
#include "tests/unit/service-rig.h"

#define RESET "query-status set-action system_reset set-action cont"

static const char *const reasons[] = {"guest-reset", "host-qmp-system-reset"};

/* Clients see that the VM was reset, and no shutdown. */
START_TEST(test_recorded)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(Recording) kept = NULL;

    rig_begin(rig);
    rig_stop_vm(rig, reasons[_i]);
    temp_wait(rig->running && rig->settled == 2, "a VM that runs again");
    ck_assert(g_str_has_suffix(rig->trace->str, " FLUSH " RESET));
    ck_assert_str_eq(rig->events->str, "RECORD_BEGIN web; RECORD_END web: reset; RESET (null)");
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert_str_eq(kept->reason, "reset");
    ck_assert_ptr_null(rig->stuck);
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "web_001");
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\"");
}
END_TEST

START_TEST(test_unrecorded)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_stop_vm(rig, reasons[_i]);
    temp_wait(rig->running, "a VM that runs again");
    rig_check_trace(rig, RESET);
    rig_check(rig, "end_record", NULL, "ERROR: nothing is being recorded");
    rig_begin(rig);
}
END_TEST

/* QEMU says twice that it has stopped: for the guest's reset and for a client's. The second one
 * finds a VM that runs again, which QEMU can't reset either. */
START_TEST(test_twice)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_stop_vm(rig, "guest-reset");
    rig_stop_vm(rig, "host-qmp-system-reset");
    temp_wait(rig->settled == 1, "the end of both resets");
    ck_assert(rig->running && !rig->stuck);
    rig_check_trace(rig, RESET " query-status stop set-action system_reset set-action cont");
}
END_TEST

/* What clients send meanwhile comes after the reset. */
START_TEST(test_waits)
{
    Script script = {.command = "system_reset", .how = "busy"};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autofree char *status = NULL, *began = NULL, *went = NULL;
    Call *begin, *cont;

    rig_stop_vm(rig, "guest-reset");
    rig_wait_trace(rig, "system_reset");
    begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    cont = rig_start(rig, rig->plugin, "cont", NULL);
    status = rig_finish(rig_start(rig, rig->plugin, "query-record", NULL));
    ck_assert_ptr_nonnull(strstr(status, "\"state\": \"off\""));
    ck_assert(!begin->done && !cont->done);
    rig_check_trace(rig, "query-status set-action system_reset");
    rig_end_busy(rig);
    began = rig_finish(begin);
    went = rig_finish(cont);
    ck_assert_ptr_nonnull(strstr(began, "web"));
    ck_assert(g_str_has_prefix(rig->trace->str, "set-action cont "));
    ck_assert(g_str_has_suffix(rig->trace->str, " cont cont"));
}
END_TEST

static const struct {
    Script script;
    const char *why;
} failures[] = {
    {{.command = "system_reset", .how = "empty", .monitor_timeout_ms = 1000}, "QEMU hangs"},
    {{.command = "system_reset", .how = "silent", .monitor_timeout_ms = 1000}, "QEMU hangs"},
    {{.command = "system_reset", .how = "no"}, "the VM's reset: no"},
    {{.command = "set-action", .how = "no"}, "the VM's reset: no"},
    {{.command = "cont", .how = "no"}, "the VM's reset: no"},
    {{.command = "system_reset", .how = "die"}, ""},
};

/* The recording is whole all the same. */
START_TEST(test_fails)
{
    Script good = {.monitor_timeout_ms = failures[_i].script.monitor_timeout_ms};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;

    rig_begin(rig);
    rig->script = failures[_i].script;
    rig_stop_vm(rig, "guest-reset");
    temp_wait(rig->stuck, "the service to give up");
    ck_assert_msg(strstr(rig->stuck, failures[_i].why) != NULL, "%s", rig->stuck);
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert(!service_is_busy(rig->service));
}
END_TEST

/* The plugin isn't needed for it. */
START_TEST(test_no_plugin)
{
    Script script = {.command = "system_reset", .how = "plugin leaves"};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_stop_vm(rig, "guest-reset");
    temp_wait(rig->running, "a VM that runs again");
    ck_assert_ptr_null(rig->stuck);
}
END_TEST

static const char *const others[] = {"guest-shutdown", "host-qmp-quit", "guest-panic", ""};

/* Any other end of the VM is the clients' and the program's to see. */
START_TEST(test_power_off)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_stop_vm(rig, others[_i]);
    temp_wait(rig->events->len, "an event");
    ck_assert(g_str_has_prefix(rig->events->str, "SHUTDOWN"));
    rig_check_trace(rig, "");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_recorded, 0, G_N_ELEMENTS(reasons));
    tcase_add_loop_test(tcase, test_unrecorded, 0, G_N_ELEMENTS(reasons));
    tcase_add_test(tcase, test_twice);
    tcase_add_test(tcase, test_waits);
    tcase_add_loop_test(tcase, test_fails, 0, G_N_ELEMENTS(failures));
    tcase_add_test(tcase, test_no_plugin);
    tcase_add_loop_test(tcase, test_power_off, 0, G_N_ELEMENTS(others));
}

int main(void)
{
    return temp_run("service-reset", add_tests);
}
