/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * s390x. The marker is a branch that is never taken.
 *
 * Registers are numbered as in gdb-xml/s390x-core64.xml of QEMU: the two of the program status word
 * come first.
 */
#include "plugin/arch/rows.h"

static const ArchCall call = {
    .arguments = {{"r2", 4}, {"r3", 5}, {"r4", 6}, {"r5", 7}},
    .result = {"r2", 4},
    .result_bits = 64,
};

/* The kernel has an address space of its own, of which a process can't name an address. */
const Arch arch_s390x = {
    .target = "s390x",
    .family = "s390",
    .traps = {{.bytes = {0xc0, 0x04, 0x00, 0x00, 0x48, 0x43},
               .length = 6,
               .order = ARCH_BIG_ENDIAN,
               .call = &call}},
    .alignment = 2,
    .page_bits = 12,
    .privilege = {.reg = {"pswm", 0},
                  .mask = G_GUINT64_CONSTANT(1) << 48, /* problem state */
                  .value = G_GUINT64_CONSTANT(1) << 48,
                  .means_user = TRUE},
    .pointer_bits = 64,
};
