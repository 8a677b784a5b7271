/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The overlays of a machine's disks; see overlays.h.
 */
#include "qmpbridge/engine/overlays.h"

#include "qmpbridge/store/recording.h"

char **overlays_paths(const Machine *machine, const char *directory)
{
    char **paths = g_new0(char *, machine->disks->len + 1);

    for (guint i = 0; i < machine->disks->len; i++) {
        g_autofree char *name = recording_overlay_name(i);

        paths[i] = g_build_filename(directory, name, NULL);
    }
    return paths;
}

gboolean overlays_make(const Emulator *emulator, const Machine *machine, const char *directory,
                       GError **error)
{
    g_auto(GStrv) paths = overlays_paths(machine, directory);

    for (guint i = 0; paths[i]; i++) {
        const MachineDisk *disk = machine_disk(machine, i);

        if (!disk->in_place && !emulator_create_overlay(emulator, paths[i], disk->file,
                                                        machine_format_name(disk->format), error))
            return FALSE;
    }
    return TRUE;
}

void overlays_fill_run(RunOptions *run, GStringChunk *strings, const Machine *machine,
                       const char *directory)
{
    g_auto(GStrv) paths = overlays_paths(machine, directory);

    for (guint i = 0; paths[i]; i++)
        run->overlays[i] =
            machine_disk(machine, i)->in_place ? NULL : g_string_chunk_insert(strings, paths[i]);
}
