/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See arch.h. Markers are no-ops of the architecture that compilers don't emit. */
#include "plugin/arch/arch.h"

#include <string.h>

#include "guest-agent/hypercall-abi.h"

/* nopl imm32(%rax,%rax,1); the same bytes in 32-bit mode. */
#define X86_MARKER                                                                         \
    {                                                                                      \
        0x0f, 0x1f, 0x84, 0x00, HYPERCALL_MARKER & 0xff, HYPERCALL_MARKER >> 8, 0x00, 0x00 \
    }
#define X86_CPUID  \
    {              \
        0x0f, 0xa2 \
    }

/* Legacy prefixes, and REX; outside of 64-bit mode the latter are instructions of one byte. */
static const ArchPattern x86_prefixes[] = {
    {{0x26}, {0xe7}, 1}, /* es, cs, ss, ds */
    {{0x64}, {0xfc}, 1}, /* fs, gs, operand and address size */
    {{0xf0}, {0xff}, 1}, /* lock */
    {{0xf2}, {0xfe}, 1}, /* repne, rep */
    {{0x40}, {0xf0}, 1}, /* rex */
    {.length = 0},
};

static const ArchPattern x86_returns[] = {
    {{0xcf}, {0xff}, 1},                         /* iret */
    {{0xca}, {0xfe}, 1},                         /* far ret */
    {{0x0f, 0x07}, {0xff, 0xff}, 2},             /* sysret */
    {{0x0f, 0x35}, {0xff, 0xff}, 2},             /* sysexit */
    {{0x0f, 0xaa}, {0xff, 0xff}, 2},             /* rsm */
    {{0x0f, 0x01, 0xd8}, {0xff, 0xff, 0xff}, 3}, /* vmrun */
    {{0xff, 0x18}, {0xff, 0x38}, 2},             /* far call and jump, by memory: also of a task */
    {{0xff, 0x28}, {0xff, 0x38}, 2},
    {{0x9a}, {0xff}, 1}, /* the same, direct */
    {{0xea}, {0xff}, 1},
    {.length = 0},
};

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
        .prefixes = x86_prefixes,
        .returns = x86_returns,
        .page_bits = 12,
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
        .prefixes = x86_prefixes,
        .returns = x86_returns,
        .page_bits = 12,
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
    for (guint i = 0; i < G_N_ELEMENTS(table); i++)
        if (strcmp(table[i].target, target) == 0)
            return &table[i];
    return NULL;
}

ArchTrapKind arch_match(const Arch *arch, const guint8 *bytes, gsize length)
{
    guint kind = 0;

    while (kind < ARCH_TRAP_COUNT) {
        const ArchTrap *trap = &arch->traps[kind];

        if (trap->length > 0 && trap->length == length && memcmp(trap->bytes, bytes, length) == 0)
            break;
        kind++;
    }
    return kind;
}

static gboolean has(const guint8 *bytes, gsize length, const ArchTrap *trap)
{
    const guint8 *at = bytes;
    gsize left = length;

    while (left >= trap->length && (at = memchr(at, trap->bytes[0], left - trap->length + 1))) {
        if (memcmp(at, trap->bytes, trap->length) == 0)
            return TRUE;
        at++;
        left = length - (gsize)(at - bytes);
    }
    return FALSE;
}

gboolean arch_has_trap(const Arch *arch, const guint8 *bytes, gsize length)
{
    for (guint kind = 0; kind < ARCH_TRAP_COUNT; kind++)
        if (arch->traps[kind].length && has(bytes, length, &arch->traps[kind]))
            return TRUE;
    return FALSE;
}

gboolean arch_may_follow(const Arch *arch, const guint8 *end, gsize before)
{
    for (guint kind = 0; kind < ARCH_TRAP_COUNT; kind++) {
        const ArchTrap *trap = &arch->traps[kind];
        gsize seen = MIN(before, trap->length);

        if (trap->overwrites && memcmp(end - seen, trap->bytes + trap->length - seen, seen) == 0)
            return TRUE;
    }
    return FALSE;
}

static gboolean match(const ArchPattern *pattern, const guint8 *bytes, gsize length)
{
    for (guint i = 0; i < pattern->length; i++)
        if (i == length || (bytes[i] & pattern->mask[i]) != pattern->bytes[i])
            return FALSE;
    return TRUE;
}

static gboolean match_any(const ArchPattern *patterns, const guint8 *bytes, gsize length)
{
    for (; patterns->length; patterns++)
        if (match(patterns, bytes, length))
            return TRUE;
    return FALSE;
}

gboolean arch_returns(const Arch *arch, const guint8 *bytes, gsize length)
{
    while (length > 0 && match_any(arch->prefixes, bytes, length)) {
        bytes++;
        length--;
    }
    return match_any(arch->returns, bytes, length);
}

guint64 arch_result_bits(const ArchTrap *trap, gint32 result)
{
    guint64 bits = (guint64)(gint64)result;
    guint unused = 64u - trap->result_bits;

    return bits << unused >> unused;
}
