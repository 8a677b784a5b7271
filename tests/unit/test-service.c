/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording service when all goes well, and its commands: arguments, order, discarding,
 * requests that come while it changes. Faults are in test-service-faults.c.
 */
#include "qmpbridge/record/service.h"

#include "plugin/watch.h"
#include "tests/unit/service-rig.h"

#define BEGIN                                                                           \
    "human-monitor-command query-status stop CUT snapshot-save query-jobs job-dismiss " \
    "query-replay cont"
#define END                                                 \
    "query-status stop query-replay human-monitor-command " \
    "xen-save-devices-state FLUSH cont"

static void count_mark(const Mark *mark, gpointer user_data)
{
    guint *n = user_data;

    ck_assert_uint_gt(mark->icount, 0);
    ck_assert_uint_ne(mark->icount, MARK_NO_ICOUNT);
    ck_assert_int_gt(mark->wall, 0);
    ck_assert_ptr_nonnull(mark->text);
    ++*n;
}

static guint marks_of(const Recording *recording)
{
    g_autoptr(GError) error = NULL;
    guint n = 0;

    ck_assert_msg(recording_read_marks(recording, count_mark, &n, &error), "%s",
                  error ? error->message : "");
    return n;
}

#define AHEAD "human-monitor-command WATCH human-monitor-command qom-get query-status stop CUT "
#define REST "snapshot-save query-jobs xen-save-devices-state job-dismiss "
#define BESIDE AHEAD REST "query-replay cont"
#define BESIDE_DISK AHEAD REST "blockdev-snapshot-internal-sync query-replay cont"
#define NOT_NOW AHEAD "snapshot-save query-jobs job-dismiss cont query-status stop CUT "

/* The snapshot is made beside QEMU, in the recording itself: also with a disk, and when QEMU says
 * that this isn't the moment. */
START_TEST(test_beside)
{
    static const char *const traces[] = {BESIDE, BESIDE_DISK, NOT_NOW REST "query-replay cont"};
    Script script = {.watch = TRUE, .disk = _i == 1, .busy = _i == 2};
    g_autoptr(Rig) rig = NULL;
    g_autoptr(Recording) kept = NULL;
    g_autofree char *image = NULL;

    if (!watch_possible()) {
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
        return;
    }
    rig = rig_new(&script);
    rig_begin(rig);
    rig_check_trace(rig, traces[_i]);
    ck_assert(rig->running && !rig->job);
    g_free(temp_file(rig->run_dir, RECORDING_LOG, "0000HEADearlier\x1f\x1f"));
    g_free(temp_file(rig->run_dir, RECORDING_CONSOLE, "boot,login"));
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\"");
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert(!temp_exists(kept->directory, RECORDING_VMSTATE ".devices"));
    image = recording_file(kept, RECORDING_VMSTATE);
    ck_assert(g_file_test(image, G_FILE_TEST_IS_REGULAR));
}
END_TEST

/* QEMU fails at one of these: the guest goes on, and nothing is left of the recording. */
static const char *const beside_faults[] = {"xen-save-devices-state",
                                            "blockdev-snapshot-internal-sync"};

START_TEST(test_beside_fails)
{
    Script script = {.watch = TRUE, .disk = TRUE, .command = beside_faults[_i], .how = "no"};
    g_autofree char *why = g_strdup_printf("ERROR: %s: no", beside_faults[_i]);
    g_autoptr(Rig) rig = NULL;

    if (!watch_possible())
        return; /* test_beside says so */
    rig = rig_new(&script);
    rig_check(rig, "begin_record", "{'file_name': 'web'}", why);
    ck_assert(rig->running && !rig->job);
}
END_TEST

/* What the beginning needs and doesn't understand: QEMU takes the snapshot. */
static const char *const beside_unknown[] = {"info ramblock", "qom-get"};

