/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is gathered at the end of a recording: copies, digests, the log made replayable, and what
 * stays behind when the disk is full.
 */
#include "qmpbridge/engine/qemu/copies.h"

#include "qmpbridge/store/files.h"

#include "plugin/watch.h"
#include "tests/unit/temp.h"

static guint8 memory[4 * RAM_PAGE] __attribute__((aligned(RAM_PAGE)));

typedef struct {
    char *dir, *directory; /**< of the VM's files, of the recording */
    Recording *recording;
    QemuCopies *copies;
} Rig;

static Rig rig_new(gboolean with_disk)
{
    Rig rig = {.dir = temp_new()};
    QemuCopies *copies;
    g_autofree char *journal = NULL;

    rig.directory = g_build_filename(rig.dir, "recording", NULL);
    ck_assert_int_eq(mkdir(rig.directory, 0700), 0);
    journal = temp_file(rig.directory, RECORDING_JOURNAL, "journal");
    rig.recording = recording_new("x", rig.directory);
    for (const Artefact *artefact = qemu_artefacts; artefact->name; artefact++)
        recording_declare(rig.recording, artefact);
    copies = rig.copies = qemu_copies_new(rig.recording);
    copies->vmstate = temp_file(rig.dir, "vmstate", "vmstate");
    copies->log = temp_file(rig.dir, "log",
                            "0000HEADbefore,\x1f\x1f\x1e\x1c"
                            "12");
    copies->log_begin = strlen("0000HEADbefore,");
    copies->log_size = copies->log_begin + 3; /* what follows isn't a whole event */
    copies->console = temp_file(rig.dir, "console", "boot\nlogin\n");
    copies->console_begin = strlen("boot\n");
    copies->overlays = g_new0(char *, 3);
    if (with_disk) {
        copies->overlays[0] = temp_file(rig.dir, RECORDING_DISK, "overlay");
        copies->overlays[1] = temp_file(rig.dir, "disk1.qcow2", "another");
    }
    /* a pcap file: its header, a packet of the time before, one of the recording */
    copies->packets =
        with_disk ? temp_file(rig.dir, "packets", "the header has 24 bytes.before|during") : NULL;
    copies->packets_begin = strlen("the header has 24 bytes.before|");
    memory[1] = 1;
    copies->ram = (RamRegion){getpid(), (guint64)(gsize)memory, sizeof(memory)};
    copies->registers = g_strdup("RAX=0\r\n");
    memcpy(copies->trial.log_word, "\0\xe0\x20\x0e", 4);
    memcpy(copies->trial.log_end, "\x0e\x27", 2);
    return rig;
}

static void rig_free(Rig *rig)
{
    qemu_copies_free(rig->copies);
    recording_free(rig->recording);
    g_free(rig->directory);
    temp_free(rig->dir);
}

static void check_file(const Rig *rig, guint i, const char *name, const char *bytes, gsize len)
{
    const RecordingFile *file = g_ptr_array_index(rig->recording->files, i);
    g_autofree char *path = recording_file(rig->recording, name);
    g_autofree char *sha256 = artefact_digest_file(recording_digest_by_name(name), path, NULL);
    g_autofree char *found = NULL;
    gsize found_len = 0;

    ck_assert(g_file_get_contents(path, &found, &found_len, NULL));
    ck_assert_uint_eq(found_len, len);
    ck_assert_mem_eq(found, bytes, len);
    ck_assert_str_eq(file->name, name);
    ck_assert_uint_eq(file->size, len);
    ck_assert_str_eq(file->sha256, sha256);
}

