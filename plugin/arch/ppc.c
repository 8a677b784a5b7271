/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * PowerPC in 32 and in 64 bits. The marker inserts some bits of a register into itself. The
 * processor switches between byte orders as it runs, so what the marker looks like says in which
 * order registers are read and written.
 *
 * Registers are numbered as in gdb-xml/power-core.xml of QEMU.
 */
#include "plugin/arch/rows.h"

static const ArchCall call_32 = {
    .arguments = {{"r3", 3}, {"r4", 4}, {"r5", 5}, {"r6", 6}},
    .result = {"r3", 3},
    .result_bits = 32,
};

static const ArchCall call_64 = {
    .arguments = {{"r3", 3}, {"r4", 4}, {"r5", 5}, {"r6", 6}},
    .result = {"r3", 3},
    .result_bits = 64,
};

#define BIG .bytes = {0x53, 0x5a, 0x01, 0x66}, .length = 4, .order = ARCH_BIG_ENDIAN
#define LITTLE .bytes = {0x66, 0x01, 0x5a, 0x53}, .length = 4, .order = ARCH_LITTLE_ENDIAN
/* Its bit PR, problem state. */
#define PRIVILEGE                                                               \
    {                                                                           \
        .reg = {"msr", 65}, .mask = 0x4000, .value = 0x4000, .means_user = TRUE \
    }

const Arch arch_ppc = {
    .target = "ppc",
    .family = "ppc",
    .traps = {{BIG, .call = &call_32}, {LITTLE, .call = &call_32}},
    .alignment = 4,
    .page_bits = 12,
    .privilege = PRIVILEGE,
    .pointer_bits = 32,
    .kernel_from = 0xc0000000, /* Linux's */
};

const Arch arch_ppc64 = {
    .target = "ppc64",
    .family = "ppc",
    .traps = {{BIG, .call = &call_64}, {LITTLE, .call = &call_64}},
    .alignment = 4,
    .page_bits = 12,
    .privilege = PRIVILEGE,
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(0xc) << 60, /* Linux's */
};
