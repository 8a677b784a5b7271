/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Unpacking: what comes out is what was packed, in a store that needn't have been there; nothing is
 * overwritten; what was interrupted goes on; and of a bad archive nothing stays.
 */
#include "qmpbridge/store/unpack.h"

#include <glib/gstdio.h>

#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/store/origin.h"
#include "tests/unit/archive-rig.h"

/** A directory with an archive in it, and an empty store. */
typedef struct {
    char *directory, *archive;
    Store *store;
    GPtrArray *missing;
} Rig;

static Rig *rig_new(gboolean images)
{
    Rig *rig = g_new0(Rig, 1);
    g_autofree char *path = NULL;

    rig->directory = temp_new();
    rig->archive = rig_pack_in(rig->directory, images);
    path = g_build_filename(rig->directory, "store", NULL);
    rig->store = store_open(path, TRUE, NULL);
    rig->missing = g_ptr_array_new_with_free_func(g_free);
    return rig;
}

static void rig_free(Rig *rig)
{
    store_free(rig->store);
    g_ptr_array_unref(rig->missing);
    g_free(rig->archive);
    temp_free(rig->directory);
    g_free(rig);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Rig, rig_free)

static Recording *unpack(Rig *rig, const char *wanted, GError **error)
{
    ArchiveProgress progress = {0};
    int fd = open(rig->archive, O_RDONLY | O_CLOEXEC);
    Recording *recording =
        unpack_recording(rig->store, rig->archive, fd, wanted, rig->missing, &progress, error);

    close(fd);
    return recording;
}

static void check_same(const Rig *rig, const char *name)
{
    static const char *const files[] = {RECORDING_VMSTATE, RECORDING_CONSOLE, RECORDING_JOURNAL};

    for (guint i = 0; i < G_N_ELEMENTS(files); i++) {
        g_autofree char *from = g_build_filename(rig->directory, "web", files[i], NULL);
        g_autofree char *to = g_build_filename(store_path(rig->store), name, files[i], NULL);
        g_autofree char *wanted = files_sha256(from, NULL, NULL);
        g_autofree char *digest = files_sha256(to, NULL, NULL);

        ck_assert_str_eq(digest, wanted);
    }
}

START_TEST(test_unpack)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = unpack(rig, NULL, &error);
    g_autofree char *state = NULL;
    struct stat info;

    ck_assert_msg(recording != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(recording->name, "web");
    ck_assert_int_eq(recording->state, RECORDING_COMPLETE);
    check_same(rig, "web");
    state = recording_file(recording, RECORDING_VMSTATE);
    ck_assert_int_eq(stat(state, &info), 0);
    ck_assert_int_lt(info.st_blocks * 512, RIG_IMAGE_BYTES / 4); /* its hole is one again */
    ck_assert_uint_eq(rig->missing->len, 0);
    ck_assert_uint_eq(temp_count(store_path(rig->store)), 2); /* and .images */
}
END_TEST

/* The name that it had, or another; numbers as a recorder gives them. */
START_TEST(test_names)
{
    static const struct {
        const char *wanted, *name;
    } rows[] = {{NULL, "web"}, {NULL, "web_001"}, {"other", "other"}, {"other", "other_001"}};
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < G_N_ELEMENTS(rows); i++) {
        g_autoptr(Recording) recording = unpack(rig, rows[i].wanted, NULL);

        ck_assert_str_eq(recording->name, rows[i].name);
        check_same(rig, rows[i].name);
    }
    ck_assert_ptr_null(unpack(rig, "../x", &error));
    temp_check_error(error, BRIDGE_ERROR_NAME, "name");
}
END_TEST

/* What another recorder is making has its name. */
START_TEST(test_reserved)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(Recording) live = store_reserve(rig->store, "web", NULL);
    g_autoptr(Recording) recording = unpack(rig, NULL, NULL);

    ck_assert_str_eq(live->name, "web");
    ck_assert_str_eq(recording->name, "web_001");
    ck_assert(store_discard(rig->store, live, NULL));
}
END_TEST

