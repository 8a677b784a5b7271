/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The calls of librecctrl; see recctrl.h. Those that wait poll the status with growing naps. */
#include "guest-agent/recctrl.h"

#include "guest-agent/channel.h"
#include "guest-agent/libc.h"

/* The first look comes soon, since a recording begins within some tenths of a second; then the
 * naps double, so that a long wait costs the guest (and the recording) next to nothing. */
#define NAP_FIRST_NS 2000000L
#define NAP_LAST_NS 200000000L

void recctrl_use_panda(void)
{
    channel_use_panda();
}

bool recctrl_text_fits(const char *text)
{
    return strnlen(text, HYPERCALL_TEXT_MAX) < HYPERCALL_TEXT_MAX;
}

/* A token need not be secret. */
unsigned long recctrl_new_token(void)
{
    struct timespec now = {0, 0};
    unsigned long token = 0;

    if (getrandom(&token, sizeof(token), GRND_NONBLOCK) != (ssize_t)sizeof(token)) {
        clock_gettime(CLOCK_MONOTONIC, &now);
        token = (unsigned long)now.tv_nsec << sizeof(token) * 4; /* half of its bits */
        token ^= (unsigned long)now.tv_sec << 20;
        token ^= (unsigned long)getpid();
    }
    return token ? token : 1;
}

int recctrl_probe(void)
{
    return recctrl_hypercall_features(channel_call(HYPERCALL_PROBE, NULL, 0));
}

long recctrl_toggle(const char *name)
{
    return channel_call(HYPERCALL_TOGGLE, name, 0);
}

long recctrl_open(const char *name, unsigned long token)
{
    return channel_call(HYPERCALL_OPEN, name, token);
}

long recctrl_close(const char *name, unsigned long token)
{
    return channel_call(HYPERCALL_CLOSE, name, token);
}

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
        answer = recctrl_status(token);
    }
    return answer;
}

long recctrl_start(const char *name, unsigned long token, unsigned seconds)
{
    return settle(channel_call(HYPERCALL_START, name, token), token, seconds);
}

long recctrl_stop(unsigned long token, unsigned seconds)
{
    return settle(channel_call(HYPERCALL_STOP, NULL, token), token, seconds);
}

long recctrl_status(unsigned long token)
{
    return channel_call(HYPERCALL_STATUS, NULL, token);
}

long recctrl_settle(unsigned seconds)
{
    return settle(recctrl_status(0), 0, seconds);
}

long recctrl_mark(const char *text)
{
    return channel_call(HYPERCALL_MARK, text, 0);
}
