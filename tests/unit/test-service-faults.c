/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording service when something fails: whatever it is, the client gets an error, the VM goes
 * on, what was begun is taken back, and the next recording works.
 */
#include "qmpbridge/record/service.h"

#include "tests/unit/service-rig.h"

#define ERROR(text) "ERROR: " text

/* One thing goes wrong while a recording begins. */
static const struct {
    Script script;
    const char *error; /**< a part of the client's error */
} begins[] = {
    {{.no_plugin = TRUE}, "the plugin recctrl isn't connected"},
    {{.command = "gpa2hva", .how = "no"}, "gpa2hva: no"},
    {{.command = "gpa2hva", .how = "empty"}, "gpa2hva: QEMU returned no text"},
    {{.command = "query-status", .how = "no"}, "query-status: no"},
    {{.command = "query-status", .how = "empty"}, "query-status: member 'running' is missing"},
    {{.command = "stop", .how = "no"}, "no"},
    {{.command = "snapshot-save", .how = "no"}, "snapshot-save: no"},
    {{.command = "query-jobs", .how = "no"}, "query-jobs: no"},
    {{.command = "job-dismiss", .how = "no"}, "job-dismiss: no"},
    {{.command = "query-replay", .how = "no"}, "query-replay: no"},
    {{.command = "query-replay", .how = "empty"}, "query-replay: member 'icount' is missing"},
    {{.job_error = "no space"}, "QEMU can't take a snapshot: no space"},
    {{.job_error = "no space", .fast_job = TRUE}, "QEMU can't take a snapshot: no space"},
    {{.busy = 1000}, "right now"},
    {{.cut = "failed"}, "its disk"},
    {{.cut = "silent"}, "the plugin didn't answer in time"},
    {{.cut = "leaves"}, "the plugin recctrl has closed its connection"},
};

/* Nothing is left of what was begun, and the next one is as good as ever. */
static void check_recovered(Rig *rig, const char *name)
{
    g_autofree char *args = g_strdup_printf("{'file_name': '%s'}", name);

    ck_assert(rig->running);
    ck_assert_msg(!rig->job, "%s", rig->trace->str);
    rig->script = (Script){0};
    if (!rig->plugin)
        rig_plug(rig);
    rig_check(rig, "begin_record", args, name);
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
    ck_assert_uint_eq(rig->whole, 1);
    rig_check(rig, "query-record", NULL, "\"state\": \"off\"");
}

START_TEST(test_begin_fails)
{
    g_autoptr(Rig) rig = rig_new(&begins[_i].script);
    g_autofree char *reply = rig_call(rig, "begin_record", "{'file_name': 'web'}");

    ck_assert(g_str_has_prefix(reply, "ERROR: "));
    ck_assert_msg(strstr(reply, begins[_i].error) != NULL, "%s", reply);
    ck_assert(g_str_has_prefix(rig->events->str, "RECORD_ERROR web: "));
    ck_assert_ptr_nonnull(strstr(rig->events->str, begins[_i].error));
    ck_assert_ptr_null(strstr(rig->events->str, "RECORD_BEGIN"));
    rig_check(rig, "query-record", NULL, "\"state\": \"failed\"");
    rig_check(rig, "end_record", NULL, ERROR("nothing is being recorded"));
    ck_assert_uint_eq(temp_count(rig->store_dir), 0);
    if (g_strcmp0(begins[_i].script.command, "job-dismiss") == 0)
        g_clear_pointer(&rig->job, g_free); /* QEMU refused; nothing better can be done */
    check_recovered(rig, "web");
}
END_TEST

/* One thing goes wrong while it ends: what there is stays, incomplete, with the reason. */
static const struct {
    Script script;
    const char *error;
} ends[] = {
    {{.command = "query-status", .how = "no"}, "query-status: no"},
    {{.command = "stop", .how = "no"}, "no"},
    {{.command = "query-replay", .how = "no"}, "query-replay: no"},
    {{.command = "query-replay", .how = "empty"}, "query-replay: member 'icount' is missing"},
    {{.command = "info registers", .how = "no"}, "info registers: no"},
    {{.command = "info registers", .how = "empty"}, "info registers: QEMU returned no text"},
    {{.flush = "failed"}, "its disk"},
    {{.flush = "silent"}, "the plugin didn't answer in time"},
    {{.flush = "leaves"}, "the plugin recctrl has closed its connection"},
    {{.command = "query-replay", .how = "plugin leaves"}, "isn't connected any more"},
};

