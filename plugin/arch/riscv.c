/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * RISC-V in 64 bits. The marker compares the zero register, into the zero register.
 *
 * Registers are numbered as in gdb-xml/riscv-64bit-cpu.xml of QEMU. The privilege is one of
 * riscv-64bit-virtual.xml, which gdb numbers behind the 4096 of control and status.
 */
#include "plugin/arch/rows.h"

static const ArchCall call = {
    .arguments = {{"a0", 10}, {"a1", 11}, {"a2", 12}, {"a3", 13}},
    .result = {"a0", 10},
    .result_bits = 64,
};

const Arch arch_riscv64 = {
    .target = "riscv64",
    .family = "riscv",
    .traps = {{.bytes = {0x13, 0x20, 0x30, 0x84}, .length = 4, .call = &call}},
    .alignment = 2,
    .page_bits = 12,
    .privilege = {.reg = {"priv", 4161}, .mask = 3, .value = 0, .means_user = TRUE},
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(1) << 63, /* the sign */
};
