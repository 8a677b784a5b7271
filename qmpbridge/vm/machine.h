/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a virtual machine: what a person asks for, what recording.json keeps, and
 * what an argument vector for QEMU is made from. Pure data: it opens no file and starts nothing.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/vm/target.h"

G_BEGIN_DECLS

/** One forwarded port of the user network: 127.0.0.1:host on the host is :guest in the guest. */
typedef struct {
    gboolean udp;
    guint16 host;
    guint16 guest;
} MachineForward;

/** A machine. Strings are owned; NULL where not asked for. */
typedef struct {
    char *name;           /**< a legal recording name (core/name.h); labels log lines and sockets */
    const Target *target; /**< never NULL */
    char *type;           /**< (nullable) QEMU's -M without options, see machine_type() */
    char *cpu;            /**< (nullable) QEMU's -cpu, see machine_cpu() */
    guint memory;         /**< guest RAM, MiB */
    char *kernel;         /**< (nullable) absolute path */
    char *initrd;         /**< (nullable) absolute path */
    char *append;         /**< (nullable) kernel command line */
    char *disk;           /**< (nullable) absolute path of the base image, never written */
    MachineDiskInterface disk_interface;
    gboolean network; /**< user network (slirp) with the target's network device */
    GArray *forwards; /**< MachineForward */
    guint shift;      /**< -icount shift: one instruction is 2^shift ns of guest time */
} Machine;

/** A machine with the defaults. Returns: (transfer full). */
Machine *machine_new(void);
/** A deep copy. Returns: (transfer full). */
Machine *machine_copy(const Machine *machine);
/** Frees it. @machine: (nullable). */
void machine_free(Machine *machine);

/** The machine type and the CPU model: what was asked for, or the target's own. Borrowed. */
const char *machine_type(const Machine *machine);
const char *machine_cpu(const Machine *machine);

/** Adds a forward from "tcp:HOST:GUEST" or "udp:HOST:GUEST". Errors: BRIDGE_ERROR_USAGE. */
gboolean machine_add_forward(Machine *machine, const char *text, GError **error);

/** "virtio" or "ide". */
const char *machine_disk_interface_name(MachineDiskInterface disk);
/** The inverse. Errors: BRIDGE_ERROR_USAGE. */
gboolean machine_parse_disk_interface(const char *text, MachineDiskInterface *disk, GError **error);

/**
 * Checks every member: ranges, names, and characters that QEMU's option syntax can't carry.
 * Errors: BRIDGE_ERROR_USAGE naming the member. It doesn't look whether the files exist.
 */
gboolean machine_check(const Machine *machine, GError **error);

/** As JSON for recording.json. Returns: (transfer full). */
JsonObject *machine_to_json(const Machine *machine);
/** From JSON of unknown origin; passes machine_check(). Returns: (transfer full), or NULL. */
Machine *machine_from_json(JsonObject *object, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Machine, machine_free)

G_END_DECLS
