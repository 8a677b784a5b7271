/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The queue from the vCPUs to the control link: order, bound, two threads at once.
 */
#include <check.h>
#include <stdio.h>
#include <stdlib.h>

#include "plugin/action-queue.h"

static PolicyAction action_with(guint number)
{
    PolicyAction action = {.type = POLICY_MARK};

    snprintf(action.text, sizeof(action.text), "%u", number);
    return action;
}

START_TEST(test_order_and_bound)
{
    g_autofree ActionQueue *queue = g_new0(ActionQueue, 1);
    PolicyAction action;
    guint in = 0, out = 0;

    ck_assert(!action_queue_take(queue, &action));
    for (guint round = 0; round < 5; round++) {
        for (; action_queue_room(queue) > 0; in++) {
            action = action_with(in);
            ck_assert(action_queue_put(queue, &action));
        }
        ck_assert(!action_queue_put(queue, &action));
        ck_assert_uint_eq(in - out, ACTION_QUEUE_SIZE);
        for (guint i = 0; i < ACTION_QUEUE_SIZE / 2 + round; i++, out++) {
            ck_assert(action_queue_take(queue, &action));
            ck_assert_uint_eq(strtoul(action.text, NULL, 10), out);
        }
    }
}
END_TEST

/* Positions are counted modulo 2^32. */
START_TEST(test_wrap)
{
    g_autofree ActionQueue *queue = g_new0(ActionQueue, 1);
    PolicyAction action;

    queue->head = queue->tail = G_MAXUINT - 3;
    for (guint i = 0; i < 8; i++) {
        action = action_with(i);
        ck_assert(action_queue_put(queue, &action));
    }
    ck_assert_uint_eq(action_queue_room(queue), ACTION_QUEUE_SIZE - 8);
    for (guint i = 0; i < 8; i++) {
        ck_assert(action_queue_take(queue, &action));
        ck_assert_uint_eq(strtoul(action.text, NULL, 10), i);
    }
    ck_assert(!action_queue_take(queue, &action));
}
END_TEST

#define ITEMS 200000u

static gpointer produce(gpointer data)
{
    for (guint i = 0; i < ITEMS;) {
        PolicyAction action = action_with(i);

        if (action_queue_put(data, &action))
            i++;
        else
            g_thread_yield(); /* the consumer may need this CPU */
    }
    return NULL;
}

START_TEST(test_two_threads)
{
    g_autofree ActionQueue *queue = g_new0(ActionQueue, 1);
    GThread *producer = g_thread_new("producer", produce, queue);
    PolicyAction action;

    for (guint i = 0; i < ITEMS;)
        if (action_queue_take(queue, &action))
            ck_assert_uint_eq(strtoul(action.text, NULL, 10), i++);
        else
            g_thread_yield();
    g_thread_join(producer);
    ck_assert(!action_queue_take(queue, &action));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("link-queue");
    TCase *tcase = tcase_create("link-queue");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, test_order_and_bound);
    tcase_add_test(tcase, test_wrap);
    tcase_add_test(tcase, test_two_threads);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
