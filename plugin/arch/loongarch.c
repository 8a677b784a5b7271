/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * LoongArch in 64 bits. The marker loads the zero register.
 *
 * Registers are numbered as in gdb-xml/loongarch-base64.xml of QEMU. The privilege is in a register
 * that QEMU doesn't list, so every request counts as one of user mode.
 */
#include "plugin/arch/rows.h"

static const ArchCall call = {
    .arguments = {{"r4", 4}, {"r5", 5}, {"r6", 6}, {"r7", 7}},
    .result = {"r4", 4},
    .result_bits = 64,
};

const Arch arch_loongarch64 = {
    .target = "loongarch64",
    .family = "loongarch",
    .traps = {{.bytes = {0x60, 0x08, 0x09, 0x14}, .length = 4, .call = &call}},
    .alignment = 4,
    .page_bits = 12,
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(1) << 63,
};
