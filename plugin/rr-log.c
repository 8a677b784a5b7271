/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See rr-log.h. */
#include "plugin/rr-log.h"

#include <dlfcn.h>
#include <stdio.h>

typedef void (*MutexFunc)(void);

void rr_log_flush(void)
{
    /* replay/replay-internal.c; no-ops where nothing is recorded */
    MutexFunc lock = (MutexFunc)dlsym(RTLD_DEFAULT, "replay_mutex_lock");
    MutexFunc unlock = (MutexFunc)dlsym(RTLD_DEFAULT, "replay_mutex_unlock");

    if (lock && unlock) {
        lock();
    }
    fflush(NULL);
    if (lock && unlock) {
        unlock();
    }
}
