/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * See channel.h. The text lies in a static buffer: in a program linked at a fixed address below
 * 4 GiB that suits PANDA too, which takes the pointer from 32 bits even on x86-64.
 */
#include "guest-agent/channel.h"

#include <setjmp.h>
#include <signal.h>
#include <stddef.h>
#include <string.h>

#include "guest-agent/arch.h"
#include "guest-agent/hypercall-abi.h"

static const int traps[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
#define N_TRAPS (sizeof(traps) / sizeof(traps[0]))

static char text_buffer[HYPERCALL_TEXT_MAX] __attribute__((aligned(HYPERCALL_TEXT_MAX)));
static sigjmp_buf trapped;
static bool by_panda;

void channel_use_panda(void)
{
    by_panda = true;
}

bool channel_text_fits(const char *text)
{
    return strnlen(text, HYPERCALL_TEXT_MAX) < HYPERCALL_TEXT_MAX;
}

static void on_trap(int signal_number)
{
    (void)signal_number;
    siglongjmp(trapped, 1);
}

static void install_traps(struct sigaction *saved)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_trap;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_TRAPS; i++)
        sigaction(traps[i], &action, &saved[i]);
}

static void restore_traps(const struct sigaction *saved)
{
    for (size_t i = 0; i < N_TRAPS; i++)
        sigaction(traps[i], &saved[i], NULL);
}

/* The host reads guest memory without faulting it in, so the pages must be there: writing every
 * byte of the buffer does that. */
static const char *place_text(const char *text)
{
    volatile char *out = text_buffer;
    size_t len;

    if (!text)
        return NULL;
    len = strnlen(text, HYPERCALL_TEXT_MAX - 1);
    for (size_t i = 0; i < HYPERCALL_TEXT_MAX; i++)
        out[i] = i < len ? text[i] : '\0';
    return text_buffer;
}

/* A trap during the instruction comes back here by siglongjmp(). */
static long call_guarded(int action, const char *placed, unsigned long token)
{
    if (sigsetjmp(trapped, 1) != 0)
        return CHANNEL_UNHEARD;
    return by_panda ? arch_panda(action, placed) : arch_marker(action, placed, token);
}

long channel_call(int action, const char *text, unsigned long token)
{
    struct sigaction saved[N_TRAPS];
    const char *placed = place_text(text);
    long result;

    install_traps(saved);
    result = call_guarded(action, placed, token);
    restore_traps(saved);
    return result == HYPERCALL_MAGIC ? CHANNEL_UNHEARD : result;
}

int channel_probe(void)
{
    long answer = channel_call(HYPERCALL_PROBE, NULL, 0);

    if (answer < 0 || (answer & HYPERCALL_SIGNATURE_MASK) != HYPERCALL_SIGNATURE ||
        HYPERCALL_SIGNATURE_VERSION(answer) != HYPERCALL_ABI_VERSION)
        return -1;
    return (int)(answer & 0xff);
}
