/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recording.json: the way there and back, and files from a hostile author.
 */
#include "qmpbridge/store/recording.h"

#include "tests/unit/temp.h"

static Recording *full_recording(const char *dir)
{
    Recording *recording = recording_new("full", dir);

    recording->state = RECORDING_COMPLETE;
    recording->reason = g_strdup("requested");
    recording->machine = machine_new();
    recording->emulator_path = g_strdup("/usr/bin/qemu \"x\"");
    recording->emulator_version = g_strdup("11.1.3");
    recording->snapshot = g_strdup("qmpbridge-1-0");
    recording->icount_begin = 1000;
    recording->icount_end = G_MAXINT64;
    recording->wall_begin = 1;
    recording->wall_end = 2;
    recording->mono_begin = 3;
    recording->mono_end = 4;
    recording->begin_pause = 5;
    recording->end_pause = 6;
    recording->answers = 7;
    recording->bytes = 8;
    recording->engine = g_strdup("abacus");
    recording->ram_sha256 = g_strdup("abc");
    recording->verdict = VERDICT_DIVERGED;
    recording->verdict_detail = g_strdup("at 17");
    recording->verdict_wall = 9;
    recording->verdict_time = 10;
    recording_add_file(recording->files, RECORDING_LOG, 12, "def");
    recording_add_file(recording->bases, "kernel", 13, "");
    return recording;
}

static char *text_of(const Recording *recording)
{
    g_autoptr(JsonNode) node = json_node_take(recording_to_json(recording));

    return json_to_text(node);
}

START_TEST(test_round_trip)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = full_recording(dir);
    g_autoptr(Recording) again = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *first = text_of(recording);
    g_autofree char *second = NULL;

    ck_assert(recording_save(recording, NULL));
    again = recording_load("full", dir, &error);
    ck_assert_msg(again != NULL, "%s", error ? error->message : "");
    second = text_of(again);
    ck_assert_str_eq(first, second);
    ck_assert_int_eq(again->state, RECORDING_COMPLETE);
    ck_assert_int_eq(again->verdict, VERDICT_DIVERGED);
    ck_assert_uint_eq(recording_insns(again), G_MAXINT64 - 1000);
    ck_assert_str_eq(((RecordingFile *)again->bases->pdata[0])->name, "kernel");
    ck_assert_uint_eq(temp_count(dir), 1);
}
END_TEST

/* What has little in it is kept too, and bytes that JSON can't hold don't spoil the file. */
START_TEST(test_sparse)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = recording_new("sparse", dir);
    g_autoptr(Recording) again = NULL;

    recording_set_reason(recording, "/store/\xff: No space left");
    ck_assert(recording_save(recording, NULL));
    again = recording_load("sparse", dir, NULL);
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(again->reason, "/store/\xef\xbf\xbd: No space left");
    ck_assert_ptr_null(again->machine);
    ck_assert_int_eq(again->state, RECORDING_LIVE);
}
END_TEST

#define HEAD "{\"schema\": 1, "

static void append_mark(const Mark *mark, gpointer user_data)
{
    ck_assert_uint_eq(mark->icount, MARK_NO_ICOUNT);
    g_string_append_printf(user_data, "%" G_GINT64_FORMAT " %s;", mark->wall, mark->text);
}

/* A recording that was made before marks had a file of their own keeps those of recording.json. */
START_TEST(test_old_marks)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(
        dir, RECORDING_JSON,
        HEAD "\"marks\": [{\"wall-us\": 5, \"text\": \"a\"}, {\"wall-us\": 6, \"text\": \"b\"}]}");

    for (guint i = 0; i < 2; i++) { /* also when it was written again */
        g_autoptr(Recording) recording = recording_load("x", dir, NULL);
        g_autoptr(GString) marks = g_string_new(NULL);

        ck_assert_ptr_nonnull(recording);
        ck_assert(recording_read_marks(recording, append_mark, marks, NULL));
        ck_assert_str_eq(marks->str, "5 a;6 b;");
        ck_assert(recording_save(recording, NULL));
    }
}
END_TEST

/* What couldn't be read again isn't written: what there was stays. */
START_TEST(test_too_big)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = recording_new("x", dir);
    g_autoptr(Recording) again = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *text = NULL;

    recording_set_reason(recording, "small");
    ck_assert(recording_save(recording, NULL));
    text = g_strnfill(4 << 20, 'x');
    recording_set_reason(recording, text);
    ck_assert(!recording_save(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_TOO_BIG, "over 4 MiB");
    again = recording_load("x", dir, NULL);
    ck_assert_str_eq(again->reason, "small");
}
END_TEST

