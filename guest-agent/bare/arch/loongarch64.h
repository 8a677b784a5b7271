/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for 64-bit LoongArch; see kernel.h. */
#pragma once

#include "guest-agent/bare/arch/generic.h"

#define KERNEL_CALL(CALL) CALL("$a7", "$a0", "$a1", "$a2", "$a3", "syscall 0")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "$t0", "$t1", "$t2", "$t3", "$t4", "$t5", "$t6", "$t7", "$t8"

#define KERNEL_START    \
    "move $a0, $sp\n\t" \
    "bl bare_start"
