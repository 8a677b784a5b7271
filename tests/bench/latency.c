/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/bench/latency.h"

#include <time.h>

static uint64_t clock_usec(clockid_t clock)
{
    struct timespec t;

    clock_gettime(clock, &t);
    return (uint64_t)t.tv_sec * 1000000 + (uint64_t)t.tv_nsec / 1000;
}

uint64_t latency_now(void)
{
    return clock_usec(CLOCK_MONOTONIC);
}

uint64_t latency_cpu(void)
{
    return clock_usec(CLOCK_PROCESS_CPUTIME_ID);
}

void latency_note(Latency *latency, uint64_t usec)
{
    unsigned shift = 0;

    while (usec >> shift >= 128)
        shift++;
    latency->buckets[shift * 64 + (usec >> shift)]++;
    latency->count++;
}

uint64_t latency_percentile(const Latency *latency, double fraction)
{
    double left = (double)latency->count * fraction;
    unsigned i = 0;
    unsigned shift;

    while ((left -= (double)latency->buckets[i]) > 0)
        i++;
    shift = i < 128 ? 0 : i / 64 - 1;
    return (uint64_t)(i - shift * 64) << shift;
}
