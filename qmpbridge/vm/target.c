/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The table of targets; see target.h.
 */
#include "qmpbridge/vm/target.h"

#include <string.h>

#include "qmpbridge/core/error.h"

/** A snapshot taken when HPET's timer has just expired hangs in replay: no HPET. */
#define PC_OPTIONS ",hpet=off"
/** A card that announces itself after a snapshot's load raises an interrupt that the recording
 * lacks. */
#define NO_ANNOUNCE ",guest_announce=off"
#define VIRTIO_NET "virtio-net-pci" NO_ANNOUNCE
/** The same without the boot ROM, which only the firmware of a PC runs. */
#define VIRTIO_NET_BARE VIRTIO_NET ",romfile="
#define PC_DISKS                                                                 \
    {                                                                            \
        [MACHINE_DISK_VIRTIO] = "virtio-blk-pci", [MACHINE_DISK_IDE] = "ide-hd", \
        [MACHINE_DISK_CDROM] = "ide-cd",                                         \
    }
#define VIRT_DISKS                                \
    {                                             \
        [MACHINE_DISK_VIRTIO] = "virtio-blk-pci", \
    }

static const Target targets[] = {
    {
        .name = TARGET_DEFAULT_NAME,
        .emulator = TARGET_DEFAULT_EMULATOR,
        .package = TARGET_DEFAULT_PACKAGE,
        .machine = TARGET_DEFAULT_MACHINE,
        .machines = "q35 pc",
        .machine_options = PC_OPTIONS,
        .cpu = TARGET_DEFAULT_CPU,
        .disks = PC_DISKS,
        .ahci = "q35",
        .uefi_code = "/usr/share/OVMF/OVMF_CODE_4M.fd",
        .uefi_variables = "/usr/share/OVMF/OVMF_VARS_4M.fd",
        .uefi_package = "ovmf",
        .network = VIRTIO_NET,
        .graphics = "VGA",
        .console = "ttyS0",
        .ram_base = 0,
    },
    {
        .name = "i386",
        .emulator = "qemu-system-i386",
        .package = "qemu-system-x86",
        .machine = "q35",
        .machines = "q35 pc",
        .machine_options = PC_OPTIONS,
        .cpu = "qemu32",
        .disks = PC_DISKS,
        .ahci = "q35",
        .network = VIRTIO_NET,
        .console = "ttyS0",
        .ram_base = 0,
    },
    {
        .name = "aarch64",
        .emulator = "qemu-system-aarch64",
        .package = "qemu-system-arm",
        .machine = "virt",
        .machines = "virt",
        .machine_options = "",
        .cpu = "cortex-a57",
        .disks = VIRT_DISKS,
        .network = VIRTIO_NET_BARE,
        .console = "ttyAMA0",
        .ram_base = 0x40000000,
    },
    {
        .name = "arm",
        .emulator = "qemu-system-arm",
        .package = "qemu-system-arm",
        .machine = "virt",
        .machines = "virt",
        .machine_options = ",highmem=off",
        .cpu = "cortex-a15",
        .disks = VIRT_DISKS,
        .network = VIRTIO_NET_BARE,
        .console = "ttyAMA0",
        .ram_base = 0x40000000,
    },
    {
        .name = "riscv64",
        .emulator = "qemu-system-riscv64",
        .package = "qemu-system-riscv",
        .machine = "virt",
        .machines = "virt",
        .machine_options = "",
        .cpu = "rv64",
        .disks = VIRT_DISKS,
        .network = VIRTIO_NET_BARE,
        .console = "ttyS0",
        .ram_base = 0x80000000,
    },
};

/** Targets that QEMU emulates and whose recordings don't replay exactly, with why. doc/targets.md
 * has more. */
static const struct {
    const char *name, *why;
} refused[] = {
    {"s390x", "can't be recorded, since every third replay isn't exact"},
    {"ppc64", "can't be recorded, since QEMU changes a register and RAM as it loads a snapshot"},
};

const Target *target_table(gsize *n)
{
    *n = G_N_ELEMENTS(targets);
    return targets;
}

const Target *target_default(void)
{
    return &targets[0];
}

const Target *target_find(const char *name, GError **error)
{
    g_autoptr(GString) known = g_string_new(NULL);
    const char *why = "isn't known";

    for (gsize i = 0; i < G_N_ELEMENTS(targets); i++) {
        if (strcmp(name, targets[i].name) == 0)
            return &targets[i];
        g_string_append_printf(known, "%s%s", i > 0 ? ", " : "", targets[i].name);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
        if (strcmp(name, refused[i].name) == 0)
            why = refused[i].why;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "the target '%.64s' %s: this qmpbridge records %s", name, why, known->str);
    return NULL;
}
