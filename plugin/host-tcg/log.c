/* SPDX-License-Identifier: GPL-2.0-or-later */
/* QEMU's record/replay log, flushed from inside QEMU; see log.h. */
#include "plugin/host-tcg/log.h"

#include <dlfcn.h>
#include <errno.h>
#include <stdio.h>

#include "qmpbridge/core/error.h"

typedef void (*MutexFunc)(void);

gboolean tcg_log_flush(gboolean forget, guint64 *size, GError **error)
{
    /* replay/replay-internal.c; the functions are no-ops where nothing is recorded */
    MutexFunc lock = (MutexFunc)dlsym(RTLD_DEFAULT, "replay_mutex_lock");
    MutexFunc unlock = (MutexFunc)dlsym(RTLD_DEFAULT, "replay_mutex_unlock");
    FILE **stream = (FILE **)dlsym(RTLD_DEFAULT, "replay_file");
    FILE *log = stream ? *stream : NULL;
    gboolean torn = FALSE;
    int result, why;

    if (lock && unlock)
        lock();
    if (log && forget)
        clearerr(log);
    result = fflush(log);
    why = errno;
    *size = 0;
    if (log) { /* fflush(NULL) fails for any stream, which may be none of the log's */
        torn = result != 0 || ferror(log);
        *size = (guint64)MAX(ftello(log), 0);
    }
    if (lock && unlock)
        unlock();
    if (torn) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "QEMU couldn't write its log%s%s, so events are missing: free some space where "
                    "the store is",
                    result != 0 ? ": " : " for a while", result != 0 ? g_strerror(why) : "");
    }
    return !torn;
}