START_TEST(test_end_fails)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;
    g_autofree char *reply = NULL;

    rig_begin(rig);
    rig->script = ends[_i].script;
    reply = rig_call(rig, "end_record", NULL);
    ck_assert(g_str_has_prefix(reply, "ERROR: "));
    ck_assert_msg(strstr(reply, ends[_i].error) != NULL, "%s", reply);
    ck_assert_ptr_nonnull(strstr(rig->events->str, "; RECORD_ERROR web: "));
    ck_assert_ptr_null(strstr(rig->events->str, "RECORD_END"));
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_INCOMPLETE);
    ck_assert_msg(strstr(kept->reason, ends[_i].error) != NULL, "%s", kept->reason);
    ck_assert_uint_eq(rig->whole, 0);
    rig_check(rig, "query-record", NULL, "\"state\": \"failed\"");
    check_recovered(rig, "web_001");
}
END_TEST

/* What QEMU needs can't be read: its log, its console, its RAM. */
START_TEST(test_end_no_file)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    const char *path = _i == 0 ? rig->log : rig->console;

    rig_begin(rig);
    ck_assert_int_eq(unlink(path), 0);
    rig_check(rig, "end_record", NULL, ERROR(""));
    g_free(temp_file(rig->run_dir, _i == 0 ? RECORDING_LOG : RECORDING_CONSOLE, "0000HEADearlier"));
    check_recovered(rig, "web_001");
}
END_TEST

/* QEMU isn't ready for a snapshot at once: it runs on a little, then again. */
START_TEST(test_right_now)
{
    Script script = {.busy = 3};
    g_autoptr(Rig) rig = rig_new(&script);
    static const char again[] = "cont query-status stop CUT snapshot-save query-jobs job-dismiss ";
    g_autofree char *trace = g_strconcat(
        "human-monitor-command query-status stop CUT snapshot-save query-jobs job-dismiss ", again,
        again, again, "query-replay cont", NULL);

    rig_begin(rig);
    rig_check_trace(rig, trace);
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
}
END_TEST

/* A VM that a client has paused can't run on a little. */
START_TEST(test_right_now_paused)
{
    Script script = {.busy = 1000};
    g_autoptr(Rig) rig = rig_new(&script);

    rig->running = FALSE;
    rig_check(rig, "begin_record", "{'file_name': 'web'}", ERROR("QEMU can't take a snapshot"));
    ck_assert(!rig->running);
    ck_assert(!rig->job);
}
END_TEST

