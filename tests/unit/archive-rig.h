/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A small recording with a base disk, and its archive: for tests of archives.
 */
#pragma once

#include "qmpbridge/store/archive-output.h"
#include "qmpbridge/store/pack.h"
#include "qmpbridge/store/ram.h"
#include "tests/unit/temp.h"

/** Bytes of the image, which is a hole but for its end. */
#define RIG_IMAGE_BYTES (3u << 20)

static inline void rig_add_file(Recording *recording, const char *name)
{
    g_autofree char *path = recording_file(recording, name);
    g_autofree char *sha256 = artefact_digest_file(recording_digest_by_name(name), path, NULL);
    struct stat info;

    ck_assert_int_eq(stat(path, &info), 0);
    recording_add_file(recording->files, name, (guint64)info.st_size, sha256);
}

/* A whole recording in @directory, of the base disk @disk. */
static inline Recording *rig_make(const char *directory, const char *disk)
{
    Recording *recording = recording_new("web", directory);
    g_autofree char *image = temp_file(directory, RECORDING_VMSTATE, "");
    g_autofree char *sha256 = ram_digest_file(disk, NULL);
    int fd = open(image, O_WRONLY | O_CLOEXEC);

    ck_assert_int_eq(pwrite(fd, "the end", 7, RIG_IMAGE_BYTES - 7), 7);
    close(fd);
    g_free(temp_file(directory, RECORDING_CONSOLE, "login: \n"));
    g_free(temp_file(directory, RECORDING_JOURNAL, ""));
    recording->state = RECORDING_COMPLETE;
    recording->engine = g_strdup("qemu");
    recording->emulator_version = g_strdup("11.1.3");
    recording->machine = machine_new();
    ck_assert(machine_add_disk(recording->machine, disk, NULL, NULL));
    recording_add_file(recording->bases, "disk", 9, sha256);
    rig_add_file(recording, RECORDING_VMSTATE);
    rig_add_file(recording, RECORDING_CONSOLE);
    rig_add_file(recording, RECORDING_JOURNAL);
    ck_assert(recording_save(recording, NULL));
    return recording;
}

static inline gboolean rig_pack_to(const Recording *recording, const char *path, gboolean images,
                                   GError **error)
{
    g_autoptr(ArchiveOutput) output = archive_output_open(path, error);
    ArchiveProgress progress = {0};

    return output &&
           pack_recording(recording, archive_output_fd(output), path, images, &progress, error) &&
           archive_output_finish(output, error);
}

/* An archive of such a recording in @dir. @images: with its disk. (transfer full): its path. */
static inline char *rig_pack_in(const char *dir, gboolean images)
{
    g_autofree char *directory = g_build_filename(dir, "web", NULL);
    g_autofree char *disk = temp_file(dir, "disk.img", "some data");
    char *path = g_build_filename(dir, "web.qrec", NULL);
    g_autoptr(Recording) recording = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(mkdir(directory, 0700), 0);
    recording = rig_make(directory, disk);
    ck_assert_msg(rig_pack_to(recording, path, images, &error), "%s", error ? error->message : "");
    return path;
}