/* Texts of recording.json, and a word of the error; NULL: it can be read. */
static const struct {
    const char *text, *refusal;
} files[] = {
    {"{\"schema\": 1}", NULL},
    {HEAD "\"state\": \"complete\", \"name\": \"../../other\", \"unknown\": [{}]}", NULL},
    {HEAD "\"state\": \"no such state\", \"verdict\": \"no such verdict\"}", NULL},
    {HEAD "\"machine\": null, \"marks\": null, \"reason\": null}", NULL},
    {HEAD "\"icount-begin\": 5, \"icount-end\": 3}", NULL},
    {"", "recording.json of 'x'"},
    {"\n", "recording.json"},
    {"[]", "recording.json"},
    {"1", "recording.json"},
    {"{\"schema\": 1", "recording.json"},
    {"{\"schema\": 1}{\"schema\": 1}", "recording.json"},
    {"{\"schema\": 1}\n\xff", "recording.json"},
    {"{}", "schema"},
    {"{\"schema\": \"1\"}", "schema"},
    {"{\"schema\": 0}", "schema 0 isn't known"},
    {"{\"schema\": 2}", "schema 2 isn't known"},
    {"{\"schema\": -9223372036854775808}", "isn't known"},
    {"{\"schema\": 18446744073709551617}", "recording.json"},
    {HEAD "\"reason\": 1}", "reason"},
    {HEAD "\"reason\": \"a\\u0000b\"}", "recording.json"},
    {HEAD "\"state\": 1}", "state"},
    {HEAD "\"verdict\": []}", "verdict"},
    {HEAD "\"snapshot\": {}}", "snapshot"},
    {HEAD "\"icount-begin\": -1}", "'icount-begin' is negative"},
    {HEAD "\"icount-end\": 1.5}", "icount-end"},
    {HEAD "\"icount-end\": 9223372036854775808}", "recording.json"},
    {HEAD "\"wall-begin-us\": -1}", "wall-begin-us"},
    {HEAD "\"bytes\": \"8\"}", "bytes"},
    {HEAD "\"marks\": {}}", "marks"},
    {HEAD "\"marks\": [1]}", "wall-us"},
    {HEAD "\"marks\": [{}]}", "wall-us"},
    {HEAD "\"marks\": [{\"wall-us\": 1}]}", "text"},
    {HEAD "\"marks\": [{\"wall-us\": 1, \"text\": null}]}", "text"},
    {HEAD "\"files\": 1}", "files"},
    {HEAD "\"files\": [1]}", "files"},
    {HEAD "\"files\": [{\"name\": 1, \"size\": 1, \"sha256\": \"\"}]}", "name"},
    {HEAD "\"files\": [{\"name\": \"a\", \"size\": -1, \"sha256\": \"\"}]}", "size"},
    {HEAD "\"files\": [{\"name\": \"a\", \"size\": 1}]}", "sha256"},
    {HEAD "\"bases\": [null]}", "bases"},
    {HEAD "\"files\": [{\"name\": \"a\", \"size\": 1, \"sha256\": \"\"}, "
          "{\"name\": \"a\", \"size\": 1, \"sha256\": \"\"}]}",
     "twice"},
    {HEAD "\"machine\": []}", "machine"},
    {HEAD "\"machine\": {\"type\": \"q35,accel=kvm\"}}", "type"},
    {HEAD "\"machine\": {\"cpu\": \"max,x=y\"}}", "cpu"},
    {HEAD "\"machine\": {\"kernel\": \"/a\\u001b\"}}", "control character"},
};

START_TEST(test_hostile)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, RECORDING_JSON, files[_i].text);
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = recording_load("x", dir, &error);

    if (!files[_i].refusal) {
        ck_assert_msg(recording != NULL, "%s: %s", files[_i].text, error ? error->message : "");
        ck_assert_str_eq(recording->name, "x"); /* whatever the file says */
        ck_assert_str_eq(recording->directory, dir);
        (void)recording_insns(recording);
        return;
    }
    ck_assert_msg(!recording, "%s was taken", files[_i].text);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, files[_i].refusal);
}
END_TEST

START_TEST(test_ends_before_it_begins)
{
    g_autoptr(Recording) recording = recording_new("x", "/x");

    recording->icount_begin = 5;
    recording->icount_end = 3;
    ck_assert_uint_eq(recording_insns(recording), 0);
}
END_TEST

/* As many files as there may be, and one more. */
START_TEST(test_many_files)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(GString) text = g_string_new(HEAD "\"files\": [");
    g_autofree char *path = NULL;
    g_autoptr(Recording) recording = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < RECORDING_MAX_FILES + (guint)_i; i++)
        g_string_append_printf(text, "%s{\"name\": \"%u\", \"size\": 1, \"sha256\": \"\"}",
                               i ? ", " : "", i);
    g_string_append(text, "]}");
    path = temp_file(dir, RECORDING_JSON, text->str);
    recording = recording_load("x", dir, &error);
    if (_i == 0)
        ck_assert_msg(recording != NULL, "%s", error ? error->message : "");
    else
        temp_check_error(error, BRIDGE_ERROR_RECORDING, "more files than 64");
}
END_TEST

