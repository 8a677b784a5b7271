/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a machine's description to QEMU's argument vector; see arguments.h. The order of devices
 * and their options is the same for recording and replay: the snapshot of one must load in the
 * other. Images are qcow2 and said to be: QEMU must not guess the format of a file from elsewhere.
 */
#include "qmpbridge/vm/arguments.h"

#include <stdarg.h>
#include <string.h>

#include "qmpbridge/vm/extra-arguments.h"

typedef GPtrArray Vector;

static void add(Vector *vector, const char *option, const char *format, ...) G_GNUC_PRINTF(3, 4);

static void add(Vector *vector, const char *option, const char *format, ...)
{
    va_list args;

    g_ptr_array_add(vector, g_strdup(option));
    va_start(args, format);
    g_ptr_array_add(vector, g_strdup_vprintf(format, args));
    va_end(args);
}

char *arguments_escape(const char *path)
{
    g_auto(GStrv) part = g_strsplit(path, ",", -1);

    return g_strjoinv(",,", part);
}

static void add_machine(Vector *vector, const Machine *machine, const RunOptions *run)
{
    add(vector, "-M", "%s%s", machine_type(machine), machine->target->machine_options);
    add(vector, "-cpu", "%s", machine_cpu(machine));
    add(vector, "-m", "%u", machine->memory);
    add(vector, "-smp", "%u", MAX(run->cpus, 1)); /* QEMU refuses more with record and replay */
    if (run->sandbox)
        add(vector, "-sandbox", "%s", ARGUMENTS_SANDBOX);
    add(vector, "-name", "%s", machine->name);
    /* A replay shows its screen to nobody and must not take the port of a VM that runs. */
    if (machine->vnc && !run->isolated)
        add(vector, "-display", "vnc=%s", machine->vnc);
    else
        add(vector, "-display", "none");
    add(vector, "-vga", "none");
    g_ptr_array_add(vector, g_strdup("-nodefaults"));
    g_ptr_array_add(vector, g_strdup("-no-user-config"));
    /* A guest that powers off leaves the VM stopped, so that an open recording can be ended. */
    g_ptr_array_add(vector, g_strdup("-no-shutdown"));
}

static void add_firmware(Vector *vector, const Machine *machine)
{
    if (machine->kernel)
        add(vector, "-kernel", "%s", machine->kernel);
    if (machine->initrd)
        add(vector, "-initrd", "%s", machine->initrd);
    if (machine->append)
        add(vector, "-append", "%s", machine->append);
}

/* QEMU reads and writes flash at once: there is no completion to be recorded. */
static void add_flash(Vector *vector, const char *image, const char *id, const char *more,
                      guint unit)
{
    add(vector, "-drive", "%s,if=pflash,unit=%u,id=%s%s", image, unit, id, more);
}

static void add_drive(Vector *vector, const char *image, const char *id, const char *more,
                      const char *filter)
{
    if (!filter) {
        add(vector, "-drive", "%s,if=none,id=%s%s", image, id, more);
        return;
    }
    /* With -blockdev instead of these -drives replay deadlocks. */
    add(vector, "-drive", "%s,if=none,id=%s-direct%s", image, id, more);
    add(vector, "-drive", "driver=%s,if=none,image=%s-direct,id=%s%s", filter, id, id, more);
}

/* @ide: (inout): disks and CD-ROMs on IDE up to now. */
static void add_disk_device(Vector *vector, const Machine *machine, guint index, guint *ide)
{
    const Target *target = machine->target;
    MachineDiskInterface interface = machine_disk_interface(machine, index);
    gboolean on_ide = interface == MACHINE_DISK_IDE || interface == MACHINE_DISK_CDROM;
    g_autofree char *bus = NULL;

    if (on_ide && target->ahci && strstr(machine_type(machine), target->ahci))
        bus = g_strdup_printf(",bus=ide.%u", *ide);
    if (on_ide)
        ++*ide;
    add(vector, "-device", "%s,drive=%s%s", target->disks[interface], machine_disk_id(index),
        bus ? bus : "");
}

/* @overlay: (nullable): NULL: its own image. (transfer full) */
static char *image_option(const Machine *machine, guint index, const char *overlay)
{
    const MachineDisk *disk = machine_disk(machine, index);
    g_autofree char *file = arguments_escape(overlay ? overlay : disk->file);

    return g_strdup_printf("file=%s,format=%s,node-name=" ARGUMENTS_DISK_NODE "%s%s", file,
                           overlay ? "qcow2" : machine_format_name(disk->format),
                           machine_disk_id(index), overlay && disk->backing ? disk->backing : "");
}

