/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * MIPS in 32 and in 64 bits, in both byte orders. The marker loads the zero register.
 *
 * QEMU lists no registers of it; they are numbered as in target/mips/gdbstub.c, where the status is
 * the one behind the 32 of general use.
 */
#include "plugin/arch/rows.h"

#define CALL(bits)                                                                      \
    {                                                                                   \
        .arguments = {{"a0", 4}, {"a1", 5}, {"a2", 6}, {"a3", 7}}, .result = {"a0", 4}, \
        .result_bits = bits                                                             \
    }

static const ArchCall call_32 = CALL(32), call_64 = CALL(64);

/* User mode, and neither of the bits that say that an exception is being served. */
#define ROW(name, bits, kernel, byte_order, ...)                                                \
    {                                                                                           \
        .target = name, .family = "mips",                                                       \
        .traps =                                                                                \
            {{.bytes = {__VA_ARGS__}, .length = 4, .order = byte_order, .call = &call_##bits}}, \
        .alignment = 4, .by_number = TRUE, .page_bits = 12,                                     \
        .privilege = {.reg = {"status", 32}, .mask = 0x1e, .value = 0x10, .means_user = TRUE},  \
        .pointer_bits = bits, .kernel_from = kernel                                             \
    }

#define KERNEL_32 G_GUINT64_CONSTANT(0x80000000)
#define KERNEL_64 (G_GUINT64_CONSTANT(1) << 62)

const Arch arch_mips = ROW("mips", 32, KERNEL_32, ARCH_BIG_ENDIAN, 0x3c, 0x00, 0x48, 0x43);
const Arch arch_mipsel = ROW("mipsel", 32, KERNEL_32, ARCH_LITTLE_ENDIAN, 0x43, 0x48, 0x00, 0x3c);
const Arch arch_mips64 = ROW("mips64", 64, KERNEL_64, ARCH_BIG_ENDIAN, 0x3c, 0x00, 0x48, 0x43);
const Arch arch_mips64el =
    ROW("mips64el", 64, KERNEL_64, ARCH_LITTLE_ENDIAN, 0x43, 0x48, 0x00, 0x3c);
