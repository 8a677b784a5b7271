/* SPDX-License-Identifier: 0BSD */
/*
 * recctrl's hypercall, ABI version 1: how a program inside a guest asks the emulator to record.
 * This one file has every number that guest and plugin have to agree on, and the instruction for
 * each architecture. It is for programs in C and C++ that are built by GCC or clang, with a C
 * library or without, and may be copied into any of them. doc/hypercall-abi.md of qmpbridge says
 * what the numbers mean.
 *
 * Copyright (C) 2026 the authors of qmpbridge
 *
 * Permission to use, copy, modify, and/or distribute this software for any purpose with or without
 * fee is hereby granted.
 *
 * THE SOFTWARE IS PROVIDED "AS IS" AND THE AUTHOR DISCLAIMS ALL WARRANTIES WITH REGARD TO THIS
 * SOFTWARE INCLUDING ALL IMPLIED WARRANTIES OF MERCHANTABILITY AND FITNESS. IN NO EVENT SHALL THE
 * AUTHOR BE LIABLE FOR ANY SPECIAL, DIRECT, INDIRECT, OR CONSEQUENTIAL DAMAGES OR ANY DAMAGES
 * WHATSOEVER RESULTING FROM LOSS OF USE, DATA OR PROFITS, WHETHER IN AN ACTION OF CONTRACT,
 * NEGLIGENCE OR OTHER TORTIOUS ACTION, ARISING OUT OF OR IN CONNECTION WITH THE USE OR PERFORMANCE
 * OF THIS SOFTWARE.
 */
#pragma once
#ifndef RECCTRL_HYPERCALL_H /* for a program that has got two copies */
#define RECCTRL_HYPERCALL_H

/* --- numbers --------------------------------------------------------------------------------- */

/** Version of what this header says; a probe answers with it. */
#define HYPERCALL_ABI_VERSION 1

/** First argument of every request. An unheard request leaves it in the result register. */
#define HYPERCALL_MAGIC 0x666

/** The immediate of the marker instruction, "HC"; narrower fields hold its low bits. */
#define HYPERCALL_MARKER 0x4843

/** Bytes of a name or text at most, with its NUL. */
#define HYPERCALL_TEXT_MAX 128

/** Second argument. The first three are recctrl's; numbers never change once released. */
enum HypercallAction {
    HYPERCALL_TOGGLE = -100, /* name: start a recording, or stop the present one */
    HYPERCALL_OPEN = 100,    /* name, token: a session begins */
    HYPERCALL_CLOSE = 200,   /* name, token: a session ends */
    HYPERCALL_PROBE = 300,   /* no arguments: does a recorder listen? */
    HYPERCALL_START = 301,   /* name, token: start a recording */
    HYPERCALL_STOP = 302,    /* token: stop it */
    HYPERCALL_STATUS = 303,  /* token: how far is it? */
    HYPERCALL_MARK = 304     /* text: a bookmark in the recording */
};

/** Result, sign-extended to the width that the instruction sets of the result register. */
enum HypercallResult {
    HYPERCALL_ERROR = -1,  /* refused or failed */
    HYPERCALL_NOOP = 0,    /* accepted, nothing changed */
    HYPERCALL_STARTED = 1, /* started, or by STATUS: on */
    HYPERCALL_STOPPED = 2, /* stopped, or by STATUS: off */
    HYPERCALL_PENDING = 3  /* under way: ask STATUS again */
};

/** A probe's result is signature | version << 8 | features: no argument of a probe looks so. */
#define HYPERCALL_SIGNATURE 0x48430000
#define HYPERCALL_SIGNATURE_MASK 0x7fff0000
#define HYPERCALL_SIGNATURE_VERSION(result) (((result) >> 8) & 0xff)

/** Features in a probe's result. */
enum HypercallFeature {
    HYPERCALL_FEATURE_RECORD = 1 << 0,  /* recordings are possible right now */
    HYPERCALL_FEATURE_DRY = 1 << 1,     /* all goes as usual but nothing is recorded */
    HYPERCALL_FEATURE_SESSIONS = 1 << 2 /* OPEN and CLOSE count; otherwise TOGGLE does */
};

/**
 * What the answer to a probe says.
 *
 * Returns: the recorder's features (enum HypercallFeature), or -1 if there is no recorder or one of
 * another ABI.
 */
static __inline__ int recctrl_hypercall_features(long answer)
{
    if (answer < 0 || (answer & HYPERCALL_SIGNATURE_MASK) != HYPERCALL_SIGNATURE ||
        HYPERCALL_SIGNATURE_VERSION(answer) != HYPERCALL_ABI_VERSION)
        return -1;
    return (int)(answer & 0xff);
}

/* --- architectures ----------------------------------------------------------------------------
 * A row each: the registers of the magic (and the result), of action, text and token; the marker,
 * which is a no-op of the processor that compilers don't emit. Bytes are spelt out where an
 * assembler might choose other ones, or refuse the instruction for an older processor.
 */
