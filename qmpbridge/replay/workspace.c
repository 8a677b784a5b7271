/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a replay works; see workspace.h.
 */
#include "qmpbridge/replay/workspace.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/digests.h"
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/images.h"
#include "qmpbridge/store/origin.h"
#include "qmpbridge/vm/image.h"

Workspace *workspace_new(const char *name, const char *directory, gboolean trust_paths,
                         GError **error)
{
    g_autoptr(Workspace) workspace = g_new0(Workspace, 1);
    const Recording *recording;

    workspace->recording = recording_load(name, directory, error);
    recording = workspace->recording;
    if (!recording)
        return NULL;
    if (recording->state != RECORDING_COMPLETE || !recording->machine || !recording->ram_sha256) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' is incomplete and can't be replayed: %s", name,
                    recording->reason ? recording->reason : "no reason is known");
        return NULL;
    }
    workspace->engine = engines_of(recording, error);
    if (!workspace->engine || !workspace->engine->replay->check(recording, error) ||
        (!trust_paths && !origin_check_paths(recording, error)))
        return NULL;
    return g_steal_pointer(&workspace);
}

static gboolean recording_error(GError **error, const char *path, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "%s %s", path, what);
    return FALSE;
}

/* Holes cost a sender nothing, but the checks and a replay as much as data does. */
static gboolean has_few_holes(const Workspace *workspace, const char *name, const char *path)
{
    const Artefact *artefact = artefact_find(workspace->engine->artefacts, name);
    guint64 from = g_str_equal(name, RECORDING_LOG) ? workspace->recording->log_begin : 0;

    return (artefact && artefact->sparse) || files_holes(path, from) <= WORKSPACE_MAX_HOLES;
}

static gboolean check_plain(const char *path, GError **error)
{
    GStatBuf info;

    if (g_lstat(path, &info) != 0)
        return recording_error(error, path, g_strerror(errno));
    return S_ISREG(info.st_mode) || recording_error(error, path, "isn't a plain file");
}

/*
 * What the emulator will open is in the scratch directory, which is ours alone, before it is looked
 * at: images are copied, since a replay changes them, log and journal are linked. Whatever takes
 * the file's name in the recording after that is never opened. Returns: (transfer full), or NULL.
 */
static char *pin(const Workspace *workspace, const char *name, GError **error)
{
    const Artefact *artefact = artefact_find(workspace->engine->artefacts, name);
    ArtefactUse use = artefact ? artefact->use : ARTEFACT_KEPT;
    g_autofree char *from = recording_file(workspace->recording, name);
    g_autofree char *to = NULL;

    if (use != ARTEFACT_READ && use != ARTEFACT_CHANGED)
        return g_steal_pointer(&from); /* the emulator never opens it */
    to = scratch_file(workspace->scratch, name);
    if ((use == ARTEFACT_READ && link(from, to) == 0) || files_copy(from, to, 0, error))
        return g_steal_pointer(&to);
    return NULL;
}

/* A member of a recording is a plain file in its directory, whatever recording.json calls it. */
static gboolean check_file(const Workspace *workspace, const RecordingFile *file, GError **error)
{
    const Artefact *artefact = artefact_find(workspace->engine->artefacts, file->name);
    g_autofree char *path = recording_file(workspace->recording, file->name);
    g_autofree char *pinned = NULL;
    g_autofree char *sha256 = NULL;
    GStatBuf info;

    if (strchr(file->name, '/') || !file->name[0] || file->name[0] == '.') {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "'%s' isn't a file name",
                    file->name);
        return FALSE;
    }
    /* An image may have any number of holes only since its digest skips them. */
    if (artefact && artefact->digest != file->digest)
        return recording_error(error, path, "isn't digested as its kind of file is");
    if (!check_plain(path, error))
        return FALSE;
    if (g_lstat(path, &info) != 0 || (guint64)info.st_size != file->size)
        return recording_error(error, path, "was changed since it was recorded");
    if (!has_few_holes(workspace, file->name, path))
        return recording_error(error, path, "has more than 256 MiB of holes");
    if (!(pinned = pin(workspace, file->name, error)) || !check_plain(pinned, error))
        return FALSE;
    sha256 = artefact_digest_file(file->digest, pinned, error);
    if (!sha256 || g_str_equal(sha256, file->sha256))
        return sha256 != NULL;
    return recording_error(error, path, "was changed since it was recorded");
}

/* What a replay opens must have been checked. */
static gboolean check_named(const Recording *recording, const char *name, GError **error)
{
    for (guint i = 0; i < recording->files->len; i++) {
        const RecordingFile *file = g_ptr_array_index(recording->files, i);

        if (g_str_equal(file->name, name))
            return TRUE;
    }
    return recording_error(error, name, "isn't among the files of the recording");
}

static gboolean base_error(GError **error, const char *role, const char *path, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "the %s %s %s", role, path, what);
    return FALSE;
}

/* A file of the machine that lies outside of the recording: a plain one of the recorded size. */
static gboolean check_base(const RecordingFile *base, const char *role, const char *path,
                           GError **error)
{
    GStatBuf info;

    if (!base)
        return base_error(error, role, path, "isn't described by the recording");
    if (g_stat(path, &info) != 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "the recording needs the %s %s: %s", role, path, g_strerror(errno));
        return FALSE;
    }
    if (!S_ISREG(info.st_mode))
        return base_error(error, role, path, "isn't a plain file");
    return (guint64)info.st_size == base->size ||
           base_error(error, role, path, "isn't the one that was recorded with");
}

