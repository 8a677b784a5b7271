/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A rename that overwrites nothing; see exclusive-rename.h.
 */
#include "qmpbridge/io/exclusive-rename.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <glib/gstdio.h>

/* @elsewise: (out): it has failed since it can't be had here. */
static gboolean try_rename(const char *from, const char *to, gboolean *elsewise)
{
    gboolean done = renameat2(AT_FDCWD, from, AT_FDCWD, to, RENAME_NOREPLACE) == 0;

    *elsewise = !done && (errno == EINVAL || errno == ENOSYS || errno == EOPNOTSUPP);
    return done;
}

/* link(2) replaces nothing. */
gboolean exclusive_rename_file(const char *from, const char *to)
{
    gboolean elsewise;

    if (try_rename(from, to, &elsewise))
        return TRUE;
    if (!elsewise || link(from, to) != 0)
        return FALSE;
    g_unlink(from);
    return TRUE;
}

/* mkdir claims the name, and rename replaces nothing but an empty directory. */
gboolean exclusive_rename_directory(const char *from, const char *to)
{
    gboolean elsewise;
    int why;

    if (try_rename(from, to, &elsewise))
        return TRUE;
    if (!elsewise || g_mkdir(to, 0700) != 0)
        return FALSE;
    if (g_rename(from, to) == 0)
        return TRUE;
    why = errno;
    g_rmdir(to);
    errno = why;
    return FALSE;
}
