/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which CPU a QEMU gets: what may be asked for, that a CPU where processes are pinned is left to
 * them, and that nothing beyond the host's, the mask's or the list's CPUs is chosen.
 */
#include "qmpbridge/vm/affinity.h"

#include <signal.h>
#include <sys/wait.h>

#include "tests/unit/temp.h"

/** More pinned processes than others have on this host while the test runs. */
#define CROWD 100u

/* The CPUs that this process may use. */
static GArray *usable(void)
{
    GArray *cpus = g_array_new(FALSE, FALSE, sizeof(int));
    cpu_set_t set;

    ck_assert_int_eq(sched_getaffinity(0, sizeof(set), &set), 0);
    for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &set))
            g_array_append_val(cpus, cpu);
    }
    return cpus;
}

static const struct {
    const char *text, *error;
} texts[] = {
    {"auto", NULL},
    {"none", NULL},
    {"", "auto, none, or CPUs"},
    {"all", "not 'all'"},
    {"Auto", "not 'Auto'"},
    {",", "not ','"},
    {"0,", "not '0,'"},
    {"-1", "not '-1'"},
    {"0-", "not '0-'"},
    {"3-1", "not '3-1'"},
    {"0x1", "not '0x1'"},
    {"1 ", "not '1 '"},
    {"8192", "not '8192'"},
    {"0-9999999999", "not"},
    {"99999999999999999999", "not"},
    {"8191", "CPU 8191 can't be used: this process may run on "},
    {"0-1-2", "not '0-1-2'"},
};

START_TEST(test_text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Affinity) affinity = affinity_new(texts[_i].text, &error);

    ck_assert_msg(!affinity == !!texts[_i].error, "'%s'", texts[_i].text);
    if (!texts[_i].error)
        return;
    ck_assert_msg(strstr(error->message, texts[_i].error) != NULL, "%s", error->message);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
}
END_TEST

/* Each CPU by itself, and all of them as a list. */
START_TEST(test_list)
{
    g_autoptr(GArray) cpus = usable();
    g_autoptr(GString) all = g_string_new(NULL);
    g_autoptr(Affinity) any = NULL;

    for (guint i = 0; i < cpus->len; i++) {
        int cpu = g_array_index(cpus, int, i);
        g_autofree char *text = g_strdup_printf("%d-%d", cpu, cpu);
        g_autoptr(Affinity) one = affinity_new(text, NULL);

        ck_assert_ptr_nonnull(one);
        ck_assert(affinity_is_list(one));
        ck_assert_int_eq(affinity_choose(one), cpu);
        g_string_append_printf(all, "%s%d", i ? "," : "", cpu);
    }
    any = affinity_new(all->str, NULL);
    ck_assert_ptr_nonnull(any);
    ck_assert_int_ge(affinity_choose(any), 0);
}
END_TEST

START_TEST(test_none)
{
    g_autoptr(Affinity) none = affinity_new("none", NULL);

    ck_assert(!affinity_is_list(none));
    ck_assert_int_eq(affinity_choose(none), -1);
}
END_TEST

static void pin_and_wait(int cpu)
{
    affinity_pin(cpu);
    raise(SIGSTOP); /* the parent sees it, and so knows that it is pinned */
    _exit(0);
}

/* No further QEMU gets a CPU where many are pinned while there is another one. */
START_TEST(test_avoids_the_pinned)
{
    g_autoptr(GArray) cpus = usable();
    g_autoptr(Affinity) affinity = affinity_new("auto", NULL);
    int crowded = g_array_index(cpus, int, _i == 0 ? 0 : cpus->len - 1), status;
    pid_t child[CROWD];

    if (cpus->len < 2)
        temp_skip("this process may use one CPU only");
    for (guint i = 0; i < CROWD; i++) {
        child[i] = fork();
        ck_assert_int_ge(child[i], 0);
        if (child[i] == 0)
            pin_and_wait(crowded);
        ck_assert_int_eq(waitpid(child[i], &status, WUNTRACED), child[i]);
        ck_assert(WIFSTOPPED(status));
    }
    ck_assert_int_ne(affinity_choose(affinity), crowded);
    for (guint i = 0; i < CROWD; i++) {
        kill(child[i], SIGKILL);
        waitpid(child[i], NULL, 0);
    }
}
END_TEST

/* The mask of this process holds, also one that came after the text was read. */
START_TEST(test_own_mask)
{
    g_autoptr(GArray) cpus = usable();
    g_autoptr(Affinity) affinity = affinity_new("auto", NULL);
    int last = g_array_index(cpus, int, cpus->len - 1), first = g_array_index(cpus, int, 0);
    g_autofree char *text = g_strdup_printf("%d", first);
    g_autoptr(GError) error = NULL;

    affinity_pin(last);
    ck_assert_int_eq(affinity_choose(affinity), last);
    if (first == last)
        return;
    ck_assert_ptr_null(affinity_new(text, &error));
    ck_assert_msg(strstr(error->message, "may run on") != NULL, "%s", error->message);
}
END_TEST

START_TEST(test_list_that_is_gone)
{
    g_autoptr(GArray) cpus = usable();
    int last = g_array_index(cpus, int, cpus->len - 1), first = g_array_index(cpus, int, 0);
    g_autofree char *text = g_strdup_printf("%d", first);
    g_autoptr(Affinity) affinity = affinity_new(text, NULL);

    affinity_pin(last);
    ck_assert_int_eq(affinity_choose(affinity), first == last ? first : -1);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_text, 0, G_N_ELEMENTS(texts));
    tcase_add_test(tcase, test_list);
    tcase_add_test(tcase, test_none);
    tcase_add_loop_test(tcase, test_avoids_the_pinned, 0, 2);
    tcase_add_test(tcase, test_own_mask);
    tcase_add_test(tcase, test_list_that_is_gone);
}

int main(void)
{
    return temp_run("affinity", add_tests);
}