/* An image lies in the store once, whoever needs it, and as long as a recording does. */
START_TEST(test_images)
{
    g_autoptr(Rig) rig = rig_new(TRUE);
    g_autoptr(Recording) first = unpack(rig, NULL, NULL), second = unpack(rig, NULL, NULL);
    g_autofree char *path = images_find_base(second, "disk"), *text = NULL, *gone = NULL;
    g_autofree char *folder = g_path_get_dirname(path);

    ck_assert_ptr_null(images_find_base(second, "kernel"));
    ck_assert_uint_eq(temp_count(folder), 1);
    ck_assert(g_file_get_contents(path, &text, NULL, NULL));
    ck_assert_str_eq(text, "some data");
    ck_assert(store_remove(rig->store, "web", NULL));
    ck_assert_uint_eq(temp_count(folder), 1);
    ck_assert(store_remove(rig->store, "web_001", NULL));
    ck_assert_uint_eq(temp_count(folder), 0);
    gone = images_find(store_path(rig->store), "../web.qrec");
    ck_assert_ptr_null(gone);
}
END_TEST

/* A machine whose files the store has names none of the host: nobody has to be trusted. */
START_TEST(test_trust)
{
    g_autoptr(Rig) rig = rig_new(_i);
    g_autoptr(Recording) recording = unpack(rig, NULL, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(origin_check_paths(recording, &error) == _i);
    if (!_i)
        temp_check_error(error, BRIDGE_ERROR_RECORDING, "--trust-paths");
    machine_add_argument(recording->machine, "-s");
    g_clear_error(&error);
    ck_assert(!origin_check_paths(recording, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "arguments for QEMU -s");
}
END_TEST

/* Without images those of the host must be what they were. */
START_TEST(test_missing)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autofree char *disk = g_build_filename(rig->directory, "disk.img", NULL);
    g_autoptr(Recording) recording = NULL;

    if (_i == 0)
        ck_assert_int_eq(unlink(disk), 0);
    else
        g_free(temp_file(rig->directory, "disk.img", _i == 1 ? "longer than it was" : "Some data"));
    recording = unpack(rig, NULL, NULL);
    ck_assert_ptr_nonnull(recording);
    ck_assert_uint_eq(rig->missing->len, 1);
    ck_assert_ptr_nonnull(
        strstr(rig->missing->pdata[0], _i == 0 ? "No such file" : "another file"));
}
END_TEST

/* The draft of an unpacking that was killed: its whole files stay as they are, others don't. */
START_TEST(test_resume)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(Recording) first = unpack(rig, NULL, NULL), second = NULL;
    g_autofree char *manifest = NULL, *id = NULL, *draft = NULL, *kept = NULL, *now = NULL;
    g_autofree char *wanted = recording_file(first, RECORDING_CONSOLE);
    ArchiveReader *reader;
    struct stat before, after;
    int fd = open(rig->archive, O_RDONLY | O_CLOEXEC);

    reader = archive_reader_new("it", FALSE, archive_read_fd, GINT_TO_POINTER(fd), NULL);
    id = g_compute_checksum_for_string(G_CHECKSUM_SHA256, archive_reader_manifest_text(reader), -1);
    archive_reader_free(reader);
    close(fd);
    draft = g_strconcat(store_path(rig->store), "/" STORE_DRAFT, id, NULL);
    ck_assert_int_eq(g_mkdir(draft, 0700), 0);
    kept = temp_file(draft, RECORDING_CONSOLE, "login: \n");
    g_free(temp_file(draft, RECORDING_JOURNAL, "half of it"));
    ck_assert_int_eq(stat(kept, &before), 0);
    second = unpack(rig, NULL, NULL);
    ck_assert_ptr_nonnull(second);
    check_same(rig, "web_001");
    now = recording_file(second, RECORDING_CONSOLE);
    ck_assert_int_eq(stat(now, &after), 0);
    ck_assert_uint_eq(after.st_ino, before.st_ino);
}
END_TEST

