/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for 64-bit SPARC; see kernel.h. */
#pragma once

/* The carry says whether the call failed. rt_sigaction() has a fifth argument, the size of a set of
 * signals; in front of it is the function to return to, which is never used. */
#define KERNEL_CALL(CALL)              \
    CALL("g1", "o0", "o1", "o2", "o3", \
         "mov 8, %%o4\n\t"             \
         "ta 0x6d\n\t"                 \
         "bcc,pt %%xcc, 1f\n\t"        \
         "nop\n\t"                     \
         "sub %%g0, %%o0, %%o0\n"      \
         "1:")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "o4", "o5", "cc"

/* The stack has a bias, and begins with room for 16 registers; a function's caller leaves it 6
 * more. */
#define KERNEL_START                  \
    "mov %g0, %fp\n\t"                \
    "add %sp, 2047 + 16 * 8, %o0\n\t" \
    "sub %sp, 6 * 8, %sp\n\t"         \
    "call bare_start\n\t"             \
    "nop"

#define KERNEL_SA_NODEFER 0x20
#define KERNEL_SIGBUS 10

enum {
    KERNEL_FORK = 2,
    KERNEL_WRITE = 4,
    KERNEL_WAIT4 = 7,
    KERNEL_GETPID = 20,
    KERNEL_EXECVE = 59,
    KERNEL_RT_SIGACTION = 102,
    KERNEL_EXIT_GROUP = 188,
    KERNEL_NANOSLEEP = 249,
    KERNEL_CLOCK_GETTIME = 257
};
