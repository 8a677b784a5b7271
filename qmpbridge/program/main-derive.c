/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `qmpbridge derive BASE NEW`. BASE is as --disk has it, without what only a VM's disk can be.
 */
#include "qmpbridge/program/main-derive.h"

#include <errno.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/ui/output/output.h"
#include "qmpbridge/ui/prompt/display.h"
#include "qmpbridge/vm/derived-image.h"
#include "qmpbridge/vm/image.h"

/* What an image calls its base is relative to where the image is, and not to a link to it. */
static gboolean resolve_links(MachineDisk *disk, GError **error)
{
    char *real = realpath(disk->file, NULL); /* not of GLib's allocator */

    if (!real) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE, "%s: %s", disk->file,
                    g_strerror(errno));
        return FALSE;
    }
    g_free(disk->file);
    disk->file = g_strdup(real);
    free(real);
    return TRUE;
}

/* The disk that @text describes goes into @machine. */
static const MachineDisk *read_base(Machine *machine, const char *text, GError **error)
{
    MachineDisk *disk;
    g_autoptr(GPtrArray) files = NULL;

    if (!machine_add_disk(machine, text, NULL, error))
        return NULL;
    disk = g_ptr_array_index(machine->disks, 0);
    if (disk->interface != MACHINE_DISK_DEFAULT || disk->read_only) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                    "%s: of a base only ',format=FORMAT' can be said", text);
        return NULL;
    }
    if (!image_find_format(disk, error) || !resolve_links(disk, error))
        return NULL;
    /* All that it is based on must be there, too, and have no writer. */
    files = image_files(disk->file, disk->format, error);
    return files ? disk : NULL;
}

static gboolean derive(const Options *options, Output *output, GError **error)
{
    g_autoptr(Machine) machine = machine_new();
    g_autofree char *path = g_canonicalize_filename(options->words[1], NULL);
    const MachineDisk *base = read_base(machine, options->words[0], error);
    g_autoptr(Emulator) emulator = base ? emulator_find(options->emulator, 0, error) : NULL;

    if (!emulator || !derived_image_create(emulator, base, path, error))
        return FALSE;
    output_image(output, NULL, path, base->file);
    return TRUE;
}

int main_derive(const Options *options)
{
    const OutputOptions look = {
        .json = options->json,
        .bare = options->return_value,
        .write = display_write,
    };
    g_autoptr(Output) output = output_new(&look);
    g_autoptr(GError) error = NULL;

    if (derive(options, output, &error))
        return EXIT_CODE_OK;
    output_error(output, NULL, "qmpbridge", error);
    return bridge_error_exit_code(error);
}