START_TEST(test_whole)
{
    static const char log[] = "\0\xe0\x20\x0eHEADbefore,\x1f\x1f\x1e\x0e\x27";
    Rig rig = rig_new(_i == 1);
    g_autofree char *ram = NULL;
    guint disks = _i == 1 ? 2 : 0;
    g_autoptr(GError) error = NULL;

    if (_i == 2 && watch_start(rig.copies->ram.address, rig.copies->ram.size) < 0)
        g_printerr("userfaultfd notes no writes here: Linux 6.7 or later is missing\n");
    ck_assert(qemu_copies_take_ahead(rig.copies, NULL));
    memory[RAM_PAGE] = 1; /* the VM runs still */
    ram = ram_digest(&rig.copies->ram, NULL);
    ck_assert_msg(qemu_copies_take(rig.copies, &error), "%s", error ? error->message : "");
    memory[1] = 2; /* the VM goes on */
    g_free(temp_file(rig.dir, "log", "something else"));
    ck_assert_msg(qemu_copies_finish(rig.copies, &error), "%s", error ? error->message : "");
    qemu_copies_give(rig.copies, rig.recording);
    ck_assert_uint_eq(rig.recording->files->len, 5 + disks + (disks > 0));
    check_file(&rig, 0, RECORDING_LOG, log, sizeof(log) - 1);
    check_file(&rig, 1, RECORDING_VMSTATE, "vmstate", 7);
    if (disks) {
        check_file(&rig, 2, RECORDING_DISK, "overlay", 7);
        check_file(&rig, 3, "disk1.qcow2", "another", 7);
    }
    check_file(&rig, 2 + disks, RECORDING_JOURNAL, "journal", 7);
    check_file(&rig, 3 + disks, RECORDING_CONSOLE, "login\n", 6);
    check_file(&rig, 4 + disks, RECORDING_REGISTERS, "RAX=0\r\n", 7);
    if (disks)
        check_file(&rig, 5 + disks, RECORDING_PACKETS, "the header has 24 bytes.during", 30);
    ck_assert_uint_ge(rig.recording->bytes,
                      27 + 7 * disks + (disks ? 30 : 0)); /* of the log, what is no hole */
    ck_assert_uint_le(rig.recording->bytes, sizeof(log) - 1 + 27 + 7 * disks + (disks ? 30 : 0));
    ck_assert_str_eq(rig.recording->ram_sha256, ram);
    ck_assert(!temp_exists(rig.directory, "ram"));
    rig_free(&rig);
}
END_TEST

/** The state of devices: the log's next event comes at offset 17, after 700 instructions. */
#define SECTION_START "QEVM\0\0\0\3\4\0\0\0\1\6replay\0\0\0\0\0\0\0\3"
#define SECTION(icount, offset) \
    SECTION_START "0123456789abcdef\0\0\0\0\0\0" icount "0123456789abc\0\0\0\0\0\0" offset
#define PLACE SECTION("\2\xbc", "\0\x11")

/* QEMU says where its log ends, and what it hasn't counted yet is added: where it says anything
 * that can be so. */
static const struct {
    const char *devices;
    gsize len;
    guint64 icount_end;
    const char *log;
    gsize log_len;
} ends[] = {
#define END(devices, icount_end, log)                                  \
    {                                                                  \
        devices, sizeof(devices) - 1, icount_end, log, sizeof(log) - 1 \
    }
    END(PLACE, 1000, "\x1f\x1f\0\0\0\1\x2c\x0e\x27"), /* 300 of them */
    END(PLACE, 700, "\x1f\x1f\x0e\x27"),
    END(PLACE, 699, "\x1f\x1f\x1e\x0e\x27"), /* else the plugin's size holds */
    END(PLACE, G_GUINT64_CONSTANT(1) << 32, "\x1f\x1f\x1e\x0e\x27"),
    END(SECTION("\2\xbc", "\0\x0e"), 1000, "\x1f\x1f\x1e\x0e\x27"),
    END("", 1000, "\x1f\x1f\x1e\x0e\x27"),
};

START_TEST(test_end)
{
    Rig rig = rig_new(FALSE);
    g_autofree char *devices = g_build_filename(rig.directory, "devices", NULL);
    g_autofree char *path = recording_file(rig.recording, RECORDING_LOG), *found = NULL;
    g_autoptr(GError) error = NULL;
    gsize head = strlen("0000HEADbefore,"), len = 0;

    ck_assert(g_file_set_contents(devices, ends[_i].devices, (gssize)ends[_i].len, NULL));
    rig.copies->icount_end = ends[_i].icount_end;
    rig.copies->insns = 300;
    ck_assert_msg(qemu_copies_take(rig.copies, &error), "%s", error ? error->message : "");
    ck_assert_msg(qemu_copies_finish(rig.copies, &error), "%s", error ? error->message : "");
    ck_assert(g_file_get_contents(path, &found, &len, NULL));
    ck_assert_uint_eq(len, head + ends[_i].log_len);
    ck_assert_mem_eq(found + head, ends[_i].log, ends[_i].log_len);
    rig_free(&rig);
    ck_assert(!g_file_test(devices, G_FILE_TEST_EXISTS));
}
END_TEST

