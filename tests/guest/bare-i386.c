/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole guest for i386, without an operating system: QEMU loads it as a multiboot kernel. It asks
 * for a recording by the marker and for another one by CPUID, works a little in each, prints what
 * it was answered to the serial console, and switches itself off. Built for the host's own compiler
 * with -m32, it needs no library.
 */
#include "guest-agent/recctrl-hypercall.h"

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;

/* The first serial port, and QEMU's register of the power state, where SeaBIOS has put it. */
#define SERIAL 0x3f8
#define SERIAL_STATUS (SERIAL + 5)
#define SERIAL_EMPTY 0x20
#define POWER 0x604
#define POWER_OFF 0x2000

static u8 memory[1 << 20];

/* The multiboot header, which must be near the file's begin. QEMU enters behind it in protected
 * mode, with flat segments, without paging or a stack. */
__asm__(".balign 4\n"
        ".long 0x1badb002, 0, -0x1badb002\n"
        ".globl start\n"
        "start: movl $stack_end, %esp\n"
        "call guest\n"
        ".lcomm stack, 16384\n"
        ".set stack_end, stack + 16384\n");

static void out8(u16 port, u8 value)
{
    __asm__ volatile("outb %0, %1" : : "a"(value), "Nd"(port));
}

static u8 in8(u16 port)
{
    u8 value;

    __asm__ volatile("inb %1, %0" : "=a"(value) : "Nd"(port));
    return value;
}

static void print(const char *text)
{
    for (; *text; text++) {
        while (!(in8(SERIAL_STATUS) & SERIAL_EMPTY))
            ;
        out8(SERIAL, (u8)*text);
    }
}

static void print_line(const char *label, u32 value)
{
    char digits[] = "00000000\r\n";

    for (int i = 7; i >= 0; i--, value >>= 4)
        digits[i] = "0123456789abcdef"[value & 15];
    print(label);
    print(digits);
}

static int marker(int action, const char *text)
{
    return (int)recctrl_hypercall_bare(action, text, 0);
}

static int panda(int action, const char *text)
{
    return (int)recctrl_hypercall_panda(action, text);
}

/* Something that registers and memory show. */
static u32 work(u32 seed)
{
    for (u32 round = 0; round < 4; round++) {
        for (u32 i = 0; i < sizeof(memory); i++) {
            seed = seed * 1664525 + 1013904223;
            memory[i] ^= (u8)(seed >> 24);
        }
    }
    return seed;
}

static int settle(void)
{
    int status;

    do {
        for (volatile int i = 0; i < 10000; i++)
            ;
        status = marker(HYPERCALL_STATUS, 0);
    } while (status == HYPERCALL_PENDING);
    return status;
}

__attribute__((used)) void guest(void)
{
    print_line("probe: ", (u32)marker(HYPERCALL_PROBE, 0));
    print_line("bad name: ", (u32)marker(HYPERCALL_START, "../x"));
    marker(HYPERCALL_START, "marker");
    print_line("marker: ", (u32)settle());
    print_line("work: ", work(1));
    marker(HYPERCALL_MARK, "half way");
    print_line("work: ", work(2));
    marker(HYPERCALL_STOP, 0);
    print_line("marker: ", (u32)settle());
    print_line("toggle by cpuid: ", (u32)panda(HYPERCALL_TOGGLE, "cpuid"));
    print_line("cpuid: ", (u32)settle());
    print_line("work: ", work(3));
    print_line("toggle by cpuid: ", (u32)panda(HYPERCALL_TOGGLE, "cpuid"));
    print_line("cpuid: ", (u32)settle());
    __asm__ volatile("outw %0, %1" : : "a"((u16)POWER_OFF), "Nd"((u16)POWER));
    for (;;)
        __asm__ volatile("cli; hlt");
}
