/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See waiting.h. */
#include "guest-agent/waiting.h"

#include <time.h>

#include "guest-agent/channel.h"
#include "guest-agent/hypercall-abi.h"

/* The first look comes soon, since a recording begins within some tenths of a second; then the
 * naps double, so that a long wait costs the guest (and the recording) next to nothing. */
#define NAP_FIRST_NS 2000000L
#define NAP_LAST_NS 200000000L

static long long now_ns(void)
{
    struct timespec now;

    clock_gettime(CLOCK_MONOTONIC, &now);
    return now.tv_sec * 1000000000LL + now.tv_nsec;
}

static long settle(long answer, unsigned long token, unsigned seconds)
{
    long long deadline = now_ns() + seconds * 1000000000LL;
    struct timespec nap = {.tv_sec = 0, .tv_nsec = NAP_FIRST_NS};

    while (answer == HYPERCALL_PENDING && now_ns() < deadline) {
        nanosleep(&nap, NULL);
        if (nap.tv_nsec < NAP_LAST_NS)
            nap.tv_nsec *= 2;
        answer = channel_call(HYPERCALL_STATUS, NULL, token);
    }
    return answer;
}

long waiting_start(const char *name, unsigned long token, unsigned seconds)
{
    return settle(channel_call(HYPERCALL_START, name, token), token, seconds);
}

long waiting_stop(unsigned long token, unsigned seconds)
{
    return settle(channel_call(HYPERCALL_STOP, NULL, token), token, seconds);
}