/* The plugin isn't there yet, as when the VM has just started: it is waited for. */
START_TEST(test_plugin_late)
{
    Script script = {.no_plugin = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    g_autofree char *reply = NULL;

    temp_wait(service_is_changing(rig->service), "the begin");
    rig_check_trace(rig, "");
    rig_plug(rig);
    reply = rig_finish(begin);
    ck_assert_str_eq(reply, "{\"name\": \"web\"}");
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
}
END_TEST

/* The plugin leaves while QEMU takes the snapshot: begin fails, but only when QEMU is done. */
START_TEST(test_plugin_leaves_in_job)
{
    Script script = {.hold_job = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    g_autofree char *reply = NULL;

    rig_wait_trace(rig, "snapshot-save");
    rig_unplug(rig);
    g_free(rig_call(rig, "query-record", NULL)); /* it is known by now */
    rig_conclude_job(rig);
    reply = rig_finish(begin);
    ck_assert_msg(strstr(reply, "has closed its connection") != NULL, "%s", reply);
    check_recovered(rig, "web");
}
END_TEST

static char *plugin_says(Rig *rig, guint64 serial, const char *rest)
{
    g_autofree char *args = g_strdup_printf("{'serial': %" G_GUINT64_FORMAT ", %s}", serial, rest);

    return rig_finish(rig_start(rig, rig->plugin, "record-journal", args));
}

/* An answer that comes after its time isn't taken for that to the next question, whatever it is. */
START_TEST(test_plugin_answers_late)
{
    static const char *const late[] = {"'state': 'cut'", "'state': 'failed', 'reason': 'x'"};
    Script script = {.cut = "silent"};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autofree char *refused = NULL, *taken = NULL, *reply = NULL;
    guint64 first;
    Call *begin;

    rig_check(rig, "begin_record", "{'file_name': 'web'}", ERROR("the plugin didn't answer"));
    first = rig->serial;
    g_string_truncate(rig->trace, 0);
    begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    rig_wait_trace(rig, "CUT");
    refused = plugin_says(rig, first, late[_i]);
    ck_assert_msg(strstr(refused, "ERROR: no answer to the event 1 is awaited"), "%s", refused);
    rig_check_trace(rig, "human-monitor-command query-status stop CUT"); /* it changed nothing */
    taken = plugin_says(rig, rig->serial, "'state': 'cut'");
    ck_assert_str_eq(taken, "{}");
    reply = rig_finish(begin);
    ck_assert_str_eq(reply, "{\"name\": \"web\"}");
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
}
END_TEST

/* A plugin that is lost and back has no journal of the answers in between: the recording fails at
 * once, with the reason, and what was asked of the plugin's former self is void. */
static void check_lost(Rig *rig, const char *why)
{
    g_autoptr(Recording) kept = rig_find(rig, "web");
    g_autofree char *event = g_strdup_printf("; RECORD_ERROR web: %s", why);

    ck_assert_msg(strstr(rig->events->str, event) != NULL, "%s", rig->events->str);
    ck_assert_ptr_null(strstr(rig->events->str, "RECORD_END"));
    ck_assert_int_eq(kept->state, RECORDING_INCOMPLETE);
    ck_assert_str_eq(kept->reason, why);
    ck_assert_uint_eq(rig->whole, 0);
    rig_check(rig, "query-record", NULL, why);
    rig_check(rig, "end_record", NULL, ERROR("nothing is being recorded"));
    check_recovered(rig, "web_001");
}

START_TEST(test_plugin_lost_and_back)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);

    rig_begin(rig);
    rig_unplug(rig);
    rig_plug(rig);
    temp_wait(strstr(rig->events->str, "RECORD_ERROR"), "the error");
    check_lost(rig, "the plugin recctrl has closed its connection");
}
END_TEST

/* The plugin connects again before the end of its old connection is seen. */
START_TEST(test_plugin_replaced)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    QmpClient *old;

    rig_begin(rig);
    old = g_steal_pointer(&rig->plugin);
    rig_plug(rig);
    temp_wait(strstr(rig->events->str, "RECORD_ERROR"), "the error");
    qmp_client_close(old);
    qmp_client_unref(old);
    check_lost(rig, "another client has taken the place of the plugin recctrl");
}
END_TEST

/* It is lost and back while the recording begins or ends, at a moment when nothing waits for it. */
START_TEST(test_plugin_back_in_between)
{
    Script good = {0};
    Script away = {.command = "query-replay", .how = "plugin returns"};
    g_autoptr(Rig) rig = rig_new(_i == 0 ? &away : &good);
    g_autofree char *reply = NULL;

    if (_i == 1) {
        rig_begin(rig);
        rig->script = away;
    }
    reply = rig_call(rig, _i == 0 ? "begin_record" : "end_record", "{'file_name': 'web'}");
    ck_assert_msg(g_str_has_prefix(reply, "ERROR: "), "%s", reply);
    ck_assert_msg(strstr(reply, "has closed its connection"), "%s", reply);
    ck_assert_uint_eq(rig->whole, 0);
    check_recovered(rig, _i == 0 ? "web" : "web_001");
}
END_TEST

/* Once its journal is closed the plugin isn't needed any more. */
START_TEST(test_plugin_leaves_closed)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);

    rig_begin(rig);
    rig->script = (Script){.command = "cont", .how = "plugin leaves"};
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
    ck_assert_uint_eq(rig->whole, 1);
}
END_TEST

