/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for x86-64: how it is called and how it starts a program; see kernel.h. */
#pragma once

#define KERNEL_CALL(CALL) CALL("rax", "rdi", "rsi", "rdx", "r10", "syscall")
#define KERNEL_RESULT in_number
#define KERNEL_CLOBBERS "rcx", "r11", "cc"

#define KERNEL_START     \
    "xor %ebp, %ebp\n\t" \
    "mov %rsp, %rdi\n\t" \
    "and $-16, %rsp\n\t" \
    "call bare_start"

#define KERNEL_SA_RESTORER 0x04000000

enum {
    KERNEL_WRITE = 1,
    KERNEL_RT_SIGACTION = 13,
    KERNEL_NANOSLEEP = 35,
    KERNEL_GETPID = 39,
    KERNEL_FORK = 57,
    KERNEL_EXECVE = 59,
    KERNEL_WAIT4 = 61,
    KERNEL_CLOCK_GETTIME = 228,
    KERNEL_EXIT_GROUP = 231
};
