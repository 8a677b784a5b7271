/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stands between a recording from elsewhere and a replay: only a whole recording whose
 * files are plain files with the digests that it names comes through.
 */
#include "qmpbridge/replay/workspace.h"

#include "qmpbridge/engine/qemu/qemu.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/origin.h"
#include "qmpbridge/store/ram.h"

#include "tests/unit/temp.h"

typedef struct {
    char *dir, *directory, *kernel;
    Recording *recording;
} Rig;

static const char *const names[] = {RECORDING_LOG,     RECORDING_VMSTATE, RECORDING_DISK,
                                    RECORDING_JOURNAL, RECORDING_CONSOLE, RECORDING_REGISTERS};

/** A qcow2 header: magic, version 3, no backing file, no features. */
static char *image_file(const char *directory, const char *name)
{
    guint8 header[512] = {'Q', 'F', 'I', 0xfb, 0, 0, 0, 3};
    char *path = g_build_filename(directory, name, NULL);

    ck_assert(g_file_set_contents(path, (char *)header, sizeof(header), NULL));
    return path;
}

static void add_file(GPtrArray *files, const char *name, const char *path)
{
    g_autofree char *sha256 = artefact_digest_file(recording_digest_by_name(name), path, NULL);
    struct stat info;

    ck_assert_int_eq(stat(path, &info), 0);
    recording_add_file(files, name, (guint64)info.st_size, sha256 ? sha256 : "");
}

static void rig_init(Rig *rig)
{
    Recording *recording;

    rig->dir = temp_new();
    rig->directory = g_build_filename(rig->dir, "web", NULL);
    ck_assert_int_eq(mkdir(rig->directory, 0700), 0);
    rig->kernel = temp_file(rig->dir, "kernel", "kernel");
    recording = rig->recording = recording_new("web", rig->directory);
    recording->state = RECORDING_COMPLETE;
    recording->machine = machine_new();
    recording->machine->kernel = g_strdup(rig->kernel);
    ck_assert(machine_add_disk(recording->machine, rig->kernel, NULL, NULL));
    recording->snapshot = g_strdup("qmpbridge-1-0");
    recording->ram_sha256 = g_strdup("abc");
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_str_has_suffix(names[i], ".qcow2")
                                    ? image_file(rig->directory, names[i])
                                    : temp_file(rig->directory, names[i], names[i]);

        add_file(recording->files, names[i], path);
    }
    add_file(recording->bases, "kernel", rig->kernel);
    recording_add_file(recording->bases, "disk", 6, ""); /* too large to be digested */
}

static void rig_clear(Rig *rig)
{
    recording_free(rig->recording);
    g_free(rig->directory);
    g_free(rig->kernel);
    temp_free(rig->dir);
}

static Workspace *load(Rig *rig, GError **error)
{
    ck_assert(recording_save(rig->recording, NULL));
    return workspace_new("web", rig->directory, TRUE, error);
}

START_TEST(test_good)
{
    static const char *const opened[] = {RECORDING_LOG, RECORDING_VMSTATE, RECORDING_DISK,
                                         RECORDING_JOURNAL};
    Rig rig;
    g_autoptr(Workspace) workspace = NULL;
    g_autoptr(GError) error = NULL;
    g_autofree char *copy = NULL, *vmstate = NULL;
    guint before;

    rig_init(&rig);
    workspace = load(&rig, &error);
    ck_assert_msg(workspace != NULL, "%s", error ? error->message : "");
    before = temp_count(rig.dir);
    ck_assert_msg(workspace_fill(workspace, &error), "%s", error ? error->message : "");
    ck_assert_ptr_eq(workspace->engine, &engine_qemu); /* an older recording names none */
    for (guint i = 0; i < G_N_ELEMENTS(opened); i++)
        ck_assert(temp_exists(scratch_path(workspace->scratch), opened[i]));
    ck_assert(g_str_has_prefix(workspace->console, scratch_path(workspace->scratch)));
    ck_assert(
        g_str_has_prefix(workspace->recording->machine->kernel, scratch_path(workspace->scratch)));
    vmstate = scratch_file(workspace->scratch, RECORDING_VMSTATE);
    copy = artefact_digest_file(recording_digest_by_name(RECORDING_VMSTATE), vmstate, NULL);
    ck_assert_str_eq(copy, ((RecordingFile *)rig.recording->files->pdata[1])->sha256);
    ck_assert_uint_eq(temp_count(rig.dir), before + 1);
    workspace_free(g_steal_pointer(&workspace));
    ck_assert_uint_eq(temp_count(rig.dir), before); /* the copies are gone */
    rig_clear(&rig);
}
END_TEST

