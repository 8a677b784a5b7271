/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What follows from a request, and from what happens on the host; see policy.h. Requests change the
 * plan: a queue of starts and stops that follows the phase. Whenever the phase settles, the next
 * one of the queue is issued. So a request is answered from the plan at once, and none is lost
 * while the host is busy.
 */
#include "plugin/policy.h"

#include <stdio.h>
#include <string.h>

#include "plugin/policy-plan.h"

/* --- carrying the plan out ------------------------------------------------------ */

static void emit(PolicyOutput *output, PolicyActionType type, const char *text)
{
    PolicyAction *action = &output->actions[output->n_actions++];

    action->type = type;
    g_strlcpy(action->text, text, sizeof(action->text));
}

static gboolean used_up(const Policy *policy)
{
    guint max = policy->options.max_recordings;

    return max > 0 && policy->ended >= max;
}

/* recctrl's numbering: none if there is to be one recording only. */
static void number_name(const Policy *policy, const char *base, char *name)
{
    char suffix[16] = "";

    if (policy->options.max_recordings != 1)
        snprintf(suffix, sizeof(suffix), "_%03u", policy->begun);
    snprintf(name, HYPERCALL_TEXT_MAX, "%.*s%s", (int)(HYPERCALL_TEXT_MAX - 1 - strlen(suffix)),
             base, suffix);
}

static void begin(Policy *policy, const PolicyRecording *recording, PolicyOutput *output)
{
    char name[HYPERCALL_TEXT_MAX];

    policy->phase = POLICY_STARTING;
    policy->current = *recording;
    policy->failed = FALSE;
    number_name(policy, recording->name, name);
    emit(output, POLICY_BEGIN, name);
}

static void end(Policy *policy, const char *reason, PolicyOutput *output)
{
    policy->phase = POLICY_STOPPING;
    policy->deadline = 0;
    policy->failed = FALSE;
    emit(output, POLICY_END, reason);
}

static void fail(Policy *policy, guint64 token)
{
    policy->failed = TRUE;
    policy->failed_token = token;
}

/* A start that failed takes its stop with it: that one was not meant for another recording, which
 * may be on. Nor do its sessions count. */
static void abandon(Policy *policy, const PolicyRecording *recording)
{
    fail(policy, recording->token);
    sessions_uncover(policy, recording->number);
    if (policy->n_intents > 0 && !policy->intents[0].start &&
        policy->intents[0].recording.number == recording->number)
        plan_drop_first(policy);
}

static void advance(Policy *policy, PolicyOutput *output)
{
    while (plan_is_settled(policy) && policy->n_intents > 0) {
        PolicyIntent intent = policy->intents[0];

        plan_drop_first(policy);
        if (intent.start && policy->phase == POLICY_OFF && !used_up(policy))
            begin(policy, &intent.recording, output);
        else if (intent.start)
            abandon(policy, &intent.recording);
        else if (policy->phase == POLICY_ON)
            end(policy, intent.reason ? intent.reason : "requested", output);
    }
}

/* --- requests --------------------------------------------------------------------- */

static gint32 plan_start(Policy *policy, const Hypercall *request, gint64 now, gint32 answer,
                         PolicyOutput *output)
{
    PolicyRecording *recording;

    if (request->text[0] == '\0' || policy->mode == POLICY_MODE_NONE || used_up(policy) ||
        policy->n_intents == POLICY_INTENTS_MAX)
        return HYPERCALL_ERROR;
    if (!bucket_take(&policy->starts, POLICY_START_BURST, POLICY_START_EVERY, now)) {
        output->complaint = "it starts more recordings than one in six seconds";
        return HYPERCALL_ERROR;
    }
    recording = &plan_append(policy, TRUE)->recording;
    recording->number = ++policy->last_number;
    recording->token = request->token;
    recording->sessions = request->action == HYPERCALL_OPEN;
    memcpy(recording->name, request->text, sizeof(recording->name));
    return answer;
}

static gint32 plan_stop(Policy *policy, gint32 answer)
{
    PolicyRecording recording = *plan_recording(policy);
    PolicyIntent *intent = plan_append(policy, FALSE);

    if (!intent)
        return HYPERCALL_ERROR;
    intent->recording = recording;
    return answer;
}

static gint32 on_toggle(Policy *policy, const Hypercall *request, gint64 now, PolicyOutput *output)
{
    if (policy->options.sessions)
        return HYPERCALL_NOOP;
    return plan_is_on(policy) ? plan_stop(policy, HYPERCALL_STOPPED)
                              : plan_start(policy, request, now, HYPERCALL_STARTED, output);
}