/* Only one process at a time; and a removal of anything takes away what was killed. */
START_TEST(test_drafts)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(Store) other = store_open(store_path(rig->store), FALSE, NULL);
    g_autoptr(Recording) recording = unpack(rig, NULL, NULL);
    g_autofree char *draft = store_open_draft(rig->store, "abc", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(store_open_draft(other, "abc", &error));
    temp_check_error(error, BRIDGE_ERROR_BUSY, "another process");
    ck_assert(store_remove(other, "web", NULL));
    ck_assert(g_file_test(draft, G_FILE_TEST_IS_DIR));
    store_close_draft(rig->store, draft, FALSE);
    g_clear_pointer(&recording, recording_free);
    recording = unpack(rig, NULL, NULL);
    ck_assert(store_remove(other, "web", NULL));
    ck_assert(!g_file_test(draft, G_FILE_TEST_EXISTS));
}
END_TEST

/* No room for what the manifest says: nothing is begun. */
START_TEST(test_full)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;

    temp_mount(store_path(rig->store), 64);
    temp_fill(store_path(rig->store), 8192);
    ck_assert_ptr_null(unpack(rig, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
}
END_TEST

/* An archive that ends early: nothing of it stays, but for the images' empty directory. */
START_TEST(test_truncated)
{
    g_autoptr(Rig) rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;
    struct stat info;

    ck_assert_int_eq(stat(rig->archive, &info), 0);
    ck_assert_int_eq(truncate(rig->archive, info.st_size - 1 - _i * 100), 0);
    ck_assert_ptr_null(unpack(rig, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "isn't a whole archive");
    ck_assert_uint_le(temp_count(store_path(rig->store)), 1);
}
END_TEST

/* A recording.json that describes other files than those that came, or isn't whole. */
START_TEST(test_other_json)
{
    static const struct {
        const char *from, *to;
    } rows[] = {
        {"\"complete\"", "\"live\""},
        {"\"machine\"", "\"mochine\""},
        {"\"" RECORDING_CONSOLE "\"", "\"console.old\""},
        {"\"size\" : 8,", "\"size\" : 9,"},
    };
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *archive = rig_pack_in(dir, FALSE), *text = NULL;
    g_autofree char *directory = g_build_filename(dir, "web", NULL);
    g_autoptr(Recording) recording = recording_load("web", directory, NULL);
    g_autoptr(GString) json = NULL;
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) missing = g_ptr_array_new_with_free_func(g_free);
    g_autofree char *path = g_build_filename(dir, "store", NULL);
    g_autoptr(Store) store = store_open(path, TRUE, NULL);
    ArchiveProgress progress = {0};
    int fd;

    /* The model in memory is packed with a file that says something else. */
    text = temp_read(directory, RECORDING_JSON);
    json = g_string_new(text);
    ck_assert_uint_ge(g_string_replace(json, rows[_i].from, rows[_i].to, 1), 1);
    g_free(temp_file(directory, RECORDING_JSON, json->str));
    ck_assert_int_eq(unlink(archive), 0);
    ck_assert(rig_pack_to(recording, archive, FALSE, NULL));
    fd = open(archive, O_RDONLY | O_CLOEXEC);
    ck_assert_ptr_null(unpack_recording(store, archive, fd, NULL, missing, &progress, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, RECORDING_JSON);
    ck_assert_uint_le(temp_count(path), 1);
    close(fd);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_unpack);
    tcase_add_test(tcase, test_names);
    tcase_add_test(tcase, test_reserved);
    tcase_add_test(tcase, test_images);
    tcase_add_loop_test(tcase, test_trust, 0, 2);
    tcase_add_loop_test(tcase, test_missing, 0, 3);
    tcase_add_test(tcase, test_resume);
    tcase_add_test(tcase, test_drafts);
    tcase_add_test(tcase, test_full);
    tcase_add_loop_test(tcase, test_truncated, 0, 5);
    tcase_add_loop_test(tcase, test_other_json, 0, 4);
}

int main(void)
{
    return temp_run("unpack", add_tests);
}
