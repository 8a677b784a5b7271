/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The policy's memory; see policy-plan.h. */
#include "plugin/policy-plan.h"

#include <string.h>

gboolean plan_is_on(const Policy *policy)
{
    if (policy->n_intents > 0)
        return policy->intents[policy->n_intents - 1].start;
    return policy->phase == POLICY_STARTING || policy->phase == POLICY_ON;
}

const PolicyRecording *plan_recording(const Policy *policy)
{
    if (!plan_is_on(policy))
        return NULL;
    return policy->n_intents > 0 ? &policy->intents[policy->n_intents - 1].recording
                                 : &policy->current;
}

gboolean plan_is_settled(const Policy *policy)
{
    return policy->phase == POLICY_OFF || policy->phase == POLICY_ON;
}

PolicyIntent *plan_append(Policy *policy, gboolean start)
{
    PolicyIntent *intent;

    if (policy->n_intents == POLICY_INTENTS_MAX)
        return NULL;
    intent = &policy->intents[policy->n_intents++];
    memset(intent, 0, sizeof(*intent));
    intent->start = start;
    return intent;
}

void plan_drop_first(Policy *policy)
{
    policy->n_intents--;
    memmove(policy->intents, policy->intents + 1, policy->n_intents * sizeof(policy->intents[0]));
}

gboolean bucket_take(PolicyBucket *bucket, guint burst, gint64 every, gint64 now)
{
    gint64 grains = (now - bucket->refilled) / every;

    if (grains > 0) {
        bucket->left = (guint)MIN((gint64)burst, bucket->left + grains);
        bucket->refilled += grains * every;
    }
    if (bucket->left == 0)
        return FALSE;
    bucket->left--;
    return TRUE;
}

static void remove_at(Policy *policy, guint at)
{
    PolicySession *session = &policy->sessions[at];

    memmove(session, session + 1, (POLICY_SESSIONS_MAX - at - 1) * sizeof(*session));
    policy->sessions[POLICY_SESSIONS_MAX - 1].used = FALSE;
}

gboolean sessions_make_room(Policy *policy, guint64 token)
{
    guint over = POLICY_SESSIONS_MAX;

    for (guint i = 0; i < POLICY_SESSIONS_MAX && policy->sessions[i].used; i++) {
        if (token != 0 && policy->sessions[i].token == token) {
            remove_at(policy, i);
            return TRUE;
        }
        if (over == POLICY_SESSIONS_MAX && policy->sessions[i].recording == 0)
            over = i;
    }
    if (!policy->sessions[POLICY_SESSIONS_MAX - 1].used)
        return TRUE;
    if (over == POLICY_SESSIONS_MAX)
        return FALSE;
    remove_at(policy, over);
    return TRUE;
}

void sessions_add(Policy *policy, const Hypercall *request, guint64 recording)
{
    PolicySession *session = policy->sessions;

    while (session->used)
        session++;
    session->used = TRUE;
    session->token = request->token;
    session->recording = recording;
    memcpy(session->name, request->text, sizeof(session->name));
}

static gboolean session_is(const PolicySession *session, const Hypercall *request)
{
    return session->token == request->token &&
           (request->token != 0 || strcmp(session->name, request->text) == 0);
}

gboolean sessions_remove(Policy *policy, const Hypercall *request, guint64 *recording)
{
    for (guint i = 0; i < POLICY_SESSIONS_MAX && policy->sessions[i].used; i++) {
        if (session_is(&policy->sessions[i], request)) {
            *recording = policy->sessions[i].recording;
            remove_at(policy, i);
            return TRUE;
        }
    }
    return FALSE;
}

gboolean sessions_covered(const Policy *policy, guint64 recording)
{
    for (guint i = 0; i < POLICY_SESSIONS_MAX && policy->sessions[i].used; i++)
        if (policy->sessions[i].recording == recording)
            return TRUE;
    return FALSE;
}

void sessions_uncover(Policy *policy, guint64 recording)
{
    for (guint i = 0; i < POLICY_SESSIONS_MAX && policy->sessions[i].used; i++)
        if (policy->sessions[i].recording == recording)
            policy->sessions[i].recording = 0;
}

void sessions_forget(Policy *policy)
{
    memset(policy->sessions, 0, sizeof(policy->sessions));
}