/* The plugin says by itself that its journal is broken: there is no use in going on. */
START_TEST(test_journal_breaks)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autofree char *reply = NULL;

    rig_begin(rig);
    reply = plugin_says(rig, rig->serial, "'state': 'failed', 'reason': 'its disk'");
    ck_assert_str_eq(reply, "{}");
    temp_wait(strstr(rig->events->str, "RECORD_ERROR"), "the error");
    check_lost(rig, "its disk");
}
END_TEST

/* QEMU is busy when it is asked, and carries that out after the time-out, in its order. The client
 * has been answered by then. Whatever was done late is undone: the guest runs, no job is left, and
 * the next recording works. */
static const struct {
    const char *command;
    gboolean ends;
    const char *trace; /**< it, and how it is taken back */
} lates[] = {
    {"gpa2hva", FALSE, "human-monitor-command"},
    {"query-status", FALSE, "query-status"},
    {"stop", FALSE, "stop cont"},
    {"snapshot-save", FALSE, "snapshot-save cont"},
    {"query-jobs", FALSE, "query-jobs job-dismiss cont"},
    {"job-dismiss", FALSE, "job-dismiss cont"},
    {"query-replay", FALSE, "query-replay cont"},
    {"cont", FALSE, "cont"},
    {"query-status", TRUE, "query-status"},
    {"stop", TRUE, "stop cont"},
    {"query-replay", TRUE, "query-replay cont"},
    {"info registers", TRUE, "human-monitor-command cont"},
    {"cont", TRUE, "cont"},
};

static void check_late(Rig *rig)
{
    g_autofree char *begun = NULL, *status = NULL;
    Call *begin, *query;

    ck_assert(rig->busy && !service_is_changing(rig->service));
    /* What comes now stands behind what is taken back. */
    query = rig_start(rig, rig->user, "query-status", NULL);
    begin = rig_start(rig, rig->plugin, "begin_record", "{'file_name': 'next'}");
    temp_wait(service_is_changing(rig->service), "the next begin");
    rig_wait_trace(rig, "query-status human-monitor-command");
    rig_end_busy(rig);
    status = rig_finish(query);
    ck_assert_str_eq(status, "{\"running\": true}");
    begun = rig_finish(begin);
    ck_assert_str_eq(begun, "{\"name\": \"next\"}");
    ck_assert(rig->running && !rig->job);
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
    ck_assert(rig->running);
}

START_TEST(test_late)
{
    Script script = {.monitor_timeout_ms = 1000};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autofree char *late =
        g_strdup_printf("%s query-status human-monitor-command", lates[_i].trace);
    g_autofree char *reply = NULL;

    if (lates[_i].ends)
        rig_begin(rig);
    rig->script.command = lates[_i].command;
    rig->script.how = "busy";
    reply = lates[_i].ends ? rig_call(rig, "end_record", NULL)
                           : rig_call(rig, "begin_record", "{'file_name': 'web'}");
    ck_assert_msg(g_str_has_prefix(reply, ERROR("")) && strstr(reply, "hasn't answered within 1 s"),
                  "%s", reply);
    check_late(rig);
    ck_assert_msg(strstr(rig->trace->str, late), "'%s' isn't in '%s'", late, rig->trace->str);
}
END_TEST

/* The emulator goes: while it begins, at each of its commands, or while it ends. */
static const char *const begin_commands[] = {"human-monitor-command", "query-status", "stop",
                                             "snapshot-save",         "query-jobs",   "job-dismiss",
                                             "query-replay",          "cont"};
static const char *const end_commands[] = {"query-status", "stop", "query-replay",
                                           "human-monitor-command", "cont"};

START_TEST(test_lost_starting)
{
    Script script = {.command = begin_commands[_i], .how = "die"};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    Call *end = rig_start(rig, rig->plugin, "end_record", NULL);
    g_autofree char *first = NULL, *second = NULL;

    first = rig_finish(begin);
    second = rig_finish(end);
    ck_assert_msg(g_str_has_prefix(first, "ERROR: "), "%s", first);
    ck_assert_msg(g_str_has_prefix(second, "ERROR: "), "%s", second);
    temp_wait(rig->lost && !service_is_busy(rig->service), "the end of it");
    rig_check(rig, "begin_record", "{'file_name': 'web'}", ERROR("the emulator has gone"));
    ck_assert_uint_eq(temp_count(rig->store_dir), 0);
}
END_TEST

