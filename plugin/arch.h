/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin has to know of an architecture: one table row each. Registers are named as in
 * the list that the emulator gives; nothing here reads or writes one.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest instruction that the table holds, in bytes. */
#define ARCH_INSN_MAX 8

/** Registers of a request, in the order of decode.h, and what else a host looks at. */
typedef enum {
    ARCH_REG_MAGIC,
    ARCH_REG_ACTION,
    ARCH_REG_TEXT,
    ARCH_REG_TOKEN,
    ARCH_REG_COUNT,
} ArchReg;

/** An instruction that carries a request. */
typedef struct {
    guint8 bytes[ARCH_INSN_MAX];
    guint8 length;                     /**< 0: the architecture has none */
    const char *registers[ARCH_REG_COUNT]; /**< NULL where the request has no such argument */
    const char *result;
    guint8 result_bits;                /**< meaningful bits; the rest of the register is zeroed */
    gboolean overwrites;               /**< it overwrites the result: write one instruction later */
} ArchTrap;

typedef enum {
    ARCH_TRAP_MARKER, /**< a no-op of the architecture */
    ARCH_TRAP_PANDA,  /**< the instruction that PANDA's agents use */
    ARCH_TRAP_COUNT,
} ArchTrapKind;

typedef struct {
    const char *target; /**< QEMU's target_name */
    ArchTrap traps[ARCH_TRAP_COUNT];
    const char *privilege;      /**< (nullable): register that tells the privilege level */
    guint64 privilege_mask;     /**< bits of it; all zero means the kernel */
    const char *address_space;  /**< (nullable): register that tells address spaces apart */
    guint address_space_shift;  /**< low bits of it that don't count */
    guint pointer_bits;
    guint64 kernel_from; /**< addresses from here on are the kernel's; 0: the table can't tell */
} Arch;

/** The row for a target, or NULL. @target: QEMU's target_name. */
const Arch *arch_find(const char *target);

/** Row @index, or NULL after the last one. */
const Arch *arch_row(guint index);

/**
 * Which trap an instruction is.
 *
 * Returns: ARCH_TRAP_COUNT if it is none.
 */
ArchTrapKind arch_match(const Arch *arch, const guint8 *bytes, gsize length);

/** Whether an instruction of @length bytes can be a trap at all: cheap, asked for every one. */
static inline gboolean arch_length_matches(const Arch *arch, gsize length)
{
    return length == arch->traps[ARCH_TRAP_MARKER].length ||
           length == arch->traps[ARCH_TRAP_PANDA].length;
}

/** @result as the bits of the result register: sign-extended, then cut to the trap's width. */
guint64 arch_result_bits(const ArchTrap *trap, gint32 result);

G_END_DECLS