/* A recording that isn't whole, or names a snapshot that is part of an option. */
static void spoil(Recording *recording, const char *how)
{
    if (g_str_equal(how, "incomplete")) {
        recording->state = RECORDING_INCOMPLETE;
        recording_set_reason(recording, "the disk was full");
    } else if (g_str_equal(how, "live")) {
        recording->state = RECORDING_LIVE;
    } else if (g_str_equal(how, "no machine")) {
        g_clear_pointer(&recording->machine, machine_free);
    } else if (g_str_equal(how, "no RAM")) {
        g_clear_pointer(&recording->ram_sha256, g_free);
    } else {
        g_clear_pointer(&recording->snapshot, g_free);
        if (!g_str_equal(how, "no snapshot"))
            recording->snapshot = g_strdup(how);
    }
}

static const struct {
    const char *how, *refusal;
} unfit[] = {
    {"incomplete", "the disk was full"},    {"live", "incomplete"},
    {"no machine", "incomplete"},           {"no RAM", "incomplete"},
    {"no snapshot", "incomplete"},          {"", "impossible snapshot"},
    {"a,rr=record", "impossible snapshot"}, {"a b", "impossible snapshot"},
    {"../x", "impossible snapshot"},
};

START_TEST(test_unfit)
{
    Rig rig;
    g_autoptr(GError) error = NULL;

    rig_init(&rig);
    spoil(rig.recording, unfit[_i].how);
    ck_assert_ptr_null(load(&rig, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, unfit[_i].refusal);
    rig_clear(&rig);
}
END_TEST

START_TEST(test_unknown_engine)
{
    Rig rig;
    g_autoptr(GError) error = NULL;

    rig_init(&rig);
    rig.recording->engine = g_strdup("abacus");
    ck_assert_ptr_null(load(&rig, &error));
    temp_check_error(error, BRIDGE_ERROR_UNSUPPORTED, "'abacus' is no engine");
    rig_clear(&rig);
}
END_TEST

static void check_refused(Rig *rig, const char *refusal)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Workspace) workspace = load(rig, &error);

    ck_assert_msg(workspace != NULL, "%s", error ? error->message : "");
    ck_assert_msg(!workspace_fill(workspace, &error), "it should be refused: %s", refusal);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, refusal);
}

/* Each file in turn: changed, gone, a link, a FIFO, a directory, or not named at all. */
static const char *const faults[] = {"changed", "gone", "link", "fifo", "directory", "unnamed"};

static void make_fault(Rig *rig, guint file, const char *fault)
{
    g_autofree char *path = recording_file(rig->recording, names[file]);
    g_autofree char *moved = g_build_filename(rig->dir, "moved", NULL);

    if (g_str_equal(fault, "unnamed")) {
        g_ptr_array_remove_index(rig->recording->files, file);
    } else if (g_str_equal(fault, "changed")) {
        ck_assert(files_patch(path, 3, "!", 1, NULL));
    } else {
        ck_assert_int_eq(rename(path, moved), 0);
        if (g_str_equal(fault, "link"))
            ck_assert_int_eq(symlink(moved, path), 0);
        else if (g_str_equal(fault, "fifo"))
            ck_assert_int_eq(mkfifo(path, 0600), 0);
        else if (g_str_equal(fault, "directory"))
            ck_assert_int_eq(mkdir(path, 0700), 0);
    }
}

