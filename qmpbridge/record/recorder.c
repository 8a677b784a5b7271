/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's state machine; see recorder.h. In a changing state (starting, stopping, resetting)
 * only recorder_settled() and recorder_close() have an effect; requests wait.
 */
#include "qmpbridge/record/recorder.h"

#include "qmpbridge/core/error.h"

struct Recorder {
    RecorderState state;
    char *why_closed;    /**< NULL while requests are taken */
    char *why_no_begins; /**< NULL while begins are taken */
    GQueue waiting;      /**< RecorderRequest */
    GQueue actions;      /**< RecorderAction */
};

/** What a settled state does with a request. */
static const struct {
    RecorderState next;
    RecorderActionType action;
    const char *refusal;
} settled[][3] = {
    [RECORDER_OFF] =
        {
            [RECORDER_BEGIN] = {RECORDER_STARTING, RECORDER_DO_BEGIN, NULL},
            [RECORDER_END] = {RECORDER_OFF, RECORDER_REFUSE,
                              "nothing is being recorded: begin_record starts a recording"},
            [RECORDER_RESET] = {RECORDER_RESETTING, RECORDER_DO_RESET, NULL},
        },
    [RECORDER_ON] =
        {
            [RECORDER_BEGIN] = {RECORDER_ON, RECORDER_REFUSE,
                                "a recording is under way: end_record ends it"},
            [RECORDER_END] = {RECORDER_STOPPING, RECORDER_DO_END, NULL},
            [RECORDER_RESET] = {RECORDER_STOPPING, RECORDER_DO_END, NULL}, /* and then reset */
        },
};

static const char *const state_names[] = {"off", "starting", "on", "stopping", "off"};

Recorder *recorder_new(void)
{
    return g_new0(Recorder, 1);
}

void recorder_free(Recorder *recorder)
{
    if (!recorder)
        return;
    g_queue_clear_full(&recorder->waiting, (GDestroyNotify)recorder_request_free);
    g_queue_clear_full(&recorder->actions, (GDestroyNotify)recorder_action_free);
    g_free(recorder->why_closed);
    g_free(recorder->why_no_begins);
    g_free(recorder);
}

RecorderRequest *recorder_request_new(RecorderVerb verb, const char *name, const char *reason,
                                      gboolean discard, gpointer tag)
{
    RecorderRequest *request = g_new0(RecorderRequest, 1);

    request->verb = verb;
    request->name = g_strdup(name);
    request->reason = reason;
    request->discard = discard;
    request->tag = tag;
    return request;
}

void recorder_request_free(RecorderRequest *request)
{
    if (!request)
        return;
    g_free(request->name);
    g_free(request);
}

void recorder_action_free(RecorderAction *action)
{
    if (!action)
        return;
    recorder_request_free(action->request);
    g_clear_error(&action->error);
    g_free(action);
}

static void act(Recorder *recorder, RecorderActionType type, RecorderRequest *request,
                const char *refusal)
{
    RecorderAction *action = g_new0(RecorderAction, 1);

    action->type = type;
    action->request = request;
    if (refusal)
        action->error = g_error_new_literal(BRIDGE_ERROR, BRIDGE_ERROR_STATE, refusal);
    g_queue_push_tail(&recorder->actions, action);
}

static gboolean is_changing(const Recorder *recorder)
{
    return recorder->state != RECORDER_OFF && recorder->state != RECORDER_ON;
}

/* Judges what waits, until it begins a change or nothing waits. */
static void judge(Recorder *recorder)
{
    while (!is_changing(recorder) && !g_queue_is_empty(&recorder->waiting)) {
        RecorderRequest *request = g_queue_pop_head(&recorder->waiting);
        RecorderState state = recorder->state;

        if (state == RECORDER_ON && request->verb == RECORDER_RESET) {
            g_queue_push_head(&recorder->waiting, request);
            request = recorder_request_new(RECORDER_END, NULL, request->reason, FALSE, NULL);
        }
        recorder->state = settled[state][request->verb].next;
        act(recorder, settled[state][request->verb].action, request,
            settled[state][request->verb].refusal);
    }
}

void recorder_submit(Recorder *recorder, RecorderRequest *request)
{
    if (recorder->why_closed) {
        act(recorder, RECORDER_REFUSE, request, recorder->why_closed);
        return;
    }
    if (request->verb == RECORDER_BEGIN && recorder->why_no_begins) {
        act(recorder, RECORDER_REFUSE, request, recorder->why_no_begins);
        return;
    }
    if (request->verb != RECORDER_RESET && /* the VM stands still until it has been reset */
        g_queue_get_length(&recorder->waiting) >= RECORDER_MAX_QUEUED) {
        act(recorder, RECORDER_REFUSE, request, "too many requests wait: try again later");
        return;
    }
    g_queue_push_tail(&recorder->waiting, request);
    judge(recorder);
}

void recorder_settled(Recorder *recorder, gboolean on)
{
    recorder->state = on ? RECORDER_ON : RECORDER_OFF;
    judge(recorder);
}

/* Refuses the begins that wait. @is_gone: (nullable): only those whose tags it says so of. */
static void refuse_waiting_begins(Recorder *recorder, gboolean (*is_gone)(gpointer tag),
                                  const char *why)
{
    for (GList *link = recorder->waiting.head, *next; link; link = next) {
        RecorderRequest *request = link->data;

        next = link->next;
        if (request->verb != RECORDER_BEGIN || (is_gone && !is_gone(request->tag)))
            continue;
        g_queue_delete_link(&recorder->waiting, link);
        act(recorder, RECORDER_REFUSE, request, why);
    }
}

void recorder_refuse_begins(Recorder *recorder, const char *why)
{
    if (recorder->why_no_begins)
        return;
    recorder->why_no_begins = g_strdup(why);
    refuse_waiting_begins(recorder, NULL, why);
}

void recorder_forget_begins(Recorder *recorder, gboolean (*is_gone)(gpointer tag))
{
    refuse_waiting_begins(recorder, is_gone, "its client has gone");
}

void recorder_close(Recorder *recorder, const char *why)
{
    RecorderRequest *request;

    if (recorder->why_closed)
        return;
    recorder->why_closed = g_strdup(why);
    while ((request = g_queue_pop_head(&recorder->waiting)))
        act(recorder, RECORDER_REFUSE, request, why);
}

RecorderAction *recorder_next_action(Recorder *recorder)
{
    return g_queue_pop_head(&recorder->actions);
}

RecorderState recorder_state(const Recorder *recorder)
{
    return recorder->state;
}

const char *recorder_state_name(RecorderState state)
{
    return state_names[state];
}
