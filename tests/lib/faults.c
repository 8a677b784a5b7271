/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Chosen system calls fail, as on a disk that breaks or a file system that lacks something. It is
 * compiled into a unit test, or preloaded (LD_PRELOAD) into one program, which doesn't pass it on.
 *
 * QMPBRIDGE_FAULTS has rules, with blanks between them: CALL:ERRNO[:PATTERN[:SKIP[:COUNT]]]. CALL
 * is fsync, mkdir, pwrite, rename, renameat2 or write; ERRNO a name or a number; PATTERN a glob of
 * the path (of the new one for a rename), by default any; the first SKIP calls go through, COUNT
 * ones fail then, by default all. The variable is read at each call: a test changes it as it goes.
 */
#include <dlfcn.h>
#include <errno.h>
#include <fnmatch.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

#define MAX_RULES 16

/** Calls that each rule has seen, by its place in the variable. */
static unsigned long seen[MAX_RULES];

__attribute__((constructor)) static void keep_from_children(void)
{
    unsetenv("LD_PRELOAD");
}

static int number_of(const char *name)
{
    static const struct {
        const char *name;
        int number;
    } names[] = {{"EIO", EIO},       {"EINVAL", EINVAL}, {"ENOSYS", ENOSYS}, {"ENOSPC", ENOSPC},
                 {"EDQUOT", EDQUOT}, {"EROFS", EROFS},   {"EEXIST", EEXIST}, {"EACCES", EACCES}};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(name, names[i].name) == 0)
            return names[i].number;
    }
    return atoi(name);
}

/* One rule, which is cut up. Returns: the error that the call is to have, or 0. */
static int apply(char *rule, int place, const char *call, const char *path)
{
    char *part[5] = {NULL};
    unsigned long skip, count;

    for (int i = 0; i < 5 && rule; i++)
        part[i] = strsep(&rule, ":");
    if (!part[1] || strcmp(part[0], call) != 0 ||
        (part[2] && part[2][0] && fnmatch(part[2], path, 0) != 0))
        return 0;
    skip = part[3] ? strtoul(part[3], NULL, 10) : 0;
    count = part[4] ? strtoul(part[4], NULL, 10) : (unsigned long)-1 - skip;
    return seen[place]++ < skip || seen[place] > skip + count ? 0 : number_of(part[1]);
}

/* Returns: 1 with errno if the call is to fail. */
static int fails(const char *call, const char *path)
{
    const char *all = getenv("QMPBRIDGE_FAULTS");
    char rules[1024], *rest = rules, *rule;
    int error = 0;

    if (!all)
        return 0;
    snprintf(rules, sizeof(rules), "%s", all);
    for (int place = 0; !error && place < MAX_RULES && (rule = strsep(&rest, " ")); place++)
        error = apply(rule, place, call, path);
    if (error)
        errno = error;
    return error != 0;
}

static int fails_on(const char *call, int fd)
{
    char link[64], path[4096];
    ssize_t n;
    int before = errno;

    if (!getenv("QMPBRIDGE_FAULTS"))
        return 0;
    snprintf(link, sizeof(link), "/proc/self/fd/%d", fd);
    n = readlink(link, path, sizeof(path) - 1);
    path[n > 0 ? n : 0] = 0;
    errno = before;
    return fails(call, path);
}

/* The C library's own function, of the type of the one here. */
#define NEXT(name) ((__typeof__(&name))dlsym(RTLD_NEXT, #name))

int fsync(int fd)
{
    return fails_on("fsync", fd) ? -1 : NEXT(fsync)(fd);
}

ssize_t write(int fd, const void *data, size_t len)
{
    return fails_on("write", fd) ? -1 : NEXT(write)(fd, data, len);
}

ssize_t pwrite(int fd, const void *data, size_t len, off_t offset)
{
    return fails_on("pwrite", fd) ? -1 : NEXT(pwrite)(fd, data, len, offset);
}

int mkdir(const char *path, mode_t mode)
{
    return fails("mkdir", path) ? -1 : NEXT(mkdir)(path, mode);
}

int rename(const char *from, const char *to)
{
    return fails("rename", to) ? -1 : NEXT(rename)(from, to);
}

int renameat2(int from_dir, const char *from, int to_dir, const char *to, unsigned int flags)
{
    return fails("renameat2", to) ? -1 : NEXT(renameat2)(from_dir, from, to_dir, to, flags);
}