START_TEST(test_not_beside)
{
    Script script = {.watch = TRUE, .command = beside_unknown[_i], .how = "no"};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_begin(rig);
    rig_check_trace(rig, AHEAD "snapshot-save query-jobs job-dismiss query-replay cont");
}
END_TEST

/* Such a question that isn't answered in time fails the begin at once. */
START_TEST(test_beside_late)
{
    Script script = {
        .watch = TRUE, .command = beside_unknown[_i], .how = "silent", .monitor_timeout_ms = 100};
    g_autofree char *why =
        g_strdup_printf("ERROR: %s: QEMU hasn't answered within 0.1 s", beside_unknown[_i]);
    g_autoptr(Rig) rig = rig_new(&script);

    rig_check(rig, "begin_record", "{'file_name': 'web'}", why);
    ck_assert(rig->running);
}
END_TEST

START_TEST(test_record)
{
    Script script = {.disk = _i == 1, .fast_job = _i == 2};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(Recording) live = NULL;
    g_autoptr(Recording) kept = NULL;
    g_autofree char *console = NULL;

    rig_check(rig, "query-record", NULL, "{\"state\": \"off\", \"mode\": \"record\"");
    rig_begin(rig);
    rig_check_trace(rig, BEGIN);
    ck_assert(rig->running && !rig->job);
    rig_check(rig, "query-record", NULL, "\"state\": \"on\"");
    live = rig_find(rig, "web");
    ck_assert_int_eq(live->state, RECORDING_LIVE);
    rig_check(rig, "record-mark", "{'text': 'here'}", "{}");
    g_free(temp_file(rig->run_dir, RECORDING_LOG, "0000HEADearlier\x1f\x1f"));
    g_free(temp_file(rig->run_dir, RECORDING_CONSOLE, "boot,login"));
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\", \"insns\": 1000");
    rig_check_trace(rig, "query-replay " END); /* where the mark is, then the end */
    ck_assert(rig->running);
    ck_assert_str_eq(rig->events->str, "RECORD_BEGIN web; RECORD_MARK web; "
                                       "RECORD_END web: requested");
    ck_assert_uint_eq(rig->whole, 1);
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert_uint_eq(kept->answers, 3);
    ck_assert_uint_eq(marks_of(kept), 1);
    ck_assert_uint_eq(kept->files->len, script.disk ? 7 : 6);
    ck_assert_uint_eq(kept->icount_begin, 1000);
    ck_assert_uint_eq(kept->icount_end, 2000);
    console = temp_read(kept->directory, RECORDING_CONSOLE);
    ck_assert_str_eq(console, ",login");
    rig_check(rig, "query-record", NULL, "\"state\": \"off\"");
}
END_TEST

/* A VM that a client has paused stays paused. */
START_TEST(test_paused)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig->running = FALSE;
    rig_begin(rig);
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\"");
    ck_assert(!rig->running);
    ck_assert_ptr_null(strstr(rig->trace->str, "cont"));
    ck_assert_ptr_null(strstr(rig->trace->str, "stop"));
}
END_TEST

START_TEST(test_discard)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_begin(rig);
    rig_check(rig, "end_record", "{'discard': true}", "\"reason\": \"discarded\"");
    ck_assert_uint_eq(temp_count(rig->store_dir), 0);
    ck_assert_uint_eq(rig->whole, 0);
    rig_begin(rig); /* its name is free again */
    rig_check(rig, "query-record", NULL, "\"name\": \"web\"");
}
END_TEST

START_TEST(test_numbered)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_begin(rig);
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "ERROR: a recording is under way");
    rig_check(rig, "end_record", "{'reason': 'timeout'}", "\"reason\": \"timeout\"");
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "{\"name\": \"web_001\"}");
    rig_check(rig, "end_record", "{'reason': 'whatever'}", "\"reason\": \"requested\"");
}
END_TEST

