/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a machine's description to QEMU's argument vector, the same machine for recording, replay
 * and plain runs. Every option here was found to matter for an exact replay; the reasons stand
 * beside them. What makes a run record or replay comes from the engine, in RunOptions. Pure: it
 * only builds strings.
 */
#pragma once

#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/vm/machine.h"

G_BEGIN_DECLS

/** What to do about a monitor that can't record: a VM records only what it was started for. */
#define ARGUMENTS_TO_RECORD                                                                        \
    "start the VM with 'qmpbridge run --kernel FILE --initrd FILE', or '--disk FILE', and attach " \
    "to its control socket. It gives QEMU what a recording needs from the start: '-icount "        \
    "shift=3,rr=record,rrfile=LOG', one CPU, disks through blkreplay, '-object filter-replay'"

/** What the node name of a disk's image begins with; it ends with the disk's id. */
#define ARGUMENTS_DISK_NODE "qmpbridge-"

/** Id of the serial console's character device. */
#define ARGUMENTS_CONSOLE "console"

/** -sandbox's value where the host's seccomp allows it. */
#define ARGUMENTS_SANDBOX "on,elevateprivileges=deny,spawn=deny"

/** How many words of options an engine may add. */
#define ARGUMENTS_ENGINE_WORDS 8u

/** What one run adds to the machine. Borrowed strings. */
typedef struct {
    const char *emulator; /**< the program */
    /** What the engine's way of recording or replaying adds, NULL at the end; it comes before all
     * devices, and with it the first image. */
    const char *engine[ARGUMENTS_ENGINE_WORDS + 1];
    const char *disk_filter; /**< (nullable): block driver between a disk's image and its device */
    const char *network_filter;  /**< (nullable): type of the object that filters packets */
    const char *packets;         /**< (nullable): file that takes the network's packets */
    gboolean isolated;           /**< a replay: nothing is exchanged with the host's network, and
                                    nothing is shown */
    int gate_out_fd, gate_in_fd; /**< inherited ends of the packet gate; 0: there is none */
    const char
        *overlays[MACHINE_MAX_DISKS]; /**< images, by disk; NULL: the disk's own is written */
    int monitor_fd;                   /**< inherited listening socket of the QMP monitor */
    const char *console;              /**< file that takes the serial console's output */
    const char *console_input;        /**< (nullable): FIFO that it reads; not in a replay */
    const char *plugin;               /**< (nullable): recctrl.so */
    const char *plugin_args;          /**< (nullable): ",key=value..." already escaped */
    gboolean sandbox;                 /**< -sandbox on */
    guint cpus;                       /**< 0 for the one that can be recorded */
    guint greeting_timeout_ms; /**< how long QEMU may take to greet; 0 for VM_GREETING_TIMEOUT_MS */
    guint quit_timeout_ms;     /**< how long QEMU may take to quit; 0 for VM_QUIT_TIMEOUT_MS */
    Affinity *affinity;        /**< (nullable): chooses the CPU that QEMU runs on */
    gboolean background;       /**< QEMU runs when nothing else wants the CPU (nice 19) */
} RunOptions;

/** Doubles the commas of @path, as QEMU's option parser (util/keyval.c) wants. (transfer full) */
char *arguments_escape(const char *path);

/** The vector, NULL-terminated. Returns: (transfer full): free with g_strfreev(). */
char **arguments_build(const Machine *machine, const RunOptions *run);

G_END_DECLS
