/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See arch.h. Markers are no-ops of the architecture that compilers don't emit. */
#include "plugin/arch.h"

#include <string.h>

#include "guest-agent/hypercall-abi.h"

/* nopl imm32(%rax,%rax,1); the same bytes in 32-bit mode. */
#define X86_MARKER                                                                                 \
    {0x0f, 0x1f, 0x84, 0x00, HYPERCALL_MARKER & 0xff, HYPERCALL_MARKER >> 8, 0x00, 0x00}
#define X86_CPUID {0x0f, 0xa2}

static const Arch table[] = {
    {
        .target = "x86_64",
        .traps = {{.bytes = X86_MARKER,
                   .length = 8,
                   .registers = {"rax", "rdi", "rsi", "rdx"},
                   .result = "rax",
                   .result_bits = 64},
                  {.bytes = X86_CPUID,
                   .length = 2,
                   .registers = {"rax", "rbx", "rcx", NULL},
                   .result = "rax",
                   .result_bits = 32,
                   .overwrites = TRUE}},
        .privilege = "cs",
        .privilege_mask = 3,
        .address_space = "cr3",
        .address_space_shift = 12,
        .pointer_bits = 64,
        .kernel_from = G_GUINT64_CONSTANT(1) << 47,
    },
    {
        .target = "i386",
        .traps = {{.bytes = X86_MARKER,
                   .length = 8,
                   .registers = {"eax", "edi", "esi", "edx"},
                   .result = "eax",
                   .result_bits = 32},
                  {.bytes = X86_CPUID,
                   .length = 2,
                   .registers = {"eax", "ebx", "ecx", NULL},
                   .result = "eax",
                   .result_bits = 32,
                   .overwrites = TRUE}},
        .privilege = "cs",
        .privilege_mask = 3,
        .address_space = "cr3",
        .address_space_shift = 12,
        .pointer_bits = 32,
        .kernel_from = 0xc0000000,
    },
};

const Arch *arch_row(guint index)
{
    return index < G_N_ELEMENTS(table) ? &table[index] : NULL;
}

const Arch *arch_find(const char *target)
{
    for (guint i = 0; i < G_N_ELEMENTS(table); i++) {
        if (strcmp(table[i].target, target) == 0) {
            return &table[i];
        }
    }
    return NULL;
}

ArchTrapKind arch_match(const Arch *arch, const guint8 *bytes, gsize length)
{
    guint kind = 0;

    while (kind < ARCH_TRAP_COUNT) {
        const ArchTrap *trap = &arch->traps[kind];

        if (trap->length > 0 && trap->length == length &&
            memcmp(trap->bytes, bytes, length) == 0) {
            break;
        }
        kind++;
    }
    return kind;
}

guint64 arch_result_bits(const ArchTrap *trap, gint32 result)
{
    guint64 bits = (guint64)(gint64)result;
    guint unused = 64u - trap->result_bits;

    return bits << unused >> unused;
}
