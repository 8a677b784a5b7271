/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The images of a machine's disks as they lie on the host: of which format one is, and which other
 * files it consists of. QEMU never guesses a format here. A guest can write anything into a raw
 * image, also what makes it look like a qcow2 one that names files of the host.
 */
#pragma once

#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/**
 * Finds the format of @disk where it isn't said, by the file's name; what the file begins with must
 * agree. Blocks shortly. Errors: USAGE, with the remedy.
 */
gboolean image_find_format(MachineDisk *disk, GError **error);

/** The format of a recorded machine's disk. Recordings of older versions don't say it: then raw,
 * since nothing is known of what the image is based on. */
MachineDiskFormat image_recorded_format(const MachineDisk *disk);

/**
 * The files that the image @file consists of: itself, then what it is based on, down to the last.
 * Blocks shortly. Errors: USAGE: one can't be read, is of another format than it should be, or has
 * parts that aren't plain files; there are more than MACHINE_MAX_IMAGES.
 * Returns: (transfer full) (element-type filename): or NULL.
 */
GPtrArray *image_files(const char *file, MachineDiskFormat format, GError **error);

/**
 * Options of a QEMU drive, each behind a comma, by which its image is based on @files, wherever the
 * headers say that these lie: the first, then what it is based on, down to the last. Blocks
 * shortly.
 * @format: of the first. Errors: USAGE: the headers say that it is based on more, or on less.
 * Returns: (transfer full), or NULL.
 */
char *image_backing_options(const GPtrArray *files, MachineDiskFormat format, GError **error);

/** Does a QEMU write @file, or rely on that it isn't written, as on an image below its own? */
gboolean image_is_used(const char *file);

G_END_DECLS
