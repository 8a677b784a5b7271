/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The store: reserving, committing, abandoning; live and killed recorders (forked children hold
 * real locks); nothing is overwritten; a disk that is full.
 */
#include "qmpbridge/store/store.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "tests/unit/temp.h"

static Store *open_store(const char *dir)
{
    g_autoptr(GError) error = NULL;
    Store *store = store_open(dir, TRUE, &error);

    ck_assert_msg(store != NULL, "%s", error ? error->message : "");
    return store;
}

static Recording *reserve(Store *store, const char *name)
{
    g_autoptr(GError) error = NULL;
    Recording *recording = store_reserve(store, name, &error);

    ck_assert_msg(recording != NULL, "%s", error ? error->message : "");
    return recording;
}

static void commit(Store *store, Recording *recording)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(store_commit(store, recording, &error), "%s", error ? error->message : "");
}

/* How a recording is found. Returns: its state; its reason in @reason. */
static RecordingState state_of(const char *dir, const char *name, char **reason)
{
    g_autoptr(Store) store = store_open(dir, FALSE, NULL);
    g_autoptr(Recording) found = store_find(store, name, NULL);

    ck_assert_msg(found != NULL, "%s isn't found", name);
    if (reason)
        *reason = g_strdup(found->reason);
    return found->state;
}

START_TEST(test_open)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *deep = g_build_filename(dir, "a", "b", NULL);
    g_autofree char *file = temp_file(dir, "file", "x");
    g_autoptr(GError) error = NULL;
    g_autoptr(Store) store = NULL;
    struct stat info;

    ck_assert_ptr_null(store_open(deep, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "there is no store");
    g_clear_error(&error);
    store = store_open(deep, TRUE, NULL);
    ck_assert_ptr_nonnull(store);
    ck_assert_str_eq(store_path(store), deep);
    ck_assert_int_eq(stat(deep, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0700);
    ck_assert_ptr_null(store_open(file, TRUE, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, file);
    store_free(NULL);
}
END_TEST

/* The names that come out when @names are wanted one after another. */
static const struct {
    const char *wanted[4], *got[4];
} numbers[] = {
    {{"a", "a", "a", NULL}, {"a", "a_001", "a_002", NULL}},
    {{"a_001", "a", "a", NULL}, {"a_001", "a", "a_002", NULL}},
    {{"a", "b", "a", NULL}, {"a", "b", "a_001", NULL}},
};

START_TEST(test_numbers)
{
    g_autoptr(Temp) dir = temp_new();

    for (guint i = 0; numbers[_i].wanted[i]; i++) {
        g_autoptr(Store) store = open_store(dir); /* also across restarts */
        g_autoptr(Recording) recording = reserve(store, numbers[_i].wanted[i]);

        ck_assert_str_eq(recording->name, numbers[_i].got[i]);
        if (i % 2)
            store_abandon(store, recording, "why not"); /* an incomplete one keeps its name too */
        else
            commit(store, recording);
    }
}
END_TEST

static const char *const bad_names[] = {"", ".", "..", "../x", "a/b", ".hidden", "a b", "%s"};

START_TEST(test_bad_name)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(store_reserve(store, bad_names[_i], &error));
    temp_check_error(error, BRIDGE_ERROR_NAME, "");
    g_clear_error(&error);
    ck_assert_ptr_null(store_find(store, bad_names[_i], &error));
    temp_check_error(error, BRIDGE_ERROR_NAME, "");
    ck_assert_uint_eq(temp_count(dir), 0);
}
END_TEST

START_TEST(test_longest_name)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autofree char *name = g_strnfill(127, 'n');
    g_autoptr(Recording) first = reserve(store, name);
    g_autoptr(Recording) second = reserve(store, name);

    commit(store, first);
    commit(store, second);
    ck_assert_str_eq(first->name, name);
    ck_assert_uint_eq(strlen(second->name), 127);
    ck_assert_int_eq(state_of(dir, second->name, NULL), RECORDING_COMPLETE);
}
END_TEST