static gint32 on_open(Policy *policy, const Hypercall *request, gint64 now, PolicyOutput *output)
{
    gint32 answer = HYPERCALL_NOOP;
    const PolicyRecording *recording;

    if (!policy->options.sessions)
        return HYPERCALL_NOOP;
    if (!sessions_make_room(policy, request->token))
        return HYPERCALL_ERROR;
    if (!plan_is_on(policy))
        answer = plan_start(policy, request, now, HYPERCALL_STARTED, output);
    if (answer != HYPERCALL_ERROR) {
        recording = plan_recording(policy);
        sessions_add(policy, request, recording->sessions ? recording->number : 0);
    }
    return answer;
}

static gint32 on_close(Policy *policy, const Hypercall *request)
{
    const PolicyRecording *planned = plan_recording(policy);
    guint64 recording = 0;

    if (!policy->options.sessions || !sessions_remove(policy, request, &recording))
        return HYPERCALL_NOOP;
    if (recording == 0 || !planned || planned->number != recording ||
        sessions_covered(policy, recording))
        return HYPERCALL_NOOP;
    return plan_stop(policy, HYPERCALL_STOPPED);
}

static gint32 on_start(Policy *policy, const Hypercall *request, gint64 now, PolicyOutput *output)
{
    return plan_is_on(policy) ? HYPERCALL_NOOP
                              : plan_start(policy, request, now, HYPERCALL_PENDING, output);
}

static gint32 on_stop(Policy *policy, const Hypercall *request)
{
    const PolicyRecording *planned = plan_recording(policy);

    if (!planned || (request->token != 0 && request->token != planned->token))
        return HYPERCALL_NOOP;
    return plan_stop(policy, HYPERCALL_PENDING);
}

static gint32 on_status(const Policy *policy, const Hypercall *request)
{
    gboolean on = policy->phase == POLICY_ON;

    if (policy->n_intents > 0 || !plan_is_settled(policy))
        return HYPERCALL_PENDING;
    if (request->token == 0)
        return on ? HYPERCALL_STARTED : policy->failed ? HYPERCALL_ERROR : HYPERCALL_STOPPED;
    if (policy->failed && policy->failed_token == request->token)
        return HYPERCALL_ERROR;
    return on && policy->current.token == request->token ? HYPERCALL_STARTED : HYPERCALL_STOPPED;
}

static gint32 on_mark(Policy *policy, const Hypercall *request, gint64 now, PolicyOutput *output)
{
    if (policy->phase != POLICY_ON)
        return HYPERCALL_NOOP;
    if (!bucket_take(&policy->marks, POLICY_MARK_BURST, POLICY_MARK_EVERY, now)) {
        output->complaint = "it sets more than ten marks a second";
        return HYPERCALL_ERROR;
    }
    emit(output, POLICY_MARK, request->text);
    return HYPERCALL_PENDING;
}

static gint32 on_probe(const Policy *policy)
{
    gint32 features = 0;

    features |= policy->mode == POLICY_MODE_RECORD ? HYPERCALL_FEATURE_RECORD : 0;
    features |= policy->mode == POLICY_MODE_DRY ? HYPERCALL_FEATURE_DRY : 0;
    features |= policy->options.sessions ? HYPERCALL_FEATURE_SESSIONS : 0;
    return HYPERCALL_SIGNATURE | HYPERCALL_ABI_VERSION << 8 | features;
}

static gint32 on_request(Policy *policy, const Hypercall *request, gint64 now, PolicyOutput *output)
{
    switch (request->action) {
    case HYPERCALL_TOGGLE:
        return on_toggle(policy, request, now, output);
    case HYPERCALL_OPEN:
        return on_open(policy, request, now, output);
    case HYPERCALL_CLOSE:
        return on_close(policy, request);
    case HYPERCALL_PROBE:
        return on_probe(policy);
    case HYPERCALL_START:
        return on_start(policy, request, now, output);
    case HYPERCALL_STOP:
        return on_stop(policy, request);
    case HYPERCALL_STATUS:
        return on_status(policy, request);
    case HYPERCALL_MARK:
        return on_mark(policy, request, now, output);
    default:
        return HYPERCALL_ERROR;
    }
}

/* --- what the host says -------------------------------------------------------------- */

static void finish(Policy *policy, PolicyOutput *output)
{
    guint64 number = policy->current.number;

    policy->phase = POLICY_OFF;
    policy->deadline = 0;
    memset(&policy->current, 0, sizeof(policy->current));
    if (number == 0)
        return;
    sessions_uncover(policy, number);
    policy->ended++;
    if (policy->ended == policy->options.max_recordings)
        emit(output, POLICY_QUIT, "");
}

