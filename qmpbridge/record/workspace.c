/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a replay works; see workspace.h.
 */
#include "qmpbridge/record/workspace.h"

#include <errno.h>
#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/record/files.h"
#include "qmpbridge/record/rrlog.h"

Workspace *workspace_new(const char *name, const char *directory, GError **error)
{
    g_autoptr(Workspace) workspace = g_new0(Workspace, 1);
    const Recording *recording;

    workspace->recording = recording_load(name, directory, error);
    recording = workspace->recording;
    if (!recording)
        return NULL;
    if (recording->state != RECORDING_COMPLETE || !recording->machine || !recording->snapshot ||
        !recording->ram_sha256) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' is incomplete and can't be replayed: %s", name,
                    recording->reason ? recording->reason : "no reason is known");
        return NULL;
    }
    /* It becomes part of an option of QEMU's. */
    if (strspn(recording->snapshot, "abcdefghijklmnopqrstuvwxyz0123456789-") !=
        strlen(recording->snapshot)) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "'%s' names an impossible snapshot", name);
        return NULL;
    }
    return g_steal_pointer(&workspace);
}

/* A member of a recording is a plain file in its directory, whatever recording.json calls it. */
static gboolean check_file(const Recording *recording, const RecordingFile *file, GError **error)
{
    g_autofree char *path = recording_file(recording, file->name);
    g_autofree char *sha256 = NULL;

    if (strchr(file->name, '/') || file->name[0] == '.') {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING, "'%s' isn't a file name",
                    file->name);
        return FALSE;
    }
    sha256 = files_sha256(path, NULL, error);
    if (sha256 && g_str_equal(sha256, file->sha256))
        return TRUE;
    if (sha256)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "%s was changed since it was recorded", path);
    return FALSE;
}

/* The path of a file that the machine needs and the recording only refers to. (nullable) */
static const char *base_path(const Machine *machine, const char *role)
{
    return g_str_equal(role, "kernel")   ? machine->kernel
           : g_str_equal(role, "initrd") ? machine->initrd
           : g_str_equal(role, "disk")   ? machine->disk
                                         : NULL;
}

static gboolean check_base(const Recording *recording, const RecordingFile *base, GError **error)
{
    const char *path = base_path(recording->machine, base->name);
    g_autofree char *sha256 = NULL;
    GStatBuf info;

    if (!path)
        return TRUE;
    if (g_stat(path, &info) != 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "the recording needs the %s %s: %s", base->name, path, g_strerror(errno));
        return FALSE;
    }
    if (base->sha256[0])
        sha256 = files_sha256(path, NULL, NULL);
    if ((guint64)info.st_size == base->size &&
        (!base->sha256[0] || g_strcmp0(sha256, base->sha256) == 0))
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "the %s %s isn't the one that was recorded with", base->name, path);
    return FALSE;
}

static gboolean check_all(const Recording *recording, GError **error)
{
    for (guint i = 0; i < recording->files->len; i++) {
        if (!check_file(recording, g_ptr_array_index(recording->files, i), error))
            return FALSE;
    }
    for (guint i = 0; i < recording->bases->len; i++) {
        if (!check_base(recording, g_ptr_array_index(recording->bases, i), error))
            return FALSE;
    }
    return TRUE;
}

static gboolean copy_image(Workspace *workspace, const char *name, char **copy, GError **error)
{
    g_autofree char *from = recording_file(workspace->recording, name);

    *copy = scratch_file(workspace->scratch, name);
    return files_copy(from, *copy, 0, error);
}

static gboolean provide_log(Workspace *workspace, GError **error)
{
    g_autofree char *log = recording_file(workspace->recording, RECORDING_LOG);

    if (workspace->recording->log_skip == 0) {
        workspace->log = g_steal_pointer(&log);
        return TRUE;
    }
    workspace->log = scratch_file(workspace->scratch, RECORDING_LOG);
    return rrlog_copy_without(log, workspace->log, workspace->recording->log_skip, error);
}

gboolean workspace_fill(gpointer data, GError **error)
{
    Workspace *workspace = data;
    const Recording *recording = workspace->recording;
    g_autofree char *store = g_path_get_dirname(recording->directory);

    if (!check_all(recording, error))
        return FALSE;
    workspace->scratch = scratch_new(store, error);
    if (!workspace->scratch)
        return FALSE;
    workspace->journal = recording_file(recording, RECORDING_JOURNAL);
    workspace->console = scratch_file(workspace->scratch, RECORDING_CONSOLE);
    return provide_log(workspace, error) &&
           copy_image(workspace, RECORDING_VMSTATE, &workspace->vmstate, error) &&
           (!recording->machine->disk ||
            copy_image(workspace, RECORDING_DISK, &workspace->overlay, error));
}

void workspace_free(Workspace *workspace)
{
    if (!workspace)
        return;
    scratch_free(workspace->scratch);
    recording_free(workspace->recording);
    g_free(workspace->vmstate);
    g_free(workspace->overlay);
    g_free(workspace->log);
    g_free(workspace->journal);
    g_free(workspace->console);
    g_free(workspace);
}