START_TEST(test_commit)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autofree char *path = g_build_filename(dir, "web", NULL);
    g_autofree char *log = temp_file(recording->directory, RECORDING_LOG, "log");

    ck_assert_int_eq(state_of(dir, "web", NULL), RECORDING_LIVE);
    ck_assert(temp_exists(dir, ".web.incomplete"));
    recording_add_file(recording->files, RECORDING_LOG, 3, "");
    commit(store, recording);
    ck_assert_str_eq(recording->directory, path);
    ck_assert(!temp_exists(dir, ".web.incomplete"));
    ck_assert(!temp_exists(path, "lock"));
    ck_assert(temp_exists(path, RECORDING_LOG));
    ck_assert_int_eq(state_of(dir, "web", NULL), RECORDING_COMPLETE);
}
END_TEST

/* A file that isn't there can't be made durable: the recording isn't whole. */
START_TEST(test_commit_fails)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autofree char *reason = NULL;
    g_autoptr(GError) error = NULL;

    recording_add_file(recording->files, RECORDING_LOG, 3, "");
    ck_assert(!store_commit(store, recording, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, RECORDING_LOG);
    ck_assert_int_eq(recording->state, RECORDING_LIVE);
    store_abandon(store, recording, error->message);
    ck_assert_int_eq(state_of(dir, "web", &reason), RECORDING_INCOMPLETE);
    ck_assert_str_eq(reason, error->message);
}
END_TEST

/* Somebody takes the name meanwhile: it isn't overwritten. */
START_TEST(test_commit_taken)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autofree char *path = g_build_filename(dir, "web", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert(!store_commit(store, recording, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "File exists");
    ck_assert_uint_eq(temp_count(path), 0);
}
END_TEST

START_TEST(test_discard)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autoptr(Recording) again = NULL;
    g_autofree char *log = temp_file(recording->directory, RECORDING_LOG, "log");

    ck_assert(store_discard(store, recording, NULL));
    ck_assert_uint_eq(temp_count(dir), 0);
    again = reserve(store, "web");
    ck_assert_str_eq(again->name, "web");
}
END_TEST

/** A child that reserves @name, writes a byte to the parent, and waits. */
static pid_t child_with_recording(const char *dir, const char *name)
{
    int told[2];
    char byte;
    pid_t child;

    ck_assert_int_eq(pipe(told), 0);
    child = fork();
    if (child == 0) {
        Store *store = open_store(dir);

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        reserve(store, name);
        ck_assert_int_eq(write(told[1], "x", 1), 1);
        for (;;)
            pause();
    }
    ck_assert_int_eq(read(told[0], &byte, 1), 1);
    return child;
}

START_TEST(test_killed)
{
    g_autoptr(Temp) dir = temp_new();
    pid_t child = child_with_recording(dir, "web");
    g_autofree char *alive = NULL, *dead = NULL;
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) other = reserve(store, "web");

    ck_assert_int_eq(state_of(dir, "web", &alive), RECORDING_LIVE);
    ck_assert_ptr_null(alive);
    ck_assert_str_eq(other->name, "web_001");
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, NULL, 0), child);
    ck_assert_int_eq(state_of(dir, "web", &dead), RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(dead, "killed"));
    ck_assert_int_eq(state_of(dir, "web_001", NULL), RECORDING_LIVE);
}
END_TEST

static void reserve_and_commit(const char *dir, guint n)
{
    g_autoptr(Store) store = open_store(dir);

    for (guint i = 0; i < n; i++) {
        g_autoptr(Recording) recording = reserve(store, "same");

        commit(store, recording);
    }
}

/* Two programs that want the same name all the time, and a third that lists: all get theirs. */
START_TEST(test_race)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    pid_t child = fork(), lister;
    g_autoptr(GPtrArray) list = NULL;
    int status;

    if (child == 0) {
        reserve_and_commit(dir, 60);
        _exit(0);
    }
    lister = fork();
    if (lister == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            g_ptr_array_unref(store_list(store, NULL));
    }
    reserve_and_commit(dir, 60);
    ck_assert_int_eq(waitpid(child, &status, 0), child);
    ck_assert(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    kill(lister, SIGKILL);
    waitpid(lister, NULL, 0);
    list = store_list(store, NULL);
    ck_assert_uint_eq(list->len, 120);
    for (guint i = 0; i < list->len; i++)
        ck_assert_int_eq(((Recording *)list->pdata[i])->state, RECORDING_COMPLETE);
}
END_TEST