START_TEST(test_fault)
{
    guint n = G_N_ELEMENTS(faults);
    Rig rig;

    rig_init(&rig);
    make_fault(&rig, _i / n, faults[_i % n]);
    check_refused(&rig, names[_i / n]);
    rig_clear(&rig);
}
END_TEST

/* A file that is hole for the most part: hashing a terabyte of zeros takes an hour. */
START_TEST(test_holes)
{
    Rig rig;
    g_autofree char *path = NULL;
    gboolean image;
    RecordingFile *file;

    rig_init(&rig);
    image = g_str_has_suffix(names[_i], ".qcow2");
    file = rig.recording->files->pdata[_i];
    path = recording_file(rig.recording, names[_i]);
    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    check_refused(&rig, "was changed");
    file->size = (guint64)1 << 40;
    check_refused(&rig, image ? "was changed" : "holes");
    rig_clear(&rig);
}
END_TEST

/* Names that lead out of the recording. */
/* A file that the engine knows nothing of is checked like any other, and no emulator gets it. */
START_TEST(test_more_artefacts)
{
    static const Artefact packets = {.name = "packets.pcap", .role = "packets"};
    Rig rig;
    g_autofree char *path = NULL, *sha256 = NULL;
    g_autoptr(Workspace) workspace = NULL;

    rig_init(&rig);
    path = temp_file(rig.directory, packets.name, "packets");
    sha256 = artefact_digest_file(packets.digest, path, NULL);
    recording_add_artefact(rig.recording->files, &packets, 7, sha256);
    workspace = load(&rig, NULL);
    ck_assert(workspace_fill(workspace, NULL));
    ck_assert(!temp_exists(scratch_path(workspace->scratch), packets.name));
    g_free(temp_file(rig.directory, packets.name, "Packets"));
    check_refused(&rig, "was changed since it was recorded");
    rig_clear(&rig);
}
END_TEST

/* The digest that a recording names mustn't be one that reads the holes of an image. */
START_TEST(test_other_digest)
{
    Rig rig;

    rig_init(&rig);
    for (guint i = 0; i < rig.recording->files->len; i++) {
        RecordingFile *file = rig.recording->files->pdata[i];

        file->role = g_strdup("x"); /* so that the digest is written */
        if (g_str_equal(file->name, RECORDING_VMSTATE))
            file->digest = ARTEFACT_SHA256;
    }
    check_refused(&rig, "isn't digested as its kind of file is");
    rig_clear(&rig);
}
END_TEST

static const char *const outside[] = {"../kernel", "/etc/passwd", "..", ".", "", "a/b", ".hidden"};

START_TEST(test_outside)
{
    Rig rig;
    g_autofree char *hidden = NULL;

    rig_init(&rig);
    hidden = temp_file(rig.directory, ".hidden", "kernel");
    recording_add_file(rig.recording->files, outside[_i], 6, "");
    check_refused(&rig, "isn't a file name");
    rig_clear(&rig);
}
END_TEST

/* An image that leads QEMU to other files of the host: where, and the bytes put there. */
static const struct {
    const char *image;
    guint at;
    guint8 byte;
} images[] = {
    {RECORDING_VMSTATE, 15, 104}, /* the offset of a backing file's name */
    {RECORDING_VMSTATE, 79, 4},   /* incompatible feature: external data file */
    {RECORDING_DISK, 79, 4},      {RECORDING_VMSTATE, 0, 'K'}, /* another format */
    {RECORDING_DISK, 0, 'K'},     {RECORDING_DISK, 7, 4},      /* a version that isn't known */
};

