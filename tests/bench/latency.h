/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Latency: times in microseconds, counted in buckets of a width of at most 1/64 of the value.
 */
#pragma once

#include <stdint.h>

typedef struct {
    unsigned long buckets[64 * 60];
    unsigned long count;
} Latency;

/** The monotonic clock, in microseconds. */
uint64_t latency_now(void);

/** User and system time of this process so far, in microseconds. */
uint64_t latency_cpu(void);

void latency_note(Latency *latency, uint64_t usec);

/** The time that @fraction of those noted stay below, to the width of a bucket. */
uint64_t latency_percentile(const Latency *latency, double fraction);
