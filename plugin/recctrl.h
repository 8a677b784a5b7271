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

typedef struct Recctrl Recctrl;

/**
 * Makes a plugin from its arguments.
 *
 * @host: borrowed; its facts must be filled in.
 * @argv: `key=value` each.
 *
 * Returns: NULL with BRIDGE_ERROR_USAGE, an error of journal_file_load(), or G_FILE_ERROR.
 */
Recctrl *recctrl_new(const Host *host, int argc, char **argv, GError **error);

/** The emulator exits: finishes an open journal and ends the control link. vCPUs may still run;
 * their requests lead to nothing any more. */
void recctrl_stop(Recctrl *recctrl);

/** Stops and frees all. @recctrl: (nullable): no vCPU may run any more. */
void recctrl_free(Recctrl *recctrl);

/** A vCPU was made; on its thread. The first one starts the control link, which is a thread: until
 * then the emulator may fork. @handle: lives as long as the plugin. */
void recctrl_add_vcpu(Recctrl *recctrl, guint index, HostVcpu *handle);

/** In front of a trap that overwrites nothing: the answer goes into the register at once. The
 * registers must be writable. */
void recctrl_on_trap(Recctrl *recctrl, guint index, const ArchTrap *trap);

/** In front of the trap that overwrites its result: the answer is kept for the instruction that
 * follows, at @next. */
void recctrl_on_overwriting_trap(Recctrl *recctrl, guint index, guint64 next);

/** In front of the instruction at @pc, which may follow such a trap. The registers must be
 * writable. */
void recctrl_on_next(Recctrl *recctrl, guint index, guint64 pc);

/**
 * In front of an instruction that goes back to interrupted code. What comes between such a trap and
 * the next instruction (an interrupt, a fault when that one is fetched) enters the kernel, and
 * no process gets any further without one of these.
 */
void recctrl_on_return(Recctrl *recctrl, guint index);

G_END_DECLS
