/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * x86 in 64 and in 32 bits. The marker is a long NOP with a displacement that compilers don't emit;
 * its bytes are the same in both modes. PANDA's agents use CPUID, which overwrites the registers
 * that a request is in.
 *
 * Registers are numbered as in target/i386/gdbstub.c of QEMU.
 */
#include "guest-agent/recctrl-hypercall.h"
#include "plugin/arch/rows.h"

/* nopl imm32(%rax,%rax,1) */
#define MARKER \
    .bytes = {0x0f, 0x1f, 0x84, 0x00, HYPERCALL_MARKER & 0xff, HYPERCALL_MARKER >> 8}, .length = 8
#define CPUID .bytes = {0x0f, 0xa2}, .length = 2, .overwrites = TRUE

/* Legacy prefixes, and REX; outside of 64-bit mode the latter are instructions of one byte. */
static const ArchPattern prefixes[] = {
    {{0x26}, {0xe7}, 1}, /* es, cs, ss, ds */
    {{0x64}, {0xfc}, 1}, /* fs, gs, operand and address size */
    {{0xf0}, {0xff}, 1}, /* lock */
    {{0xf2}, {0xfe}, 1}, /* repne, rep */
    {{0x40}, {0xf0}, 1}, /* rex */
    {.length = 0},
};

static const ArchPattern returns[] = {
    {{0xcf}, {0xff}, 1},                         /* iret */
    {{0xca}, {0xfe}, 1},                         /* far ret */
    {{0x0f, 0x07}, {0xff, 0xff}, 2},             /* sysret */
    {{0x0f, 0x35}, {0xff, 0xff}, 2},             /* sysexit */
    {{0x0f, 0xaa}, {0xff, 0xff}, 2},             /* rsm */
    {{0x0f, 0x01, 0xd8}, {0xff, 0xff, 0xff}, 3}, /* vmrun */
    {{0xff, 0x18}, {0xff, 0x38}, 2},             /* far call by memory: also of a task */
    {{0xff, 0x28}, {0xff, 0x38}, 2},             /* far jump by memory */
    {{0x9a}, {0xff}, 1},                         /* far call, direct */
    {{0xea}, {0xff}, 1},                         /* far jump, direct */
    {.length = 0},
};

static const ArchCall marker_call_64 = {
    .arguments = {{"rax", 0}, {"rdi", 5}, {"rsi", 4}, {"rdx", 3}},
    .result = {"rax", 0},
    .result_bits = 64,
};

static const ArchCall cpuid_call_64 = {
    .arguments = {{"rax", 0}, {"rbx", 1}, {"rcx", 2}},
    .result = {"rax", 0},
    .result_bits = 32,
};

static const ArchCall marker_call_32 = {
    .arguments = {{"eax", 0}, {"edi", 7}, {"esi", 6}, {"edx", 2}},
    .result = {"eax", 0},
    .result_bits = 32,
};

static const ArchCall cpuid_call_32 = {
    .arguments = {{"eax", 0}, {"ebx", 3}, {"ecx", 1}},
    .result = {"eax", 0},
    .result_bits = 32,
};

const Arch arch_x86_64 = {
    .target = "x86_64",
    .family = "x86",
    .traps = {{MARKER, .call = &marker_call_64}, {CPUID, .call = &cpuid_call_64}},
    .alignment = 1,
    .prefixes = prefixes,
    .returns = returns,
    .page_bits = 12,
    .privilege = {.reg = {"cs", 18}, .mask = 3, .value = 0},
    .address_space = {"cr3", 29},
    .address_space_shift = 12,
    .pointer_bits = 64,
    .kernel_from = G_GUINT64_CONSTANT(1) << 47,
};

const Arch arch_i386 = {
    .target = "i386",
    .family = "x86",
    .traps = {{MARKER, .call = &marker_call_32}, {CPUID, .call = &cpuid_call_32}},
    .alignment = 1,
    .prefixes = prefixes,
    .returns = returns,
    .page_bits = 12,
    .privilege = {.reg = {"cs", 10}, .mask = 3, .value = 0},
    .address_space = {"cr3", 21},
    .address_space_shift = 12,
    .pointer_bits = 32,
    .kernel_from = 0xc0000000, /* Linux's */
};
