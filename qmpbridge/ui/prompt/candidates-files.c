/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of files as candidates. A folder is read once for each Tab, and only as far as
 * COMPLETION_MAX.
 */
#include <string.h>

#include "qmpbridge/ui/prompt/candidates.h"

/* The part of @path up to its last '/', that one included. (transfer full) */
static char *folder_of(const char *path)
{
    const char *slash = strrchr(path, '/');

    return g_strndup(path, slash ? (gsize)(slash - path) + 1 : 0);
}

void candidates_offer_files(Candidates *c, const char *before)
{
    const char *path = c->typed->word + strlen(before);
    g_autofree char *folder = folder_of(path), *all = g_strconcat(before, folder, NULL);
    const char *begin = path + strlen(folder), *name;
    GDir *dir = g_dir_open(*folder ? folder : ".", 0, NULL);

    for (guint n = 0; dir && n < COMPLETION_MAX && (name = g_dir_read_name(dir)); n++) {
        g_autofree char *whole = g_build_filename(*folder ? folder : ".", name, NULL);
        g_autofree char *shown = NULL;
        gboolean is_folder;

        if (!g_str_has_prefix(name, begin) || (*name == '.' && *begin != '.') ||
            !g_utf8_validate(name, -1, NULL))
            continue;
        is_folder = g_file_test(whole, G_FILE_TEST_IS_DIR);
        shown = g_strconcat(name, is_folder ? "/" : "", NULL);
        candidates_offer(c, all, shown, is_folder ? OFFER_GOES_ON : 0);
    }
    g_clear_pointer(&dir, g_dir_close);
}