static void make_entry(const char *dir, const char *name, const char *json)
{
    g_autofree char *path = g_build_filename(dir, name, NULL);
    g_autofree char *file = NULL;

    ck_assert_int_eq(mkdir(path, 0700), 0);
    if (json)
        file = temp_file(path, RECORDING_JSON, json);
}

/* A store with files of others in it. Oldest first; what can't be read is listed with a reason. */
START_TEST(test_list)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *file = temp_file(dir, "file", "x");
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(GString) text = g_string_new(NULL);

    make_entry(dir, "young", "{\"schema\": 1, \"wall-begin-us\": 9}");
    make_entry(dir, "old", "{\"schema\": 1, \"wall-begin-us\": 5}");
    make_entry(dir, "broken", "{");
    make_entry(dir, "empty", NULL);
    make_entry(dir, "later", "{\"schema\": 2}");
    make_entry(dir, ".lost.incomplete", "{\"schema\": 1, \"state\": \"complete\"}");
    make_entry(dir, ".told.incomplete",
               "{\"schema\": 1, \"state\": \"incomplete\", \"reason\": \"full\"}");
    make_entry(dir, "a b", NULL);
    make_entry(dir, ".scratch-abcdef", NULL);
    make_entry(dir, ".incomplete", NULL);
    make_entry(dir, "..incomplete", NULL);
    ck_assert_int_eq(symlink("old", link), 0);
    list = store_list(store, NULL);
    for (guint i = 0; i < list->len; i++) {
        const Recording *recording = list->pdata[i];

        g_string_append_printf(text, "%s %s\n", recording->name,
                               recording_state_name(recording->state));
        ck_assert_int_eq(recording->reason != NULL, recording->state == RECORDING_INCOMPLETE);
    }
    ck_assert_str_eq(text->str,
                     "broken incomplete\nempty incomplete\nlater incomplete\nlost incomplete\n"
                     "told incomplete\nold complete\nyoung complete\n");
}
END_TEST

START_TEST(test_find)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *file = temp_file(dir, "file", "x");
    g_autofree char *reason = NULL;
    g_autoptr(GError) error = NULL;

    make_entry(dir, "good", "{\"schema\": 1}");
    make_entry(dir, "broken", "[");
    ck_assert_int_eq(symlink("good", link), 0);
    ck_assert_int_eq(state_of(dir, "good", NULL), RECORDING_COMPLETE);
    ck_assert_int_eq(state_of(dir, "broken", &reason), RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(reason, RECORDING_JSON));
    ck_assert_ptr_null(store_find(store, "none", &error));
    temp_check_error(error, BRIDGE_ERROR_NOT_FOUND, "'list' shows");
    /* what isn't listed isn't found either */
    ck_assert_ptr_null(store_find(store, "link", NULL));
    ck_assert_ptr_null(store_find(store, "file", NULL));
}
END_TEST

/* A link that leads nowhere takes its name as well. */
START_TEST(test_dangling)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autofree char *link = g_build_filename(dir, "web", NULL);
    g_autoptr(Recording) recording = NULL;

    ck_assert_int_eq(symlink("nowhere", link), 0);
    recording = reserve(store, "web");
    ck_assert_str_eq(recording->name, "web_001");
    commit(store, recording);
}
END_TEST

