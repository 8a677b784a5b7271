/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recctrl, the plugin itself, for any emulator: it takes requests at traps, has them answered, and
 * puts the answers back. Where answers come from is settled once, at the beginning: from the
 * policy, or on a replay from a journal.
 *
 * The host (host.h) calls these functions. Those that run on a vCPU's thread wait for nothing but
 * the shared policy's short lock: a vCPU that waits for the monitor would block the emulator.
 */
#pragma once

#include "plugin/host.h"

G_BEGIN_DECLS

typedef struct Plugin Plugin;

/**
 * Makes a plugin from its arguments.
 *
 * @host: borrowed; its facts must be filled in.
 * @argv: `key=value` each.
 *
 * Returns: NULL with BRIDGE_ERROR_USAGE, an error of journal_file_load(), or G_FILE_ERROR.
 */
Plugin *plugin_new(const Host *host, int argc, char **argv, GError **error);

/** The emulator exits: finishes an open journal and ends the control link. vCPUs may still run;
 * their requests are no longer answered. */
void plugin_stop(Plugin *plugin);

/** Stops and frees all. @plugin: (nullable): no vCPU may run any more. */
void plugin_free(Plugin *plugin);

/** A vCPU was made; on its thread. The first one starts the control link, which is a thread: until
 * then the emulator may fork. @handle: lives as long as the plugin. */
void plugin_add_vcpu(Plugin *plugin, guint index, HostVcpu *handle);

/** In front of a trap that overwrites nothing: the answer goes into the register at once. The
 * registers must be writable. */
void plugin_on_trap(Plugin *plugin, guint index, const ArchTrap *trap);

/** In front of the trap that overwrites its result: the answer is kept for the instruction that
 * follows, at @next. */
void plugin_on_overwriting_trap(Plugin *plugin, guint index, guint64 next);

/** In front of the instruction at @pc, which may follow such a trap. The registers must be
 * writable. */
void plugin_on_next(Plugin *plugin, guint index, guint64 pc);

/**
 * In front of an instruction that goes back to interrupted code. What comes between such a trap and
 * the next instruction (an interrupt, a fault when that one is fetched) enters the kernel, and
 * no process gets any further without one of these.
 */
void plugin_on_return(Plugin *plugin, guint index);

G_END_DECLS
