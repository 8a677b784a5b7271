/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The PAM module, loaded by a real libpam from a configuration of the test's own: with a scripted
 * host, and with the real instruction, to which no recorder listens here.
 */
#include <dlfcn.h>
#include <grp.h>
#include <pwd.h>
#include <security/pam_appl.h>

#include "tests/unit/pam-scripted.h"
#include "tests/unit/temp.h"

#define REAL "guest-agent/.libs/pam_recctrl.so"
#define SCRIPTED "tests/unit/.libs/pam-scripted.so"
#define N(array) (sizeof(array) / sizeof((array)[0]))
#define PROBED (HYPERCALL_SIGNATURE | 0x100 | HYPERCALL_FEATURE_SESSIONS)

/* No module here asks for anything. */
static int converse(int n, const struct pam_message **messages, struct pam_response **responses,
                    void *opaque)
{
    (void)n;
    (void)messages;
    (void)responses;
    (void)opaque;
    return PAM_CONV_ERR;
}

static const struct pam_conv conversation = {converse, NULL};
static char *confdir;
static ScriptedHost *host;

static pam_handle_t *start_pam(const char *module, const char *control, const char *arguments,
                               const char *user)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *line =
        g_strdup_printf("session %s %s/%s %s\n", control, here, module, arguments);
    g_autofree char *file = temp_file(confdir, "login-test", line);
    pam_handle_t *pamh = NULL;

    ck_assert_int_eq(pam_start_confdir("login-test", user, &conversation, confdir, &pamh),
                     PAM_SUCCESS);
    ck_assert_int_eq(pam_set_item(pamh, PAM_TTY, "pts/3"), PAM_SUCCESS);
    ck_assert_int_eq(pam_set_item(pamh, PAM_RHOST, "192.0.2.7"), PAM_SUCCESS);
    return pamh;
}

static void set_up(void)
{
    g_autofree char *here = g_get_current_dir();
    g_autofree char *path = g_build_filename(here, SCRIPTED, NULL);
    void *module = dlopen(path, RTLD_NOW | RTLD_LOCAL);

    ck_assert_msg(module != NULL, "%s", dlerror());
    host = dlsym(module, "pam_scripted_host");
    ck_assert_ptr_nonnull(host);
    *host = (ScriptedHost){.probe = PROBED,
                           .open = HYPERCALL_STARTED,
                           .close = HYPERCALL_STOPPED,
                           .status = HYPERCALL_STARTED};
    confdir = temp_new();
}

static void tear_down(void)
{
    g_clear_pointer(&confdir, temp_free);
}

/* Whoever runs the test, and a group that they are in. */
static const char *own_name(void)
{
    const struct passwd *entry = getpwuid(getuid());

    ck_assert_ptr_nonnull(entry);
    return entry->pw_name;
}

static const char *own_group(void)
{
    const struct passwd *user = getpwuid(getuid());
    const struct group *entry = user ? getgrgid(user->pw_gid) : NULL;

    ck_assert_ptr_nonnull(entry);
    return entry->gr_name;
}

START_TEST(test_session)
{
    pam_handle_t *pamh = start_pam(SCRIPTED, "required", "", "alice");

    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SUCCESS);
    ck_assert_uint_eq(host->n_calls, 2);
    ck_assert_int_eq(host->calls[0].action, HYPERCALL_PROBE);
    ck_assert_int_eq(host->calls[1].action, HYPERCALL_OPEN);
    ck_assert_str_eq(host->calls[1].text, "alice_session");
    ck_assert_uint_ne(host->calls[1].token, 0);
    ck_assert_int_eq(pam_close_session(pamh, 0), PAM_SUCCESS);
    ck_assert_uint_eq(host->n_calls, 3);
    ck_assert_int_eq(host->calls[2].action, HYPERCALL_CLOSE);
    ck_assert_uint_eq(host->calls[2].token, host->calls[1].token);
    /* A second close is nobody's. */
    ck_assert_int_eq(pam_close_session(pamh, 0), PAM_SUCCESS);
    ck_assert_uint_eq(host->n_calls, 3);
    ck_assert_int_eq(pam_end(pamh, PAM_SUCCESS), PAM_SUCCESS);
}
END_TEST

/* Two logins of one user are two sessions. */
START_TEST(test_two_sessions)
{
    pam_handle_t *first = start_pam(SCRIPTED, "required", "", "alice");
    pam_handle_t *second = start_pam(SCRIPTED, "required", "", "alice");

    ck_assert_int_eq(pam_open_session(first, 0), PAM_SUCCESS);
    ck_assert_int_eq(pam_open_session(second, 0), PAM_SUCCESS);
    ck_assert_uint_ne(host->calls[1].token, host->calls[3].token);
    ck_assert_int_eq(pam_close_session(first, 0), PAM_SUCCESS);
    ck_assert_uint_eq(host->calls[4].token, host->calls[1].token);
    pam_end(first, PAM_SUCCESS);
    /* An application that ends without a close closes nothing: it may be a child of the login. */
    pam_end(second, PAM_SUCCESS);
    ck_assert_uint_eq(host->n_calls, 5);
}
END_TEST

START_TEST(test_name)
{
    pam_handle_t *pamh =
        start_pam(SCRIPTED, "required", "name={user}-{service}-{tty}-{rhost}", "../al ice");

    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SUCCESS);
    ck_assert_str_eq(host->calls[1].text, "_._al_ice-login-test-pts_3-192.0.2.7");
    pam_end(pamh, PAM_SUCCESS);
}
END_TEST

