/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot made beside QEMU: the image is read back as QEMU reads it, table by table, and of each
 * page the last record counts. That QEMU loads it is what every replay of the end-to-end tests
 * shows.
 */
#include "qmpbridge/engine/qemu/vmstate.h"

#include <sys/mman.h>

#include "plugin/watch.h"
#include "tests/unit/temp.h"

#define PAGES 64u
#define SMALL 2u /* pages of the other block */
#define CLUSTER 65536u

static const char devices[] = "QEVM\0\0\0\3devices"; /* and the zero that ends a stream */

typedef struct {
    char *dir, *image;
    guint8 *ram, *rom;
    Vmstate *vmstate;
    int watch;
} Rig;

static guint8 *map(guint pages)
{
    return mmap(NULL, (gsize)pages * RAM_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
                -1, 0);
}

static Rig rig_new(void)
{
    Rig rig = {.dir = temp_new(), .ram = map(PAGES), .rom = map(SMALL)};
    RamRegion ram = {getpid(), (gsize)rig.ram, PAGES * RAM_PAGE};
    g_autofree char *text =
        g_strdup_printf("  Block Name    PSize   Offset  Used  Total  HVA  RO\r\n"
                        "  pc.bios  4 KiB 0x0 0x%x 0x8000 %p  ro\r\n"
                        "   pc.ram  4 KiB 0x0 0x%x 0x40000 %p  rw\r\n\r\n",
                        SMALL * RAM_PAGE, rig.rom, PAGES * RAM_PAGE, rig.ram);

    memset(rig.ram, 7, 3 * RAM_PAGE);
    memset(rig.rom, 9, RAM_PAGE);
    rig.image = g_build_filename(rig.dir, "image", NULL);
    rig.watch = watch_start(ram.address, ram.size);
    rig.vmstate = vmstate_new(rig.image, "pc-q35-11.1", vmstate_read_blocks(text, getpid()), &ram);
    ck_assert_ptr_nonnull(rig.vmstate);
    return rig;
}

static void rig_free(Rig *rig)
{
    vmstate_free(rig->vmstate);
    if (rig->watch >= 0)
        close(rig->watch);
    munmap(rig->ram, PAGES * RAM_PAGE);
    munmap(rig->rom, SMALL * RAM_PAGE);
    temp_free(rig->dir);
    g_free(rig->image);
}

/* --- the image, as QEMU reads it ----------------------------------------------------------- */

typedef struct {
    guint8 *bytes;
    gsize len, at;
} Reader;

static guint64 get(Reader *reader, guint bytes)
{
    guint64 value = 0;

    ck_assert_uint_le(reader->at + bytes, reader->len);
    while (bytes-- > 0)
        value = value << 8 | reader->bytes[reader->at++];
    return value;
}

static guint64 get_at(Reader *reader, guint64 at, guint bytes)
{
    reader->at = at;
    return get(reader, bytes);
}

/* The stream of the image's only snapshot. */
static Reader read_stream(Reader *image)
{
    guint64 snapshot = get_at(image, 64, 8), l1 = get_at(image, snapshot, 8), l2;
    Reader stream = {0};

    ck_assert_mem_eq(image->bytes, "QFI\xfb\0\0\0\3", 8);
    ck_assert_uint_eq(get_at(image, 20, 4), 16);
    ck_assert_uint_eq(get_at(image, 60, 4), 1);
    ck_assert_mem_eq(image->bytes + snapshot + 40 + 16, "1name", 5);
    stream.len = get_at(image, snapshot + 40, 8);
    stream.bytes = g_malloc0(stream.len + CLUSTER);
    l2 = get_at(image, l1 + 8, 8);
    for (gsize at = 0; at < stream.len; at += CLUSTER) {
        guint64 cluster = get_at(image, l2 + at / CLUSTER * 8, 8);

        ck_assert_uint_le(cluster + CLUSTER, image->len);
        memcpy(stream.bytes + at, image->bytes + cluster, CLUSTER);
    }
    return stream;
}

static void expect(Reader *reader, const void *bytes, gsize len)
{
    ck_assert_uint_le(reader->at + len, reader->len);
    ck_assert_mem_eq(reader->bytes + reader->at, bytes, len);
    reader->at += len;
}

#define EXPECT(reader, text) expect(reader, text, sizeof(text) - 1)

/* Carries the records of RAM out. */
static void load_pages(Reader *stream, guint8 *ram, guint8 *rom)
{
    guint8 *block = NULL;
    guint64 record;

    while (!((record = get(stream, 8)) & 0x10)) {
        if (!(record & 0x20)) {
            block = stream->bytes[stream->at + 4] == 'r' ? ram : rom;
            stream->at += 1 + stream->bytes[stream->at];
        }
        ck_assert_ptr_nonnull(block);
        if (record & 0x02) {
            memset(block + (record & ~(guint64)0xfff), 0, RAM_PAGE);
            ck_assert_uint_eq(get(stream, 1), 0);
        } else {
            ck_assert_uint_eq(record & 0xfff & ~0x20u, 0x08);
            memcpy(block + (record & ~(guint64)0xfff), stream->bytes + stream->at, RAM_PAGE);
            stream->at += RAM_PAGE;
        }
    }
}

