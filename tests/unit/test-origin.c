/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whose a recording is: the code of one that was made here holds as long as nothing that counts was
 * changed, and only with the key of its maker. main() gives the tests a data directory of their
 * own.
 */
#include "qmpbridge/store/origin.h"

#include "tests/unit/temp.h"

static char *key_path(void)
{
    return g_build_filename(g_get_user_data_dir(), "qmpbridge", "origin.key", NULL);
}

static void remove_key(void)
{
    g_autofree char *path = key_path();

    unlink(path);
    rmdir(path);
}

static Recording *make(void)
{
    Recording *recording = recording_new("web", NULL);

    recording->machine = machine_new();
    recording->machine->kernel = g_strdup("/boot/vmlinuz");
    ck_assert(machine_add_disk(recording->machine, "/srv/disk.img", NULL, NULL));
    recording_add_file(recording->bases, "kernel", 6, "aa");
    recording_add_file(recording->bases, "disk", 7, "");
    recording_add_file(recording->files, RECORDING_LOG, 8, "bb");
    recording->origin = origin_sign(recording, NULL);
    ck_assert_ptr_nonnull(recording->origin);
    return recording;
}

static void change_text(char **text, const char *to)
{
    g_free(*text);
    *text = g_strdup(to);
}

/* Another name, a verdict, its log's event to skip: it is still the same. */
START_TEST(test_here)
{
    g_autoptr(Recording) recording = make();
    g_autofree char *path = key_path();
    g_autofree char *again = NULL;
    g_autoptr(GError) error = NULL;
    struct stat info;

    change_text(&recording->name, "other");
    recording->verdict = VERDICT_IDENTICAL;
    recording->log_skip = 77;
    ck_assert_int_eq(origin_find(recording, &error), ORIGIN_HERE);
    ck_assert(origin_check_paths(recording, &error));
    ck_assert_ptr_null(error);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    again = origin_sign(recording, NULL);
    ck_assert_str_eq(again, recording->origin); /* by the same key */
}
END_TEST

/* Through recording.json and back, as it is read for a replay. */
START_TEST(test_saved)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = make(), loaded = NULL;

    recording->directory = g_strdup(dir);
    ck_assert(recording_save(recording, NULL));
    loaded = recording_load("web", dir, NULL);
    ck_assert_int_eq(origin_find(loaded, NULL), ORIGIN_HERE);
    ck_assert(recording_save(loaded, NULL)); /* as when a verdict is kept */
    g_clear_pointer(&loaded, recording_free);
    loaded = recording_load("web", dir, NULL);
    ck_assert_int_eq(origin_find(loaded, NULL), ORIGIN_HERE);
}
END_TEST

/* The code that the first versions made, whose machines named no target: theirs is the default. */
START_TEST(test_without_target)
{
    static const char key[] = "0123456789abcdef0123456789abcdef";
    static const char signed_text[] =
        "qmpbridge recording 1\0"
        "{\"name\":\"vm\",\"type\":\"q35\",\"cpu\":\"qemu64\",\"memory-mib\":256,"
        "\"kernel\":\"/boot/vmlinuz\",\"disk\":\"/srv/disk.img\",\"disk-interface\":\"virtio\","
        "\"network\":false,\"forwards\":[],\"icount-shift\":3}\0"
        "2\0kernel\0"
        "6\0aa\0disk\0"
        "7\0\0"
        "1\0replay.log\0"
        "8\0bb";
    g_autoptr(Recording) recording = make();
    g_autofree char *path = key_path();
    gsize n;

    ck_assert(g_file_set_contents(path, key, (gssize)strlen(key), NULL));
    ck_assert_int_eq(chmod(path, 0600), 0);
    g_free(recording->origin);
    recording->origin = g_compute_hmac_for_data(G_CHECKSUM_SHA256, (const guchar *)key, strlen(key),
                                                (const guchar *)signed_text, sizeof(signed_text));
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_HERE);
    recording->machine->target = &target_table(&n)[1];
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_ELSEWHERE);
    remove_key();
}
END_TEST

/* Another engine would open its files: its name counts, but the first engine's needn't be there. */
START_TEST(test_engine)
{
    g_autoptr(Recording) recording = make();

    recording->engine = g_strdup(RECORDING_FIRST_ENGINE);
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_HERE);
    change_text(&recording->engine, "abacus");
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_ELSEWHERE);
    g_free(recording->origin);
    recording->origin = origin_sign(recording, NULL);
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_HERE);
    change_text(&recording->engine, "abacu");
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_ELSEWHERE);
    change_text(&recording->engine, RECORDING_FIRST_ENGINE);
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_ELSEWHERE);
}
END_TEST

static const char *const changes[] = {
    "kernel",      "initrd",       "disk",      "append",     "target",     "cpu",
    "memory",      "base digest",  "base size", "base name",  "base added", "base removed",
    "file digest", "file moved",   "code",      "disk added", "argument",   "no code",
    "empty code",  "another user", "no key",
};

