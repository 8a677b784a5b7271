/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Further arguments of QEMU; see extra-arguments.h.
 */
#include "qmpbridge/vm/extra-arguments.h"

#include <string.h>

#include "qmpbridge/core/error.h"

#define USE_DISK \
    "use --disk; with interface=none a '-device KIND,drive=disk' can say how the guest sees it"
#define USE_NET "use --net user; '-device KIND,netdev=net0' gives it another card"
#define USE_SOCKET "attach to the control socket"
#define FROM_START "leave it out: a recording begins at a snapshot of a VM that was started here"

/* Options that can't be recorded, and what to do instead. */
static const struct {
    const char *option, *instead;
} refused[] = {
    {"M", "use --machine"},
    {"machine", "use --machine"},
    {"cpu", "use --cpu"},
    {"m", "use --memory"},
    {"name", "use --name"},
    {"kernel", "use --kernel"},
    {"initrd", "use --initrd"},
    {"append", "use --append"},
    {"smp", "leave it out: QEMU records one CPU"},
    {"icount", "use --shift"},
    {"accel", "leave it out: QEMU records with TCG only"},
    {"enable-kvm", "leave it out: QEMU records with TCG only"},
    {"drive", USE_DISK},
    {"blockdev", USE_DISK},
    {"hda", USE_DISK},
    {"hdb", USE_DISK},
    {"hdc", USE_DISK},
    {"hdd", USE_DISK},
    {"sd", USE_DISK},
    {"mtdblock", USE_DISK},
    {"pflash", USE_DISK},
    {"cdrom", "use --cdrom"},
    {"snapshot", "leave it out: no image is ever written"},
    {"net", USE_NET},
    {"nic", USE_NET},
    {"netdev", USE_NET},
    {"qmp", USE_SOCKET},
    {"qmp-pretty", USE_SOCKET},
    {"mon", USE_SOCKET},
    {"monitor", USE_SOCKET},
    {"loadvm", FROM_START},
    {"incoming", FROM_START},
    {"S", FROM_START},
    {"preconfig", FROM_START},
    {"daemonize", "leave it out: qmpbridge ends with its QEMU"},
    {"readconfig", "write its options on the command line"},
    {"virtfs", "make it an image: what a guest reads from a folder isn't recorded"},
    {"fsdev", "make it an image: what a guest reads from a folder isn't recorded"},
};

/* Devices that are the host's, which QEMU's log knows nothing of, and those that were seen to
 * diverge (doc/devices.md). */
static const struct {
    const char *pattern, *instead;
} refused_devices[] = {
    {"vfio-*", "use an emulated device"},
    {"usb-host", "use an emulated device"},
    {"vhost-*", "use an emulated device"},
    {"ivshmem-*", "use an emulated device"},
    {"e1000", "use rtl8139, or --net user alone: its recordings stand still in the replay"},
    {"usb-kbd",
     "leave it out, the machine has a keyboard: its recordings stand still in the replay"},
    {"virtio-vga", "use VGA: with it QEMU stands still as soon as the guest uses it"},
    {"nvme*", "use --disk, without interface=none: some recordings diverge"},
};

/* Options that only show what the guest does. */
static const struct {
    const char *option;
    gboolean value; /* one follows */
} shows[] = {
    {"display", TRUE}, {"vnc", TRUE}, {"gdb", TRUE}, {"s", FALSE},
    {"pidfile", TRUE}, {"d", TRUE},   {"D", TRUE},   {"trace", TRUE},
};

/* The name of the option that @word is, without its dashes; NULL: it is none. */
static const char *name_of(const char *word)
{
    if (word[0] != '-' || !word[1])
        return NULL;
    return word[1] == '-' ? word + 2 : word + 1;
}

static gboolean refuse(const char *what, const char *value, const char *instead, GError **error)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE,
                "QEMU's -%s%s%s can't be recorded: %s (--force starts the VM all the same)", what,
                value ? " " : "", value ? value : "", instead);
    return FALSE;
}

/* @value: "DRIVER,KEY=VALUE..." */
static gboolean check_device(const char *value, GError **error)
{
    g_autofree char *driver = g_strndup(value, strcspn(value, ","));

    for (gsize i = 0; i < G_N_ELEMENTS(refused_devices); i++) {
        if (g_pattern_match_simple(refused_devices[i].pattern, driver))
            return refuse("device", driver, refused_devices[i].instead, error);
    }
    return TRUE;
}

gboolean extra_arguments_check(const Machine *machine, GError **error)
{
    for (char **word = machine->arguments; *word; word++) {
        const char *name = name_of(*word);

        if (!name)
            continue; /* a value */
        for (gsize i = 0; i < G_N_ELEMENTS(refused); i++) {
            if (g_str_equal(refused[i].option, name))
                return refuse(name, NULL, refused[i].instead, error);
        }
        if (g_str_equal(name, "device") && word[1] && !check_device(word[1], error))
            return FALSE;
    }
    return TRUE;
}

const char **extra_arguments_of_replay(const Machine *machine)
{
    const char **kept = g_new0(const char *, g_strv_length(machine->arguments) + 1);
    guint n = 0;

    for (char **word = machine->arguments; *word; word++) {
        const char *name = name_of(*word);
        gsize i = 0;

        while (name && i < G_N_ELEMENTS(shows) && !g_str_equal(shows[i].option, name))
            i++;
        if (!name || i == G_N_ELEMENTS(shows))
            kept[n++] = *word;
        else if (shows[i].value && word[1])
            word++;
    }
    return kept;
}

gboolean extra_arguments_have_network_device(const Machine *machine)
{
    for (char **word = machine->arguments; *word && word[1]; word++) {
        const char *name = name_of(*word);
        g_auto(GStrv) parts = g_strsplit(word[1], ",", -1);

        if (g_strcmp0(name, "device") == 0 &&
            g_strv_contains((const char *const *)parts, "netdev=net0"))
            return TRUE;
    }
    return FALSE;
}
