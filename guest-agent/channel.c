/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a hypercall is made and survived where nothing listens; see channel.h. A call uses what the
 * process has once: handlers of signals, and a buffer for the text. So a lock is held over it, for
 * the few microseconds that the host takes.
 */
#include "guest-agent/channel.h"

#include "guest-agent/arch.h"
#include "guest-agent/libc.h"
#include "guest-agent/recctrl.h"

static const int traps[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
#define N_TRAPS (sizeof(traps) / sizeof(traps[0]))

/* Where there are addresses beyond 32 bits but no such flag, mmap() takes any. */
#ifndef MAP_32BIT
#define MAP_32BIT 0
#endif

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER; /* guards all below */
static bool by_panda;
static char text_buffer[HYPERCALL_TEXT_MAX] __attribute__((aligned(HYPERCALL_TEXT_MAX)));
static struct sigaction saved[N_TRAPS];
static pthread_t caller; /* the thread that is in a call */
static sigjmp_buf trapped;

void channel_use_panda(void)
{
    pthread_mutex_lock(&lock);
    by_panda = true;
    pthread_mutex_unlock(&lock);
}

/* Another thread's fault is none of ours: with the program's own handler back, it happens again
 * there. */
static void on_trap(int signal_number)
{
    if (pthread_equal(pthread_self(), caller))
        siglongjmp(trapped, 1);
    for (size_t i = 0; i < N_TRAPS; i++)
        if (traps[i] == signal_number)
            sigaction(traps[i], &saved[i], NULL);
}

static void install_traps(void)
{
    struct sigaction action;

    memset(&action, 0, sizeof(action));
    action.sa_handler = on_trap;
    sigemptyset(&action.sa_mask);
    for (size_t i = 0; i < N_TRAPS; i++)
        sigaction(traps[i], &action, &saved[i]);
}

static void restore_traps(void)
{
    for (size_t i = 0; i < N_TRAPS; i++)
        sigaction(traps[i], &saved[i], NULL);
}

/* PANDA takes the pointer from 32 bits even of a 64-bit guest. A program linked at a low address
 * has its data there; a shared object hasn't. */
static char *buffer(void)
{
    static char *low;
    char *mapped;

    if (!by_panda || (uintptr_t)text_buffer + sizeof(text_buffer) <= UINT32_MAX)
        return text_buffer;
    if (!low) {
        mapped = mmap(NULL, HYPERCALL_TEXT_MAX, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_32BIT, -1, 0);
        low = mapped == MAP_FAILED ? text_buffer : mapped;
    }
    return low;
}

/* The host reads guest memory without faulting it in, so the pages must be there: writing every
 * byte of the buffer does that. */
static const char *place_text(const char *text)
{
    char *place;
    volatile char *out;
    size_t len;

    if (!text)
        return NULL;
    place = buffer();
    out = place;
    len = strnlen(text, HYPERCALL_TEXT_MAX - 1);
    for (size_t i = 0; i < HYPERCALL_TEXT_MAX; i++)
        out[i] = i < len ? text[i] : '\0';
    return place;
}

/* A trap during the instruction comes back here by siglongjmp(). */
static long call_guarded(int action, const char *placed, unsigned long token)
{
    if (sigsetjmp(trapped, 1) != 0)
        return RECCTRL_UNHEARD;
    return by_panda ? arch_panda(action, placed) : arch_marker(action, placed, token);
}

long channel_call(int action, const char *text, unsigned long token)
{
    const char *placed;
    long result;

    pthread_mutex_lock(&lock);
    placed = place_text(text);
    caller = pthread_self();
    install_traps();
    result = call_guarded(action, placed, token);
    restore_traps();
    pthread_mutex_unlock(&lock);
    return result == HYPERCALL_MAGIC ? RECCTRL_UNHEARD : result;
}
