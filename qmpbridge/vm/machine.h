/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The description of a virtual machine: what a person asks for, what recording.json keeps, and
 * what an argument vector for QEMU is made from. Pure data: it opens no file and starts nothing.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/vm/egress.h"
#include "qmpbridge/vm/target.h"

G_BEGIN_DECLS

/** Bytes of a dotted IPv4 address with its NUL. */
#define MACHINE_ADDRESS_BYTES 16u

/** One forwarded port of the user network: .host on the host is .guest in the guest. */
typedef struct {
    gboolean udp;
    char address[MACHINE_ADDRESS_BYTES]; /**< dotted IPv4 to listen on; "": 127.0.0.1 */
    guint16 host;                        /**< 0: one that is free */
    guint16 guest;
} MachineForward;

/** What an image's bytes mean. */
typedef enum {
    MACHINE_FORMAT_BY_NAME, /**< not said: vm/image.h finds it */
    MACHINE_FORMAT_RAW,
    MACHINE_FORMAT_QCOW2,
} MachineDiskFormat;

/** A disk. Its image is never written, since each VM gets an overlay, unless it is .in_place. */
typedef struct {
    char *file;                     /**< absolute path of the image */
    MachineDiskInterface interface; /**< see machine_disk_interface() */
    MachineDiskFormat format;
    gboolean read_only;
    char *backing; /**< (nullable) of image_backing_options(): where what the VM's overlay is based
                        on lies now; NULL: where the overlay says. Not kept in recording.json */
    gboolean in_place; /**< of `maintain`; no recording has such a disk */
} MachineDisk;

/** What QEMU runs a guest with that isn't recorded. */
typedef enum {
    MACHINE_ACCELERATOR_AUTO, /**< KVM where QEMU can start with it, else TCG */
    MACHINE_ACCELERATOR_KVM,
    MACHINE_ACCELERATOR_TCG,
} MachineAccelerator;

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
    GPtrArray *disks;     /**< MachineDisk: disks, CD-ROMs, flash */
    MachineDiskInterface disk_interface; /**< of disks that name none: VIRTIO, IDE */
    gboolean uefi;                  /**< boots UEFI firmware: machine_complete() adds its flash */
    gboolean network;               /**< user network (slirp) with the target's network device */
    gboolean restricted;            /**< which the guest can't leave; forwards work */
    GArray *allowed;                /**< EgressRule: what it reaches nonetheless */
    gboolean pcap;                  /**< its packets go into the recordings */
    GArray *forwards;               /**< MachineForward */
    char **arguments;               /**< further ones of QEMU, NULL at the end */
    MachineAccelerator accelerator; /**< of `maintain` */
    gboolean graphics;              /**< the target's graphics card */
    char *vnc;                      /**< (nullable) where its screen is shown, see vm/vnc.h */
    guint shift; /**< -icount shift: one instruction is 2^shift ns of guest time */
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

/**
 * Adds a forward from "tcp:[ADDRESS:]HOST:GUEST", likewise "udp:...", where HOST may be 0 and GUEST
 * the name of a service; or from such a name alone: "ssh" is "tcp:0:22", "sftp" "tcp:0:2222", as
 * PANDAcap's guests have it. Errors: BRIDGE_ERROR_USAGE.
 */
gboolean machine_add_forward(Machine *machine, const char *text, GError **error);
/** The inverse, with numbers. Returns: (transfer full). */
char *machine_forward_text(const MachineForward *forward);
/** Where it listens: a dotted IPv4 address. */
const char *machine_forward_address(const MachineForward *forward);

/** Its kind of network, "none", "user" or "restricted". */
const char *machine_network_name(const Machine *machine);
/** Adds what a guest on a restricted network may reach: see egress_rule_parse(). */
gboolean machine_add_allowed(Machine *machine, const char *text, GError **error);
/** What a guest on a restricted network reaches. Returns: (transfer none): of .allowed. */
const EgressRule *machine_allowed(const Machine *machine, guint index);

/** Adds a further argument of QEMU. */
void machine_add_argument(Machine *machine, const char *word);

/**
 * Adds a disk from "FILE[,interface=virtio|ide|cdrom|flash|none][,format=raw|qcow2][,read-only]".
 * Only what stands at the end and is one of these is an option: a file's name may have commas.
 * @base: (nullable): what FILE is relative to; NULL: the current directory.
 * Errors: BRIDGE_ERROR_USAGE.
 */
gboolean machine_add_disk(Machine *machine, const char *text, const char *base, GError **error);
/** Adds a CD-ROM. @file: an absolute path. */
void machine_add_cdrom(Machine *machine, const char *file);
/** The inverse of machine_add_disk(). Returns: (transfer full). */
char *machine_disk_text(const MachineDisk *disk);

/** The disk of that index. Returns: (transfer none). */
const MachineDisk *machine_disk(const Machine *machine, guint index);
/** How the guest sees it: never DEFAULT. */
MachineDiskInterface machine_disk_interface(const Machine *machine, guint index);
/** What the disk of that index is called: QEMU's drive id, and its role among a recording's files.
 * "disk", "disk1", ... up to MACHINE_MAX_DISKS. A static string. */
const char *machine_disk_id(guint index);

/** "raw", "qcow2"; NULL for MACHINE_FORMAT_BY_NAME. */
const char *machine_format_name(MachineDiskFormat format);

/** "virtio", "ide", "cdrom", "flash", "none". */
const char *machine_disk_interface_name(MachineDiskInterface disk);
/** The inverse. Errors: BRIDGE_ERROR_USAGE. */
gboolean machine_parse_disk_interface(const char *text, MachineDiskInterface *disk, GError **error);

/**
 * Turns wishes into parts of the machine once its target is known: UEFI into flash.
 * Errors: BRIDGE_ERROR_USAGE.
 */
gboolean machine_complete(Machine *machine, GError **error);

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
