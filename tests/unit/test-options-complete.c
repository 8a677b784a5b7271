/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * --complete: what can stand at each place of the program's own command line, and that the parser
 * takes the values that are offered.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/program/command-line.h"

/* Words between blanks, of which the last is completed; candidates between '|'. */
static const struct {
    const char *line, *candidates;
} cases[] = {
    {"rep", "replay|:files "},
    {"-- rep", "replay|:files "},
    {"run --disk-", "--disk-interface"},
    {"run --net ", "none|user|restricted"},
    {"run --net=", "--net=none|--net=user|--net=restricted"},
    {"run --net=x", ""},
    {"run --kernel ", ":files "},
    {"run --kernel=x", ":files --kernel="},
    {"list --store=", ":directories --store="},
    {"derive ", ":files "},
    {"derive --return", "--return-value"},
    {"derive base ", ":files "},
    {"derive base new ", ""},
    {"run --keep-disk-dir ", ":directories "},
    {"run --memory ", ""},
    {"run -- --disk-", ":files "},
    {"run ", ":files "},
    {"run script ", ""},
    {"list --rec", ""},
    {"x.sock --rec", "--reconnect"},
    {"x.sock -c ", ""},
    {"x.sock -c help ", ":files "},
    {"help wai", "wait"},
    {"help wait ", ""},
    {"show --store /nonexistent ", ""},
    {"list ", ""},
};

START_TEST(place)
{
    g_auto(GStrv) words = g_strsplit(cases[_i].line, " ", -1);
    g_autofree char *found = options_complete(words, g_strv_length(words) - 1);

    g_strdelimit(found, "\n", '|');
    if (g_str_has_suffix(found, "|"))
        found[strlen(found) - 1] = '\0';
    ck_assert_str_eq(found, cases[_i].candidates);
}
END_TEST

START_TEST(beyond_the_end)
{
    const char *words[] = {"show", NULL};
    g_autofree char *far = options_complete((char **)words, 100000);
    g_autofree char *next = options_complete((char **)words + 1, 0);

    ck_assert_ptr_nonnull(far);
    ck_assert_ptr_nonnull(strstr(next, "run\n"));
}
END_TEST

START_TEST(values_are_taken)
{
    static const char *const names[] = {"--machine=", "--disk-interface=", "--net=", "--recctrl="};

    for (gsize i = 0; i < G_N_ELEMENTS(names); i++) {
        const char *line[] = {"run", names[i], NULL};
        g_autofree char *found = options_complete((char **)line, 1);
        g_auto(GStrv) values = g_strsplit(found, "\n", -1);

        ck_assert_str_ne(values[0], "");
        for (char **value = values; **value; value++) {
            g_autofree char *whole =
                g_strconcat(*value, g_str_has_suffix(*value, "=") ? "1" : "", NULL);
            const char *words[] = {"run", "--memory", "128", "--kernel", "/k", whole, NULL};
            g_autoptr(GError) error = NULL;
            g_autoptr(Options) options = command_line_parse((char **)words, &error);

            ck_assert_msg(options != NULL, "%s: %s", whole, error ? error->message : "");
        }
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options-complete");
    TCase *tcase = tcase_create("options-complete");
    SRunner *runner;
    int failed;

    g_setenv("XDG_RUNTIME_DIR", "/nonexistent", TRUE);
    tcase_add_loop_test(tcase, place, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, beyond_the_end);
    tcase_add_test(tcase, values_are_taken);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
