/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Candidates with their labels and quotes; and names of files, whose folder is read once for each
 * Tab, and only as far as COMPLETION_MAX.
 */
#include "qmpbridge/ui/prompt/candidates.h"

#include <string.h>

#include "qmpbridge/ui/output/escape.h"

static char *make_label(const char *name, guint flags)
{
    g_autofree char *safe = escape_text(name, -1);

    return g_strconcat(safe, flags & OFFER_REQUIRED ? " (required)" : "",
                       flags & SCHEMA_DEPRECATED ? " (deprecated)" : "",
                       flags & SCHEMA_UNSTABLE ? " (unstable)" : "", NULL);
}

void candidates_offer(Candidates *c, const char *before, const char *name, guint flags)
{
    g_autofree char *whole = g_strconcat(before, name, NULL);
    gboolean goes_on = (flags & OFFER_GOES_ON) != 0;

    if (g_str_has_prefix(whole, c->typed->word))
        completion_add(c->out, typed_insert(c->typed, c->line, c->cursor, whole, goes_on),
                       make_label(name, flags), goes_on, flags & OFFER_REQUIRED ? 0 : 1);
}

void candidates_offer_entities(Candidates *c, const SchemaEntity *entities, guint count)
{
    for (guint i = 0; i < count; i++)
        candidates_offer(c, "", entities[i].name, entities[i].flags);
}

gboolean candidates_has_word(const Candidates *c, const char *word)
{
    for (guint i = 0; i < c->before; i++) {
        if (strcmp(c->words[i], word) == 0)
            return TRUE;
    }
    return FALSE;
}

/* --- files ------------------------------------------------------------------------------- */

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