/* Of one client: while it begins an end comes, while it ends a begin. None is lost. */
START_TEST(test_remembered)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    Call *end, *again;
    g_autofree char *first = NULL, *second = NULL, *third = NULL;

    rig_wait_trace(rig, "stop");
    end = rig_start(rig, rig->plugin, "end_record", NULL);
    rig_wait_trace(rig, "FLUSH");
    again = rig_start(rig, rig->plugin, "begin_record", "{'file_name': 'web'}");
    first = rig_finish(begin);
    second = rig_finish(end);
    third = rig_finish(again);
    ck_assert_str_eq(first, "{\"name\": \"web\"}");
    ck_assert_ptr_nonnull(strstr(second, "\"name\": \"web\""));
    ck_assert_str_eq(third, "{\"name\": \"web_001\"}");
    ck_assert_str_eq(rig->events->str,
                     "RECORD_BEGIN web; RECORD_END web: requested; RECORD_BEGIN web_001");
}
END_TEST

/* The bridge ends: what begins is ended, without a client to answer. */
START_TEST(test_shutdown)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    Call *begin;

    begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    rig_wait_trace(rig, "CUT");
    service_shut_down(rig->service, "shutdown");
    g_free(rig_finish(begin));
    temp_wait(strstr(rig->events->str, "RECORD_END"), "the end");
    ck_assert_str_eq(rig->events->str, "RECORD_BEGIN web; RECORD_END web: shutdown");
    ck_assert(!service_is_busy(rig->service));
}
END_TEST

/* The bridge ends when nothing is recorded: then nothing begins any more. */
START_TEST(test_shutdown_off)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    service_shut_down(rig->service, "shutdown");
    ck_assert(!service_is_busy(rig->service));
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "ERROR: qmpbridge is ending");
    rig_check(rig, "end_record", NULL, "ERROR: nothing is being recorded");
    rig_check_trace(rig, "");
}
END_TEST

/* The bridge ends while begins are queued behind one that is under way: they are refused at
 * once, those of a client that still comes too, and what began is ended. */
START_TEST(test_shutdown_queued)
{
    Script script = {.hold_job = TRUE};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(QmpClient) other = rig_connect(rig);
    Call *begin = rig_start(rig, rig->user, "begin_record", "{'file_name': 'web'}");
    Call *end, *queued;
    g_autofree char *began = NULL, *ended = NULL, *refused = NULL;

    rig_wait_trace(rig, "snapshot-save");
    end = rig_start(rig, rig->plugin, "end_record", NULL);
    g_free(rig_finish(rig_start(rig, rig->plugin, "query-record", NULL)));
    queued = rig_start(rig, other, "begin_record", "{'file_name': 'late'}");
    g_free(rig_finish(rig_start(rig, other, "query-record", NULL)));
    service_shut_down(rig->service, "shutdown");
    refused = rig_finish(queued);
    ck_assert_str_eq(refused, "ERROR: qmpbridge is ending: nothing is recorded any more");
    queued = rig_start(rig, other, "begin_record", "{'file_name': 'later'}");
    g_clear_pointer(&refused, g_free);
    refused = rig_finish(queued);
    ck_assert_str_eq(refused, "ERROR: qmpbridge is ending: nothing is recorded any more");
    rig_conclude_job(rig);
    began = rig_finish(begin);
    ended = rig_finish(end);
    ck_assert_ptr_nonnull(strstr(ended, "\"reason\": \"requested\""));
    ck_assert(!service_is_busy(rig->service));
    ck_assert_str_eq(rig->events->str, "RECORD_BEGIN web; RECORD_END web: requested");
}
END_TEST