/* The store was full for a while: events are missing in QEMU's log. */
static const struct {
    const char *log;
    gsize len;
    guint64 insns;
    const char *why; /**< NULL: it is whole; the plugin needn't know its size then */
} logs[] = {
#define LOG(log, insns, why)             \
    {                                    \
        log, sizeof(log) - 1, insns, why \
    }
    LOG("\0\0\0\1\x2c\x1f", 300, NULL),
    LOG("\x1f\x1c"
        "1234"
        "\0\0\0\1\x2c\x1f",
        300, "QEMU's log is torn: an unknown event"),
    LOG("\x1f\x1c"
        "1234",
        0, "QEMU's log is torn: "),
    LOG("\0\x7f\0\1\x2c\x1f", 300, "counts 2130706732 instructions where 300 were executed"),
    LOG("\x1f", 1ull << 40, "counts 0 instructions where 1099511627776 were executed"),
};

START_TEST(test_torn)
{
    Rig rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;
    g_autofree char *path = g_build_filename(rig.dir, "log", NULL);
    g_autoptr(GString) log = g_string_new("0000HEADbefore,");

    g_string_append_len(log, logs[_i].log, (gssize)logs[_i].len);
    ck_assert(g_file_set_contents(path, log->str, (gssize)log->len, NULL));
    rig.copies->log_size = log->len;
    rig.copies->insns = logs[_i].insns;
    ck_assert(qemu_copies_take(rig.copies, NULL));
    ck_assert_int_eq(qemu_copies_finish(rig.copies, &error), !logs[_i].why);
    if (logs[_i].why)
        temp_check_error(error, BRIDGE_ERROR_RECORDING, logs[_i].why);
    rig_free(&rig);
}
END_TEST

/* Something is missing: which, and the file that is named. */
static const char *const missing[] = {"log",     "console", "disk1.qcow2",
                                      "packets", "journal", "vmstate"};

START_TEST(test_missing)
{
    Rig rig = rig_new(TRUE);
    gboolean later = _i >= 4;
    g_autofree char *path = g_build_filename(_i == 4 ? rig.directory : rig.dir, missing[_i], NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(qemu_copies_take(rig.copies, &error), later);
    if (later)
        ck_assert(!qemu_copies_finish(rig.copies, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, missing[_i]);
    ck_assert(!temp_exists(rig.directory, "ram"));
    rig_free(&rig);
}
END_TEST

START_TEST(test_no_ram)
{
    Rig rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;

    rig.copies->ram.address = RAM_PAGE;
    ck_assert(!qemu_copies_take(rig.copies, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read");
    ck_assert(!temp_exists(rig.directory, "ram"));
    rig_free(&rig);
}
END_TEST

/* Full while copying: the big copy of RAM makes room again for the reason. */
START_TEST(test_full_copy)
{
    Rig rig = rig_new(FALSE);
    g_autofree char *big = g_strnfill(300000, 'x');
    g_autoptr(GError) error = NULL;

    temp_mount(rig.directory, 128);
    g_free(temp_file(rig.dir, "log", big));
    ck_assert(!qemu_copies_take(rig.copies, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    ck_assert(!temp_exists(rig.directory, "ram"));
    umount2(rig.directory, MNT_DETACH);
    rig_free(&rig);
}
END_TEST

START_TEST(test_full_digest)
{
    Rig rig = rig_new(FALSE);
    g_autoptr(GError) error = NULL;

    temp_mount(rig.directory, 128);
    ck_assert(qemu_copies_take(rig.copies, &error));
    temp_fill(rig.directory, 0);
    g_free(rig.copies->registers); /* more than the copy of RAM leaves when it goes */
    rig.copies->registers = g_strnfill(100000, 'x');
    ck_assert(!qemu_copies_finish(rig.copies, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    umount2(rig.directory, MNT_DETACH);
    rig_free(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_whole, 0, 3);
    tcase_add_loop_test(tcase, test_end, 0, G_N_ELEMENTS(ends));
    tcase_add_loop_test(tcase, test_torn, 0, G_N_ELEMENTS(logs));
    tcase_add_loop_test(tcase, test_missing, 0, G_N_ELEMENTS(missing));
    tcase_add_test(tcase, test_no_ram);
    tcase_add_test(tcase, test_full_copy);
    tcase_add_test(tcase, test_full_digest);
}

int main(void)
{
    return temp_run("copies", add_tests);
}
