/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fds: a small array with an owner.
 */
#include "qmpbridge/core/fds.h"

#include <string.h>
#include <unistd.h>

struct Fds {
    guint refs;
    guint count;
    int fd[FDS_MAX];
};

Fds *fds_new(void)
{
    Fds *fds = g_new0(Fds, 1);

    fds->refs = 1;
    return fds;
}

Fds *fds_ref(Fds *fds)
{
    fds->refs++;
    return fds;
}

void fds_unref(Fds *fds)
{
    if (!fds || --fds->refs > 0)
        return;
    for (guint i = 0; i < fds->count; i++)
        close(fds->fd[i]);
    g_free(fds);
}

gboolean fds_take(Fds *fds, int fd)
{
    if (fds->count == FDS_MAX) {
        close(fd);
        return FALSE;
    }
    fds->fd[fds->count++] = fd;
    return TRUE;
}

guint fds_count(const Fds *fds)
{
    return fds ? fds->count : 0;
}

int fds_get(const Fds *fds, guint i)
{
    g_return_val_if_fail(i < fds->count, -1);
    return fds->fd[i];
}

int fds_steal_first(Fds *fds)
{
    int fd;

    if (fds->count == 0)
        return -1;
    fd = fds->fd[0];
    fds->count--;
    memmove(fds->fd, fds->fd + 1, fds->count * sizeof(fds->fd[0]));
    return fd;
}
