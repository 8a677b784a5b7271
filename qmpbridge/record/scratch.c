/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scratch directories of a store; see scratch.h. The lock is on the directory itself.
 */
#include "qmpbridge/record/scratch.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/record/files.h"

#define PREFIX ".scratch-"
/** How often a sweeper may snatch a directory before it is locked. */
#define ATTEMPTS 8

struct Scratch {
    char *path;
    int lock;
};

/* Opens and locks a directory; -1 if it can't be had. */
static int lock_directory(const char *path)
{
    struct stat info;
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    /* st_nlink is 0 where it was removed between open and flock */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &info) == 0 && info.st_nlink > 0)
        return fd;
    close(fd);
    return -1;
}

Scratch *scratch_new(const char *store, GError **error)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        g_autofree char *path = g_build_filename(store, PREFIX "XXXXXX", NULL);
        Scratch *scratch;
        int lock;

        if (!g_mkdtemp(path)) {
            files_error(error, path, errno);
            return NULL;
        }
        lock = lock_directory(path);
        if (lock < 0)
            continue;
        scratch = g_new0(Scratch, 1);
        scratch->path = g_canonicalize_filename(path, NULL);
        scratch->lock = lock;
        return scratch;
    }
    files_error(error, store, EBUSY);
    return NULL;
}

void scratch_free(Scratch *scratch)
{
    if (!scratch)
        return;
    files_remove_directory(scratch->path, NULL);
    close(scratch->lock);
    g_free(scratch->path);
    g_free(scratch);
}

const char *scratch_path(const Scratch *scratch)
{
    return scratch->path;
}

char *scratch_file(const Scratch *scratch, const char *name)
{
    return g_build_filename(scratch->path, name, NULL);
}

guint scratch_sweep(const char *store)
{
    g_autoptr(GDir) dir = g_dir_open(store, 0, NULL);
    const char *name;
    guint swept = 0;

    while (dir && (name = g_dir_read_name(dir))) {
        g_autofree char *path = g_build_filename(store, name, NULL);
        int lock;

        if (!g_str_has_prefix(name, PREFIX))
            continue;
        lock = lock_directory(path);
        if (lock < 0)
            continue;
        swept += files_remove_directory(path, NULL);
        close(lock);
    }
    return swept;
}
