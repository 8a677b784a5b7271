/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A guest without an operating system, for any architecture and any machine: tests/lib/bare-guest
 * loads it, stops it at done() and reads what it has put into results[]. It makes each kind of
 * request as the kernel, and then again, as far as its architecture's part below knows how, in user
 * mode.
 */
#include "guest-agent/recctrl-hypercall.h"

#define PAGE 4096ul
#define PATIENCE 1000000 /* questions */
#define NOT_TRIED (-2)

/* In the order of the table of tests/e2e/rows.sh, twice. */
volatile int results[32];
static int n;

static char pages[3 * PAGE] __attribute__((aligned(4096)));
static char stack[16384] __attribute__((aligned(16), used));

/* A page table. */
#define TABLE __attribute__((used, aligned(4096))) static unsigned long

void guest(void);
void user(void);
void done(void);
static char *at_end(char *end, const char *text);

/* --- architectures: the entry, which sets the stack; and from there to user mode -------------- */

#if defined(__aarch64__)
/* Each entry is a GiB, from address 0 on. The kernel's part of the address space begins with one
 * for the kernel and one for user mode, too, so that it isn't the page table that keeps that out.
 * What user mode can write the kernel can't execute: so the kernel leaves from its own part. */
TABLE kernel_table[512] = {0x401, 0x441}, user_table[512] = {0x441};
__asm__(".globl start\n"
        "start: ldr x9, =stack + 16384\n"
        "mov sp, x9\n"
        "mov x9, #0xff\n" /* normal memory */
        "msr mair_el1, x9\n"
        "ldr x9, =0x80190019\n" /* 39 bits, pages of 4 KiB, in both parts */
        "msr tcr_el1, x9\n"
        "ldr x9, =kernel_table\n"
        "msr ttbr0_el1, x9\n"
        "msr ttbr1_el1, x9\n"
        "isb\n"
        "mrs x9, sctlr_el1\n"
        "orr x9, x9, #1\n"
        "msr sctlr_el1, x9\n"
        "isb\n"
        "bl guest\n"
        "ldr x9, =1f\n"
        "orr x9, x9, #0xffffff8000000000\n"
        "br x9\n"
        "1: ldr x9, =user_table\n"
        "msr ttbr0_el1, x9\n"
        "isb\n"
        "tlbi vmalle1\n"
        "dsb sy\n"
        "isb\n"
        "msr spsr_el1, xzr\n"
        "ldr x9, =2f\n"
        "msr elr_el1, x9\n"
        "eret\n"
        "2: ldr x9, =stack + 16384\n"
        "mov sp, x9\n"
        "bl user\n");
#elif defined(__arm__)
__asm__(".arm\n"
        ".globl start\n"
        "start: ldr sp, =stack + 16384\n"
        "bl guest\n"
        "cps #0x10\n"
        "ldr sp, =stack + 16384\n"
        "bl user\n");
#elif defined(__riscv)
/* Each entry is a GiB, from address 0 on; the last one is in the kernel's part, in user mode also
 * for that. Machine mode goes to the kernel, which calls it to get to user mode. */
TABLE kernel_table[512] = {0xcf, [511] = 0xcf}, user_table[512] = {0xdf, [511] = 0xdf};
__asm__(".macro enter table, mode, to\n"
        "la t0, \\table\n"
        "srli t0, t0, 12\n"
        "li t1, 8 << 60\n"
        "or t0, t0, t1\n"
        "csrw satp, t0\n"
        "sfence.vma\n"
        "li t0, 0x1800\n"
        "csrc mstatus, t0\n"
        "li t0, \\mode << 11\n"
        "csrs mstatus, t0\n"
        "la t0, \\to\n"
        "csrw mepc, t0\n"
        "la sp, stack + 16384\n"
        "mret\n"
        ".endm\n"
        ".globl start\n"
        "start: li t0, -1\n"
        "csrw pmpaddr0, t0\n"
        "li t0, 0x1f\n"
        "csrw pmpcfg0, t0\n"
        "la t0, 2f\n"
        "csrw mtvec, t0\n"
        "enter kernel_table, 1, 1f\n"
        "1: call guest\n"
        "ecall\n"
        ".balign 4\n"
        "2: enter user_table, 0, user\n");
