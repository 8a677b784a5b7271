/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where an archive is written; see archive-output.h.
 */
#include "qmpbridge/store/archive-output.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/io/exclusive-rename.h"
#include "qmpbridge/store/files.h"

struct ArchiveOutput {
    char *path;
    char *temporary; /**< NULL: it is no new file, or has its name */
    int fd;
};

static gboolean wrong(GError **error, const char *path, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s %s", path, what);
    return FALSE;
}

static gboolean open_standard(ArchiveOutput *output, GError **error)
{
    if (isatty(STDOUT_FILENO))
        return wrong(error, "standard output",
                     "is a terminal, which isn't for an archive: name a file with --output");
    output->fd = STDOUT_FILENO;
    return TRUE;
}

/* A new one beside the place that it is to have. */
static gboolean open_new(ArchiveOutput *output, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(output->path);
    g_autofree char *name = g_path_get_basename(output->path);

    output->temporary = g_strdup_printf("%s/.%s.XXXXXX", directory, name);
    output->fd = g_mkstemp_full(output->temporary, O_RDWR | O_CLOEXEC, 0600);
    if (output->fd >= 0)
        return TRUE;
    g_clear_pointer(&output->temporary, g_free);
    files_error(error, output->path, errno);
    return FALSE;
}

static gboolean open_path(ArchiveOutput *output, GError **error)
{
    struct stat info;

    if (lstat(output->path, &info) != 0)
        return open_new(output, error);
    if (stat(output->path, &info) == 0 && (S_ISFIFO(info.st_mode) || S_ISCHR(info.st_mode))) {
        output->fd = open(output->path, O_WRONLY | O_CLOEXEC | O_NOCTTY);
        if (output->fd < 0)
            files_error(error, output->path, errno);
        return output->fd >= 0;
    }
    return wrong(error, output->path, "is there already: nothing is overwritten");
}

ArchiveOutput *archive_output_open(const char *path, GError **error)
{
    g_autoptr(ArchiveOutput) output = g_new0(ArchiveOutput, 1);

    output->fd = -1;
    output->path = g_strdup(path);
    if (strcmp(path, "-") == 0 ? open_standard(output, error) : open_path(output, error))
        return g_steal_pointer(&output);
    return NULL;
}

void archive_output_free(ArchiveOutput *output)
{
    if (!output)
        return;
    if (output->temporary)
        g_unlink(output->temporary);
    if (output->fd > STDERR_FILENO)
        close(output->fd);
    g_free(output->temporary);
    g_free(output->path);
    g_free(output);
}

int archive_output_fd(const ArchiveOutput *output)
{
    return output->fd;
}

gboolean archive_output_finish(ArchiveOutput *output, GError **error)
{
    g_autofree char *directory = g_path_get_dirname(output->path);

    if (!output->temporary)
        return TRUE;
    if (fsync(output->fd) != 0 || !exclusive_rename_file(output->temporary, output->path)) {
        files_error(error, output->path, errno);
        return FALSE;
    }
    g_clear_pointer(&output->temporary, g_free);
    return files_sync(directory, error);
}
