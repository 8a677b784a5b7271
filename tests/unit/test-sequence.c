/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sequences of steps: in order, at once or later, failing, going back, and freed in between.
 */
#include "qmpbridge/core/sequence.h"

#include "tests/unit/temp.h"

/** What a step does is decided by the next letter of `plan`. */
typedef struct {
    Sequence *sequence;
    GString *trace;
    const char *plan; /**< n: next; l: next, later; f: fail; a: again from step 1 */
    guint done;
    char *error;
} Run;

static void step_one(gpointer user_data);

static gboolean next_later(gpointer user_data)
{
    Run *run = user_data;

    sequence_next(run->sequence);
    return G_SOURCE_REMOVE;
}

static void act(Run *run, char name)
{
    g_string_append_c(run->trace, name);
    switch (*run->plan++) {
    case 'n':
        sequence_next(run->sequence);
        break;
    case 'l':
        g_idle_add(next_later, run);
        break;
    case 'f':
        sequence_fail(run->sequence, g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_STATE, "no"));
        break;
    default:
        sequence_again(run->sequence, step_one);
    }
}

static void step_zero(gpointer user_data)
{
    act(user_data, '0');
}

static void step_one(gpointer user_data)
{
    act(user_data, '1');
}

static void step_two(gpointer user_data)
{
    act(user_data, '2');
}

static const SequenceStep steps[] = {step_zero, step_one, step_two, NULL};
static const SequenceStep no_steps[] = {NULL};

static void done(const GError *error, gpointer user_data)
{
    Run *run = user_data;

    run->done++;
    run->error = error ? g_strdup(error->message) : NULL;
}

static const struct {
    const char *plan, *trace, *error;
} cases[] = {
    {"nnn", "012", NULL},      {"lll", "012", NULL},       {"nln", "012", NULL},
    {"f", "0", "no"},          {"nf", "01", "no"},         {"llf", "012", "no"},
    {"nnannn", "01212", NULL}, {"nnaalf", "012112", "no"},
};

START_TEST(test_table)
{
    Run run = {.plan = cases[_i].plan, .trace = g_string_new(NULL)};

    run.sequence = sequence_new(steps, done, &run);
    ck_assert_uint_eq(run.trace->len, 0);
    sequence_start(run.sequence);
    temp_wait(run.done, "the end of the sequence");
    ck_assert_str_eq(run.trace->str, cases[_i].trace);
    ck_assert_pstr_eq(run.error, cases[_i].error);
    ck_assert_uint_eq(run.done, 1);
    g_string_free(run.trace, TRUE);
    g_free(run.error);
}
END_TEST

START_TEST(test_empty)
{
    Run run = {0};

    run.sequence = sequence_new(no_steps, done, &run);
    sequence_start(run.sequence);
    ck_assert_uint_eq(run.done, 1);
    ck_assert_ptr_null(run.error);
}
END_TEST

START_TEST(test_free)
{
    Run run = {.plan = "l", .trace = g_string_new(NULL)};

    run.sequence = sequence_new(steps, done, &run);
    sequence_start(run.sequence);
    sequence_free(run.sequence);
    ck_assert(g_source_remove_by_user_data(&run));
    ck_assert_uint_eq(run.done, 0);
    sequence_free(NULL);
    g_string_free(run.trace, TRUE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_table, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, test_empty);
    tcase_add_test(tcase, test_free);
}

int main(void)
{
    return temp_run("sequence", add_tests);
}