/* A client leaves while its begin is queued: that never happens; the next one's does. */
START_TEST(test_queued_gone)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    QmpClient *gone = rig_connect(rig);
    g_autoptr(QmpClient) stays = rig_connect(rig);
    Call *end, *left, *next;
    g_autofree char *began = NULL;

    rig_begin(rig);
    rig->script.flush = "silent";
    end = rig_start(rig, rig->user, "end_record", NULL);
    rig_wait_trace(rig, "FLUSH");
    left = rig_start(rig, gone, "begin_record", "{'file_name': 'left'}");
    g_free(rig_finish(rig_start(rig, gone, "query-record", NULL)));
    next = rig_start(rig, stays, "begin_record", "{'file_name': 'next'}");
    g_free(rig_finish(rig_start(rig, stays, "query-record", NULL)));
    qmp_client_unref(gone);
    g_free(rig_finish(left));
    temp_wait(qmp_server_clients(rig->server) == 3, "its leaving");
    rig_answer_plugin(rig, "closed");
    g_free(rig_finish(end));
    began = rig_finish(next);
    ck_assert_str_eq(began, "{\"name\": \"next\"}");
    ck_assert_str_eq(rig->events->str,
                     "RECORD_BEGIN web; RECORD_END web: requested; RECORD_BEGIN next");
}
END_TEST

/* What a client sends, and the reply. */
static const struct {
    const char *command, *args, *reply;
} commands[] = {
    {"begin_record", NULL, "ERROR: arguments are missing"},
    {"begin_record", "{}", "ERROR: member 'file_name' is missing"},
    {"begin_record", "{'file_name': 1}", "ERROR: member 'file_name' is not a string"},
    {"begin_record", "{'file_name': ''}", "ERROR: the name is empty"},
    {"begin_record", "{'file_name': '../x'}", "ERROR: the name begins with a dot"},
    {"begin_record", "{'file_name': '/etc/x'}", "ERROR: byte 1 of the name is none of"},
    {"begin_record", "{'file_name': 'a%sb'}", "ERROR: byte 2 of the name is none of"},
    {"end_record", NULL, "ERROR: nothing is being recorded"},
    {"end_record", "{'discard': 1}", "ERROR: member 'discard' is not a boolean"},
    {"end_record", "{'reason': {}}", "ERROR: member 'reason' is not a string"},
    {"query-record", "{'x': 1}", "\"state\": \"off\""},
    {"record-mark", NULL, "ERROR: arguments are missing"},
    {"record-mark", "{'text': 1}", "ERROR: member 'text' is not a string"},
    {"record-mark", "{'text': 'x'}", "ERROR: nothing is being recorded"},
    {"record-agent", NULL, "ERROR: arguments are missing"},
    {"record-agent", "{}", "ERROR: member 'protocol' is missing"},
    {"record-agent", "{'protocol': '1'}", "ERROR: member 'protocol' is not an integer"},
    {"record-agent", "{'protocol': 2}", "ERROR: protocol 2 isn't known"},
    {"record-journal", "{'state': 'cut'}", "ERROR: only the plugin keeps a journal"},
};

START_TEST(test_command)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_check(rig, commands[_i].command, commands[_i].args, commands[_i].reply);
    rig_check_trace(rig, "");
    ck_assert_uint_eq(temp_count(rig->store_dir), 0);
    rig_begin(rig); /* and it is as good as before */
}
END_TEST

/* Of the plugin itself: what isn't asked for changes nothing. */
static const struct {
    const char *args, *reply;
} journals[] = {
    {"{'serial': 1, 'state': 'cut'}", "ERROR: no answer to the event 1 is awaited"},
    {"{'serial': 0, 'state': 'closed', 'answers': 1}", "ERROR: no answer to the event 0 is"},
    {"{'serial': 0, 'state': 'failed'}", "ERROR: no answer to the event 0 is awaited"},
    {"{'serial': 1, 'state': 'no'}", "ERROR: 'no' is no state of a journal"},
    {"{'serial': 1, 'state': 'cut', 'answers': -1}", "ERROR: member 'answers' is negative"},
    {"{'serial': -1, 'state': 'cut'}", "ERROR: member 'serial' is negative"},
    {"{'serial': 1, 'state': 'failed', 'reason': 1}", "ERROR: member 'reason'"},
    {"{'serial': 1}", "ERROR: member 'state'"},
    {"{'state': 'cut'}", "ERROR: member 'serial'"},
};

