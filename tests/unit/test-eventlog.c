/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Event log: what a line holds, its bound, the file's mode, and a full disk.
 */
#include <check.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/clock.h"
#include "qmpbridge/io/eventlog.h"

static char *folder;
static char *path;

static void set_up(void)
{
    folder = g_dir_make_tmp("eventlog-XXXXXX", NULL);
    path = g_build_filename(folder, "log", NULL);
}

static void tear_down(void)
{
    g_unlink(path);
    g_rmdir(folder);
    g_free(folder);
    g_free(path);
}

/* Line @n of the log, parsed. */
static JsonObject *line(guint n)
{
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;
    JsonObject *object;

    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert(g_str_is_ascii(text) && g_str_has_suffix(text, "\n"));
    lines = g_strsplit(text, "\n", -1);
    ck_assert_uint_gt(g_strv_length(lines), n);
    object = json_parse_object(lines[n], -1, NULL);
    ck_assert_msg(object != NULL, "line %u is no object: %s", n, lines[n]);
    return object;
}

static void write_text(EventLog *log, EventLogDir dir, const char *json)
{
    g_autoptr(JsonNode) node = json_parse(json, -1, NULL);

    ck_assert_ptr_nonnull(node);
    eventlog_write(log, dir, node);
}

START_TEST(test_lines)
{
    g_autoptr(EventLog) log = eventlog_open(path, "vm \"1\"", NULL);
    g_autoptr(JsonObject) first = NULL;
    g_autoptr(JsonObject) second = NULL;
    const char *dir, *vm, *what, *wall;
    gint64 seq, mono, when;
    struct stat info;

    write_text(log, EVENTLOG_IN, "{'event': 'E'}");
    eventlog_note(log, "%s\n%d", "two\x1b[31m lines", 7);
    first = line(0);
    second = line(1);
    ck_assert(json_get_string(first, "dir", &dir, NULL));
    ck_assert_str_eq(dir, "in");
    ck_assert(json_get_string(first, "vm", &vm, NULL));
    ck_assert_str_eq(vm, "vm \"1\"");
    ck_assert(json_get_int(first, "mono", &mono, NULL) && mono <= clock_mono());
    ck_assert(json_get_string(first, "wall", &wall, NULL));
    ck_assert(clock_parse_iso8601(wall, &when) && when <= clock_wall());
    ck_assert_ptr_nonnull(json_as_object(json_lookup(first, "what")));
    ck_assert(json_get_int(second, "seq", &seq, NULL) && seq == 1);
    ck_assert(json_get_string(second, "what", &what, NULL));
    ck_assert_str_eq(what, "two\x1b[31m lines\n7");
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 07777, 0600);
}
END_TEST

START_TEST(test_appends)
{
    for (int i = 0; i < 2; i++) {
        g_autoptr(EventLog) log = eventlog_open(path, NULL, NULL);

        eventlog_note(log, "%d", i);
    }
    json_object_unref(line(1));
}
END_TEST

START_TEST(test_bound)
{
    g_autoptr(EventLog) log = eventlog_open(path, "vm", NULL);
    g_autofree char *big = g_strnfill(EVENTLOG_MAX_LINE, 'x');
    g_autoptr(JsonObject) object = NULL;
    JsonObject *what;
    gint64 size = 0;
    struct stat info;

    eventlog_note(log, "%s", big);
    eventlog_note(log, "after");
    object = line(0);
    ck_assert(json_get_object(object, "what", &what, NULL));
    ck_assert(json_get_int(what, "truncated", &size, NULL));
    ck_assert_int_eq(size, EVENTLOG_MAX_LINE + 2);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_lt(info.st_size, 1000);
    json_object_unref(line(1));
}
END_TEST

static void on_failed(const GError *error, gpointer user_data)
{
    guint *told = user_data;

    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_FULL));
    ++*told;
}

START_TEST(test_full)
{
    int fd = open("/dev/full", O_WRONLY | O_CLOEXEC);
    g_autoptr(EventLog) log = NULL;
    guint told = 0;

    ck_assert_int_ge(fd, 0);
    log = eventlog_from_fd(fd, NULL);
    eventlog_on_failure(log, on_failed, &told);
    for (int i = 0; i < 5; i++)
        eventlog_note(log, "x");
    ck_assert_uint_eq(told, 1);
    ck_assert_uint_eq(eventlog_lost(log), 5);
}
END_TEST

/* A pipe that is full: lines are lost; once it is read, the next line gives their number. */
START_TEST(test_recovers)
{
    int ends[2];
    g_autoptr(EventLog) log = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *want = NULL;
    char bytes[65536];
    ssize_t got;
    guint64 lost;

    ck_assert_int_eq(pipe2(ends, O_NONBLOCK | O_CLOEXEC), 0);
    log = eventlog_from_fd(ends[1], NULL);
    while (eventlog_lost(log) < 3)
        eventlog_note(log, "%0500d", 0);
    lost = eventlog_lost(log);
    while ((got = read(ends[0], bytes, sizeof(bytes))) > 0)
        g_string_truncate(text, 0);
    eventlog_note(log, "again");
    got = read(ends[0], bytes, sizeof(bytes));
    ck_assert_int_gt(got, 0);
    g_string_append_len(text, bytes, got);
    want = g_strdup_printf("\"lost\": %" G_GUINT64_FORMAT, lost);
    ck_assert_ptr_nonnull(strstr(text->str, want));
    close(ends[0]);
}
END_TEST

START_TEST(test_refused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *target = g_build_filename(folder, "target", NULL);

    ck_assert_ptr_null(eventlog_open("/nonexistent/log", NULL, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_STORE));
    ck_assert_int_eq(symlink(target, path), 0);
    ck_assert_ptr_null(eventlog_open(path, NULL, NULL));
    ck_assert(!g_file_test(target, G_FILE_TEST_EXISTS));
}
END_TEST

START_TEST(test_no_log)
{
    eventlog_note(NULL, "x");
    eventlog_write(NULL, EVENTLOG_IN, NULL);
    ck_assert_uint_eq(eventlog_lost(NULL), 0);
    eventlog_free(NULL);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("eventlog");
    TCase *tcase = tcase_create("eventlog");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_lines);
    tcase_add_test(tcase, test_appends);
    tcase_add_test(tcase, test_bound);
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_recovers);
    tcase_add_test(tcase, test_refused);
    tcase_add_test(tcase, test_no_log);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
