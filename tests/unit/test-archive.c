/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Archives: what is packed comes back byte for byte with its holes, and of a damaged or hostile
 * archive nothing is taken. Hostile ones are made here by libarchive, which packs anything.
 */
#include "qmpbridge/store/pack.h"

#include <archive.h>
#include <archive_entry.h>
#include <zstd.h>

#include "tests/unit/archive-rig.h"

static Manifest *check(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ArchiveProgress progress = {0};
    Manifest *manifest = pack_check(path, fd, &progress, error);
    guint64 done, total;

    close(fd);
    archive_progress_get(&progress, &done, &total);
    if (manifest)
        ck_assert_uint_eq(done, total);
    return manifest;
}

START_TEST(test_pack)
{
    gboolean images = _i;
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = rig_pack_in(dir, images);
    g_autoptr(GError) error = NULL;
    g_autoptr(Manifest) manifest = check(path, &error);
    const ManifestMember *state;
    struct stat info;

    ck_assert_msg(manifest != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(manifest->name, "web");
    ck_assert_str_eq(manifest->emulator_version, "11.1.3");
    ck_assert_uint_eq(manifest->members->len, images ? 5 : 4);
    ck_assert_uint_eq(manifest->images->len, 1);
    ck_assert(((ManifestImage *)manifest->images->pdata[0])->included == images);
    state = manifest_find(manifest, RECORDING_VMSTATE);
    ck_assert_uint_eq(state->size, RIG_IMAGE_BYTES);
    ck_assert_uint_le(state->data, 64u << 10);
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_lt(info.st_size, 4096);
    ck_assert_uint_eq(temp_count(dir), 3); /* nothing temporary is left */
}
END_TEST

/* The same recording gives the same bytes, and nothing is overwritten. */
START_TEST(test_again)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = rig_pack_in(dir, FALSE), *before = temp_read(dir, "web.qrec");
    g_autofree char *directory = g_build_filename(dir, "web", NULL);
    g_autofree char *other = g_build_filename(dir, "other.qrec", NULL), *after = NULL;
    g_autoptr(Recording) recording = recording_load("web", directory, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(!rig_pack_to(recording, path, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "is there already");
    ck_assert(rig_pack_to(recording, other, FALSE, NULL));
    after = temp_read(dir, "other.qrec");
    ck_assert_str_eq(before, after);
}
END_TEST

/* What was changed since it was recorded isn't packed, and leaves no archive. */
START_TEST(test_changed)
{
    static const struct {
        const char *file, *text;
    } rows[] = {
        {RECORDING_CONSOLE, "logon: \n"},
        {RECORDING_CONSOLE, "longer than it was"},
        {"../disk.img", "Some data"},
    };
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = rig_pack_in(dir, FALSE);
    g_autofree char *directory = g_build_filename(dir, "web", NULL);
    g_autofree char *other = g_build_filename(dir, "other.qrec", NULL);
    g_autoptr(Recording) recording = recording_load("web", directory, NULL);
    g_autoptr(GError) error = NULL;

    g_free(temp_file(directory, rows[_i].file, rows[_i].text));
    ck_assert(!rig_pack_to(recording, other, TRUE, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "was changed");
    ck_assert_uint_eq(temp_count(dir), 3);
}
END_TEST

/* --- hostile ones ---------------------------------------------------------------------------- */

/** SHA-256 of "x", and of nothing. */
#define X "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881"
#define NOTHING "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

#define MEMBER(name, size, data, sha256)                      \
    "{\"name\":\"" name "\",\"size\":" size ",\"data\":" data \
    ",\"digest\":\"sha256\",\"sha256\":\"" sha256 "\"}"
#define JSON MEMBER("recording.json", "1", "1", X)
#define MANIFEST(members)                                                                     \
    "{\"format\":\"qmpbridge recording\",\"version\":1,\"name\":\"web\",\"engine\":\"qemu\"," \
    "\"members\":[" members "],\"images\":[]}"

/** An entry of a tar. */
typedef struct {
    const char *name;
    const char *text; /**< "x" where it is missing */
    const char *link; /**< a hard link to it */
    guint type;       /**< of archive_entry_set_filetype(); 0: a file */
    guint64 hole;     /**< bytes in front of the text */
} Entry;

typedef struct {
    const char *what; /**< is said of it; NULL: it is whole */
    const char *manifest;
    Entry entries[3];
} Hostile;

static const Hostile hostiles[] = {
    {NULL, MANIFEST(JSON), {{.name = "recording.json"}}},
    {NULL,
     MANIFEST(JSON "," MEMBER("a", "1", "1", X)),
     {{.name = "recording.json"}, {.name = "a"}}},
    {"there is another entry", MANIFEST(JSON), {{.name = "../recording.json"}}},
    {"there is another entry", MANIFEST(JSON), {{.name = "/recording.json"}}},
    {"there is another entry", MANIFEST(JSON), {{.name = "./recording.json"}}},
    {"isn't a plain file", MANIFEST(JSON), {{.name = "recording.json", .type = AE_IFLNK}}},
    {"isn't a plain file", MANIFEST(JSON), {{.name = "recording.json", .link = "/etc/passwd"}}},
    {"isn't a plain file", MANIFEST(JSON), {{.name = "recording.json", .type = AE_IFCHR}}},
    {"isn't a plain file", MANIFEST(JSON), {{.name = "recording.json", .type = AE_IFIFO}}},
    {"there is another entry", MANIFEST(JSON), {{.name = "recording.json", .type = AE_IFDIR}}},
    {"isn't as long", MANIFEST(JSON), {{.name = "recording.json", .text = "xx"}}},
    {"isn't as long", MANIFEST(JSON), {{.name = "recording.json", .text = ""}}},
    {"another digest", MANIFEST(JSON), {{.name = "recording.json", .text = "y"}}},
    {"more in it", MANIFEST(JSON), {{.name = "recording.json"}, {.name = "recording.json"}}},
    {"more in it", MANIFEST(JSON), {{.name = "recording.json"}, {.name = "../x"}}},
    {"a is missing", MANIFEST(JSON "," MEMBER("a", "1", "1", X)), {{.name = "recording.json"}}},
    {"there is another entry",
     MANIFEST(JSON "," MEMBER("a", "1", "1", X) "," MEMBER("b", "1", "1", X)),
     {{.name = "recording.json"}, {.name = "b"}, {.name = "a"}}},
    {"among the members twice",
     MANIFEST(JSON "," MEMBER("a", "1", "1", X) "," MEMBER("a", "1", "1", X)),
     {{.name = "recording.json"}, {.name = "a"}, {.name = "a"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("../a", "1", "1", X)),
     {{.name = "recording.json"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("/a", "1", "1", X)),
     {{.name = "recording.json"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER(".a", "1", "1", X)),
     {{.name = "recording.json"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("", "1", "1", X)),
     {{.name = "recording.json"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("lock", "1", "1", X)),
     {{.name = "recording.json"}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("manifest.json", "1", "1", X)),
     {{.name = NULL}}},
    {"a name that no file", MANIFEST(JSON "," MEMBER("images/a", "1", "1", X)), {{.name = NULL}}},
    {"a name that no file",
     MANIFEST(JSON "," MEMBER("images/" NOTHING, "1", "1", X)),
     {{.name = NULL}}},
    {"no SHA-256", MANIFEST(JSON "," MEMBER("a", "1", "1", "")), {{.name = NULL}}},
    {"more data than bytes", MANIFEST(JSON "," MEMBER("a", "1", "2", X)), {{.name = NULL}}},
    {"negative", MANIFEST(JSON "," MEMBER("a", "-1", "1", X)), {{.name = NULL}}},
    {"an integer",
     MANIFEST(JSON "," MEMBER("a", "18446744073709551617", "1", X)),
     {{.name = NULL}}},
    {"256 MiB of holes", MANIFEST(JSON "," MEMBER("a", "1000000000000", "1", X)), {{.name = NULL}}},
    {"more data than the manifest",
     MANIFEST(JSON "," MEMBER("a", "1", "0", X)),
     {{.name = "recording.json"}, {.name = "a"}}},
    {"isn't a recording.json", MANIFEST(MEMBER("a", "1", "1", X)), {{.name = "a"}}},
    {"isn't a recording.json",
     MANIFEST(MEMBER("recording.json", "0", "0", NOTHING)),
     {{.name = NULL}}},
    {"isn't a recording.json",
     MANIFEST(MEMBER("recording.json", "9999999", "9999999", X)),
     {{.name = NULL}}},
    {"no members", MANIFEST(""), {{.name = NULL}}},
    {"isn't of the format", "{\"format\":\"zip\",\"version\":1}", {{.name = NULL}}},
    {"a newer qmpbridge", "{\"format\":\"qmpbridge recording\",\"version\":2}", {{.name = NULL}}},
    {"manifest.json:", "[]", {{.name = NULL}}},
    {"manifest.json:", "", {{.name = NULL}}},
};

static la_ssize_t keep(struct archive *archive, void *bytes, const void *data, size_t len)
{
    (void)archive;
    g_byte_array_append(bytes, data, (guint)len);
    return (la_ssize_t)len;
}

static void add_entry(struct archive *tar, const Entry *from)
{
    struct archive_entry *entry = archive_entry_new();
    const char *text = from->text ? from->text : "x";
    gsize len = from->type || from->link ? 0 : strlen(text);

    archive_entry_set_pathname(entry, from->name);
    archive_entry_set_filetype(entry, from->type ? from->type : AE_IFREG);
    archive_entry_set_perm(entry, 0600);
    archive_entry_set_size(entry, (la_int64_t)(from->hole + len));
    if (from->type == AE_IFLNK)
        archive_entry_set_symlink(entry, "/etc/passwd");
    if (from->link)
        archive_entry_set_hardlink(entry, from->link);
    if (from->hole)
        archive_entry_sparse_add_entry(entry, (la_int64_t)from->hole, (la_int64_t)len);
    ck_assert_int_eq(archive_write_header(tar, entry), ARCHIVE_OK);
    ck_assert_int_eq(archive_write_data(tar, text, len), (la_ssize_t)len);
    archive_entry_free(entry);
}

/* The tar of a row, or of its first bytes. (transfer full) */
static GByteArray *make_tar(const Hostile *row)
{
    GByteArray *bytes = g_byte_array_new();
    struct archive *tar = archive_write_new();

    archive_write_set_format_pax_restricted(tar);
    ck_assert_int_eq(archive_write_open(tar, bytes, NULL, keep, NULL), ARCHIVE_OK);
    add_entry(tar, &(Entry){.name = MANIFEST_JSON, .text = row->manifest});
    for (guint i = 0; i < G_N_ELEMENTS(row->entries) && row->entries[i].name; i++)
        add_entry(tar, &row->entries[i]);
    archive_write_close(tar);
    archive_write_free(tar);
    return bytes;
}

/** Bytes to be read. */
typedef struct {
    const guint8 *data;
    gsize len;
    guint64 times; /**< that they come again */
    gsize at;
} Memory;

static gssize read_memory(void *buffer, gsize len, gpointer user_data)
{
    Memory *memory = user_data;
    gsize n;

    if (memory->at == memory->len && memory->times > 0) {
        memory->times--;
        memory->at = 0;
    }
    n = MIN(len, memory->len - memory->at);
    memcpy(buffer, memory->data + memory->at, n);
    memory->at += n;
    return (gssize)n;
}

static gboolean begin(const ManifestMember *member, gpointer user_data, GError **error)
{
    (void)member;
    (void)user_data;
    (void)error;
    return TRUE;
}

static gboolean take(const guint8 *data, gsize len, guint64 offset, gpointer user_data,
                     GError **error)
{
    (void)data;
    (void)len;
    (void)offset;
    (void)user_data;
    (void)error;
    return TRUE;
}

static gboolean end(gpointer user_data, GError **error)
{
    (void)user_data;
    (void)error;
    return TRUE;
}

static gboolean read_all(Memory *memory, gboolean plain, GError **error)
{
    static const ArchiveSink sink = {begin, take, end};
    g_autoptr(ArchiveReader) reader = archive_reader_new("it", plain, read_memory, memory, error);

    return reader && archive_reader_read(reader, &sink, NULL, error);
}

START_TEST(test_hostile)
{
    const Hostile *row = &hostiles[_i];
    g_autoptr(GByteArray) tar = make_tar(row);
    Memory memory = {tar->data, tar->len, 0, 0};
    g_autoptr(GError) error = NULL;

    ck_assert_msg(read_all(&memory, TRUE, &error) == !row->what, "%s",
                  error ? error->message : "it was taken");
    if (row->what)
        temp_check_error(error, BRIDGE_ERROR_RECORDING, row->what);
}
END_TEST

/* An archive that ends early is none, wherever it ends, and one with a bit turned is none, or is
 * as it was. */
START_TEST(test_truncated)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = rig_pack_in(dir, TRUE), *text = NULL;
    gsize len;

    ck_assert(g_file_get_contents(path, &text, &len, NULL));
    for (gsize cut = 0; cut < len; cut++) {
        Memory part = {(const guint8 *)text, cut, 0, 0}, all = {(const guint8 *)text, len, 0, 0};
        g_autoptr(GError) error = NULL, turned = NULL;

        ck_assert(!read_all(&part, FALSE, &error));
        temp_check_error(error, BRIDGE_ERROR_RECORDING, "isn't a whole archive");
        text[cut] ^= 0x10;
        if (!read_all(&all, FALSE, &turned))
            temp_check_error(turned, BRIDGE_ERROR_RECORDING, "isn't a whole archive");
        text[cut] ^= 0x10;
    }
}
END_TEST

/* Compressed zeros without an end: a header, a member or what follows that never ends. */
START_TEST(test_bomb)
{
    static const Hostile rows[] = {
        {"isn't a whole archive", "", {{.name = NULL}}},
        {"headers are too big", MANIFEST(JSON), {{.name = "recording.json"}}},
    };
    g_autoptr(GByteArray) tar = make_tar(&rows[_i]);
    gsize zeros = 64u << 20, bound;
    g_autofree guint8 *data = g_malloc0(zeros), *packed = NULL;
    g_autoptr(GError) error = NULL;
    Memory memory;

    memcpy(data, tar->data, tar->len);
    if (_i == 0)
        memset(data, 'A', 100); /* a name, and a header that isn't one */
    bound = ZSTD_compressBound(zeros);
    packed = g_malloc(bound);
    memory = (Memory){packed, ZSTD_compress(packed, bound, data, zeros, 1), 1u << 20, 0};
    ck_assert_uint_lt(memory.len, zeros / 1000);
    ck_assert(!read_all(&memory, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, rows[_i].what);
}
END_TEST

/* Appends a header of a tar (POSIX's pax). */
static void add_header(GByteArray *tar, const char *name, char type, gsize size)
{
    guint8 block[512] = {0};
    guint sum = 0;

    g_snprintf((char *)block, 100, "%s", name);
    g_snprintf((char *)block + 100, 8, "%07o", 0600);
    g_snprintf((char *)block + 124, 12, "%011" G_GSIZE_MODIFIER "o", size);
    memset(block + 148, ' ', 8);
    block[156] = (guint8)type;
    memcpy(block + 257, "ustar\00000", 8);
    for (guint i = 0; i < sizeof(block); i++)
        sum += block[i];
    g_snprintf((char *)block + 148, 8, "%06o", sum);
    g_byte_array_append(tar, block, sizeof(block));
}

static void pad(GByteArray *tar)
{
    static const guint8 zeros[512];

    g_byte_array_append(tar, zeros, -tar->len % 512);
}

/* A map of holes that goes on and on is read up to the bound, and no further. */
START_TEST(test_map_bomb)
{
    static const char records[] = "22 GNU.sparse.major=1\n22 GNU.sparse.minor=0\n"
                                  "33 GNU.sparse.name=recording.json\n"
                                  "25 GNU.sparse.realsize=1\n";
    static const char manifest[] = MANIFEST(JSON);
    gsize size = 4 * ARCHIVE_MAX_HEADERS;
    g_autoptr(GByteArray) tar = g_byte_array_new();
    g_autofree guint8 *map = g_malloc(size);
    g_autoptr(GError) error = NULL;
    Memory memory;

    for (gsize i = 0; i < size; i += 2)
        memcpy(map + i, "0\n", 2);
    memcpy(map, "99999998", 8);
    add_header(tar, MANIFEST_JSON, '0', strlen(manifest));
    g_byte_array_append(tar, (const guint8 *)manifest, sizeof(manifest) - 1);
    pad(tar);
    add_header(tar, "pax", 'x', strlen(records));
    g_byte_array_append(tar, (const guint8 *)records, sizeof(records) - 1);
    pad(tar);
    add_header(tar, "GNUSparseFile.0/recording.json", '0', size);
    g_byte_array_append(tar, map, (guint)size);
    memory = (Memory){tar->data, tar->len, 0, 0};
    ck_assert(!read_all(&memory, TRUE, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "headers are too big");
    ck_assert_uint_lt(memory.at, 2 * ARCHIVE_MAX_HEADERS);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_set_timeout(tcase, 120);
    tcase_add_loop_test(tcase, test_pack, FALSE, TRUE + 1);
    tcase_add_test(tcase, test_again);
    tcase_add_loop_test(tcase, test_changed, 0, 3);
    tcase_add_test(tcase, test_truncated);
    tcase_add_loop_test(tcase, test_hostile, 0, G_N_ELEMENTS(hostiles));
    tcase_add_loop_test(tcase, test_bomb, 0, 2);
    tcase_add_test(tcase, test_map_bomb);
}

int main(void)
{
    return temp_run("archive", add_tests);
}
