/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin has to know of an architecture: one table row each. Registers are named as in
 * the list that the emulator gives; nothing here reads or writes one.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest trap that the table holds, in bytes. */
#define ARCH_TRAP_MAX 8
/** As many bytes of an instruction as arch_returns() wants to see: all of it on x86. */
#define ARCH_INSN_MAX 15

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
    guint8 bytes[ARCH_TRAP_MAX];
    guint8 length;                         /**< 0: the architecture has none */
    const char *registers[ARCH_REG_COUNT]; /**< NULL where the request has no such argument */
    const char *result;
    guint8 result_bits;  /**< meaningful bits; the rest of the register is zeroed */
    gboolean overwrites; /**< it overwrites the result: write one instruction later */
} ArchTrap;

typedef enum {
    ARCH_TRAP_MARKER, /**< a no-op of the architecture */
    ARCH_TRAP_PANDA,  /**< the instruction that PANDA's agents use */
    ARCH_TRAP_COUNT,
} ArchTrapKind;

/** Bytes of an instruction; those bits that the mask has count. */
typedef struct {
    guint8 bytes[3], mask[3];
    guint8 length;
} ArchPattern;

typedef struct {
    const char *target; /**< QEMU's target_name */
    ArchTrap traps[ARCH_TRAP_COUNT];
    /* Lists, of which the last element has the length 0. */
    const ArchPattern *prefixes; /**< bytes that may stand in front of a return */
    const ArchPattern *returns;  /**< instructions that can go back to code that was interrupted;
                                  * each ends its block */
    guint page_bits;             /**< of the smallest page */
    const char *privilege;       /**< (nullable): register that tells the privilege level */
    guint64 privilege_mask;      /**< bits of it; all zero means the kernel */
    const char *address_space;   /**< (nullable): register that tells address spaces apart */
    guint address_space_shift;   /**< low bits of it that don't count */
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

/** Whether a trap's bytes are anywhere in @bytes; it need not begin with an instruction. */
gboolean arch_has_trap(const Arch *arch, const guint8 *bytes, gsize length);

/**
 * Whether what stands in front of an instruction may be a trap that overwrites its result.
 *
 * @end: the instruction's first byte; @before bytes in front of it can be read.
 *
 * Returns: TRUE also where too few can.
 */
gboolean arch_may_follow(const Arch *arch, const guint8 *end, gsize before);

/** Whether an instruction is one of the row's returns. @bytes: as many as ARCH_INSN_MAX of it. */
gboolean arch_returns(const Arch *arch, const guint8 *bytes, gsize length);

/** @result as the bits of the result register: sign-extended, then cut to the trap's width. */
guint64 arch_result_bits(const ArchTrap *trap, gint32 result);

G_END_DECLS