START_TEST(test_lost_stopping)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;

    rig_begin(rig);
    rig->script = (Script){.command = end_commands[_i], .how = "die"};
    rig_check(rig, "end_record", NULL, ERROR(""));
    temp_wait(rig->lost && !service_is_busy(rig->service), "the end of it");
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(kept->reason);
    rig_check(rig, "begin_record", "{'file_name': 'web'}", ERROR("the emulator has gone"));
}
END_TEST

/* It goes while it is waited for the plugin or the job. */
static const struct {
    Script script;
    const char *trace;
} waits[] = {
    {{.cut = "silent"}, "CUT"},
    {{.hold_job = TRUE}, "snapshot-save"},
};

START_TEST(test_lost_waiting)
{
    g_autoptr(Rig) rig = rig_new(&waits[_i].script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    g_autofree char *reply = NULL;

    rig_wait_trace(rig, waits[_i].trace);
    g_free(rig_call(rig, "query-record", NULL));
    qmp_server_drop(rig->qemu, rig->qemu_client);
    reply = rig_finish(begin);
    ck_assert_msg(strstr(reply, "emulator-exit") != NULL, "%s", reply);
    ck_assert_uint_eq(temp_count(rig->store_dir), 0);
}
END_TEST

START_TEST(test_lost_on)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;

    rig_begin(rig);
    qmp_server_drop(rig->qemu, rig->qemu_client);
    temp_wait(strstr(rig->events->str, "RECORD_ERROR"), "the error");
    ck_assert_ptr_nonnull(strstr(rig->events->str, "RECORD_ERROR web: emulator-exit"));
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(kept->reason, "emulator-exit"));
    ck_assert_uint_eq(kept->icount_begin, 1000); /* what was known is kept */
    ck_assert(!service_is_busy(rig->service));
    rig_check(rig, "end_record", NULL, ERROR("the emulator has gone"));
}
END_TEST

/* QEMU dies, and its plugin's connection is the first to end. */
START_TEST(test_lost_plugin_first)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);

    rig_begin(rig);
    rig_unplug(rig);
    qmp_server_drop(rig->qemu, rig->qemu_client);
    temp_wait(strstr(rig->events->str, "RECORD_ERROR"), "the error");
    ck_assert_ptr_nonnull(strstr(rig->events->str, "RECORD_ERROR web: emulator-exit"));
}
END_TEST

/* The disk is full when all is to be made durable, or when it begins. */
START_TEST(test_full)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;
    g_autofree char *filler = g_build_filename(rig->store_dir, "filler", NULL);
    guint left = _i == 0 ? 24 << 10 : 0;

    temp_mount(rig->store_dir, 256);
    if (_i == 1) {
        temp_fill(rig->store_dir, 0);
        rig_check(rig, "begin_record", "{'file_name': 'web'}", ERROR(""));
        ck_assert_ptr_nonnull(strstr(rig->events->str, "free some space"));
        ck_assert_uint_eq(temp_count(rig->store_dir), 1);
    } else {
        rig_begin(rig);
        temp_fill(rig->store_dir, left);
        memset(rig->ram, 1, 20 * 4096);
        rig_check(rig, "end_record", NULL, ERROR(""));
        ck_assert_ptr_nonnull(strstr(rig->events->str, "free some space"));
        kept = rig_find(rig, "web");
        ck_assert_int_eq(kept->state, RECORDING_INCOMPLETE);
    }
    ck_assert_int_eq(unlink(filler), 0);
    check_recovered(rig, _i == 0 ? "web_001" : "web");
    umount2(rig->store_dir, MNT_DETACH);
}
END_TEST

/* Freed at any moment: nothing is left but an incomplete recording, or one that is whole. */
static const struct {
    const char *begin, *end; /**< how far it comes; NULL: not begun */
} moments[] = {
    {"query-status", NULL}, {"CUT", NULL},        {"snapshot-save", NULL},
    {"cont", NULL},         {"", "query-status"}, {"", "FLUSH"},
    {"", "cont"},
};

