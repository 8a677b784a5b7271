/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86-64: the marker is a long NOP, which no compiler emits with this displacement; PANDA's own
 * instruction is CPUID. Nothing here can trap.
 */
#include "guest-agent/arch.h"
#include "guest-agent/hypercall-abi.h"

#if !defined(__x86_64__)
#error "this file is for x86-64; build the one for your architecture instead"
#endif

long arch_marker(long action, const void *text, unsigned long token)
{
    long result = HYPERCALL_MAGIC;

    /* 0f 1f 84 00 imm32: the 32-bit displacement must be kept, so the bytes are spelt out. */
    __asm__ volatile(".byte 0x0f, 0x1f, 0x84, 0x00\n\t"
                     ".long %c[marker]"
                     : "+a"(result)
                     : "D"(action), "S"(text), "d"(token), [marker] "i"(HYPERCALL_MARKER)
                     : "memory");
    return result;
}

long arch_panda(long action, const void *text)
{
    int result = HYPERCALL_MAGIC;
    long ebx = action;
    const void *ecx = text;

    __asm__ volatile("cpuid" : "+a"(result), "+b"(ebx), "+c"(ecx) : : "edx", "memory");
    return result;
}