#elif defined(__s390x__)
__asm__(".globl start\n"
        "start: larl %r15, stack + 16384 - 160\n"
        "brasl %r14, guest\n"
        "larl %r15, stack + 16384 - 160\n"
        "larl %r1, 1f\n"
        "lpswe 0(%r1)\n"
        ".balign 8\n"
        "1: .quad 0x0001000180000000, user\n");
#elif defined(__mips__)
/* Memory is there without the TLB until the status' ERL is cleared: so user mode gets an entry of
 * the TLB, of two pages of 16 MiB. UX lets it use 64-bit instructions. */
#if __SIZEOF_LONG__ == 8
#define LA "dla"
#else
#define LA "la"
#endif
__asm__(".set noreorder\n"
        ".globl start\n"
        "start: " LA " $29, stack + 16384 - 64\n"
        "jal guest\n"
        "nop\n"
        "li $8, 0x1ffe000\n"
        "mtc0 $8, $5\n"
        "mtc0 $0, $10\n"
        "li $8, 0x1f\n"
        "mtc0 $8, $2\n"
        "li $8, 0x4001f\n"
        "mtc0 $8, $3\n"
        "mtc0 $0, $0\n"
        "ehb\n"
        "tlbwi\n" LA " $8, user\n"
        "mtc0 $8, $30\n"
        "li $8, 0x34\n"
        "mtc0 $8, $12\n"
        "ehb\n"
        "eret\n"
        ".set reorder\n");
#elif defined(__powerpc64__)
/* There is no user mode without page tables. Code in little-endian order is entered from the other
 * one, in which the first instructions are. */
__asm__(".globl start\n"
        "start:\n"
#ifdef __LITTLE_ENDIAN__
        ".long 0x05009f42, 0xa602887c, 0x1c008438, 0xa600607c\n" /* the address of 1f; the MSR */
        ".long 0x01006360, 0xa6037b7c, 0xa6039a7c, 0x2400004c\n" /* with LE: rfid */
        "1:\n"
#endif
        "lis 2, .TOC.@h\n"
        "ori 2, 2, .TOC.@l\n"
        "lis 1, stack@h\n"
        "ori 1, 1, stack@l\n"
        "addi 1, 1, 16384 - 128\n"
        "bl guest\n"
        "nop\n"
        "bl done\n"
        "nop\n");
#elif defined(__powerpc__)
__asm__(".globl start\n"
        "start: lis 1, stack@h\n"
        "ori 1, 1, stack@l\n"
        "addi 1, 1, 16384 - 128\n"
        "bl guest\n"
        "li 3, 0x4000\n"
        "mtsrr1 3\n"
        "lis 3, user@h\n"
        "ori 3, 3, user@l\n"
        "mtsrr0 3\n"
        "rfi\n");
#elif defined(__loongarch__)
__asm__(".globl start\n"
        "start: la.pcrel $sp, stack + 16384\n"
        "bl guest\n"
        "ori $t0, $zero, 3\n"
        "csrwr $t0, 0x1\n"
        "la.pcrel $t0, user\n"
        "csrwr $t0, 0x6\n"
        "la.pcrel $sp, stack + 16384\n"
        "ertn\n");
#elif defined(__sparc__)
/* All but one of 8 windows of registers are free. */
__asm__(".globl start\n"
        "start: wrpr %g0, 0, %tl\n"
        "wrpr %g0, 0x14, %pstate\n"
        "wrpr %g0, 0, %cwp\n"
        "wrpr %g0, 6, %cansave\n"
        "wrpr %g0, 7, %cleanwin\n"
        "set stack + 16384 - 2047 - 256, %sp\n"
        "call guest\n"
        "nop\n"
        "set user, %g1\n"
        "wrpr %g0, 0x10, %pstate\n"
        "jmp %g1\n"
        "nop\n");
