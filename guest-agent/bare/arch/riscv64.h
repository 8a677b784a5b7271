/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for 64-bit RISC-V; see kernel.h. */
#pragma once

#include "guest-agent/bare/arch/generic.h"

#define KERNEL_CALL(CALL) CALL("a7", "a0", "a1", "a2", "a3", "ecall")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "cc"

/* The linker makes addresses relative to gp, so gp itself must not be made so. */
#define KERNEL_START                \
    ".option push\n\t"              \
    ".option norelax\n\t"           \
    "lla gp, __global_pointer$\n\t" \
    ".option pop\n\t"               \
    "mv a0, sp\n\t"                 \
    "andi sp, sp, -16\n\t"          \
    "call bare_start"