START_TEST(test_image)
{
    Rig rig;
    g_autofree char *path = NULL;
    guint file;

    rig_init(&rig);
    path = recording_file(rig.recording, images[_i].image);
    ck_assert(files_patch(path, images[_i].at, &images[_i].byte, 1, NULL));
    file = g_str_equal(images[_i].image, RECORDING_DISK) ? 2 : 1;
    g_ptr_array_remove_index(rig.recording->files, file); /* its digest is as it should be */
    add_file(rig.recording->files, images[_i].image, path);
    check_refused(&rig, images[_i].image);
    rig_clear(&rig);
}
END_TEST

/* Images that the store has are taken from there, wherever the machine says that they are; and each
 * must be what was recorded with. */
START_TEST(test_store_images)
{
    Rig rig;
    g_autofree char *folder = NULL, *kernel = NULL, *disk = NULL, *digest = NULL;
    g_autoptr(Workspace) workspace = NULL;
    g_autoptr(GError) error = NULL;
    gboolean good = _i == 0;

    rig_init(&rig);
    digest = ram_digest_file(rig.kernel, NULL);
    g_ptr_array_remove_index(rig.recording->bases, 1);
    recording_add_file(rig.recording->bases, "disk", 6, digest);
    folder = g_build_filename(rig.dir, ".images", NULL);
    ck_assert_int_eq(mkdir(folder, 0700), 0);
    kernel = temp_file(folder, ((RecordingFile *)rig.recording->bases->pdata[0])->sha256,
                       _i == 1 ? "Kernel" : "kernel");
    disk = temp_file(folder, digest, _i == 2 ? "Kernel" : "kernel");
    ck_assert_int_eq(unlink(rig.kernel), 0);
    workspace = load(&rig, NULL);
    ck_assert_msg(workspace_fill(workspace, &error) == good, "%s", error ? error->message : "");
    if (!good)
        temp_check_error(error, BRIDGE_ERROR_RECORDING, "isn't the one that was recorded with");
    if (_i != 1)
        ck_assert_ptr_nonnull(
            strstr(machine_disk(workspace->recording->machine, 0)->backing, disk));
    workspace_free(g_steal_pointer(&workspace));
    rig_clear(&rig);
}
END_TEST

/* The files of the machine: a link to one is good, another one isn't. */
START_TEST(test_base_link)
{
    Rig rig;
    g_autofree char *link = NULL;
    g_autoptr(Workspace) workspace = NULL;

    rig_init(&rig);
    link = g_build_filename(rig.dir, "link", NULL);
    ck_assert_int_eq(symlink(rig.kernel, link), 0);
    g_free(rig.recording->machine->kernel);
    rig.recording->machine->kernel = g_strdup(link);
    workspace = load(&rig, NULL);
    ck_assert(workspace_fill(workspace, NULL));
    workspace_free(g_steal_pointer(&workspace));
    rig_clear(&rig);
}
END_TEST

static const struct {
    const char *how, *refusal;
} bases[] = {
    {"changed", "isn't the one that was recorded with"},
    {"longer", "isn't the one that was recorded with"},
    {"gone", "the recording needs the kernel"},
    {"device", "isn't a plain file"},
    {"fifo", "isn't a plain file"},
    {"undescribed", "isn't described by the recording"},
    {"without digest", "isn't the one that was recorded with"},
    {"initrd", "the initrd /etc/passwd isn't described"},
    {"disk undescribed", "isn't described by the recording"},
    {"disk longer", "isn't the one that was recorded with"},
};

static void spoil_base(Rig *rig, const char *how)
{
    GPtrArray *described = rig->recording->bases;
    Machine *machine = rig->recording->machine;
    RecordingFile *kernel = described->pdata[0], *disk = described->pdata[1];

    if (g_str_equal(how, "changed")) {
        g_free(temp_file(rig->dir, "kernel", "KERNEL"));
    } else if (g_str_equal(how, "longer")) {
        g_free(temp_file(rig->dir, "kernel", "kernel2"));
    } else if (g_str_equal(how, "gone")) {
        unlink(rig->kernel);
    } else if (g_str_equal(how, "fifo")) {
        unlink(rig->kernel);
        ck_assert_int_eq(mkfifo(rig->kernel, 0600), 0);
    } else if (g_str_equal(how, "undescribed")) {
        g_ptr_array_remove_index(described, 0);
    } else if (g_str_equal(how, "disk undescribed")) {
        g_ptr_array_remove_index(described, 1);
    } else if (g_str_equal(how, "without digest")) {
        kernel->sha256[0] = '\0';
    } else if (g_str_equal(how, "disk longer")) {
        disk->size = 7;
    } else if (g_str_equal(how, "initrd")) {
        machine->initrd = g_strdup("/etc/passwd");
    } else {
        g_free(machine->kernel);
        machine->kernel = g_strdup("/dev/zero");
        kernel->size = 0;
    }
}

