/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What differs between the machines that QEMU emulates: one row of a table for each target, with
 * the options that an exact replay was found to need. Everything else in the program is the same
 * for all of them. doc/targets.md shows the rows, and a test compares it with them. Pure.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** The first row, for the texts that say what is the default. */
#define TARGET_DEFAULT_NAME "x86_64"
#define TARGET_DEFAULT_EMULATOR "qemu-system-x86_64"
#define TARGET_DEFAULT_PACKAGE "qemu-system-x86"
#define TARGET_DEFAULT_MACHINE "q35"
#define TARGET_DEFAULT_CPU "qemu64"

/** How the guest sees a disk. */
typedef enum {
    MACHINE_DISK_VIRTIO,
    MACHINE_DISK_IDE,
    MACHINE_DISK_CDROM,
    MACHINE_DISK_FLASH,   /**< firmware: parallel flash, in the order of the disks */
    MACHINE_DISK_NONE,    /**< no device: QEMU's arguments bring one along, by the drive's id */
    MACHINE_DISK_DEFAULT, /**< as Machine.disk_interface says */
} MachineDiskInterface;
#define MACHINE_DISK_INTERFACES MACHINE_DISK_FLASH

/** A target. All strings are static. */
typedef struct {
    const char *name;            /**< as QEMU names it in query-target, and recording.json */
    const char *emulator;        /**< the program, as it is found on PATH */
    const char *package;         /**< Debian's package of it */
    const char *machine;         /**< the machine type (-M) where none is asked for */
    const char *machines;        /**< machine types that are offered, with spaces between */
    const char *machine_options; /**< what -M needs for an exact replay: ",name=value..." or "" */
    const char *cpu;             /**< the CPU model (-cpu) where none is asked for */
    /** The device (-device) by MachineDiskInterface; NULL: the target has no such. */
    const char *disks[MACHINE_DISK_INTERFACES];
    const char *ahci; /**< (nullable) part of the names of machine types with one IDE disk a bus,
                         where QEMU itself only looks at the first bus */
    /** UEFI firmware in flash: the code, and the variables that a new machine has; NULL: there is
     * none, or the target has no flash. */
    const char *uefi_code, *uefi_variables;
    const char *uefi_package; /**< Debian's package of it */
    const char *network;      /**< the network device, with what an exact replay needs */
    const char *graphics; /**< (nullable) the graphics card (-device); NULL: none replays exactly */
    const char *console;  /**< what Linux calls the serial console: "ttyS0" */
    guint64 ram_base;     /**< guest-physical address at which RAM begins */
} Target;

/** All of them. @n: (out): how many. Returns: (transfer none). */
const Target *target_table(gsize *n);

/** The target where nothing names one, as in a recording.json of older versions. */
const Target *target_default(void);

/** The target of that name, of unknown origin. Errors: BRIDGE_ERROR_USAGE with those that there
 * are. Returns: (transfer none), or NULL. */
const Target *target_find(const char *name, GError **error);

G_END_DECLS
