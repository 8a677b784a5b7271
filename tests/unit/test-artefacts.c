/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The artefacts of a recording are an open list: what was declared and made is digested as it was
 * declared, and what recordings of older versions don't say is known by their names.
 */
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"
#include "qmpbridge/store/recording.h"

#include "tests/unit/temp.h"

static const Artefact packets = {
    .name = "packets.pcap", .role = "packets", .need = ARTEFACT_IF_MADE};
static const Artefact host = {
    .name = "host", .role = "trace", .digest = ARTEFACT_PAGES, .sparse = TRUE};
static const Artefact disk = {.name = "d", .role = "disk", .need = ARTEFACT_WITH_DISK};
static const Artefact second_disk = {.name = "e", .need = ARTEFACT_WITH_DISK, .disk = 1};

static GPtrArray *declared(void)
{
    GPtrArray *list = g_ptr_array_new();

    g_ptr_array_add(list, (gpointer)&packets);
    g_ptr_array_add(list, (gpointer)&host);
    g_ptr_array_add(list, (gpointer)&disk);
    g_ptr_array_add(list, (gpointer)&second_disk);
    return list;
}

static void check_file(const RecordingFile *file, const Artefact *artefact, const char *sha256)
{
    ck_assert_str_eq(file->name, artefact->name);
    ck_assert_str_eq(file->role, artefact->role);
    ck_assert_int_eq(file->digest, artefact->digest);
    ck_assert_int_eq(file->sparse, artefact->sparse);
    ck_assert_str_eq(file->sha256, sha256);
}

START_TEST(test_digest)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *first = temp_file(dir, "packets.pcap", "packets");
    g_autofree char *second = temp_file(dir, "host", "trace");
    g_autofree char *bytes = files_sha256(first, NULL, NULL);
    g_autofree char *pages = ram_digest_file(second, NULL);
    g_autoptr(GPtrArray) list = declared();
    g_autoptr(GPtrArray) files = NULL;
    g_autoptr(GError) error = NULL;
    guint64 space = 0;

    files = recording_digest_artefacts(list, dir, 0, &space, &error);
    ck_assert_msg(files != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(files->len, 2);
    check_file(files->pdata[0], &packets, bytes);
    check_file(files->pdata[1], &host, pages);
    ck_assert_uint_le(space, 7 + 5);
}
END_TEST

/* What may be missing, and what mustn't. */
START_TEST(test_missing)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *second = temp_file(dir, "host", "trace");
    g_autoptr(GPtrArray) list = declared();
    g_autoptr(GPtrArray) files = recording_digest_artefacts(list, dir, 0, &(guint64){0}, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_uint_eq(files->len, 1);
    ck_assert_ptr_null(recording_digest_artefacts(list, dir, 1, &(guint64){0}, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "/d: ");
    g_free(temp_file(dir, "d", "disk"));
    g_clear_error(&error);
    ck_assert_ptr_null(recording_digest_artefacts(list, dir, 2, &(guint64){0}, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "/e: ");
    ck_assert_int_eq(unlink(second), 0);
    ck_assert_ptr_null(recording_digest_artefacts(list, dir, 0, &(guint64){0}, NULL));
}
END_TEST

static Recording *saved(const char *dir, const char *files)
{
    g_autofree char *json =
        g_strdup_printf("{\"schema\": 1, \"state\": \"complete\", \"files\": [%s]}", files);

    g_free(temp_file(dir, RECORDING_JSON, json));
    return recording_load("x", dir, NULL);
}

/** A row of recording.json's files, and how it is read. */
static const struct {
    const char *json, *role;
    ArtefactDigest digest;
    gboolean refused;
} rows[] = {
#define ROW(name, more) "{\"name\": \"" name "\", \"size\": 1, \"sha256\": \"a\"" more "}"
    {ROW("replay.log", ""), NULL, ARTEFACT_PAGES, FALSE},
    {ROW("vmstate.qcow2", ""), NULL, ARTEFACT_PAGES, FALSE},
    {ROW("disk.qcow2", ""), NULL, ARTEFACT_PAGES, FALSE},
    {ROW("journal", ""), NULL, ARTEFACT_SHA256, FALSE},
    {ROW("replay.log", ", \"digest\": \"sha256\""), NULL, ARTEFACT_SHA256, FALSE},
    {ROW("x", ", \"role\": \"r\", \"digest\": \"pages\", \"sparse\": true"), "r", ARTEFACT_PAGES,
     FALSE},
    {ROW("x", ", \"digest\": \"md5\""), NULL, 0, TRUE},
    {ROW("x", ", \"digest\": 5"), NULL, 0, TRUE},
    {ROW("x", ", \"role\": {}"), NULL, 0, TRUE},
    {ROW("x", ", \"sparse\": \"yes\""), NULL, 0, TRUE},
};

START_TEST(test_read)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = saved(dir, rows[_i].json);
    const RecordingFile *file;

    ck_assert_int_eq(recording == NULL, rows[_i].refused);
    if (!recording)
        return;
    ck_assert_str_eq(recording->engine, RECORDING_FIRST_ENGINE);
    file = recording->files->pdata[0];
    ck_assert_pstr_eq(file->role, rows[_i].role);
    ck_assert_int_eq(file->digest, rows[_i].digest);
}
END_TEST

START_TEST(test_round_trip)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(Recording) recording = recording_new("x", dir);
    g_autoptr(Recording) again = NULL;

    recording_add_artefact(recording->files, &host, 5, "aa");
    recording_add_file(recording->files, "journal", 6, "bb");
    ck_assert(recording_save(recording, NULL));
    again = recording_load("x", dir, NULL);
    check_file(again->files->pdata[0], &host, "aa");
    ck_assert_ptr_null(((RecordingFile *)again->files->pdata[1])->role);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_digest);
    tcase_add_test(tcase, test_missing);
    tcase_add_loop_test(tcase, test_read, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_round_trip);
}

int main(void)
{
    return temp_run("artefacts", add_tests);
}