#endif

/* --- a pointer into the kernel's part of the address space, at which memory is ---------------- */

#if defined(__aarch64__)
#define KERNEL_ALIAS(pointer) ((char *)(0xffffff8040000000ul | (unsigned long)(pointer)))
#elif defined(__riscv)
#define KERNEL_ALIAS(pointer) ((char *)(0xffffffffc0000000ul | (unsigned long)(pointer)))
#elif defined(__mips__)
#define KERNEL_ALIAS(pointer) ((char *)((long)(int)0x80000000 | (long)(pointer)))
#elif defined(__powerpc64__)
#define KERNEL_ALIAS(pointer) ((char *)(0xcul << 60 | (unsigned long)(pointer)))
#elif defined(__arm__) || defined(__powerpc__)
/* Without page tables it takes more than 3 GiB of memory. */
#define KERNEL_ALIAS(pointer) at_end((char *)0xc0200000, pointer)
#endif

/* --- the requests ----------------------------------------------------------------------------- */

static void note(long result)
{
    results[n++] = (int)result;
}

/* Copies @text so that its NUL is the last byte in front of @end. */
static char *at_end(char *end, const char *text)
{
    unsigned size = 1;

    while (text[size - 1])
        size++;
    for (unsigned i = 0; i < size; i++)
        *(volatile char *)(end - size + i) = text[i];
    return end - size;
}

/* Until the recorder is ready. */
static long probe(void)
{
    long answer = HYPERCALL_MAGIC;

    for (int i = 0; i < PATIENCE; i++) {
        answer = recctrl_hypercall(HYPERCALL_PROBE, (const char *)0, 0);
        if (recctrl_hypercall_features(answer) > 0)
            break;
    }
    return answer;
}

static long settle(unsigned long token)
{
    long status = HYPERCALL_PENDING;

    for (int i = 0; i < PATIENCE && status == HYPERCALL_PENDING; i++)
        status = recctrl_hypercall(HYPERCALL_STATUS, (const char *)0, token);
    return status;
}

static void ask_from_kernel_part(void)
{
#ifdef KERNEL_ALIAS
    static char name[] = "kernel";
    long answer = recctrl_hypercall_bare(HYPERCALL_START, KERNEL_ALIAS(name), 11);

    note(answer);
    if (answer == HYPERCALL_PENDING) {
        settle(11);
        recctrl_hypercall(HYPERCALL_STOP, (const char *)0, 11);
        settle(11);
    }
#else
    note(NOT_TRIED);
#endif
}

static void requests(void)
{
    char *edge = at_end(pages + 2 * PAGE, "edge"), *across = at_end(pages + PAGE + 2, "across");
    /* Only the upper half of the word differs from the token of the recording. */
    unsigned long other = 1ul << (8 * sizeof(long) - 4) | 7;

    note(probe());
    note(recctrl_hypercall(HYPERCALL_START, "../x", 7));
    note(recctrl_hypercall(HYPERCALL_START, edge, 7));
    note(settle(7));
    note(recctrl_hypercall(HYPERCALL_MARK, across, 0));
    note(recctrl_hypercall(HYPERCALL_START, "another", 8));
    note(recctrl_hypercall(HYPERCALL_STOP, (const char *)0, other));
    note(recctrl_hypercall(HYPERCALL_STOP, (const char *)0, 7));
    note(settle(7));
    note(recctrl_hypercall_bare(HYPERCALL_START, (const void *)0x70000000ul, 7));
    note(recctrl_hypercall(4711, (const char *)0, 7));
    note(recctrl_hypercall(HYPERCALL_OPEN, "session", 9));
    ask_from_kernel_part();
}

void guest(void)
{
    requests();
}

void user(void)
{
    requests();
    done();
}

/* The memory clobber: all is written by now. */
__attribute__((noinline)) void done(void)
{
    for (;;)
        __asm__ volatile("" : : : "memory");
}