static void check_image(const Rig *rig)
{
    g_autofree guint8 *ram = g_malloc(PAGES * RAM_PAGE), *rom = g_malloc(SMALL * RAM_PAGE);
    Reader image = {0}, stream;

    ck_assert(g_file_get_contents(rig->image, (char **)&image.bytes, &image.len, NULL));
    stream = read_stream(&image);
    memset(ram, 0xaa, PAGES * RAM_PAGE); /* each page must come, also a zero one */
    memset(rom, 0xaa, SMALL * RAM_PAGE);
    EXPECT(&stream, "QEVM\0\0\0\3\x07\0\0\0\x0bpc-q35-11.1"
                    "\x05\x1e"
                    "configuration/target-page-bits\0\0\0\1\0\0\0\x0c"
                    "\1\0\0\0\0\3ram\0\0\0\0\0\0\0\4");
    ck_assert_uint_eq(get(&stream, 8), (PAGES + SMALL) * RAM_PAGE | 4);
    EXPECT(&stream, "\6pc.ram\0\0\0\0\0\4\0\0\7pc.bios\0\0\0\0\0\0\x20\0");
    load_pages(&stream, ram, rom);
    EXPECT(&stream, "\x7e\0\0\0\0");
    expect(&stream, devices + 8, sizeof(devices) - 8);
    EXPECT(&stream, "\6\0\0\0\2{}");
    ck_assert_uint_eq(stream.at, stream.len);
    ck_assert_mem_eq(ram, rig->ram, PAGES * RAM_PAGE);
    ck_assert_mem_eq(rom, rig->rom, SMALL * RAM_PAGE);
    g_free(stream.bytes);
    g_free(image.bytes);
}

static gboolean take(Rig *rig, const char *state, gsize len, GError **error)
{
    ck_assert(g_file_set_contents(vmstate_devices(rig->vmstate), state, (gssize)len, NULL));
    vmstate_set_name(rig->vmstate, "name");
    return vmstate_take(rig->vmstate, error);
}

/* FALSE, and a word of it, where the kernel notes no writes. */
static gboolean can_watch(const Rig *rig)
{
    if (rig->watch < 0)
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
    return rig->watch >= 0;
}

START_TEST(test_image)
{
    Rig rig = rig_new();
    g_autoptr(GError) error = NULL;

    ck_assert(vmstate_take_ahead(rig.vmstate, NULL));
    ck_assert_int_eq(vmstate_is_ahead(rig.vmstate), rig.watch >= 0);
    if (can_watch(&rig)) {
        rig.ram[RAM_PAGE] = 1;                       /* the guest goes on: it changes a page, */
        memset(rig.ram + 2 * RAM_PAGE, 0, RAM_PAGE); /* clears one, */
        rig.ram[(PAGES - 1) * RAM_PAGE] = 3;         /* and takes a new one */
        ck_assert_msg(take(&rig, devices, sizeof(devices), &error), "%s",
                      error ? error->message : "");
        check_image(&rig);
        ck_assert(!temp_exists(rig.dir, "image.devices"));
        g_clear_pointer(&rig.vmstate, vmstate_free);
        ck_assert(temp_exists(rig.dir, "image"));
    } else {
        ck_assert(!temp_exists(rig.dir, "image"));
    }
    rig_free(&rig);
}
END_TEST

/* What QEMU should have written, and hasn't: nothing is left. */
static const struct {
    const char *state;
    gsize len;
} bad_states[] = {{"", 0}, {"QEVM\0\0\0\3", 8}, {"QEVM\0\0\0\3cut", 11}, {"QEVM\0\0\0\2x", 10}};

START_TEST(test_bad_devices)
{
    Rig rig = rig_new();
    g_autoptr(GError) error = NULL;

    ck_assert(vmstate_take_ahead(rig.vmstate, NULL));
    if (can_watch(&rig)) {
        ck_assert(!take(&rig, bad_states[_i].state, bad_states[_i].len, &error));
        temp_check_error(error, BRIDGE_ERROR_EMULATOR, "the state of its devices");
    }
    g_clear_pointer(&rig.vmstate, vmstate_free);
    ck_assert(!temp_exists(rig.dir, "image") && !temp_exists(rig.dir, "image.devices"));
    rig_free(&rig);
}
END_TEST

START_TEST(test_exists)
{
    Rig rig = rig_new();
    g_autoptr(GError) error = NULL;

    g_free(temp_file(rig.dir, "image", "someone's"));
    if (can_watch(&rig)) {
        ck_assert(!vmstate_take_ahead(rig.vmstate, &error));
        temp_check_error(error, BRIDGE_ERROR_STORE, "image");
    }
    rig_free(&rig);
}
END_TEST

/* What isn't a table of blocks, or not of this guest's RAM. */
static const char *const bad_blocks[] = {
    "title\r\n pc.ram 4 KiB 0x0 0x1000 0x1000 0x0 rw\r\n",
    "title\r\n pc.ram 4 KiB 0x0 0x1001 0x1000 0x1000 rw\r\n",
    "title\r\n pc.ram 4 KiB 0x0 0x1000\r\n",
    "title\r\nunknown command: 'info ramblock'\r\n",
};

START_TEST(test_bad_blocks)
{
    ck_assert_ptr_null(vmstate_read_blocks(bad_blocks[_i], 1));
}
END_TEST

START_TEST(test_no_ram)
{
    RamRegion ram = {1, 0x4000, 0x1000};

    ck_assert_ptr_null(vmstate_new("image", "pc", vmstate_read_blocks("unknown command", 1), &ram));
    ck_assert_ptr_null(vmstate_new(
        "image", "pc", vmstate_read_blocks("title\n pc.ram 4 KiB 0x0 0x1000 0x1000 0x3000 rw\n", 1),
        &ram));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("vmstate");
    TCase *tcase = tcase_create("vmstate");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_image);
    tcase_add_loop_test(tcase, test_bad_devices, 0, G_N_ELEMENTS(bad_states));
    tcase_add_test(tcase, test_exists);
    tcase_add_loop_test(tcase, test_bad_blocks, 0, G_N_ELEMENTS(bad_blocks));
    tcase_add_test(tcase, test_no_ram);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed != 0;
}
