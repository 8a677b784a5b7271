/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin that is used by default; see plugin-file.h. QEMU loads and runs it, so it is looked
 * for beside the executable alone, never in the current directory, and only in a folder that was
 * configured as a build tree by the executable's owner.
 */
#include "qmpbridge/program/plugin-file.h"

#include <sys/stat.h>

#define INSTALLED PKGLIBDIR "/recctrl.so"

static gboolean is_file_of(const char *path, uid_t owner)
{
    struct stat info;

    return lstat(path, &info) == 0 && S_ISREG(info.st_mode) && info.st_uid == owner;
}

/* @executable: TOP/qmpbridge/qmpbridge in a build tree. Returns: (transfer full) (nullable). */
static char *built_with(const char *executable)
{
    g_autofree char *folder = g_path_get_dirname(executable);
    g_autofree char *name = g_path_get_basename(folder);
    g_autofree char *top = g_path_get_dirname(folder);
    g_autofree char *mark = g_build_filename(top, "config.status", NULL);
    g_autofree char *plugin = g_build_filename(top, "plugin", ".libs", "recctrl.so", NULL);
    struct stat info;

    if (!g_str_equal(name, "qmpbridge") || stat(executable, &info) != 0 ||
        !is_file_of(mark, info.st_uid) || !is_file_of(plugin, info.st_uid))
        return NULL;
    return g_steal_pointer(&plugin);
}

char *plugin_file_default(void)
{
    g_autofree char *executable = g_file_read_link("/proc/self/exe", NULL);
    char *built = executable ? built_with(executable) : NULL;

    return built ? built : g_strdup(INSTALLED);
}
