/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What stock QEMU needs before it runs; see run.h.
 */
#include "qmpbridge/engine/qemu/run.h"

#include "qmpbridge/engine/overlays.h"
#include "qmpbridge/engine/qemu/reset.h"
#include "qmpbridge/engine/qemu/trial.h"

/** Virtual size of the image that holds only snapshots' device and RAM state. */
#define VMSTATE_SIZE (1u << 20)

Emulator *qemu_probe(const char *path, const char *plugin, GError **error)
{
    return qemu_try(path, plugin, 0, error);
}

gboolean qemu_make_files(const Emulator *emulator, const Machine *machine, const char *directory,
                         GError **error)
{
    g_autofree char *vmstate = g_build_filename(directory, RECORDING_VMSTATE, NULL);

    return emulator_create_image(emulator, vmstate, VMSTATE_SIZE, error) &&
           overlays_make(emulator, machine, directory, error);
}

static const char *keep_path(GStringChunk *strings, const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return g_string_chunk_insert(strings, path);
}

/* The same as an option's value. (transfer full) */
static char *escaped_path(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);

    return arguments_escape(path);
}

/* The plugin gives the guest the answers that it got when it was recorded. */
static const char *replay_args(GStringChunk *strings, const char *directory)
{
    g_autofree char *journal = escaped_path(directory, RECORDING_JOURNAL);
    g_autofree char *args = g_strdup_printf(",replay=%s", journal);

    return g_string_chunk_insert(strings, args);
}

static const char *icount_option(GStringChunk *strings, const Machine *machine,
                                 const char *directory, const Recording *recording)
{
    g_autofree char *log = escaped_path(directory, RECORDING_LOG);
    g_autofree char *option =
        recording ? g_strdup_printf("shift=%u,rr=replay,rrfile=%s,rrsnapshot=%s", machine->shift,
                                    log, recording->snapshot)
                  : g_strdup_printf("shift=%u,rr=record,rrfile=%s", machine->shift, log);

    return g_string_chunk_insert(strings, option);
}

/* The bridge itself makes copies durable, not QEMU while the guest waits: cache=unsafe. It is open
 * from the start: opening an image later hangs QEMU if a blkreplay request is pending. */
static const char *vmstate_option(GStringChunk *strings, const char *directory)
{
    g_autofree char *vmstate = escaped_path(directory, RECORDING_VMSTATE);
    g_autofree char *option = g_strdup_printf(
        "file=%s,if=none,id=vmstate,format=qcow2,cache=unsafe,node-name=" QEMU_VMSTATE_NODE,
        vmstate);

    return g_string_chunk_insert(strings, option);
}

void qemu_fill_run(RunOptions *run, GStringChunk *strings, const Emulator *emulator,
                   const Machine *machine, const char *directory, const Recording *recording)
{
    const char **word = run->engine;

    *word++ = "-icount";
    *word++ = icount_option(strings, machine, directory, recording);
    if (recording)
        *word++ = "-S"; /* time to set a replay-break */
    *word++ = "-action";
    *word++ = QEMU_RESET_ACTION;
    *word++ = "-drive";
    *word++ = vmstate_option(strings, directory);
    run->disk_filter = "blkreplay";
    run->network_filter = "filter-replay";
    run->isolated = recording != NULL; /* its packets come from the log */
    run->emulator = emulator->path;
    run->sandbox = emulator->sandbox;
    run->console = keep_path(strings, directory, RECORDING_CONSOLE);
    overlays_fill_run(run, strings, machine, directory);
    if (machine->pcap && !recording)
        run->packets = keep_path(strings, directory, RECORDING_PACKETS);
    if (recording)
        run->plugin_args = replay_args(strings, directory);
}
