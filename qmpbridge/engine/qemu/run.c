/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stock QEMU needs before it runs; see run.h.
 */
#include "qmpbridge/engine/qemu/run.h"

/** Virtual size of the image that holds only snapshots' device and RAM state. */
#define VMSTATE_SIZE (1u << 20)

Emulator *qemu_probe(const char *path, const char *plugin, GError **error)
{
    return emulator_probe(path, plugin, TRUE, 0, error);
}

gboolean qemu_make_files(const Emulator *emulator, const Machine *machine, const char *directory,
                         GError **error)
{
    g_autofree char *vmstate = g_build_filename(directory, RECORDING_VMSTATE, NULL);
    g_autofree char *disk = g_build_filename(directory, RECORDING_DISK, NULL);

    return emulator_create_image(emulator, vmstate, NULL, VMSTATE_SIZE, error) &&
           (!machine->disk || emulator_create_image(emulator, disk, machine->disk, 0, error));
}

static const char *keep_path(GStringChunk *strings, const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return g_string_chunk_insert(strings, path);
}

/* The plugin gives the guest the answers that it got when it was recorded. */
static void fill_replay(RunOptions *run, GStringChunk *strings, const char *directory,
                        const Recording *recording)
{
    g_autofree char *journal = g_build_filename(directory, RECORDING_JOURNAL, NULL);
    g_autofree char *escaped = arguments_escape(journal);
    g_autofree char *args = g_strdup_printf(",replay=%s", escaped);

    run->mode = RUN_REPLAY;
    run->snapshot = g_string_chunk_insert(strings, recording->snapshot);
    run->plugin_args = g_string_chunk_insert(strings, args);
}

void qemu_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                   const Machine *machine, const char *directory, const Recording *recording)
{
    run->mode = RUN_RECORD;
    run->emulator = emulator->path;
    run->sandbox = emulator->sandbox;
    run->log = keep_path(strings, directory, RECORDING_LOG);
    run->vmstate = keep_path(strings, directory, RECORDING_VMSTATE);
    run->console = keep_path(strings, directory, RECORDING_CONSOLE);
    if (machine->disk)
        run->overlay = keep_path(strings, directory, RECORDING_DISK);
    if (recording)
        fill_replay(run, strings, directory, recording);
}
