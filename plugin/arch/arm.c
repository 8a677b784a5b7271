/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * ARM in 64 and in 32 bits. The markers are a move to the zero register, and a preload of what a
 * register relative to the program counter points to, in both instruction sets.
 *
 * Registers are numbered as in gdb-xml/aarch64-core.xml and arm-core.xml of QEMU.
 */
#include "plugin/arch/rows.h"

static const ArchCall call_64 = {
    .arguments = {{"x0", 0}, {"x1", 1}, {"x2", 2}, {"x3", 3}},
    .result = {"x0", 0},
    .result_bits = 64,
};

static const ArchCall call_32 = {
    .arguments = {{"r0", 0}, {"r1", 1}, {"r2", 2}, {"r3", 3}},
    .result = {"r0", 0},
    .result_bits = 32,
};

/* The exception level is in two bits of the state. In a 32-bit program these are bits of the mode,
 * and some of the kernel's modes count as the user's. */
const Arch arch_aarch64 = {
    .target = "aarch64",
    .family = "aarch64",
    .traps = {{.bytes = {0x7f, 0x08, 0x89, 0xd2}, .length = 4, .call = &call_64}},
    .alignment = 4,
    .page_bits = 12,
    .privilege = {.reg = {"cpsr", 33}, .mask = 0xc, .value = 0, .means_user = TRUE},
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(1) << 55, /* the bit that chooses the page tables */
};

const Arch arch_arm = {
    .target = "arm",
    .family = "arm",
    .traps = {{.bytes = {0x43, 0xf8, 0x5f, 0xf5}, .length = 4, .call = &call_32},
              {.bytes = {0x1f, 0xf8, 0x43, 0xf8}, .length = 4, .call = &call_32}}, /* Thumb */
    .alignment = 2,
    .page_bits = 12,
    .privilege = {.reg = {"cpsr", 25}, .mask = 0x1f, .value = 0x10, .means_user = TRUE},
    .pointer_bits = 32,
    .kernel_from = 0xc0000000, /* Linux's */
};