/* clang-format off */
#if defined(__x86_64__)
/* nopl 0x4843(%rax,%rax,1) */
#define RECCTRL_ROW(ROW) ROW("rax", "rdi", "rsi", "rdx", ".long 0x00841f0f, 0x4843")
#elif defined(__i386__)
/* nopl 0x4843(%eax,%eax,1) */
#define RECCTRL_ROW(ROW) ROW("eax", "edi", "esi", "edx", ".long 0x00841f0f, 0x4843")
#elif defined(__aarch64__)
/* movz xzr, #0x4843 */
#define RECCTRL_ROW(ROW) ROW("x0", "x1", "x2", "x3", ".inst 0xd289087f")
#elif defined(__arm__) && !defined(__thumb__)
/* pld [pc, #-0x843] */
#define RECCTRL_ROW(ROW) ROW("r0", "r1", "r2", "r3", ".inst 0xf55ff843")
#elif defined(__arm__) && defined(__thumb2__)
/* pld [pc, #-0x843] */
#define RECCTRL_ROW(ROW) ROW("r0", "r1", "r2", "r3", ".inst.w 0xf81ff843")
#elif defined(__riscv) && __riscv_xlen == 64
/* the immediate is 0x843 in 12 bits with a sign */
#define RECCTRL_ROW(ROW) ROW("a0", "a1", "a2", "a3", "slti zero, zero, -0x7bd")
#elif defined(__mips__) && !defined(__mips16) && !defined(__mips_micromips)
#define RECCTRL_ROW(ROW) ROW("$4", "$5", "$6", "$7", "lui $0, 0x4843")
#elif defined(__powerpc__) || defined(__powerpc64__)
/* 0x535a0166, whose fields can't be all of 0x4843 */
#define RECCTRL_ROW(ROW) ROW("r3", "r4", "r5", "r6", "rlwimi 26, 26, 0, 5, 19")
#elif defined(__s390x__)
/* a branch on no condition; the field counts half words */
#define RECCTRL_ROW(ROW) ROW("r2", "r3", "r4", "r5", "brcl 0, .+2*0x4843")
#elif defined(__loongarch__) && __loongarch_grlen == 64
#define RECCTRL_ROW(ROW) ROW("$a0", "$a1", "$a2", "$a3", "lu12i.w $zero, 0x4843")
#elif defined(__sparc__) && defined(__arch64__)
#define RECCTRL_ROW(ROW) ROW("o0", "o1", "o2", "o3", "sethi 0x84843, %%g0")
#endif
/* clang-format on */

/* --- the hypercall --------------------------------------------------------------------------- */

#ifdef RECCTRL_ROW
/**
 * Executes the marker. It can't trap, needs no privilege, and changes nothing where no recorder
 * listens.
 *
 * @action: of enum HypercallAction.
 * @text: (nullable): a name or text, which ends with a NUL. The recorder doesn't page memory in:
 *        see recctrl_hypercall(), which does.
 * @token: identity of a session or recording, 0 for none.
 *
 * Returns: of enum HypercallResult, or what a probe returns; HYPERCALL_MAGIC if no recorder
 * listens.
 */
static __inline__ long recctrl_hypercall_bare(long action, const void *text, unsigned long token)
{
#define RECCTRL_CALL(r_magic, r_action, r_text, r_token, marker)       \
    register long result __asm__(r_magic) = HYPERCALL_MAGIC;           \
    register long in_action __asm__(r_action) = action;                \
    register const void *in_text __asm__(r_text) = text;               \
    register unsigned long in_token __asm__(r_token) = token;          \
    __asm__ __volatile__(marker                                        \
                         : "+r"(result)                                \
                         : "r"(in_action), "r"(in_text), "r"(in_token) \
                         : "memory");                                  \
    return result
    RECCTRL_ROW(RECCTRL_CALL);
#undef RECCTRL_CALL
}

/** The same for a text that may be paged out: it is read first, up to its NUL. */
static __inline__ long recctrl_hypercall(long action, const char *text, unsigned long token)
{
    const volatile char *at = text;
    int i;

    for (i = 0; text && i < HYPERCALL_TEXT_MAX; i++)
        if (at[i] == '\0')
            break;
    return recctrl_hypercall_bare(action, text, token);
}

/** Asks whether a recorder listens. Returns: as recctrl_hypercall_features(). */
static __inline__ int recctrl_hypercall_probe(void)
{
    return recctrl_hypercall_features(recctrl_hypercall_bare(HYPERCALL_PROBE, (const void *)0, 0));
}
#endif

#if defined(__x86_64__) || defined(__i386__)
/** PANDA's own instruction, CPUID, which it has on x86 only and which has no token. */
#define RECCTRL_PANDA 1
static __inline__ long recctrl_hypercall_panda(long action, const void *text)
{
    int result = HYPERCALL_MAGIC;

    __asm__ __volatile__("cpuid" : "+a"(result), "+b"(action), "+c"(text) : : "edx", "memory");
    return result;
}
#endif

#endif
