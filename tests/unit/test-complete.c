/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completion: what is offered at each place of a line.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/shell/complete.h"
#include "tests/unit/shell-fixture.h"

static const struct {
    const char *before, *word, *offered; /* joined by blanks */
} cases[] = {
    {"", "o", "ok old"},
    {"  ", "que", "query-record"},
    {"", "qu", "query-record quit"},
    {"", "zzz", ""},
    {"help ", "o", "ok old"},
    {"help ", "wa", "wait"},
    {"wait ", "", "PING SHUTDOWN end"},
    {"wait ", "S", "SHUTDOWN"},
    {"end_record ", "", "discard"},
    {"record-mark ", "", ""},
    {"ok ", "t", "text="},
    {"ok ", "su", "sub."},
    {"ok text=5 ", "ki", "kind="},
    {"ok ", "kind=", "kind=qcow2 kind=raw"},
    {"ok ", "kind=q", "kind=qcow2"},
    {"ok ", "flag=", "flag=false flag=true"},
    {"ok ", "text=", ""},
    {"ok ", "sub.", "sub.kind="},
    {"ok sub.kind=qcow2 ", "sub.", "sub.backing= sub.kind= sub.self."},
    {"ok sub.kind=raw ", "sub.", "sub.kind= sub.offset="},
    {"ok sub.kind=qcow2 ", "sub.self.kind=r", "sub.self.kind=raw"},
    {"old ", "mode=", "mode=one mode=two"},
    {"no-such ", "", ""},
    {"qmp ", "o", "ok old"},
    {"qmp ok ", "te", "text="},
    {"show ", "", ""},
    {"quit ", "", ""},
};

START_TEST(word)
{
    Fixture *f = fixture_new(FALSE, TRUE, 0);
    g_auto(GStrv) offered = NULL;
    g_autofree char *joined = NULL;

    fixture_learn_schema(f);
    offered = complete_word(f->shell, cases[_i].before, cases[_i].word);
    joined = g_strjoinv(" ", offered);
    ck_assert_str_eq(joined, cases[_i].offered);
    fixture_free(f);
}
END_TEST

/* Before the schema is known, and without a VM, the shell's own commands are offered. */
START_TEST(unattached)
{
    Fixture *f = fixture_new(FALSE, FALSE, 0);
    g_auto(GStrv) first = complete_word(f->shell, "", "re");
    g_auto(GStrv) keys = complete_word(f->shell, "ok ", "");
    g_autofree char *joined = g_strjoinv(" ", first);

    ck_assert_str_eq(joined, "record-mark replay");
    ck_assert_uint_eq(g_strv_length(keys), 0);
    fixture_free(f);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("complete");
    TCase *tcase = tcase_create("complete");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 60);
    tcase_add_loop_test(tcase, word, 0, G_N_ELEMENTS(cases));
    tcase_add_test(tcase, unattached);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
