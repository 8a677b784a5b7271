/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A host: what an emulator offers to the plugin. Each emulator implements it in a folder of its
 * own (host-tcg/ for QEMU's TCG plugins), which alone knows that emulator's interfaces; nothing
 * else in plugin/ calls an emulator.
 *
 * In the other direction the host calls plugin.h: when a vCPU is there, in front of the
 * instructions that it finds with arch/arch.h, and when the emulator exits.
 */
#pragma once

#include <glib.h>

#include "plugin/arch/arch.h"

G_BEGIN_DECLS

/** Bytes of the longest register that a request or its answer can be in. */
#define HOST_REGISTER_MAX 16u

/** A vCPU as its host knows it. */
typedef struct HostVcpu HostVcpu;

/** A register as its host knows it, the same for the life of a vCPU. */
typedef struct {
    gpointer handle; /**< the host's own, not NULL */
    int number;      /**< as in ArchRegister */
} HostRegister;

/** An answer of Host.find_room. @bytes: -1 while something that was typed is on its way to the
 * guest.
 */
typedef void (*HostRoom)(int bytes, gpointer user_data);

/** Functions that take a vCPU are called in a callback of that vCPU only, and on its thread. */
typedef struct {
    int api;          /**< version of the emulator's plugin interface */
    const Arch *arch; /**< of the guest */
    gboolean two_way; /**< registers can be written, so answers reach the guest */

    /** Finds a register by its name. Returns: its handle; NULL if the emulator lists none such. */
    gpointer (*register_by_name)(HostVcpu *vcpu, const char *name);

    /** Finds a register by its number, whether the emulator lists it or not. Returns: its handle;
     * NULL if that can't be. */
    gpointer (*register_by_number)(HostVcpu *vcpu, int number);

    /** Reads a register whole. Returns: how many bytes it has; 0 if it can't be read or has more
     * than HOST_REGISTER_MAX. */
    gsize (*read_register)(HostVcpu *vcpu, const HostRegister *reg, guint8 *bytes);

    /** Writes a register whole. @length: as many bytes as read_register() gave. */
    gboolean (*write_register)(HostVcpu *vcpu, const HostRegister *reg, const guint8 *bytes,
                               gsize length);

    /**
     * Reads RAM or ROM by virtual address, with the page tables of the vCPU. A device is never
     * read, since that changes it.
     *
     * @length: never crosses a page of 4096 bytes.
     *
     * Returns: FALSE if not all of it is RAM or ROM.
     */
    gboolean (*read_ram)(HostVcpu *vcpu, guint64 address, void *dest, gsize length);

    /**
     * Writes what the emulator has buffered of its record/replay log to the file, which then ends
     * between two events. The control link's thread, with the VM stopped; under a lock of the
     * emulator where one guards the log.
     *
     * @forget: what failed before now doesn't matter: a recording begins here.
     * @size: set to where in the file the next event will come; 0 if the host can't know.
     *
     * Returns: FALSE with BRIDGE_ERROR_RECORDING if it couldn't be written, now or since the last
     * call with @forget.
     */
    gboolean (*flush_log)(gboolean forget, guint64 *size, GError **error);

    /**
     * Finds out how many bytes the guest's console takes now. A vCPU is woken for it, and then
     * takes what is on its way to the guest. Never blocks; the control link's thread. May be NULL.
     *
     * @console: the emulator's name of the character device.
     * @found: called once, on a vCPU's thread, unless the emulator exits.
     *
     * Returns: FALSE if the host can't know.
     */
    gboolean (*find_room)(const char *console, HostRoom found, gpointer user_data);
} Host;

G_END_DECLS