/* @digest: (transfer full) (nullable): of the file @path; NULL: @error is set. */
static gboolean check_digest(const RecordingFile *base, const char *path, char *digest,
                             GError **error)
{
    g_autofree char *sha256 = digest;

    if (!sha256 || g_str_equal(sha256, base->sha256))
        return sha256 != NULL;
    return base_error(error, base->name, path, "isn't the one that was recorded with");
}

/* Kernel and initrd are read by the emulator as copies, which are what was looked at: the machine's
 * path becomes the copy's. */
static gboolean copy_base(const Workspace *workspace, const char *role, char **path, GError **error)
{
    const RecordingFile *base = images_base(workspace->recording, role);
    g_autofree char *ours = images_find_base(workspace->recording, role), *copy = NULL;
    const char *from = ours ? ours : *path;

    if (!*path)
        return TRUE;
    if (!check_base(base, role, from, error))
        return FALSE;
    copy = scratch_file(workspace->scratch, role);
    if (!files_copy(from, copy, 0, error) ||
        !check_digest(base, from, files_sha256(copy, NULL, error), error))
        return FALSE;
    g_free(*path);
    *path = g_steal_pointer(&copy);
    return TRUE;
}

/* The images of a disk in the store, all of which are there if the first is. @files: (inout)
 * (element- type filename). */
static gboolean find_in_store(const Recording *recording, guint index, GPtrArray *files,
                              GError **error)
{
    for (guint i = 0; i < MACHINE_MAX_IMAGES; i++) {
        g_autofree char *role = recording_base_role(index, i);
        char *file = images_find_base(recording, role);

        if (!file && images_base(recording, role) && i > 0)
            return recording_error(error, role,
                                   "isn't in the store, but what is based on it is: "
                                   "unpack the recording once more");
        if (!file)
            break;
        g_ptr_array_add(files, file);
    }
    return TRUE;
}

/* Where the images of a disk are: in the store, which QEMU must be told; or else where the machine,
 * and then each of them, says. (transfer full) (nullable) */
static GPtrArray *find_disk(const Workspace *workspace, guint index, GError **error)
{
    const Recording *recording = workspace->recording;
    MachineDisk *disk = g_ptr_array_index(recording->machine->disks, index);
    MachineDiskFormat format = image_recorded_format(disk);
    g_autoptr(GPtrArray) files = g_ptr_array_new_with_free_func(g_free);

    if (!find_in_store(recording, index, files, error))
        return NULL;
    if (files->len > 0) {
        disk->backing = image_backing_options(files, format, error);
        return disk->backing ? g_steal_pointer(&files) : NULL;
    }
    if (!check_base(images_base(recording, machine_disk_id(index)), machine_disk_id(index),
                    disk->file, error))
        return NULL;
    return image_files(disk->file, format, error);
}

/* QEMU opens the images of a disk where they are. Older recordings describe only the first file of
 * an image, without a digest. */
static gboolean check_disk(const Workspace *workspace, guint index, GError **error)
{
    g_autofree char *store = g_path_get_dirname(workspace->recording->directory);
    g_autoptr(GPtrArray) files = find_disk(workspace, index, error);

    for (guint i = 0; files && i < files->len; i++) {
        g_autofree char *role = recording_base_role(index, i);
        const RecordingFile *base = images_base(workspace->recording, role);
        const char *path = files->pdata[i];

        if (!check_base(base, role, path, error) ||
            (base->sha256[0] &&
             !check_digest(base, path, digests_of_image(store, path, NULL, NULL, error), error)))
            return FALSE;
    }
    return files != NULL;
}

static gboolean check_disks(const Workspace *workspace, GError **error)
{
    for (guint i = 0; i < workspace->recording->machine->disks->len; i++) {
        if (!check_disk(workspace, i, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean provide_bases(const Workspace *workspace, GError **error)
{
    Machine *machine = workspace->recording->machine;

    return copy_base(workspace, "kernel", &machine->kernel, error) &&
           copy_base(workspace, "initrd", &machine->initrd, error) && check_disks(workspace, error);
}

static gboolean check_needed(const Workspace *workspace, GError **error)
{
    const Recording *recording = workspace->recording;
    guint disks = recording->machine->disks->len;

    for (const Artefact *artefact = workspace->engine->artefacts; artefact->name; artefact++) {
        if (artefact_is_needed(artefact, disks) && !check_named(recording, artefact->name, error))
            return FALSE;
    }
    return TRUE;
}

static gboolean provide_files(const Workspace *workspace, GError **error)
{
    const Recording *recording = workspace->recording;

    for (guint i = 0; i < recording->files->len; i++) {
        if (!check_file(workspace, g_ptr_array_index(recording->files, i), error))
            return FALSE;
    }
    return TRUE;
}

gboolean workspace_fill(gpointer data, GError **error)
{
    Workspace *workspace = data;
    const Recording *recording = workspace->recording;
    g_autofree char *store = g_path_get_dirname(recording->directory);

    if (!check_needed(workspace, error))
        return FALSE;
    workspace->scratch = scratch_new(store, error);
    if (!workspace->scratch)
        return FALSE;
    workspace->console = scratch_file(workspace->scratch, RECORDING_CONSOLE);
    return provide_files(workspace, error) && provide_bases(workspace, error) &&
           workspace->engine->replay->prepare(recording, scratch_path(workspace->scratch), error);
}

void workspace_free(Workspace *workspace)
{
    if (!workspace)
        return;
    scratch_free(workspace->scratch);
    recording_free(workspace->recording);
    g_free(workspace->console);
    g_free(workspace);
}
