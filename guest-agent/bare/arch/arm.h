/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for 32-bit ARM, by the EABI; see kernel.h. */
#pragma once

#define KERNEL_CALL(CALL) CALL("r7", "r0", "r1", "r2", "r3", "svc #0")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "cc"

#define KERNEL_START_LABEL ".arm\n_start: "
#define KERNEL_START \
    "mov r0, sp\n\t" \
    "bl bare_start"

enum {
    KERNEL_FORK = 2,
    KERNEL_WRITE = 4,
    KERNEL_EXECVE = 11,
    KERNEL_GETPID = 20,
    KERNEL_WAIT4 = 114,
    KERNEL_NANOSLEEP = 162,
    KERNEL_RT_SIGACTION = 174,
    KERNEL_EXIT_GROUP = 248,
    KERNEL_CLOCK_GETTIME = 263
};
