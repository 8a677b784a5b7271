/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for MIPS, by the o32 and n64 ABIs; see kernel.h. */
#pragma once

/* A3 says whether the call failed. */
#define KERNEL_CALL(CALL)              \
    CALL("$2", "$4", "$5", "$6", "$7", \
         "syscall\n\t"                 \
         ".set push\n\t"               \
         ".set noreorder\n\t"          \
         "beqz $7, 1f\n\t"             \
         "nop\n\t" KERNEL_NEGATE "\n"  \
         "1: .set pop")
#define KERNEL_RESULT in_number
#define KERNEL_CLOBBERS \
    "$1", "$3", "$8", "$9", "$10", "$11", "$12", "$13", "$14", "$15", "$24", "$25", "hi", "lo"

#define KERNEL_FLAGS_FIRST 1
#define KERNEL_SIGSET_BYTES 16
#define KERNEL_SIGBUS 10

#if __SIZEOF_LONG__ == 8
#define KERNEL_NEGATE "dsubu $2, $0, $2"
#define KERNEL_START           \
    "move $4, $29\n\t"         \
    "daddiu $29, $29, -32\n\t" \
    "dla $25, bare_start\n\t"  \
    "jalr $25"
enum {
    KERNEL_WRITE = 5001,
    KERNEL_RT_SIGACTION = 5013,
    KERNEL_NANOSLEEP = 5034,
    KERNEL_GETPID = 5038,
    KERNEL_FORK = 5056,
    KERNEL_EXECVE = 5057,
    KERNEL_WAIT4 = 5059,
    KERNEL_EXIT_GROUP = 5205,
    KERNEL_CLOCK_GETTIME = 5222
};
#else
#define KERNEL_NEGATE "subu $2, $0, $2"
#define KERNEL_START          \
    "move $4, $29\n\t"        \
    "addiu $29, $29, -32\n\t" \
    "la $25, bare_start\n\t"  \
    "jalr $25"
enum {
    KERNEL_FORK = 4002,
    KERNEL_WRITE = 4004,
    KERNEL_EXECVE = 4011,
    KERNEL_GETPID = 4020,
    KERNEL_WAIT4 = 4114,
    KERNEL_NANOSLEEP = 4166,
    KERNEL_RT_SIGACTION = 4194,
    KERNEL_EXIT_GROUP = 4246,
    KERNEL_CLOCK_GETTIME = 4263
};
#endif
