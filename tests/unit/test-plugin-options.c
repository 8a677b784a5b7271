/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plugin's arguments: what is taken, and that what isn't gets a message naming it.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "plugin/options.h"
#include "qmpbridge/core/error.h"

typedef struct {
    const char *args;  /* separated by commas, as on QEMU's command line */
    const char *wrong; /* NULL: fine; else part of the message */
    PolicyOptions policy;
    gboolean dry;
} Case;

static const Case cases[] = {
    {"control=/s", NULL, {0}, FALSE},
    {"control=/s,session_rec=on,nrec=3,timeout=60", NULL, {TRUE, 3, 60}, FALSE},
    {"control=/s,session_rec=y", NULL, {TRUE, 0, 0}, FALSE},
    {"control=/s,session_rec", NULL, {TRUE, 0, 0}, FALSE},
    {"control=/s,session_rec=TRUE,dry=no", NULL, {TRUE, 0, 0}, FALSE},
    {"dry=on", NULL, {0}, TRUE},
    {"control=/s,dry=yes", NULL, {0}, TRUE},
    {"replay=/j", NULL, {0}, FALSE},
    {"", "where to?", {0}, FALSE},
    {"session_rec=on", "where to?", {0}, FALSE},
    {"control=", "control=", {0}, FALSE},
    {"control=/s,control=/t", "control=/t", {0}, FALSE},
    {"control=/s,replay=/j", "replay= goes with no other", {0}, FALSE},
    {"replay=/j,dry=on", "replay= goes with no other", {0}, FALSE},
    {"control=/s,nrec=-1", "nrec=-1", {0}, FALSE},
    {"control=/s,nrec=x", "nrec=x", {0}, FALSE},
    {"control=/s,nrec=", "nrec=", {0}, FALSE},
    {"control=/s,nrec=4294967296", "nrec=", {0}, FALSE},
    {"control=/s,timeout=99999999999", "timeout=", {0}, FALSE},
    {"control=/s,session_rec=perhaps", "session_rec=perhaps", {0}, FALSE},
    {"control=/s,colour=red", "unknown argument 'colour=red'", {0}, FALSE},
    {"control=/s,=", "unknown argument '='", {0}, FALSE},
};

START_TEST(test_case)
{
    const Case *c = &cases[_i];
    g_auto(GStrv) args = g_strsplit(c->args, ",", -1);
    g_autoptr(GError) error = NULL;
    g_autoptr(PluginOptions) options = plugin_options_parse((int)g_strv_length(args), args, &error);

    if (c->wrong) {
        ck_assert_ptr_null(options);
        ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
        ck_assert_msg(strstr(error->message, c->wrong) != NULL, "%s", error->message);
        return;
    }
    g_assert_no_error(error);
    ck_assert_int_eq(options->dry, c->dry);
    ck_assert_mem_eq(&options->policy, &c->policy, sizeof(c->policy));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("plugin-options");
    TCase *tcase = tcase_create("plugin-options");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_loop_test(tcase, test_case, 0, (int)G_N_ELEMENTS(cases));
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