START_TEST(test_journal)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autofree char *reply =
        rig_finish(rig_start(rig, rig->plugin, "record-journal", journals[_i].args));

    ck_assert_msg(g_str_has_prefix(reply, journals[_i].reply), "%s", reply);
    rig_begin(rig);
    rig_check(rig, "end_record", NULL, "\"insns\": 500");
}
END_TEST

/* The plugin counts the answers of all its journals; a recording has those of its own. */
START_TEST(test_position)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(Recording) second = NULL;

    rig_begin(rig);
    rig_check(rig, "end_record", NULL, "\"reason\"");
    rig_begin(rig);
    rig_check(rig, "end_record", NULL, "\"reason\"");
    ck_assert_uint_eq(rig->position, 6);
    second = rig_find(rig, "web_001");
    ck_assert_uint_eq(second->answers, 3);
}
END_TEST

/* QEMU is asked where a mark is, and before it answers another client ends the recording: the mark
 * is in it, and among its digests. */
START_TEST(test_late_mark)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(QmpClient) other = rig_connect(rig);
    g_autoptr(Recording) kept = NULL;
    g_autofree char *marked = NULL, *ended = NULL;
    Call *mark, *end;

    rig_begin(rig);
    rig->script.command = "query-replay";
    rig->script.how = "busy";
    mark = rig_start(rig, rig->user, "record-mark", "{'text': 'late'}");
    rig_wait_trace(rig, "query-replay");
    end = rig_start(rig, other, "end_record", NULL);
    rig_wait_trace(rig, "query-status");
    ck_assert(!mark->done && !end->done);
    rig_end_busy(rig);
    marked = rig_finish(mark);
    ended = rig_finish(end);
    ck_assert_str_eq(marked, "{}");
    ck_assert_ptr_nonnull(strstr(ended, "requested"));
    ck_assert_str_eq(rig->events->str, "RECORD_BEGIN web; RECORD_MARK web; "
                                       "RECORD_END web: requested");
    kept = rig_find(rig, "web");
    ck_assert_uint_eq(marks_of(kept), 1);
    ck_assert_uint_eq(kept->files->len, 6);
}
END_TEST

/* A mark of which QEMU doesn't say where it is has its time only; what waits when all ends is let
 * go. */
START_TEST(test_mark_without_icount)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(Recording) live = NULL;
    g_autofree char *text = NULL;
    Call *mark;

    rig_begin(rig);
    rig->script.command = "query-replay";
    rig->script.how = _i == 0 ? "no" : "silent";
    mark = rig_start(rig, rig->user, "record-mark", "{'text': 'm'}");
    if (_i == 0) {
        g_free(rig_finish(mark));
        live = rig_find(rig, "web");
        text = temp_read(live->directory, RECORDING_MARKS);
        ck_assert(g_str_has_prefix(text, "{\"wall-us\": "));
        return;
    }
    rig_wait_trace(rig, "query-replay");
    g_clear_pointer(&rig, rig_free);
    g_free(mark->text);
    g_free(mark);
}
END_TEST

/* As many marks come as there may be, many of them at once. The longest text is of what grows most
 * as JSON (test-marks.c has a file of nothing else). */