START_TEST(test_base)
{
    Rig rig;

    rig_init(&rig);
    spoil_base(&rig, bases[_i].how);
    check_refused(&rig, bases[_i].refusal);
    rig_clear(&rig);
}
END_TEST

/* What takes a file's name after it was looked at is never opened. */
START_TEST(test_pinned)
{
    Rig rig;
    g_autofree char *digest = NULL, *path = NULL;
    g_autoptr(Workspace) workspace = NULL;
    RecordingFile *file;

    rig_init(&rig);
    file = rig.recording->files->pdata[_i];
    workspace = load(&rig, NULL);
    ck_assert(workspace_fill(workspace, NULL));
    path = recording_file(rig.recording, names[_i]);
    ck_assert_int_eq(unlink(path), 0);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    g_free(temp_file(rig.dir, "kernel", "KERNEL"));
    g_free(path);
    path = scratch_file(workspace->scratch, names[_i]);
    digest = artefact_digest_file(recording_digest_by_name(names[_i]), path, NULL);
    ck_assert_str_eq(digest, file->sha256);
    g_free(digest);
    digest = files_sha256(workspace->recording->machine->kernel, NULL, NULL);
    ck_assert_str_eq(digest, ((RecordingFile *)rig.recording->bases->pdata[0])->sha256);
    workspace_free(g_steal_pointer(&workspace));
    rig_clear(&rig);
}
END_TEST

/* A recording without a code of its own is opened only on the user's word; without paths it is. */
START_TEST(test_elsewhere)
{
    Rig rig;
    g_autoptr(GError) error = NULL;
    g_autoptr(Workspace) workspace = NULL;

    rig_init(&rig);
    ck_assert(recording_save(rig.recording, NULL));
    ck_assert_ptr_null(workspace_new("web", rig.directory, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "--trust-paths");
    rig.recording->origin = origin_sign(rig.recording, NULL);
    ck_assert(recording_save(rig.recording, NULL));
    workspace = workspace_new("web", rig.directory, FALSE, NULL);
    ck_assert_ptr_nonnull(workspace);
    rig_clear(&rig);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_good);
    tcase_add_test(tcase, test_unknown_engine);
    tcase_add_test(tcase, test_more_artefacts);
    tcase_add_test(tcase, test_other_digest);
    tcase_add_loop_test(tcase, test_unfit, 0, G_N_ELEMENTS(unfit));
    tcase_add_loop_test(tcase, test_fault, 0, G_N_ELEMENTS(names) * G_N_ELEMENTS(faults));
    tcase_add_loop_test(tcase, test_holes, 0, G_N_ELEMENTS(names));
    tcase_add_loop_test(tcase, test_outside, 0, G_N_ELEMENTS(outside));
    tcase_add_loop_test(tcase, test_image, 0, G_N_ELEMENTS(images));
    tcase_add_test(tcase, test_elsewhere);
    tcase_add_loop_test(tcase, test_store_images, 0, 3);
    tcase_add_test(tcase, test_base_link);
    tcase_add_loop_test(tcase, test_pinned, 0, 4); /* those that QEMU opens */
    tcase_add_loop_test(tcase, test_base, 0, G_N_ELEMENTS(bases));
}

int main(void)
{
    return temp_run("workspace", add_tests);
}
