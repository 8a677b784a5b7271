/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Linux as a program without a C library calls it: nine calls, which every kernel since 2.6.32 has,
 * and the start of a program. What differs between architectures is a file each in arch/:
 *
 *   KERNEL_CALL         the registers of the number and of four arguments, and the instruction,
 *                       whose result is minus errno if it failed
 *   KERNEL_RESULT       in_number or in_first: which of them the result is in
 *   KERNEL_CLOBBERS     what the kernel changes besides
 *   KERNEL_START        passes the stack pointer of the start to bare_start()
 *   KERNEL_...          the numbers of the calls, and what has another value than below
 */
#pragma once

#if defined(__x86_64__)
#include "guest-agent/bare/arch/x86_64.h"
#elif defined(__i386__)
#include "guest-agent/bare/arch/i386.h"
#elif defined(__aarch64__)
#include "guest-agent/bare/arch/aarch64.h"
#elif defined(__arm__)
#include "guest-agent/bare/arch/arm.h"
#elif defined(__riscv) && __riscv_xlen == 64
#include "guest-agent/bare/arch/riscv64.h"
#elif defined(__mips__)
#include "guest-agent/bare/arch/mips.h"
#elif defined(__powerpc__)
#include "guest-agent/bare/arch/ppc.h"
#elif defined(__s390x__)
#include "guest-agent/bare/arch/s390x.h"
#elif defined(__loongarch__)
#include "guest-agent/bare/arch/loongarch64.h"
#elif defined(__sparc__)
#include "guest-agent/bare/arch/sparc64.h"
#endif

#ifndef KERNEL_START_LABEL
#define KERNEL_START_LABEL "_start: "
#endif
#ifndef KERNEL_FORK_CALL
#define KERNEL_FORK_CALL KERNEL_FORK, 0
#endif
#ifndef KERNEL_SIGBUS
#define KERNEL_SIGBUS 7
#endif
#ifndef KERNEL_SIGSET_BYTES
#define KERNEL_SIGSET_BYTES 8
#endif
#ifndef KERNEL_SA_NODEFER
#define KERNEL_SA_NODEFER 0x40000000
#endif
/* Where the kernel wants to know the function that comes after a handler. */
#ifndef KERNEL_SA_RESTORER
#define KERNEL_SA_RESTORER 0
#endif

/** Calls the kernel. Returns: what it does; minus errno if that failed. */
static inline long kernel_call(long number, long first, long second, long third, long fourth)
{
#define KERNEL_BODY(r_number, r_first, r_second, r_third, r_fourth, instruction)             \
    register long in_number __asm__(r_number) = number;                                      \
    register long in_first __asm__(r_first) = first;                                         \
    register long in_second __asm__(r_second) = second;                                      \
    register long in_third __asm__(r_third) = third;                                         \
    register long in_fourth __asm__(r_fourth) = fourth;                                      \
    __asm__ __volatile__(instruction                                                         \
                         : "+r"(in_number), "+r"(in_first), "+r"(in_second), "+r"(in_third), \
                           "+r"(in_fourth)                                                   \
                         :                                                                   \
                         : "memory", KERNEL_CLOBBERS);                                       \
    return KERNEL_RESULT
    KERNEL_CALL(KERNEL_BODY);
#undef KERNEL_BODY
}
