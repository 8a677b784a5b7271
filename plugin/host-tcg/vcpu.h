/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One vCPU as the TCG host sees it: handles of the registers that requests use, and an answer on
 * its way. Callbacks of that vCPU only, unless said otherwise; it decides nothing.
 */
#pragma once

#include "plugin/arch/arch.h"
#include "plugin/decode.h"
#include "plugin/journal-format.h"
#include "plugin/host-tcg/api.h"

G_BEGIN_DECLS

typedef struct {
    const Arch *arch;
    const TcgApi *api;
    struct qemu_plugin_register *registers[ARCH_TRAP_COUNT][ARCH_REG_COUNT];
    struct qemu_plugin_register *results[ARCH_TRAP_COUNT];
    struct qemu_plugin_register *privilege, *address_space;
    GByteArray *buffer; /* kept: no allocation on the way of a request */
    gboolean pending;
    JournalPending answer; /* if pending */
} TcgVcpu;

/** Finds the handles; in the vCPU's initialisation callback. Returns: NULL if the emulator lacks
 * one that a request needs. */
TcgVcpu *tcg_vcpu_new(const Arch *arch, const TcgApi *api);

/** Reads a request's registers. Returns: FALSE if it isn't for us, or can't be read. */
gboolean tcg_vcpu_read_request(TcgVcpu *vcpu, ArchTrapKind kind, DecodeInput *input);

/** Reads guest RAM: a DecodeRead. @opaque: the TcgVcpu. */
gboolean tcg_vcpu_read_memory(gpointer opaque, guint64 address, void *dest, gsize length);

/** Writes an answer into the result register of a trap, at once. */
gboolean tcg_vcpu_write_answer(TcgVcpu *vcpu, ArchTrapKind kind, gint32 answer);

/**
 * Keeps an answer for the instruction at @pc of the present address space. It must be the next
 * one that this vCPU executes: the answer is for the process that asked, and a process that
 * comes later can have the same address and address space.
 */
void tcg_vcpu_hold_answer(TcgVcpu *vcpu, guint32 index, guint64 pc, gint32 answer);

/**
 * The vCPU is about to execute the instruction at @pc: writes the answer that is kept for it.
 *
 * Of @pc only the place in its page counts: QEMU translates memory once for all addresses that it
 * is mapped at, so what it says of the address may be true of another one. The handler of a
 * fault that comes first is told apart by its privilege level.
 */
void tcg_vcpu_reach(TcgVcpu *vcpu, guint64 pc);

/** Something else came first: forgets the answer. */
void tcg_vcpu_drop_answer(TcgVcpu *vcpu);

G_END_DECLS
