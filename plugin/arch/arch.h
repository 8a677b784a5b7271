/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin has to know of an architecture: one table row each, and what can be asked of a
 * row. The rows are in files of their own beside this one; nothing outside of them names an
 * architecture, an instruction or a register. Nothing here reads or writes a guest.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** Longest trap that the table holds, in bytes. */
#define ARCH_TRAP_MAX 8
/** Traps of a row: two encodings of the marker and two of PANDA's instruction. */
#define ARCH_TRAPS_MAX 4
/** As many bytes of an instruction as arch_returns() wants to see: the longest of any row. */
#define ARCH_INSN_MAX 15

/** The arguments of a request. */
typedef enum {
    ARCH_REG_MAGIC,
    ARCH_REG_ACTION,
    ARCH_REG_TEXT,
    ARCH_REG_TOKEN,
    ARCH_REG_COUNT,
} ArchReg;

/** A register, by both of the ways in which emulators have them. */
typedef struct {
    const char *name; /**< as the emulator lists it; NULL: the row has no such register */
    int number;       /**< as the emulator's gdb stub numbers it */
} ArchRegister;

/** Which registers hold a request and take its result. Several traps of a row can share one. */
typedef struct {
    ArchRegister arguments[ARCH_REG_COUNT]; /**< no name where there is no such argument */
    ArchRegister result;
    guint8 result_bits; /**< meaningful bits; the rest of the register is zeroed */
} ArchCall;

/** The order of a register's bytes when the emulator reads or writes it. */
typedef enum {
    ARCH_LITTLE_ENDIAN,
    ARCH_BIG_ENDIAN,
} ArchOrder;

/** An instruction that carries a request, in one encoding. */
typedef struct {
    guint8 bytes[ARCH_TRAP_MAX]; /**< as they lie in memory */
    guint8 length;               /**< 0: the end of the row's traps */
    ArchOrder order;             /**< of all registers while code of this encoding runs */
    gboolean overwrites;         /**< it overwrites the result: write one instruction later */
    const ArchCall *call;
} ArchTrap;

/** Bytes of an instruction; those bits that the mask has count. */
typedef struct {
    guint8 bytes[4], mask[4];
    guint8 length;
} ArchPattern;

/** How to know the kernel from user mode: by some bits of a register. */
typedef struct {
    ArchRegister reg; /**< without a name: it can't be known */
    guint64 mask, value;
    gboolean means_user; /**< bits of that value mean user mode, all others the kernel */
} ArchPrivilege;

typedef struct {
    const char *target; /**< QEMU's target_name */
    const char *family; /**< with what the names of QEMU's functions for it begin */
    ArchTrap traps[ARCH_TRAPS_MAX];
    guint alignment;    /**< of instructions, in bytes */
    gboolean by_number; /**< the emulator lists no registers of this target: they are found by their
                         * numbers, and their names are for people */

    /* Lists, of which the last element has the length 0. A row that has no trap which overwrites
     * its result needs neither. */
    const ArchPattern *prefixes; /**< (nullable): bytes that may stand in front of a return */
    const ArchPattern *returns;  /**< (nullable): instructions that can go back to code that was
                                  * interrupted; each ends its block */

    guint page_bits; /**< of the smallest page */
    ArchPrivilege privilege;
    ArchRegister address_space; /**< differs between address spaces; without a name: none does */
    guint address_space_shift;  /**< low bits of it that don't count */
    guint pointer_bits;
    guint64 kernel_from; /**< addresses from here on are the kernel's; 0: not known */
} Arch;

/** The row for a target, or NULL. @target: QEMU's target_name. */
const Arch *arch_find(const char *target);

/** Row @index, or NULL after the last one. */
const Arch *arch_row(guint index);

/** The targets of all rows, for people. Returns: (transfer full). */
char *arch_targets(void);

/** How many traps a row has. */
guint arch_n_traps(const Arch *arch);

/** The trap that an instruction is. Returns: (nullable). */
const ArchTrap *arch_match(const Arch *arch, const guint8 *bytes, gsize length);

/** The one trap of a row that overwrites its result. Returns: (nullable). */
const ArchTrap *arch_overwriting(const Arch *arch);

/** Whether a trap's bytes are anywhere in @bytes, which begins with an instruction. */
gboolean arch_has_trap(const Arch *arch, const guint8 *bytes, gsize length);

/**
 * Whether what stands in front of an instruction may be the trap that overwrites its result.
 *
 * @end: the instruction's first byte; @before bytes in front of it can be read.
 *
 * Returns: TRUE also where too few can.
 */
gboolean arch_may_follow(const Arch *arch, const guint8 *end, gsize before);

/** Whether an instruction is one of the row's returns. @bytes: as many as ARCH_INSN_MAX of it. */
gboolean arch_returns(const Arch *arch, const guint8 *bytes, gsize length);

/** Whether the vCPU runs in the kernel. @level: what the privilege register holds. */
gboolean arch_in_kernel(const Arch *arch, guint64 level);

/** A register's value from its bytes; of more than 8 the lowest. */
guint64 arch_get_value(ArchOrder order, const guint8 *bytes, gsize length);

/** The bytes of a register that is to hold a value. @length: at most 8. */
void arch_put_value(ArchOrder order, guint64 value, guint8 *bytes, gsize length);

/** @result as the bits of the result register: sign-extended, then cut to the call's width. */
guint64 arch_result_bits(const ArchCall *call, gint32 result);

G_END_DECLS
