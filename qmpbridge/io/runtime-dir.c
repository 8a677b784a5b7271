/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The runtime directory of one VM; see runtime-dir.h.
 */
#include "qmpbridge/io/runtime-dir.h"

#include <errno.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"

/** Times that the parent is made again. */
#define RUNTIME_ATTEMPTS 8

static gboolean private_directory(const char *path, GError **error)
{
    GStatBuf info;

    if (g_mkdir_with_parents(path, 0700) == 0 && g_lstat(path, &info) == 0 &&
        S_ISDIR(info.st_mode) && info.st_uid == geteuid() && (info.st_mode & 0077) == 0)
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                "%s isn't a directory that only this user can enter: remove it, or set "
                "XDG_RUNTIME_DIR",
                path);
    return FALSE;
}

char **runtime_dir_parents(void)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    char **parents = g_new0(char *, 3);
    guint n = 0;

    if (runtime && g_path_is_absolute(runtime))
        parents[n++] = g_build_filename(runtime, "qmpbridge", NULL);
    parents[n] = g_strdup_printf("/tmp/qmpbridge-%u", (guint)geteuid());
    return parents;
}

OwnedDir *runtime_dir_new(const char *name, GError **error)
{
    const char *runtime = g_getenv("XDG_RUNTIME_DIR");
    g_autofree char *prefix = g_strdup_printf(RUNTIME_PREFIX "%.*s-", RUNTIME_NAME_MAX, name);
    g_auto(GStrv) parents = runtime_dir_parents();
    const char *parent = parents[0];
    OwnedDir *directory = NULL;

    if (parents[1] && (access(runtime, W_OK) != 0 ||
                       strlen(runtime) + strlen(name) >= 64)) /* a socket's path holds 107 bytes */
        parent = parents[1];
    /* Another VM that ends may just have removed the parent: it is made once more then. */
    for (int i = 0; !directory && i < RUNTIME_ATTEMPTS; i++) {
        if (!private_directory(parent, error))
            return NULL;
        owned_dir_sweep(parent, RUNTIME_PREFIX);
        directory = owned_dir_new(parent, prefix);
        if (!directory && errno != ENOENT)
            break;
    }
    if (!directory)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "%s: %s", parent,
                    g_strerror(errno));
    return directory;
}

void runtime_dir_free(OwnedDir *directory)
{
    g_autofree char *parent = directory ? g_path_get_dirname(owned_dir_path(directory)) : NULL;

    owned_dir_free(directory);
    if (parent)
        g_rmdir(parent); /* fails while other VMs have theirs in it */
}
