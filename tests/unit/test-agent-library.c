/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's library with a scripted host in the place of the instruction: answers, traps,
 * silence, an end of patience, threads.
 */
#include <check.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "guest-agent/arch.h"
#include "guest-agent/recctrl.h"

#define TRAP(signal_number) (1000 + (signal_number))
#define MEET 2000 /* meets another thread twice */

static pthread_barrier_t meeting;

static struct {
    const long *script; /* answers; the last one repeats */
    unsigned at, calls;
    long action;
    char text[HYPERCALL_TEXT_MAX];
    unsigned long token;
    uintptr_t pointer;
} host;

long arch_marker(long action, const void *text, unsigned long token)
{
    long answer = host.script[host.at];

    host.at += host.script[host.at + 1] != 0 ? 1 : 0;
    host.calls++;
    host.action = action;
    host.token = token;
    host.pointer = (uintptr_t)text;
    memset(host.text, 0, sizeof(host.text));
    if (text)
        memcpy(host.text, text, sizeof(host.text));
    if (answer == MEET) {
        pthread_barrier_wait(&meeting);
        pthread_barrier_wait(&meeting);
    }
    if (answer >= 1000 && answer < 1100)
        raise((int)answer - 1000);
    return answer;
}

long arch_panda(long action, const void *text)
{
    return arch_marker(action, text, 0);
}

static void play(const long *script)
{
    memset(&host, 0, sizeof(host));
    host.script = script;
}

START_TEST(test_call)
{
    static const long script[] = {HYPERCALL_STARTED, 0};
    static const long ignored[] = {HYPERCALL_MAGIC, 0};

    play(script);
    ck_assert_int_eq(recctrl_start("name", 9, 0), HYPERCALL_STARTED);
    ck_assert_str_eq(host.text, "name");
    ck_assert_uint_eq(host.token, 9);
    play(ignored);
    ck_assert_int_eq(recctrl_status(0), RECCTRL_UNHEARD);
}
END_TEST

static long toggle(void)
{
    return recctrl_toggle("name");
}

static long open_session(void)
{
    return recctrl_open("name", 7);
}

static long close_session(void)
{
    return recctrl_close("name", 7);
}

static long mark(void)
{
    return recctrl_mark("name");
}

static const struct {
    long (*call)(void);
    long action;
    unsigned long token;
} requests[] = {
    {toggle, HYPERCALL_TOGGLE, 0},
    {open_session, HYPERCALL_OPEN, 7},
    {close_session, HYPERCALL_CLOSE, 7},
    {mark, HYPERCALL_MARK, 0},
};

START_TEST(test_requests)
{
    static const long script[] = {HYPERCALL_PENDING, 0};

    play(script);
    ck_assert_int_eq(requests[_i].call(), HYPERCALL_PENDING);
    ck_assert_uint_eq(host.calls, 1);
    ck_assert_int_eq(host.action, requests[_i].action);
    ck_assert_uint_eq(host.token, requests[_i].token);
    ck_assert_str_eq(host.text, "name");
}
END_TEST

/* PANDA sees 32 bits of the pointer, and there is no room for a token. */
START_TEST(test_panda)
{
    static const long script[] = {HYPERCALL_STARTED, 0};

    recctrl_use_panda();
    play(script);
    ck_assert_int_eq(recctrl_open("name", 7), HYPERCALL_STARTED);
    ck_assert_str_eq(host.text, "name");
    ck_assert_uint_eq(host.token, 0);
    ck_assert_uint_eq(host.pointer >> 32, 0);
}
END_TEST

static void *ask_often(void *unused)
{
    (void)unused;
    for (int i = 0; i < 1000; i++)
        if (recctrl_status(0) != RECCTRL_UNHEARD)
            return (void *)"an answer";
    return NULL;
}

/* Threads that call at the same time, each time into a trap, get each its own way back; the
 * program's handlers are there again afterwards. */
START_TEST(test_threads)
{
    static const long script[] = {TRAP(SIGILL), 0};
    struct sigaction before, after;
    pthread_t threads[4];
    void *result;

    play(script);
    sigaction(SIGILL, NULL, &before);
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, ask_often, NULL), 0);
    for (int i = 0; i < 4; i++) {
        ck_assert_int_eq(pthread_join(threads[i], &result), 0);
        ck_assert_ptr_null(result);
    }
    sigaction(SIGILL, NULL, &after);
    ck_assert(after.sa_handler == before.sa_handler);
    ck_assert_uint_eq(host.calls, 4000);
}
END_TEST

/* A program's handler, and a fault of another thread while a call is under way. */
static sigjmp_buf own_way_back;

static void own_handler(int signal_number)
{
    (void)signal_number;
    siglongjmp(own_way_back, 1);
}

