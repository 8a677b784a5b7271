/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recording service at the bounds of its store: begins that are refused, and recordings that
 * are ended while there still is room for their end.
 */
#include <fcntl.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "tests/unit/service-rig.h"

#define MIB ((guint64)1 << 20)
/** What a recording of the rig needs at most: its RAM twice, and the slack. */
#define NEEDS (2 * MACHINE_MIN_MEMORY * MIB + 32 * MIB)

static void wait_event(Rig *rig, const char *event)
{
    temp_wait(strstr(rig->events->str, event) != NULL, event);
}

static void check_ended(Rig *rig, const char *reason)
{
    g_autofree char *event = g_strdup_printf("RECORD_BEGIN web; RECORD_END web: %s", reason);
    g_autoptr(Recording) kept = NULL;

    wait_event(rig, event);
    ck_assert_str_eq(rig->events->str, event);
    ck_assert_uint_eq(rig->whole, 1);
    kept = rig_find(rig, "web");
    ck_assert_int_eq(kept->state, RECORDING_COMPLETE);
    ck_assert_str_eq(kept->reason, reason);
    rig_check(rig, "query-record", NULL, "\"state\": \"off\"");
}

/* Others fill the file system: the recording ends while its end still leaves the reserve alone. */
START_TEST(test_space_runs_out)
{
    Script script = {.keep_free = 1000 * MIB};
    g_autoptr(Rig) rig = rig_new(&script);

    rig->left = 1000 * MIB + NEEDS;
    rig_begin(rig);
    rig->left = 1000 * MIB + 16 * MIB;
    check_ended(rig, "no-space");
}
END_TEST

static void grow(const char *path, guint64 size)
{
    int fd = g_open(path, O_WRONLY, 0);

    ck_assert_int_eq(posix_fallocate(fd, 0, (off_t)size), 0);
    close(fd);
}

/* What the recording itself writes counts, and that its end will copy it. */
START_TEST(test_store_fills)
{
    Script script = {.store_limit = NEEDS + 100 * MIB};
    g_autoptr(Rig) rig = rig_new(&script);

    rig_begin(rig);
    grow(rig->console, NEEDS + 50 * MIB);
    check_ended(rig, "store-full");
}
END_TEST

/* A begin is refused where its end would have no room; nothing of it stays. */
START_TEST(test_no_room)
{
    Script script = {.keep_free = 1000 * MIB};
    g_autoptr(Rig) rig = rig_new(&script);
    g_autoptr(GDir) dir = NULL;

    rig->left = 1000 * MIB + 16 * MIB;
    rig_check(rig, "begin_record", "{'file_name': 'web'}", "ERROR: 1016 MiB are left");
    rig_check_trace(rig, "");
    dir = g_dir_open(rig->store_dir, 0, NULL);
    ck_assert_ptr_null(g_dir_read_name(dir));
    rig_check(rig, "query-record", NULL, "\"state\": \"failed\"");
    rig->left = 1000 * MIB + NEEDS;
    rig_begin(rig);
    rig_check(rig, "end_record", NULL, "\"reason\": \"requested\"");
}
END_TEST

static guint errors(const Rig *rig)
{
    guint n = 0;

    for (const char *at = rig->events->str; (at = strstr(at, "RECORD_ERROR")); at++)
        n++;
    return n;
}

/* Of refusals in a row RECORD_ERROR reports the first, and RECORD_REFUSED the number of the others.
 */
START_TEST(test_refusals)
{
    Script script = {.keep_free = 1000 * MIB, .quiet_ms = _i ? 200 : 0};
    g_autoptr(Rig) rig = rig_new(&script);

    for (guint i = 0; i < 5; i++)
        rig_check(rig, "begin_record", "{'file_name': 'web'}", "ERROR: 0 MiB are left");
    if (_i == 0)
        ck_assert_uint_eq(errors(rig), 1);
    else
        temp_wait(errors(rig) + rig->refused == 5, "the number of refusals");
}
END_TEST

/* The bridge ends while the store is counted, or while the recording is watched. */
START_TEST(test_freed)
{
    Script script = {.keep_free = MIB, .store_limit = 100 * NEEDS};
    g_autoptr(Rig) rig = rig_new(&script);

    rig->left = 2 * NEEDS;
    if (_i == 1) {
        rig_begin(rig);
        return;
    }
    qmp_client_execute(rig->user, "begin_record",
                       json_parse_object("{'file_name': 'web'}", -1, NULL), 0, NULL, NULL);
    while (!service_is_busy(rig->service))
        g_main_context_iteration(NULL, TRUE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_space_runs_out);
    tcase_add_test(tcase, test_store_fills);
    tcase_add_test(tcase, test_no_room);
    tcase_add_loop_test(tcase, test_refusals, 0, 2);
    tcase_add_loop_test(tcase, test_freed, 0, 2);
}

int main(void)
{
    return temp_run("service-bounds", add_tests);
}
