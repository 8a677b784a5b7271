/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's channel and its waiting, with a scripted host in the place of the marker: answers,
 * traps, silence, an end of patience.
 */
#include <check.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "guest-agent/arch.h"
#include "guest-agent/channel.h"
#include "guest-agent/hypercall-abi.h"
#include "guest-agent/waiting.h"

#define TRAP(signal_number) (1000 + (signal_number))

static struct {
    const long *script; /* answers; the last one repeats */
    unsigned at, calls;
    long action;
    char text[HYPERCALL_TEXT_MAX];
    unsigned long token;
} host;

long arch_marker(long action, const void *text, unsigned long token)
{
    long answer = host.script[host.at];

    host.at += host.script[host.at + 1] != 0 ? 1 : 0;
    host.calls++;
    host.action = action;
    host.token = token;
    memset(host.text, 0, sizeof(host.text));
    if (text)
        memcpy(host.text, text, sizeof(host.text));
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
    ck_assert_int_eq(channel_call(HYPERCALL_START, "name", 9), HYPERCALL_STARTED);
    ck_assert_str_eq(host.text, "name");
    ck_assert_uint_eq(host.token, 9);
    play(ignored);
    ck_assert_int_eq(channel_call(HYPERCALL_START, NULL, 0), CHANNEL_UNHEARD);
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
            ck_assert_int_eq(channel_call(HYPERCALL_PROBE, NULL, 0), CHANNEL_UNHEARD);
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
    ck_assert_int_eq(channel_probe(), probes[_i].features);
}
END_TEST

START_TEST(test_wait)
{
    static const long begins[] = {3, 3, 3, 1, 0};
    static const long ends[] = {3, 3, 2, 0};
    static const long fails[] = {3, -1, 0};

    play(begins);
    ck_assert_int_eq(waiting_start("name", 5, 10), HYPERCALL_STARTED);
    ck_assert_uint_eq(host.calls, 4);
    ck_assert_int_eq(host.action, HYPERCALL_STATUS);
    ck_assert_uint_eq(host.token, 5);
    play(ends);
    ck_assert_int_eq(waiting_stop(5, 10), HYPERCALL_STOPPED);
    play(fails);
    ck_assert_int_eq(waiting_start("name", 5, 10), HYPERCALL_ERROR);
}
END_TEST

START_TEST(test_patience)
{
    static const long never[] = {HYPERCALL_PENDING, 0};

    play(never);
    ck_assert_int_eq(waiting_start("name", 5, 0), HYPERCALL_PENDING);
    ck_assert_uint_eq(host.calls, 1);
    play(never);
    ck_assert_int_eq(waiting_start("name", 5, 1), HYPERCALL_PENDING);
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
    ck_assert(!channel_text_fits(text));
    play(script);
    channel_call(HYPERCALL_START, text, 0);
    ck_assert_uint_eq(strlen(host.text), HYPERCALL_TEXT_MAX - 1);
    text[HYPERCALL_TEXT_MAX - 1] = '\0';
    ck_assert(channel_text_fits(text));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("agent-waiting");
    TCase *tcase = tcase_create("agent-waiting");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_test(tcase, test_call);
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
