/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for i386; see kernel.h. */
#pragma once

#define KERNEL_CALL(CALL) CALL("eax", "ebx", "ecx", "edx", "esi", "int $0x80")
#define KERNEL_RESULT in_number
#define KERNEL_CLOBBERS "cc"

#define KERNEL_START     \
    "xor %ebp, %ebp\n\t" \
    "mov %esp, %eax\n\t" \
    "and $-16, %esp\n\t" \
    "sub $12, %esp\n\t"  \
    "push %eax\n\t"      \
    "call bare_start"

enum {
    KERNEL_FORK = 2,
    KERNEL_WRITE = 4,
    KERNEL_EXECVE = 11,
    KERNEL_GETPID = 20,
    KERNEL_WAIT4 = 114,
    KERNEL_NANOSLEEP = 162,
    KERNEL_RT_SIGACTION = 174,
    KERNEL_EXIT_GROUP = 252,
    KERNEL_CLOCK_GETTIME = 265
};