/* Deep, huge, and without end: refused, without a crash and without waiting. */
START_TEST(test_deep)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(GString) text = g_string_new("{\"schema\": 1, \"x\": ");
    g_autofree char *path = NULL;
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < 1000000; i++)
        g_string_append_c(text, '[');
    path = temp_file(dir, RECORDING_JSON, text->str);
    ck_assert_ptr_null(recording_load("x", dir, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, RECORDING_JSON);
}
END_TEST

START_TEST(test_huge)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, RECORDING_JSON, "{\"schema\": 1}");
    g_autoptr(Recording) recording = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(truncate(path, 4 << 20), 0); /* the most that is read; zeros behind it */
    ck_assert_ptr_null(recording_load("x", dir, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, RECORDING_JSON " of");
    g_clear_error(&error);
    ck_assert_int_eq(truncate(path, (4 << 20) + 1), 0);
    ck_assert_ptr_null(recording_load("x", dir, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "over 4 MiB");
    g_clear_error(&error);
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    ck_assert_ptr_null(recording_load("x", dir, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "over 4 MiB");
}
END_TEST

/* recording.json is something else than a file. */
static const struct {
    const char *kind, *refusal;
} kinds[] = {
    {"missing", "No such file"},
    {"fifo", "regular file"},
    {"directory", "regular file"},
    {"link", "symbolic link"},
    {"link to /dev/zero", "symbolic link"},
    {"socket", ""},
};

static void make_kind(const char *dir, const char *path, const char *kind)
{
    g_autofree char *good = temp_file(dir, "good", "{\"schema\": 1}");

    if (g_str_equal(kind, "fifo"))
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else if (g_str_equal(kind, "directory"))
        ck_assert_int_eq(mkdir(path, 0700), 0);
    else if (g_str_equal(kind, "link"))
        ck_assert_int_eq(symlink(good, path), 0);
    else if (g_str_equal(kind, "link to /dev/zero"))
        ck_assert_int_eq(symlink("/dev/zero", path), 0);
    else if (g_str_equal(kind, "socket"))
        ck_assert_int_eq(mknod(path, S_IFSOCK | 0600, 0), 0);
}

START_TEST(test_no_file)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, RECORDING_JSON, NULL);
    g_autoptr(GError) error = NULL;

    make_kind(dir, path, kinds[_i].kind);
    ck_assert_ptr_null(recording_load("x", dir, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, kinds[_i].refusal);
}
END_TEST

START_TEST(test_full)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = full_recording(dir);
    g_autoptr(Recording) again = NULL;
    g_autoptr(GError) error = NULL;

    temp_mount(dir, 64);
    ck_assert(recording_save(recording, NULL));
    temp_fill(dir, 0);
    recording_set_reason(recording, "new");
    ck_assert(!recording_save(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    again = recording_load("full", dir, NULL); /* the old one is whole */
    ck_assert_ptr_nonnull(again);
    ck_assert_str_eq(again->reason, "requested");
    ck_assert_uint_eq(temp_count(dir), 2);
}
END_TEST

START_TEST(test_live_names)
{
    ck_assert_str_eq(verdict_name(VERDICT_NONE), "none");
    ck_assert_str_eq(verdict_name(VERDICT_IDENTICAL), "identical");
    ck_assert_str_eq(verdict_name(VERDICT_DIVERGED), "diverged");
    ck_assert_str_eq(verdict_name(VERDICT_FAILED), "failed");
    ck_assert_str_eq(recording_state_name(RECORDING_LIVE), "live");
    ck_assert_str_eq(recording_state_name(RECORDING_INCOMPLETE), "incomplete");
    ck_assert_str_eq(recording_state_name(RECORDING_COMPLETE), "complete");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_sparse);
    tcase_add_test(tcase, test_old_marks);
    tcase_add_test(tcase, test_too_big);
    tcase_add_loop_test(tcase, test_hostile, 0, G_N_ELEMENTS(files));
    tcase_add_test(tcase, test_ends_before_it_begins);
    tcase_add_loop_test(tcase, test_many_files, 0, 2);
    tcase_add_test(tcase, test_deep);
    tcase_add_test(tcase, test_huge);
    tcase_add_loop_test(tcase, test_no_file, 0, G_N_ELEMENTS(kinds));
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_live_names);
}

int main(void)
{
    return temp_run("recording", add_tests);
}
