/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * pam_recctrl.so: a login is a session, whose opening and closing the recorder hears of. A session
 * is known by a token that the module keeps with PAM's handle, so that a close is about the login
 * that was opened and no other.
 *
 * Unless `required` is among the arguments every outcome is PAM_SUCCESS: no recorder, a refusal,
 * wrong arguments, no memory. (PAM_IGNORE won't do: a stack in which all modules ignore denies.)
 */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>

#define PAM_SM_SESSION
#include <security/pam_ext.h>
#include <security/pam_modules.h>
#include <security/pam_modutil.h>

#include "guest-agent/pam-name.h"
#include "guest-agent/pam-options.h"
#include "guest-agent/recctrl.h"

/** What PAM's handle keeps, by this name, from open to close. */
#define DATA_NAME "recctrl"

typedef struct {
    unsigned long token;
    char name[HYPERCALL_TEXT_MAX];
} Login;

typedef struct {
    pam_handle_t *pamh;
    PamOptions options;
    PamNameValues values;
} Call;

#define EXPORT __attribute__((visibility("default")))

static const char *item(pam_handle_t *pamh, int type)
{
    const void *value = NULL;

    return pam_get_item(pamh, type, &value) == PAM_SUCCESS ? value : NULL;
}

static void debug(const Call *call, const char *what, const char *name, long answer)
{
    if (call->options.debug)
        pam_syslog(call->pamh, LOG_DEBUG, "%s '%s': answer %ld", what, name, answer);
}

/* What a login's end is that couldn't be recorded, for @why. */
static int unrecorded(const Call *call, const char *why)
{
    if (call->options.required) {
        pam_syslog(call->pamh, LOG_ERR, "%s: the login is refused, since a recording is required",
                   why);
        return PAM_SESSION_ERR;
    }
    if (call->options.debug)
        pam_syslog(call->pamh, LOG_DEBUG, "%s: the login goes on", why);
    return PAM_SUCCESS;
}

static int start_call(Call *call, pam_handle_t *pamh, int argc, const char **argv)
{
    const char *wrong, *which = "";

    memset(call, 0, sizeof(*call));
    call->pamh = pamh;
    wrong = pam_options_parse(&call->options, argc, argv, &which);
    if (wrong) {
        pam_syslog(pamh, LOG_ERR, "nothing is recorded: '%s': %s", which, wrong);
        return call->options.required ? PAM_SESSION_ERR : PAM_IGNORE;
    }
    call->values.user = item(pamh, PAM_USER);
    call->values.service = item(pamh, PAM_SERVICE);
    call->values.tty = item(pamh, PAM_TTY);
    call->values.rhost = item(pamh, PAM_RHOST);
    call->values.time = time(NULL);
    return PAM_SUCCESS;
}

static bool user_is_in(const char *group, void *opaque)
{
    Call *call = opaque;

    return pam_modutil_user_in_group_nam_nam(call->pamh, call->values.user, group) == 1;
}

static bool is_recorded(Call *call)
{
    const PamOptions *options = &call->options;

    if (!call->values.user ||
        (options->services && !pam_options_has(options->services, call->values.service)))
        return false;
    return (!options->users && !options->groups) ||
           pam_options_has(options->users, call->values.user) ||
           pam_options_any(options->groups, user_is_in, call);
}

static void free_login(pam_handle_t *pamh, void *data, int status)
{
    (void)pamh;
    (void)status;
    free(data);
}

/* The login goes on once its recording has begun, or joins one that has. */
static int await_begin(const Call *call)
{
    long answer = recctrl_settle(call->options.wait);

    debug(call, "waited", "", answer);
    if (answer == HYPERCALL_PENDING)
        return unrecorded(call, "the recording hasn't begun in time");
    if (answer != HYPERCALL_STARTED)
        return unrecorded(call, "the recording has failed, or is over already");
    return PAM_SUCCESS;
}

static int open_login(const Call *call, Login *login)
{
    int features = recctrl_probe();
    long answer;

    debug(call, "probe", "", features);
    if (features < 0)
        return unrecorded(call, "no recorder listens");
    if (!(features & HYPERCALL_FEATURE_SESSIONS))
        return unrecorded(call, "the recorder counts no sessions: it needs session_rec=on");
    login->token = recctrl_new_token();
    pam_name_expand(call->options.name, &call->values, login->name);
    answer = recctrl_open(login->name, login->token);
    debug(call, "open", login->name, answer);
    if (answer != HYPERCALL_STARTED && answer != HYPERCALL_NOOP)
        return unrecorded(call, "the recorder has refused");
    return call->options.wait > 0 ? await_begin(call) : PAM_SUCCESS;
}

EXPORT int pam_sm_open_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    Call call;
    Login *login;
    int status = start_call(&call, pamh, argc, argv);

    (void)flags;
    if (status != PAM_SUCCESS)
        return status == PAM_IGNORE ? PAM_SUCCESS : status;
    if (!is_recorded(&call))
        return PAM_SUCCESS;
    login = calloc(1, sizeof(*login));
    if (!login || pam_set_data(pamh, DATA_NAME, login, free_login) != PAM_SUCCESS) {
        free(login);
        return unrecorded(&call, "no memory");
    }
    status = open_login(&call, login);
    if (status != PAM_SUCCESS) { /* PAM calls no close for a session that it couldn't open */
        recctrl_close(login->name, login->token);
        pam_set_data(pamh, DATA_NAME, NULL, NULL);
    }
    return status;
}

EXPORT int pam_sm_close_session(pam_handle_t *pamh, int flags, int argc, const char **argv)
{
    const void *data = NULL;
    const Login *login;
    Call call;

    (void)flags;
    start_call(&call, pamh, argc, argv);
    if (pam_get_data(pamh, DATA_NAME, &data) != PAM_SUCCESS || !data)
        return PAM_SUCCESS; /* it wasn't opened here, or not recorded */
    login = data;
    debug(&call, "close", login->name, recctrl_close(login->name, login->token));
    pam_set_data(pamh, DATA_NAME, NULL, NULL);
    return PAM_SUCCESS;
}
