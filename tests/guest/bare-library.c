/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's library as it is built for guests without a C library (guest-agent/bare), with a host
 * of its own in the place of the instruction: one that traps, by each signal that there is for it,
 * and one that makes the caller wait. Exits with the number of faults.
 */
#include "guest-agent/arch.h"
#include "guest-agent/libc.h"
#include "guest-agent/recctrl.h"

static enum { TRAP, FAULT, WAIT } host;
static long long asked_at;
static int faults, calls;

static void expect(const char *what, long got, long wanted)
{
    printf("%s: %s (%ld)\n", what, got == wanted ? "ok" : "FAULT", got);
    faults += got != wanted;
}

static long long now_ms(void)
{
    struct timespec now;

    if (clock_gettime(CLOCK_MONOTONIC, &now) != 0)
        return 0;
    return (long long)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void trap(void)
{
#ifdef __sparc__
    __asm__ volatile("unimp 0"); /* qemu-sparc64 doesn't know what the compiler would emit */
#else
    __builtin_trap();
#endif
}

long arch_marker(long action, const void *text, unsigned long token)
{
    volatile long *volatile nowhere = (volatile long *)8;

    (void)text;
    (void)token;
    calls++;
    if (host == TRAP)
        trap();
    if (host == FAULT)
        return *nowhere;
    if (action == HYPERCALL_START)
        asked_at = now_ms();
    return now_ms() - asked_at < 100 ? HYPERCALL_PENDING : HYPERCALL_STARTED;
}

long arch_panda(long action, const void *text)
{
    return arch_marker(action, text, 0);
}

int main(void)
{
    unsigned long token = recctrl_new_token();

    /* Twice: the signal must not stay blocked. */
    expect("trap", recctrl_status(0), RECCTRL_UNHEARD);
    expect("trap again", recctrl_status(0), RECCTRL_UNHEARD);
    host = FAULT;
    expect("fault", recctrl_status(0), RECCTRL_UNHEARD);
    expect("fault again", recctrl_status(0), RECCTRL_UNHEARD);
    expect("calls", calls, 4);
    host = WAIT;
    expect("no patience", recctrl_start("name", token, 0), HYPERCALL_PENDING);
    calls = 0;
    expect("patience", recctrl_start("name", token, 60), HYPERCALL_STARTED);
    expect("naps", calls >= 2 && calls < 20, 1);
    expect("tokens differ", recctrl_new_token() != token, 1);
    return faults;
}
