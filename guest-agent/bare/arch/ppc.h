/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Linux for PowerPC, in 32 and in 64 bits, by both of the latter's ABIs; see kernel.h. */
#pragma once

/* A bit of CR0 says whether the call failed. */
#define KERNEL_CALL(CALL)              \
    CALL("r0", "r3", "r4", "r5", "r6", \
         "sc\n\t"                      \
         "bns+ 1f\n\t"                 \
         "neg 3, 3\n"                  \
         "1:")
#define KERNEL_RESULT in_first
#define KERNEL_CLOBBERS "r7", "r8", "r9", "r10", "r11", "r12", "cr0", "ctr", "xer"

#if !defined(__powerpc64__)
#define KERNEL_START            \
    "mr 3, 1\n\t"               \
    "rlwinm 1, 1, 0, 0, 27\n\t" \
    "li 0, 0\n\t"               \
    "stwu 0, -16(1)\n\t"        \
    "bl bare_start"
#elif _CALL_ELF == 2
/* The kernel puts the entry's address into r12. */
#define KERNEL_START                   \
    "addis 2, 12, .TOC.-_start@ha\n\t" \
    "addi 2, 2, .TOC.-_start@l\n\t"    \
    "mr 3, 1\n\t"                      \
    "rldicr 1, 1, 0, 59\n\t"           \
    "li 0, 0\n\t"                      \
    "stdu 0, -112(1)\n\t"              \
    "bl bare_start\n\t"                \
    "nop"
#else
/* The entry is a descriptor, of which the kernel takes r2, too. */
#define KERNEL_START                               \
    ".section .opd, \"aw\"\n\t"                    \
    ".balign 8\n"                                  \
    "_start: .quad .L.start, .TOC.@tocbase, 0\n\t" \
    ".previous\n"                                  \
    ".L.start: mr 3, 1\n\t"                        \
    "rldicr 1, 1, 0, 59\n\t"                       \
    "li 0, 0\n\t"                                  \
    "stdu 0, -112(1)\n\t"                          \
    "bl bare_start\n\t"                            \
    "nop"
#define KERNEL_START_LABEL ""
#endif

enum {
    KERNEL_FORK = 2,
    KERNEL_WRITE = 4,
    KERNEL_EXECVE = 11,
    KERNEL_GETPID = 20,
    KERNEL_WAIT4 = 114,
    KERNEL_NANOSLEEP = 162,
    KERNEL_RT_SIGACTION = 173,
    KERNEL_EXIT_GROUP = 234,
    KERNEL_CLOCK_GETTIME = 246
};