static void add_disks(Vector *vector, const Machine *machine, const RunOptions *run)
{
    guint flash = 0, ide = 0;

    for (guint i = 0; i < machine->disks->len; i++) {
        MachineDiskInterface interface = machine_disk_interface(machine, i);
        const char *more = machine_disk(machine, i)->read_only ? ",readonly=on" : "";
        const char *id = machine_disk_id(i);
        g_autofree char *image = image_option(machine, i, run->overlays[i]);

        if (interface == MACHINE_DISK_FLASH) {
            add_flash(vector, image, id, more, flash++);
            continue;
        }
        add_drive(vector, image, id, more, run->disk_filter);
        if (interface != MACHINE_DISK_NONE)
            add_disk_device(vector, machine, i, &ide);
    }
}

/* All that the guest sends goes through the gate, which knows IPv4 only. */
static void add_gate(Vector *vector, const RunOptions *run)
{
    add(vector, "-chardev", "socket,id=gate-out,fd=%d", run->gate_out_fd);
    add(vector, "-chardev", "socket,id=gate-in,fd=%d", run->gate_in_fd);
    add(vector, "-object",
        "filter-redirector,id=net0-gate,netdev=net0,queue=rx,outdev=gate-out,indev=gate-in");
}

static void add_network(Vector *vector, const Machine *machine, const RunOptions *run)
{
    g_autoptr(GString) netdev = g_string_new("user,id=net0");

    if (!machine->network) {
        add(vector, "-net", "none");
        return;
    }
    /* A replay brings its packets along and must not take the ports of a VM that runs. */
    for (guint i = 0; i < machine->forwards->len && !run->isolated; i++) {
        const MachineForward *forward = &g_array_index(machine->forwards, MachineForward, i);

        g_string_append_printf(netdev, ",hostfwd=%s:%s:%u-:%u", forward->udp ? "udp" : "tcp",
                               machine_forward_address(forward), forward->host, forward->guest);
    }
    /* What the guest sends again must not reach the host's network again. */
    if (run->isolated || (machine->restricted && run->gate_out_fd == 0))
        g_string_append(netdev, ",restrict=on");
    else if (run->gate_out_fd > 0)
        g_string_append(netdev, ",ipv6=off");
    add(vector, "-netdev", "%s", netdev->str);
    if (!extra_arguments_have_network_device(machine))
        add(vector, "-device", "%s,netdev=net0", machine->target->network);
    /* The filter of the engine takes packets out and puts them in again: the dump comes first. */
    if (run->packets) {
        g_autofree char *packets = arguments_escape(run->packets);

        add(vector, "-object", "filter-dump,id=net0-dump,netdev=net0,file=%s", packets);
    }
    if (run->gate_out_fd > 0)
        add_gate(vector, run);
    if (run->network_filter)
        add(vector, "-object", "%s,id=net0-replay,netdev=net0", run->network_filter);
}

static void add_graphics(Vector *vector, const Machine *machine)
{
    if (machine->graphics)
        add(vector, "-device", "%s", machine->target->graphics);
}

static void add_channels(Vector *vector, const RunOptions *run)
{
    g_autofree char *console = arguments_escape(run->console);
    g_autofree char *input = run->console_input ? arguments_escape(run->console_input) : NULL;

    add(vector, "-chardev", "socket,id=monitor,fd=%d,server=on,wait=off", run->monitor_fd);
    add(vector, "-qmp", "chardev:monitor");
    /* Output never waits, as to a file it can't: QEMU's retries aren't in its log. */
    add(vector, "-chardev", "file,id=" ARGUMENTS_CONSOLE ",path=%s%s%s", console,
        input ? ",input-path=" : "", input ? input : "");
    add(vector, "-serial", "chardev:" ARGUMENTS_CONSOLE);
    if (run->plugin) {
        g_autofree char *plugin = arguments_escape(run->plugin);

        add(vector, "-plugin", "file=%s%s", plugin, run->plugin_args ? run->plugin_args : "");
    }
}

static void add_extra(Vector *vector, const Machine *machine, const RunOptions *run)
{
    g_autofree const char **replayed = extra_arguments_of_replay(machine);

    for (const char *const *word = run->isolated ? replayed
                                                 : (const char *const *)machine->arguments;
         *word; word++)
        g_ptr_array_add(vector, g_strdup(*word));
}

char **arguments_build(const Machine *machine, const RunOptions *run)
{
    Vector *vector = g_ptr_array_new();

    g_ptr_array_add(vector, g_strdup(run->emulator));
    add_machine(vector, machine, run);
    /* An engine's image comes before the disks: QEMU loads a snapshot's state from the first one.
     */
    for (const char *const *word = run->engine; *word; word++)
        g_ptr_array_add(vector, g_strdup(*word));
    add_firmware(vector, machine);
    add_disks(vector, machine, run);
    add_network(vector, machine, run);
    add_graphics(vector, machine);
    add_channels(vector, run);
    add_extra(vector, machine, run);
    g_ptr_array_add(vector, NULL);
    return (char **)g_ptr_array_free(vector, FALSE);
}