START_TEST(test_marks)
{
    Script script = {0};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autofree char *text = g_strnfill(MARKS_MAX_TEXT, 1);
    g_autoptr(GString) good = g_string_new("{'text': ");
    g_autofree char *bad = g_strdup_printf("{'text': 'm%0*d'}", (int)MARKS_MAX_TEXT, 0);
    g_autoptr(Recording) kept = NULL;

    json_append_string(good, text);
    g_string_append_c(good, '}');
    rig_begin(rig);
    rig_check(rig, "record-mark", bad, "ERROR: a mark is at most 1024 bytes");
    rig_check(rig, "record-mark", good->str, "{}");
    for (guint made = 1; made < MARKS_MAX - 1;) {
        Call *calls[64];
        guint n = MIN(MARKS_MAX - 1 - made, G_N_ELEMENTS(calls));

        for (guint i = 0; i < n; i++)
            calls[i] = rig_start(rig, rig->user, "record-mark", "{'text': 'm'}");
        for (guint i = 0; i < n; i++) {
            g_autofree char *reply = rig_finish(calls[i]);

            ck_assert_str_eq(reply, "{}");
        }
        made += n;
    }
    rig_check(rig, "record-mark", good->str, "{}");
    rig_check(rig, "record-mark", "{'text': ''}", "ERROR: a mark is at most");
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\"");
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert_uint_eq(marks_of(kept), MARKS_MAX);
    rig_begin(rig); /* the next one has room again */
    rig_check(rig, "record-mark", good->str, "{}");
}
END_TEST

START_TEST(test_dry)
{
    Script script = {.dry = TRUE, .no_plugin = _i == 1};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_check(rig, "query-record", NULL, "\"mode\": \"dry\"");
    rig_begin(rig);
    rig_check(rig, "record-mark", "{'text': 'kept nowhere'}", "{}");
    rig_check(rig, "end_record", NULL, "\"insns\": 0, \"bytes\": 0");
    rig_check(rig, "end_record", NULL, "ERROR: nothing is being recorded");
    ck_assert_str_eq(rig->events->str,
                     "RECORD_BEGIN web; RECORD_MARK web; RECORD_END web: requested");
    rig_check_trace(rig, "");
    ck_assert_uint_eq(rig->whole, 0);
}
END_TEST

/* Every command of the service is in the extension's table with its events, and nothing else. */
START_TEST(test_extension)
{
    guint known = 0;

    for (const ExtensionEntry *entry = service_extension; entry->name; entry++) {
        if (entry->is_event) {
            ck_assert(g_str_has_prefix(entry->name, "RECORD_") ||
                      g_str_has_prefix(entry->name, "EMULATOR_"));
            continue;
        }
        known += service_flow(entry->name) != PEER_PIPELINE;
    }
    ck_assert_uint_eq(known, 6);
    ck_assert_int_eq(service_flow("query-status"), PEER_PIPELINE);
    ck_assert_int_eq(service_flow("record-journal"), PEER_IMMEDIATE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_record, 0, 3);
    tcase_add_loop_test(tcase, test_beside, 0, 3);
    tcase_add_loop_test(tcase, test_beside_fails, 0, G_N_ELEMENTS(beside_faults));
    tcase_add_loop_test(tcase, test_not_beside, 0, G_N_ELEMENTS(beside_unknown));
    tcase_add_loop_test(tcase, test_beside_late, 0, G_N_ELEMENTS(beside_unknown));
    tcase_add_test(tcase, test_paused);
    tcase_add_test(tcase, test_discard);
    tcase_add_test(tcase, test_numbered);
    tcase_add_test(tcase, test_remembered);
    tcase_add_test(tcase, test_shutdown);
    tcase_add_test(tcase, test_shutdown_off);
    tcase_add_test(tcase, test_shutdown_queued);
    tcase_add_test(tcase, test_queued_gone);
    tcase_add_loop_test(tcase, test_command, 0, G_N_ELEMENTS(commands));
    tcase_add_loop_test(tcase, test_journal, 0, G_N_ELEMENTS(journals));
    tcase_add_test(tcase, test_position);
    tcase_add_test(tcase, test_late_mark);
    tcase_add_loop_test(tcase, test_mark_without_icount, 0, 2);
    tcase_add_test(tcase, test_marks);
    tcase_add_loop_test(tcase, test_dry, 0, 2);
    tcase_add_test(tcase, test_extension);
}

int main(void)
{
    return temp_run("service", add_tests);
}
