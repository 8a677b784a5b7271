/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One vCPU: the registers that its requests are in, and an answer that waits for the next
 * instruction. Callbacks of that vCPU only, unless said otherwise; it decides nothing.
 */
#pragma once

#include "plugin/decode.h"
#include "plugin/host.h"
#include "qmpbridge/core/journal-format.h"

G_BEGIN_DECLS

typedef struct Vcpu Vcpu;

/** Finds the registers; in the vCPU's initialisation callback. @host, @handle: borrowed.
 * Returns: NULL if the emulator lacks one that a request needs. */
Vcpu *vcpu_new(const Host *host, HostVcpu *handle);

/** @vcpu: (nullable). Any thread; no callback of the vCPU may come any more. */
void vcpu_free(Vcpu *vcpu);

/** Reads a request's registers. Returns: FALSE if it has not the magic, or can't be read. */
gboolean vcpu_read_request(Vcpu *vcpu, const ArchTrap *trap, DecodeInput *input);

/** Reads guest RAM: a DecodeRead. @opaque: the Vcpu. */
gboolean vcpu_read_ram(gpointer opaque, guint64 address, void *dest, gsize length);

/** Writes an answer into the result register of a trap, at once. */
gboolean vcpu_write_answer(Vcpu *vcpu, const ArchTrap *trap, gint32 answer);

/**
 * Keeps an answer to the trap that overwrites its result, for the instruction at @pc of the present
 * address space. It must be the next one that this vCPU executes: the answer is for the process
 * that asked, and a process that comes later can have the same address and address space.
 */
void vcpu_hold_answer(Vcpu *vcpu, guint32 index, guint64 pc, gint32 answer);

/**
 * The vCPU is about to execute the instruction at @pc: writes the answer that is kept for it.
 *
 * Of @pc only the place in its page counts: an emulator may translate memory once for all addresses
 * that it is mapped at, so what it says of the address may be true of another one. The handler of a
 * fault that comes first runs at another privilege level.
 */
void vcpu_reach(Vcpu *vcpu, guint64 pc);

/** Another instruction came first: forgets the answer. */
void vcpu_drop_answer(Vcpu *vcpu);

/** The answer that is kept. Any thread, with the VM stopped. Returns: (nullable). */
const JournalPending *vcpu_held_answer(const Vcpu *vcpu);

/** Keeps an answer that a journal has: it was on its way when the recording began. */
void vcpu_restore_answer(Vcpu *vcpu, const JournalPending *answer);

G_END_DECLS
