/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for s390x; see kernel.h. */
#pragma once

#define KERNEL_CALL(CALL) CALL("r1", "r2", "r3", "r4", "r5", "svc 0")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "cc"

#define KERNEL_START            \
    "lgr %r2, %r15\n\t"         \
    "aghi %r15, -160\n\t"       \
    "xc 0(8,%r15), 0(%r15)\n\t" \
    "brasl %r14, bare_start"

enum {
    KERNEL_FORK = 2,
    KERNEL_WRITE = 4,
    KERNEL_EXECVE = 11,
    KERNEL_GETPID = 20,
    KERNEL_WAIT4 = 114,
    KERNEL_NANOSLEEP = 162,
    KERNEL_RT_SIGACTION = 174,
    KERNEL_EXIT_GROUP = 248,
    KERNEL_CLOCK_GETTIME = 260
};