static void *fault(void *page)
{
    volatile char *at = page;

    pthread_barrier_wait(&meeting); /* the library's handlers are installed */
    if (sigsetjmp(own_way_back, 1) == 0) {
        *at = 1;
        return (void *)"no fault";
    }
    pthread_barrier_wait(&meeting);
    return NULL;
}

START_TEST(test_fault_elsewhere)
{
    static const long script[] = {MEET, 0};
    struct sigaction action = {.sa_handler = own_handler};
    void *page = mmap(NULL, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), *result;
    pthread_t thread;

    sigaction(SIGSEGV, &action, NULL);
    pthread_barrier_init(&meeting, NULL, 2);
    ck_assert_int_eq(pthread_create(&thread, NULL, fault, page), 0);
    play(script);
    ck_assert_int_eq(recctrl_status(0), MEET);
    ck_assert_int_eq(pthread_join(thread, &result), 0);
    ck_assert_ptr_null(result);
    sigaction(SIGSEGV, NULL, &action);
    ck_assert(action.sa_handler == own_handler);
}
END_TEST

START_TEST(test_traps)
{
    static const int signals[] = {SIGILL, SIGSEGV, SIGBUS, SIGTRAP};
    struct sigaction before, after;

    for (int i = 0; i < 4; i++) {
        const long script[] = {TRAP(signals[i]), 0};

        sigaction(signals[i], NULL, &before);
        /* Twice: the handler must not leave the signal blocked. */
        for (int j = 0; j < 2; j++) {
            play(script);
            ck_assert_int_eq(recctrl_status(0), RECCTRL_UNHEARD);
        }
        sigaction(signals[i], NULL, &after);
        ck_assert(after.sa_handler == before.sa_handler);
    }
}
END_TEST

static const struct {
    long answer;
    int features;
} probes[] = {
    {HYPERCALL_SIGNATURE | 0x101, 1},
    {HYPERCALL_SIGNATURE | 0x100, 0},
    {HYPERCALL_SIGNATURE | 0x201, -1}, /* a later ABI */
    {HYPERCALL_MAGIC, -1},             /* ignored */
    {HYPERCALL_PROBE, -1},
    {0, -1},
    {-1, -1},
    {0x16, -1}, /* what CPUID might say */
};

START_TEST(test_probe)
{
    const long script[] = {probes[_i].answer, 0};

    play(script);
    ck_assert_int_eq(recctrl_probe(), probes[_i].features);
}
END_TEST

START_TEST(test_wait)
{
    static const long begins[] = {3, 3, 3, 1, 0};
    static const long ends[] = {3, 3, 2, 0};
    static const long fails[] = {3, -1, 0};

    play(begins);
    ck_assert_int_eq(recctrl_start("name", 5, 10), HYPERCALL_STARTED);
    ck_assert_uint_eq(host.calls, 4);
    ck_assert_int_eq(host.action, HYPERCALL_STATUS);
    ck_assert_uint_eq(host.token, 5);
    play(ends);
    ck_assert_int_eq(recctrl_stop(5, 10), HYPERCALL_STOPPED);
    play(fails);
    ck_assert_int_eq(recctrl_start("name", 5, 10), HYPERCALL_ERROR);
}
END_TEST

START_TEST(test_patience)
{
    static const long never[] = {HYPERCALL_PENDING, 0};

    play(never);
    ck_assert_int_eq(recctrl_start("name", 5, 0), HYPERCALL_PENDING);
    ck_assert_uint_eq(host.calls, 1);
    play(never);
    ck_assert_int_eq(recctrl_start("name", 5, 1), HYPERCALL_PENDING);
    ck_assert_uint_ge(host.calls, 5);
    ck_assert_uint_le(host.calls, 20);
}
END_TEST

START_TEST(test_text_limit)
{
    static const long script[] = {HYPERCALL_STARTED, 0};
    char text[HYPERCALL_TEXT_MAX + 1];

    memset(text, 'x', sizeof(text));
    text[HYPERCALL_TEXT_MAX] = '\0';
    ck_assert(!recctrl_text_fits(text));
    play(script);
    recctrl_open(text, 0);
    ck_assert_uint_eq(strlen(host.text), HYPERCALL_TEXT_MAX - 1);
    text[HYPERCALL_TEXT_MAX - 1] = '\0';
    ck_assert(recctrl_text_fits(text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agent-library");
    TCase *tcase = tcase_create("agent-library");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_call);
    tcase_add_loop_test(tcase, test_requests, 0, (int)(sizeof(requests) / sizeof(requests[0])));
    tcase_add_test(tcase, test_panda);
    tcase_add_test(tcase, test_threads);
    tcase_add_test(tcase, test_fault_elsewhere);
    tcase_add_test(tcase, test_traps);
    tcase_add_loop_test(tcase, test_probe, 0, (int)(sizeof(probes) / sizeof(probes[0])));
    tcase_add_test(tcase, test_wait);
    tcase_add_test(tcase, test_patience);
    tcase_add_test(tcase, test_text_limit);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
