/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether an image may be changed; see maintenance.h.
 */
#include "qmpbridge/program/maintenance.h"

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/dependents.h"
#include "qmpbridge/vm/image.h"

/** Names in a message; of the others it says how many they are. */
#define NAMES 10u

static gboolean check_unused(const char *file, GError **error)
{
    if (!image_is_used(file))
        return TRUE;
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "the disk image %s is in use: end the QEMU whose disk it is, or is based on it",
                file);
    return FALSE;
}

/* "a, b and 3 more" (transfer full) */
static char *list_names(const GPtrArray *names)
{
    GString *text = g_string_new(NULL);

    for (guint i = 0; i < MIN(names->len, NAMES); i++)
        g_string_append_printf(text, "%s%s", i ? ", " : "", (const char *)names->pdata[i]);
    if (names->len > NAMES)
        g_string_append_printf(text, " and %u more", names->len - NAMES);
    return g_string_free(text, FALSE);
}

/* (transfer full): none where there is no store. */
static GPtrArray *find_dependents(const char *file, const char *path, GError **error)
{
    g_autofree char *where = path ? g_strdup(path) : store_default_path();
    g_autoptr(Store) store = NULL;

    if (!g_file_test(where, G_FILE_TEST_EXISTS))
        return g_ptr_array_new();
    store = store_open(where, FALSE, error);
    return store ? dependents_of_image(store, file, error) : NULL;
}

static gboolean check_recordings(const char *file, const char *store, gboolean force,
                                 Output *output, GError **error)
{
    g_autoptr(GPtrArray) names = find_dependents(file, store, error);
    g_autofree char *list = NULL, *warning = NULL;

    if (!names || names->len == 0)
        return names != NULL;
    list = list_names(names);
    if (!force) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "recordings would no longer replay if %s were changed: %s; 'derive' makes an "
                    "image on top of it, to change instead, and --force changes it all the same",
                    file, list);
        return FALSE;
    }
    warning = g_strdup_printf("recordings no longer replay once %s has changed: %s", file, list);
    output_warning(output, NULL, warning);
    return TRUE;
}

gboolean maintenance_check(const Machine *machine, const char *store, gboolean force,
                           Output *output, GError **error)
{
    for (guint i = 0; i < machine->disks->len; i++) {
        MachineDisk disk = *machine_disk(machine, i);

        if (disk.in_place && (!image_find_format(&disk, error) || !check_unused(disk.file, error) ||
                              !check_recordings(disk.file, store, force, output, error)))
            return FALSE;
    }
    return TRUE;
}
