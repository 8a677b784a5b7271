/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for AArch64; see kernel.h. */
#pragma once

#include "guest-agent/bare/arch/generic.h"

#define KERNEL_CALL(CALL) CALL("x8", "x0", "x1", "x2", "x3", "svc #0")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "cc"

#define KERNEL_START  \
    "mov x29, #0\n\t" \
    "mov x30, #0\n\t" \
    "mov x0, sp\n\t"  \
    "bl bare_start"