START_TEST(test_full)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = NULL;
    g_autoptr(Recording) recording = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *reason = NULL;

    temp_mount(dir, 64);
    store = open_store(dir);
    recording = reserve(store, "web");
    temp_fill(dir, 0);
    ck_assert_ptr_null(store_reserve(store, "web", &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    ck_assert(!temp_exists(dir, ".web_001.incomplete")); /* nothing half made stays */
    g_clear_error(&error);
    ck_assert(!store_commit(store, recording, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    store_abandon(store, recording, error->message); /* can't be kept, but it isn't whole either */
    ck_assert_int_eq(state_of(dir, "web", &reason), RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(reason);
}
END_TEST

START_TEST(test_gone)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "store", NULL);
    g_autoptr(Store) store = open_store(path);
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(rmdir(path), 0);
    ck_assert_ptr_null(store_list(store, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "store");
    g_clear_error(&error);
    ck_assert_ptr_null(store_reserve(store, "web", &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "No such file");
}
END_TEST

/* The disk breaks, call by call, while a recording is made whole. Either it is whole, for the one
 * who made it and for all, perhaps with a warning; or it isn't, for both. */
static const struct {
    const char *faults;
    const char *refusal; /**< NULL: it is whole */
    const char *warning;
} faults[] = {
    {"fsync:EIO:*/store", NULL, "isn't safe from a power cut"}, /* after the rename */
    {"fsync:EIO:*/store fsync:EIO:*/web/*", NULL, "isn't safe from a power cut"},
    {"fsync:EIO:*/recording.json*", "Input/output", NULL},
    {"fsync:EIO:*/replay.log", "Input/output", NULL},
    {"fsync:ENOSPC:*/.web.incomplete", "free some space", NULL},
    {"renameat2:EIO", "Input/output", NULL},
    {"renameat2:EINVAL", NULL, NULL},
    {"renameat2:ENOSYS", NULL, NULL},
    {"renameat2:EINVAL mkdir:EEXIST", "File exists", NULL},
    {"renameat2:EINVAL rename:EIO:*/web", "Input/output", NULL},
};

START_TEST(test_faults)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "store", NULL);
    g_autoptr(Store) store = open_store(path);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autofree char *log = temp_file(recording->directory, RECORDING_LOG, "log");
    g_autoptr(Recording) found = NULL;
    g_autoptr(GError) error = NULL;
    gboolean good;

    recording_add_file(recording->files, RECORDING_LOG, 3, "");
    g_setenv("QMPBRIDGE_FAULTS", faults[_i].faults, TRUE);
    good = store_commit(store, recording, &error);
    g_unsetenv("QMPBRIDGE_FAULTS");
    ck_assert_int_eq(good, faults[_i].refusal == NULL);
    if (!good) {
        ck_assert_msg(strstr(error->message, faults[_i].refusal) != NULL, "%s", error->message);
        store_abandon(store, recording, error->message);
    }
    found = store_find(store, "web", NULL);
    ck_assert_int_eq(found->state, good ? RECORDING_COMPLETE : RECORDING_INCOMPLETE);
    ck_assert_int_eq(recording->warning != NULL, faults[_i].warning != NULL);
    if (faults[_i].warning)
        ck_assert_ptr_nonnull(strstr(recording->warning, faults[_i].warning));
    ck_assert(!temp_exists(found->directory, "lock") || !good);
    ck_assert_uint_eq(temp_count(path), 1);
}
END_TEST

/* Without RENAME_NOREPLACE, too, nothing is overwritten. */
static const char *const takers[] = {"file", "link", "empty", "full"};

START_TEST(test_fallback_taken)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) recording = reserve(store, "web");
    g_autofree char *path = g_build_filename(dir, "web", NULL);
    g_autoptr(GError) error = NULL;

    if (g_str_equal(takers[_i], "file"))
        g_free(temp_file(dir, "web", "x"));
    else if (g_str_equal(takers[_i], "link"))
        ck_assert_int_eq(symlink("nowhere", path), 0);
    else
        ck_assert_int_eq(mkdir(path, 0700), 0);
    if (g_str_equal(takers[_i], "full"))
        g_free(temp_file(path, "mine", "x"));
    g_setenv("QMPBRIDGE_FAULTS", "renameat2:EINVAL", TRUE);
    ck_assert(!store_commit(store, recording, &error));
    g_unsetenv("QMPBRIDGE_FAULTS");
    temp_check_error(error, BRIDGE_ERROR_STORE, "File exists");
    ck_assert(temp_exists(dir, "web"));
    ck_assert_int_eq(temp_exists(path, "mine"), g_str_equal(takers[_i], "full"));
}
END_TEST