static const struct {
    const char *arguments; /* %u: this user, %g: a group of theirs */
    gboolean recorded;
} selections[] = {
    {"", TRUE},
    {"users=%u", TRUE},
    {"users=a,%u,b", TRUE},
    {"users=a,b", FALSE},
    {"groups=%g", TRUE},
    {"groups=nosuchgroup", FALSE},
    {"users=a groups=%g", TRUE},
    {"services=login-test", TRUE},
    {"services=sshd users=%u", FALSE},
    {"users=%u services=sshd,login-test", TRUE},
    {"users=%u, b", FALSE}, /* a blank: the arguments are wrong, and nothing is recorded */
    {"user=%u", FALSE},
};

START_TEST(test_selection)
{
    g_autoptr(GString) arguments = g_string_new(selections[_i].arguments);
    pam_handle_t *pamh;

    g_string_replace(arguments, "%u", own_name(), 0);
    g_string_replace(arguments, "%g", own_group(), 0);
    pamh = start_pam(SCRIPTED, "required", arguments->str, own_name());
    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SUCCESS);
    ck_assert_int_eq(pam_close_session(pamh, 0), PAM_SUCCESS);
    ck_assert_uint_eq(host->n_calls, selections[_i].recorded ? 3 : 0);
    pam_end(pamh, PAM_SUCCESS);
}
END_TEST

/* What the host may say, and whether the login goes on: always, unless `required`. */
static const struct {
    const char *arguments;
    ScriptedHost host;
    int required;       /* status with `required` */
    gboolean is_closed; /* then the module takes its session back */
} outcomes[] = {
    {"", {PROBED, HYPERCALL_STARTED, 0, 0, 0, 0, {{0}}}, PAM_SUCCESS, FALSE},
    {"", {PROBED, HYPERCALL_NOOP, 0, 0, 0, 0, {{0}}}, PAM_SUCCESS, FALSE},
    {"", {PROBED, HYPERCALL_ERROR, 0, 0, 0, 0, {{0}}}, PAM_SESSION_ERR, TRUE},
    {"", {PROBED, HYPERCALL_MAGIC, 0, 0, 0, 0, {{0}}}, PAM_SESSION_ERR, TRUE},
    {"", {HYPERCALL_MAGIC, 0, 0, 0, 0, 0, {{0}}}, PAM_SESSION_ERR, TRUE},
    {"", {PROBED & ~HYPERCALL_FEATURE_SESSIONS, 0, 0, 0, 0, 0, {{0}}}, PAM_SESSION_ERR, TRUE},
    {"wait=9", {PROBED, HYPERCALL_STARTED, 0, 3, HYPERCALL_STARTED, 0, {{0}}}, PAM_SUCCESS, FALSE},
    {"wait=9", {PROBED, HYPERCALL_NOOP, 0, 0, HYPERCALL_STARTED, 0, {{0}}}, PAM_SUCCESS, FALSE},
    {"wait=9", {PROBED, HYPERCALL_STARTED, 0, 3, HYPERCALL_ERROR, 0, {{0}}}, PAM_SESSION_ERR, TRUE},
    {"wait=9",
     {PROBED, HYPERCALL_STARTED, 0, 3, HYPERCALL_STOPPED, 0, {{0}}},
     PAM_SESSION_ERR,
     TRUE},
    {"wait=1",
     {PROBED, HYPERCALL_STARTED, 0, 1000, HYPERCALL_STARTED, 0, {{0}}},
     PAM_SESSION_ERR,
     TRUE},
    {"wait=x", {PROBED, HYPERCALL_STARTED, 0, 0, 0, 0, {{0}}}, PAM_SESSION_ERR, FALSE},
};

START_TEST(test_outcome)
{
    g_autofree char *required = g_strdup_printf("%s required", outcomes[_i].arguments);
    pam_handle_t *pamh = start_pam(SCRIPTED, "required", outcomes[_i].arguments, "alice");

    *host = outcomes[_i].host;
    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SUCCESS);
    ck_assert_int_eq(pam_close_session(pamh, 0), PAM_SUCCESS);
    pam_end(pamh, PAM_SUCCESS);

    pamh = start_pam(SCRIPTED, "required", required, "alice");
    *host = outcomes[_i].host;
    ck_assert_int_eq(pam_open_session(pamh, 0), outcomes[_i].required);
    ck_assert_int_eq(host->n_calls > 0 && host->calls[host->n_calls - 1].action == HYPERCALL_CLOSE,
                     outcomes[_i].is_closed);
    pam_end(pamh, PAM_SUCCESS);
}
END_TEST

/* The module as it is installed: the instruction is a no-op of this machine. */
START_TEST(test_no_recorder)
{
    pam_handle_t *pamh = start_pam(REAL, "required", "wait=5 debug", own_name());

    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SUCCESS);
    ck_assert_int_eq(pam_close_session(pamh, 0), PAM_SUCCESS);
    pam_end(pamh, PAM_SUCCESS);
    pamh = start_pam(REAL, "required", "required", own_name());
    ck_assert_int_eq(pam_open_session(pamh, 0), PAM_SESSION_ERR);
    pam_end(pamh, PAM_SUCCESS);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pam-module");
    TCase *tcase = tcase_create("pam-module");
    SRunner *runner = srunner_create(suite);
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_session);
    tcase_add_test(tcase, test_two_sessions);
    tcase_add_test(tcase, test_name);
    tcase_add_loop_test(tcase, test_selection, 0, (int)N(selections));
    tcase_add_loop_test(tcase, test_outcome, 0, (int)N(outcomes));
    tcase_add_test(tcase, test_no_recorder);
    suite_add_tcase(suite, tcase);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