static void change(Recording *recording, const char *what)
{
    Machine *machine = recording->machine;
    RecordingFile *base = recording->bases->pdata[0], *file = recording->files->pdata[0];
    g_autofree char *path = NULL;
    gsize n;

    if (g_str_equal(what, "kernel"))
        change_text(&machine->kernel, "/etc/shadow");
    else if (g_str_equal(what, "initrd"))
        change_text(&machine->initrd, "/etc/shadow");
    else if (g_str_equal(what, "disk"))
        change_text(&((MachineDisk *)machine->disks->pdata[0])->file, "/srv/other.img");
    else if (g_str_equal(what, "disk added"))
        ck_assert(machine_add_disk(machine, "/srv/other.img", NULL, NULL));
    else if (g_str_equal(what, "argument"))
        machine_add_argument(machine, "-s");
    else if (g_str_equal(what, "append"))
        change_text(&machine->append, "init=/bin/sh");
    else if (g_str_equal(what, "target"))
        machine->target = &target_table(&n)[1];
    else if (g_str_equal(what, "cpu"))
        change_text(&machine->cpu, "max");
    else if (g_str_equal(what, "memory"))
        machine->memory++;
    else if (g_str_equal(what, "base digest"))
        change_text(&base->sha256, "ab");
    else if (g_str_equal(what, "base size"))
        base->size++;
    else if (g_str_equal(what, "base name"))
        change_text(&base->name, "initrd");
    else if (g_str_equal(what, "base added"))
        recording_add_file(recording->bases, "initrd", 1, "cc");
    else if (g_str_equal(what, "base removed"))
        g_ptr_array_remove_index(recording->bases, 0);
    else if (g_str_equal(what, "file digest"))
        change_text(&file->sha256, "b");
    else if (g_str_equal(what, "file moved")) /* from one list to the other */
        g_ptr_array_add(recording->bases, g_ptr_array_steal_index(recording->files, 0));
    else if (g_str_equal(what, "code"))
        recording->origin[0] = recording->origin[0] == '0' ? '1' : '0';
    else if (g_str_equal(what, "no code"))
        change_text(&recording->origin, NULL);
    else if (g_str_equal(what, "empty code"))
        change_text(&recording->origin, "");
    else
        remove_key();
    if (g_str_equal(what, "another user")) /* has another key */
        path = origin_sign(recording, NULL);
}

START_TEST(test_elsewhere)
{
    g_autoptr(Recording) recording = make();
    g_autoptr(GError) error = NULL;

    change(recording, changes[_i]);
    ck_assert_msg(origin_find(recording, &error) == ORIGIN_ELSEWHERE, "%s", changes[_i]);
    ck_assert_ptr_null(error);
    ck_assert(!origin_check_paths(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "--trust-paths");
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "qmpbridge show web");
    temp_check_error(error, BRIDGE_ERROR_RECORDING, recording->machine->kernel);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, machine_disk(recording->machine, 0)->file);
}
END_TEST

/* Without files of the host there is nothing to trust. */
START_TEST(test_without_paths)
{
    g_autoptr(Recording) recording = make();

    change_text(&recording->machine->kernel, NULL);
    g_ptr_array_set_size(recording->machine->disks, 0);
    ck_assert_int_eq(origin_find(recording, NULL), ORIGIN_ELSEWHERE);
    ck_assert(origin_check_paths(recording, NULL));
    machine_add_argument(recording->machine, "-s"); /* which may name any */
    ck_assert(!origin_check_paths(recording, NULL));
}
END_TEST

static const struct {
    const char *how, *refusal;
} keys[] = {
    {"short", "isn't a key"},
    {"directory", "isn't a key"},
    {"link", "symbolic links"},
    {"readable by others", "chmod 600"},
};

static void spoil_key(const char *how)
{
    g_autofree char *path = key_path();

    if (g_str_equal(how, "readable by others")) {
        ck_assert_int_eq(chmod(path, 0644), 0);
        return;
    }
    if (g_str_equal(how, "short")) {
        ck_assert_int_eq(truncate(path, 31), 0);
        return;
    }
    remove_key();
    if (g_str_equal(how, "directory"))
        ck_assert_int_eq(mkdir(path, 0700), 0);
    else
        ck_assert_int_eq(symlink("/etc/passwd", path), 0);
}

/* A key that can't be relied on: each use of it says what is wrong with which file. */
START_TEST(test_bad_key)
{
    g_autoptr(Recording) recording = make();
    g_autofree char *path = key_path();
    g_autoptr(GError) error = NULL;

    spoil_key(keys[_i].how);
    ck_assert_int_eq(origin_find(recording, &error), ORIGIN_UNKNOWN);
    temp_check_error(error, BRIDGE_ERROR_STORE, keys[_i].refusal);
    temp_check_error(error, BRIDGE_ERROR_STORE, path);
    g_clear_error(&error);
    ck_assert(!origin_check_paths(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, keys[_i].refusal);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "--trust-paths");
    g_clear_error(&error);
    ck_assert_ptr_null(origin_sign(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, keys[_i].refusal);
    remove_key();
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_here);
    tcase_add_test(tcase, test_saved);
    tcase_add_test(tcase, test_without_target);
    tcase_add_test(tcase, test_engine);
    tcase_add_loop_test(tcase, test_elsewhere, 0, G_N_ELEMENTS(changes));
    tcase_add_test(tcase, test_without_paths);
    tcase_add_loop_test(tcase, test_bad_key, 0, G_N_ELEMENTS(keys));
}

int main(void)
{
    return temp_run("origin", add_tests);
}