/* A recorder was killed between its claim and its rename: one recording, which is incomplete. */
START_TEST(test_claim)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(GPtrArray) list = NULL;
    g_autoptr(Recording) next = NULL;
    g_autofree char *reason = NULL;

    make_entry(dir, "web", NULL);
    make_entry(dir, ".web.incomplete", "{\"schema\": 1, \"state\": \"complete\"}");
    list = store_list(store, NULL);
    ck_assert_uint_eq(list->len, 1);
    ck_assert_int_eq(state_of(dir, "web", &reason), RECORDING_INCOMPLETE);
    ck_assert_ptr_nonnull(strstr(reason, "killed"));
    next = reserve(store, "web");
    ck_assert_str_eq(next->name, "web_001");
}
END_TEST

static void expect_removed(Store *store, const char *name)
{
    g_autoptr(GError) error = NULL;

    ck_assert_msg(store_remove(store, name, &error), "%s", error ? error->message : "");
    ck_assert(!store_remove(store, name, &error));
    temp_check_error(error, BRIDGE_ERROR_NOT_FOUND, name);
}

/* Whole, incomplete, a claim beside it; and what an earlier removal has left goes along. */
START_TEST(test_remove)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) whole = reserve(store, "whole"), half = reserve(store, "half");
    g_autofree char *log = temp_file(whole->directory, RECORDING_LOG, "log");

    commit(store, whole);
    store_abandon(store, half, "why");
    make_entry(dir, "claimed", NULL);
    make_entry(dir, ".claimed.incomplete", "{\"schema\": 1}");
    make_entry(dir, ".earlier.removed", "{}");
    expect_removed(store, "whole");
    expect_removed(store, "half");
    expect_removed(store, "claimed");
    ck_assert_uint_eq(temp_count(dir), 0);
}
END_TEST

/* What another process works with stays as it is. */
START_TEST(test_remove_busy)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Store) store = open_store(dir);
    g_autoptr(Recording) live = reserve(store, "live"), whole = reserve(store, "whole");
    g_autoptr(GError) recorded = NULL, replayed = NULL, bad = NULL;
    int claim = -1;

    commit(store, whole);
    ck_assert(store_claim_proof(whole, &claim));
    ck_assert(!store_remove(store, "live", &recorded));
    temp_check_error(recorded, BRIDGE_ERROR_BUSY, "live is being recorded: end it first");
    ck_assert(!store_remove(store, "whole", &replayed));
    temp_check_error(replayed, BRIDGE_ERROR_BUSY, "whole is being replayed");
    ck_assert(!store_remove(store, "../live", &bad));
    temp_check_error(bad, BRIDGE_ERROR_NAME, "");
    close(claim);
    ck_assert_uint_eq(temp_count(dir), 2);
    expect_removed(store, "whole");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_open);
    tcase_add_loop_test(tcase, test_numbers, 0, G_N_ELEMENTS(numbers));
    tcase_add_loop_test(tcase, test_bad_name, 0, G_N_ELEMENTS(bad_names));
    tcase_add_test(tcase, test_longest_name);
    tcase_add_test(tcase, test_commit);
    tcase_add_test(tcase, test_commit_fails);
    tcase_add_test(tcase, test_commit_taken);
    tcase_add_test(tcase, test_discard);
    tcase_add_test(tcase, test_killed);
    tcase_add_test(tcase, test_race);
    tcase_add_test(tcase, test_list);
    tcase_add_test(tcase, test_find);
    tcase_add_test(tcase, test_dangling);
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_gone);
    tcase_add_loop_test(tcase, test_faults, 0, G_N_ELEMENTS(faults));
    tcase_add_loop_test(tcase, test_fallback_taken, 0, G_N_ELEMENTS(takers));
    tcase_add_test(tcase, test_claim);
    tcase_add_test(tcase, test_remove);
    tcase_add_test(tcase, test_remove_busy);
}

int main(void)
{
    return temp_run("store", add_tests);
}
