/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How long a hypercall takes as the guest sees it: a status many times, less the time of an empty
 * loop. Prints one line, "hypercall: N ns". The guest's clock must run
 * with the host's, so this is for a machine without -icount.
 */
#include <stdio.h>
#include <time.h>

#include "guest-agent/recctrl-hypercall.h"

#define CALLS 1000000

static double now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec * 1e9 + (double)now.tv_nsec;
}

static double time_calls(long action)
{
    double begin = now_ns();

    for (int i = 0; i < CALLS; i++) {
        recctrl_hypercall_bare(action, NULL, 0);
    }
    return (now_ns() - begin) / CALLS;
}

static double time_nothing(void)
{
    double begin = now_ns();

    for (int i = 0; i < CALLS; i++) {
        long result = 0;

        __asm__ volatile("" : "+r"(result) : : "memory");
    }
    return (now_ns() - begin) / CALLS;
}

int main(void)
{
    if (recctrl_hypercall_bare(HYPERCALL_PROBE, NULL, 0) == HYPERCALL_MAGIC) {
        fputs("no recorder listens here\n", stderr);
        return 3;
    }
    time_calls(HYPERCALL_STATUS); /* translated and warm from here on */
    printf("hypercall: %.1f ns\n", time_calls(HYPERCALL_STATUS) - time_nothing());
    return 0;
}
