/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Directories with an owner; see owned-dir.h. The lock is on the directory itself.
 */
#include "qmpbridge/io/owned-dir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

/** How often a sweeper may snatch a directory before it is locked. */
#define ATTEMPTS 8
/** Directories in one another that are removed: a VM's, and the scratch of a dry run in it. */
#define MAX_DEPTH 2

struct OwnedDir {
    char *path;
    int lock;
};

/* Opens and locks a directory; -1 if it can't be had. */
static int lock_directory(int parent, const char *path)
{
    struct stat info;
    int fd = openat(parent, path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);

    if (fd < 0)
        return -1;
    /* st_nlink is 0 where it was removed between open and flock */
    if (flock(fd, LOCK_EX | LOCK_NB) == 0 && fstat(fd, &info) == 0 && info.st_nlink > 0)
        return fd;
    close(fd);
    return -1;
}

/* Removes what is in a directory. @fd: (transfer full). */
static void empty_directory(int fd, int depth)
{
    DIR *dir = fdopendir(fd);
    struct dirent *entry;

    if (!dir) {
        close(fd);
        return;
    }
    while ((entry = readdir(dir))) {
        int inner;

        if (unlinkat(fd, entry->d_name, 0) == 0 || depth >= MAX_DEPTH ||
            g_str_equal(entry->d_name, ".") || g_str_equal(entry->d_name, ".."))
            continue;
        inner = openat(fd, entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
        if (inner >= 0)
            empty_directory(inner, depth + 1);
        unlinkat(fd, entry->d_name, AT_REMOVEDIR);
    }
    closedir(dir);
}

/* Removes a directory of which @lock is held. */
static gboolean remove_locked(int parent, const char *path, int lock)
{
    int fd = openat(lock, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);

    if (fd >= 0)
        empty_directory(fd, 1);
    return unlinkat(parent, path, AT_REMOVEDIR) == 0;
}

OwnedDir *owned_dir_new(const char *parent, const char *prefix)
{
    for (int i = 0; i < ATTEMPTS; i++) {
        g_autofree char *path = g_strdup_printf("%s/%sXXXXXX", parent, prefix);
        OwnedDir *dir;
        int lock;

        if (!g_mkdtemp(path))
            return NULL;
        lock = lock_directory(AT_FDCWD, path);
        if (lock < 0)
            continue;
        dir = g_new0(OwnedDir, 1);
        dir->path = g_canonicalize_filename(path, NULL);
        dir->lock = lock;
        return dir;
    }
    errno = EBUSY;
    return NULL;
}

void owned_dir_free(OwnedDir *dir)
{
    if (!dir)
        return;
    remove_locked(AT_FDCWD, dir->path, dir->lock);
    close(dir->lock);
    g_free(dir->path);
    g_free(dir);
}

const char *owned_dir_path(const OwnedDir *dir)
{
    return dir->path;
}

guint owned_dir_sweep(const char *parent, const char *prefix)
{
    int fd = open(parent, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    DIR *entries = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *entry;
    guint swept = 0;

    if (!entries && fd >= 0)
        close(fd);
    while (entries && (entry = readdir(entries))) {
        int lock;

        if (!g_str_has_prefix(entry->d_name, prefix))
            continue;
        lock = lock_directory(fd, entry->d_name);
        if (lock < 0)
            continue;
        swept += remove_locked(fd, entry->d_name, lock);
        close(lock);
    }
    if (entries)
        closedir(entries);
    return swept;
}