static void on_begun(Policy *policy, gint64 now)
{
    policy->host_on = TRUE;
    if (policy->phase != POLICY_STARTING)
        return;
    policy->phase = POLICY_ON;
    policy->begun++;
    if (policy->options.timeout > 0)
        policy->deadline = now + (gint64)policy->options.timeout * G_USEC_PER_SEC;
}

static void on_begin_failed(Policy *policy)
{
    PolicyRecording recording = policy->current;

    if (policy->phase == POLICY_STARTING) {
        policy->phase = policy->host_on ? POLICY_ON : POLICY_OFF;
        memset(&policy->current, 0, sizeof(policy->current));
        abandon(policy, &recording);
    }
}

static void on_end_outcome(Policy *policy, gboolean ended, PolicyOutput *output)
{
    if (ended)
        policy->host_on = FALSE;
    if (policy->phase != POLICY_STOPPING)
        return;
    if (!ended)
        fail(policy, policy->current.token);
    if (policy->host_on)
        policy->phase = POLICY_ON;
    else
        finish(policy, output);
}

static void on_host_began(Policy *policy)
{
    policy->host_on = TRUE;
    if (policy->phase == POLICY_OFF) {
        policy->phase = POLICY_ON;
        policy->failed = FALSE;
    }
}

static void on_host_ended(Policy *policy, gboolean failed, PolicyOutput *output)
{
    policy->host_on = FALSE;
    if (policy->phase == POLICY_ON) {
        if (failed)
            fail(policy, policy->current.token);
        finish(policy, output);
    }
}

/* A new connection, or none: no reply will come any more to what was under way. */
static void on_mode(Policy *policy, PolicyMode mode)
{
    for (guint i = 0; i < POLICY_SESSIONS_MAX; i++)
        policy->sessions[i].recording = 0;
    if (!plan_is_settled(policy) || policy->current.number != 0)
        fail(policy, policy->current.token);
    memset(&policy->current, 0, sizeof(policy->current));
    policy->mode = mode;
    policy->phase = POLICY_OFF;
    policy->host_on = FALSE;
    policy->deadline = 0;
    policy->n_intents = 0;
}

static void on_tick(Policy *policy, gint64 now)
{
    if (policy->phase == POLICY_ON && policy->deadline && now >= policy->deadline) {
        policy->deadline = 0;
        sessions_uncover(policy, policy->current.number);
        plan_stop(policy, HYPERCALL_STOPPED);
        policy->intents[0].reason = "timeout";
    }
}

/* Who would have closed the sessions, and who asked for what waits, is gone. What was asked for
 * with another end in mind, a toggle's recording or a client's, goes on. */
static void on_reset(Policy *policy)
{
    gboolean starting = policy->phase == POLICY_STARTING;
    gboolean stop_waits = starting && policy->n_intents > 0;
    gboolean sessions = policy->current.sessions && (starting || policy->phase == POLICY_ON);

    sessions_forget(policy);
    policy->n_intents = 0;
    if (sessions || stop_waits) {
        plan_stop(policy, HYPERCALL_STOPPED);
        policy->intents[0].reason = stop_waits ? NULL : "reset";
    }
}

void policy_init(Policy *policy, const PolicyOptions *options, gint64 now)
{
    memset(policy, 0, sizeof(*policy));
    policy->options = *options;
    policy->starts = (PolicyBucket){.left = POLICY_START_BURST, .refilled = now};
    policy->marks = (PolicyBucket){.left = POLICY_MARK_BURST, .refilled = now};
}

void policy_step(Policy *policy, const PolicyInput *input, PolicyOutput *output)
{
    output->answer = HYPERCALL_ERROR;
    output->n_actions = 0;
    output->complaint = NULL;
    switch (input->type) {
    case POLICY_REQUEST:
        output->answer = on_request(policy, input->request, input->now, output);
        break;
    case POLICY_MODE:
        on_mode(policy, input->mode);
        break;
    case POLICY_BEGUN:
        on_begun(policy, input->now);
        break;
    case POLICY_BEGIN_FAILED:
        on_begin_failed(policy);
        break;
    case POLICY_ENDED:
    case POLICY_END_FAILED:
        on_end_outcome(policy, input->type == POLICY_ENDED, output);
        break;
    case POLICY_HOST_BEGAN:
        on_host_began(policy);
        break;
    case POLICY_HOST_ENDED:
    case POLICY_HOST_FAILED:
        on_host_ended(policy, input->type == POLICY_HOST_FAILED, output);
        break;
    case POLICY_RESET:
        on_reset(policy);
        break;
    case POLICY_TICK:
        on_tick(policy, input->now);
        break;
    }
    advance(policy, output);
}

gint64 policy_deadline(const Policy *policy)
{
    return policy->deadline;
}
