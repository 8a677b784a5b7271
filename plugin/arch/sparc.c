/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SPARC in 64 bits. The marker loads the zero register.
 *
 * Registers are found by their numbers, as target/sparc/gdbstub.c of QEMU has them: not every
 * version lists them. The state is one of their numbers, too, and has PSTATE from bit 8 on.
 */
#include "plugin/arch/rows.h"

static const ArchCall call = {
    .arguments = {{"o0", 8}, {"o1", 9}, {"o2", 10}, {"o3", 11}},
    .result = {"o0", 8},
    .result_bits = 64,
};

const Arch arch_sparc64 = {
    .target = "sparc64",
    .family = "sparc",
    .traps =
        {{.bytes = {0x01, 0x08, 0x48, 0x43}, .length = 4, .order = ARCH_BIG_ENDIAN, .call = &call}},
    .alignment = 4,
    .by_number = TRUE,
    .page_bits = 13,
    .privilege = {.reg = {"state", 82}, .mask = 0x400, .value = 0x400}, /* PSTATE.PRIV */
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(1) << 63, /* behind the hole in the addresses */
};