START_TEST(test_freed)
{
    Script script = {.cut = g_strcmp0(moments[_i].begin, "CUT") == 0 ? "silent" : NULL};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *calls[3] = {NULL};

    if (moments[_i].end)
        rig_begin(rig);
    else
        calls[0] = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    rig_wait_trace(rig, moments[_i].end ? "cont" : moments[_i].begin);
    calls[1] = rig_start(rig, rig->plugin, "end_record", NULL);
    if (moments[_i].end) {
        g_string_truncate(rig->trace, 0);
        rig_wait_trace(rig, moments[_i].end);
    }
    calls[2] = rig_start(rig, rig->user, "query-status", NULL);
    for (guint i = 0; i < 20; i++)
        g_main_context_iteration(NULL, FALSE);
    rig_free(g_steal_pointer(&rig));
    for (guint i = 0; i < 3; i++) {
        if (calls[i])
            g_free(rig_finish(calls[i]));
    }
}
END_TEST

/* TRUE once the thread that commits "web" has written the state of a whole recording; syncing its
 * files and the rename are still to come then. */
static gboolean commit_has_begun(const Rig *rig)
{
    static const char *const places[] = {".web.incomplete", "web"};

    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        g_autofree char *path = g_build_filename(rig->store_dir, places[i], RECORDING_JSON, NULL);
        g_autofree char *text = NULL;

        if (g_file_get_contents(path, &text, NULL, NULL) && strstr(text, "\"complete\""))
            return TRUE;
    }
    return FALSE;
}

/* Freed while the recording is being made whole: whole it is. */
START_TEST(test_freed_in_commit)
{
    Script good = {0};
    g_autoptr(Rig) rig = rig_new(&good);
    g_autoptr(Recording) kept = NULL;
    g_autofree char *directory = g_build_filename(rig->store_dir, "web", NULL);
    Call *end;

    rig_begin(rig);
    end = rig_start(rig, rig->user, "end_record", NULL);
    rig_wait_trace(rig, "FLUSH cont");
    /* the main loop never learns that the commit is over */
    while (!commit_has_begun(rig))
        g_main_context_iteration(NULL, FALSE);
    service_free(g_steal_pointer(&rig->service));
    kept = recording_load("web", directory, NULL);
    ck_assert_ptr_nonnull(kept);
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert_str_eq(kept->reason, "requested");
    rig_free(g_steal_pointer(&rig));
    g_free(rig_finish(end));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_begin_fails, 0, G_N_ELEMENTS(begins));
    tcase_add_loop_test(tcase, test_end_fails, 0, G_N_ELEMENTS(ends));
    tcase_add_loop_test(tcase, test_end_no_file, 0, 2);
    tcase_add_test(tcase, test_right_now);
    tcase_add_test(tcase, test_right_now_paused);
    tcase_add_test(tcase, test_plugin_late);
    tcase_add_test(tcase, test_plugin_leaves_in_job);
    tcase_add_loop_test(tcase, test_plugin_answers_late, 0, 2);
    tcase_add_test(tcase, test_plugin_lost_and_back);
    tcase_add_test(tcase, test_plugin_replaced);
    tcase_add_loop_test(tcase, test_plugin_back_in_between, 0, 2);
    tcase_add_test(tcase, test_plugin_leaves_closed);
    tcase_add_test(tcase, test_journal_breaks);
    tcase_add_loop_test(tcase, test_late, 0, G_N_ELEMENTS(lates));
    tcase_add_loop_test(tcase, test_lost_starting, 0, G_N_ELEMENTS(begin_commands));
    tcase_add_loop_test(tcase, test_lost_stopping, 0, G_N_ELEMENTS(end_commands));
    tcase_add_loop_test(tcase, test_lost_waiting, 0, G_N_ELEMENTS(waits));
    tcase_add_test(tcase, test_lost_on);
    tcase_add_test(tcase, test_lost_plugin_first);
    tcase_add_loop_test(tcase, test_full, 0, 2);
    tcase_add_loop_test(tcase, test_freed, 0, G_N_ELEMENTS(moments));
    tcase_add_test(tcase, test_freed_in_commit);
}

int main(void)
{
    return temp_run("service-faults", add_tests);
}
