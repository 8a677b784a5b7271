/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command table: it passes its own check, tables with a fault in them don't; words are bound
 * to arguments as the usage says.
 */
#include <check.h>
#include <stdlib.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/commands/command-table.h"

static void run(CommandCall *call)
{
    (void)call;
}

#define FAMILY .family = FAMILY_QMP
#define NAMED(text) .name = text, .help = "Do it", .details = "It is done.", FAMILY, .run = run
#define ROW(...)                \
    {                           \
        NAMED("a"), __VA_ARGS__ \
    }

/* Each has one fault, but the first. */
static const Command rows[] = {
    ROW(.needs = NEEDS_STORE),
    {.name = "", .help = "Do it", .details = "It is done.", FAMILY, .run = run},
    {.name = "a b", .help = "Do it", .details = "It is done.", FAMILY, .run = run},
    {.name = "a", .help = "Do it.", .details = "It is done.", FAMILY, .run = run},
    {.name = "a", .help = "do it", .details = "It is done.", FAMILY, .run = run},
    {.name = "a", .help = "Do\nit", .details = "It is done.", FAMILY, .run = run},
    {.name = "a", .details = "It is done.", FAMILY, .run = run},
    {.name = "a", .help = "Do it", .details = "It is done", FAMILY, .run = run},
    {.name = "a", .help = "Do it", FAMILY, .run = run},
    {.name = "a", .help = "Do it", .details = "It is done.", FAMILY},
    {.name = "a", .help = "Do it", .details = "It is done.", .run = run},
    ROW(.arguments = {{"rest", ARGUMENT_REST, TRUE}, {"more", ARGUMENT_WORD, TRUE}}),
    ROW(.arguments = {{"opt", ARGUMENT_WORD, TRUE}, {"req", ARGUMENT_WORD, FALSE}}),
    ROW(.arguments = {{"pairs", ARGUMENT_PAIRS, FALSE}}),
    ROW(.arguments = {{"mode", ARGUMENT_KEYWORD, TRUE}}),
};

START_TEST(the_table)
{
    g_autofree char *fault = command_table_check(command_table()->rows);

    ck_assert_msg(!fault, "%s", fault);
    ck_assert_ptr_null(command_find(command_table(), "no-such"));
    for (const Command *const *row = command_table()->rows; *row; row++)
        ck_assert_ptr_eq(command_find(command_table(), (*row)->name), *row);
}
END_TEST

START_TEST(faulty_row)
{
    const Command *table[] = {&rows[_i], NULL};
    g_autofree char *fault = command_table_check(table);

    ck_assert_int_eq(fault == NULL, _i == 0);
}
END_TEST

START_TEST(faulty_order)
{
    static const Command first = {NAMED("a")}, second = {NAMED("b")};
    const Command *good[] = {&first, &second, NULL};
    const Command *swapped[] = {&second, &first, NULL}, *twice[] = {&first, &first, NULL};
    g_autofree char *none = command_table_check(good);
    g_autofree char *order = command_table_check(swapped), *unique = command_table_check(twice);

    ck_assert_ptr_null(none);
    ck_assert_ptr_nonnull(order);
    ck_assert_ptr_nonnull(unique);
}
END_TEST

/* @words and @bound separated by '|'; what isn't given is '-'. NULL: refused. */
static const struct {
    const char *command, *words, *bound, *pairs;
} bindings[] = {
    {"begin_record", "x", "x", ""},
    {"begin_record", "file_name=x", "x", ""},
    {"begin_record", "a=b", "a=b", ""},
    {"begin_record", "", NULL, NULL},
    {"begin_record", "x|y", NULL, NULL},
    {"end_record", "", "-", ""},
    {"end_record", "discard", "true", ""},
    {"end_record", "discard=true", "true", ""},
    {"end_record", "discard=false", "false", ""},
    {"end_record", "discard=n", "false", ""},
    {"end_record", "discard=1", "true", ""},
    {"end_record", "discard=maybe", NULL, NULL},
    {"end_record", "x", NULL, NULL},
    {"record-mark", "it|failed|here", "it failed here", ""},
    {"record-mark", "text=it failed", "it failed", ""},
    {"record-mark", "", NULL, NULL},
    {"wait", "STOP", "STOP|-", ""},
    {"wait", "STOP|60", "STOP|-", "60"},
    {"wait", "STOP|match|a=b|timeout|3", "STOP|-", "match|a=b|timeout|3"},
    {"wait", "event=STOP|words=1", "STOP|-", "words=1"},
    {"events", "", "-", ""},
    {"events", "only|a|b", "-", "only|a|b"},
    {"wait", "", NULL, NULL},
    {"qmp", "quit", "quit|-", ""},
    {"qmp", "x|name=y|name.z=1", "x|-", "name=y|name.z=1"},
    {"qmp", "x|y", NULL, NULL},
    {"set", "-e", "-e", ""},
    {"set", "", "-", ""},
    {"set", "-x", NULL, NULL},
    {"transaction", "(", "(|-", ""},
    {"transaction", "a=b|(", "(|-", "a=b"},
    {"transaction", "a", NULL, NULL},
    {"all", "hmp|info", "hmp info", ""},
    {"quit", "", "", ""},
    {"quit", "now", NULL, NULL},
};

static char *join_values(const Command *command, char **values)
{
    GString *out = g_string_new(NULL);

    for (int i = 0; i < COMMAND_MAX_ARGUMENTS && command->arguments[i].name; i++)
        g_string_append_printf(out, "%s%s", i ? "|" : "", values[i] ? values[i] : "-");
    return g_string_free(out, FALSE);
}

START_TEST(binding)
{
    const Command *command = command_find(command_table(), bindings[_i].command);
    g_auto(GStrv) words = g_strsplit(bindings[_i].words, "|", -1);
    g_autoptr(GError) error = NULL;
    g_auto(GStrv) pairs = NULL;
    g_autofree char *bound = NULL, *joined = NULL;
    char **values = NULL;

    if (!command_bind(command, words, &values, &pairs, &error)) {
        ck_assert_ptr_null(bindings[_i].bound);
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
        ck_assert(g_str_has_prefix(error->message, "usage: "));
        return;
    }
    bound = join_values(command, values);
    joined = g_strjoinv("|", pairs);
    command_free_values(values);
    ck_assert_pstr_eq(bound, bindings[_i].bound);
    ck_assert_pstr_eq(joined, bindings[_i].pairs);
}
END_TEST

START_TEST(usage)
{
    g_autofree char *wait = command_usage(command_find(command_table(), "wait"));
    g_autofree char *end = command_usage(command_find(command_table(), "end_record"));
    g_autofree char *set = command_usage(command_find(command_table(), "set"));
    g_autofree char *all = command_usage(command_find(command_table(), "all"));
    g_autofree char *transaction = command_usage(command_find(command_table(), "transaction"));

    ck_assert_str_eq(wait, "wait EVENT [match KEY=VALUE...] [timeout SECONDS]");
    ck_assert_str_eq(end, "end_record [discard]");
    ck_assert_str_eq(set, "set [-e|+e]");
    ck_assert_str_eq(all, "all COMMAND [WORDS]");
    ck_assert_str_eq(transaction, "transaction [(] [KEY=VALUE]...");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("command");
    TCase *tcase = tcase_create("command");
    SRunner *runner;
    int failed;

    tcase_add_test(tcase, the_table);
    tcase_add_loop_test(tcase, faulty_row, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, faulty_order);
    tcase_add_loop_test(tcase, binding, 0, G_N_ELEMENTS(bindings));
    tcase_add_test(tcase, usage);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
