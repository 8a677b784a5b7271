/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The recorder's state machine, the same for every engine: off -> starting -> on -> stopping
 * -> off, and off -> resetting -> off where an engine resets the VM between recordings. Requests
 * that arrive while it changes are remembered in order and judged once it has settled, so none is
 * lost: begin then end gives a short recording, never an endless one. Sans-IO: requests and
 * outcomes come in, actions go out; no clock, no file, no socket.
 */
#pragma once

#include <glib.h>

#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

typedef enum {
    RECORDER_OFF,
    RECORDER_STARTING,
    RECORDER_ON,
    RECORDER_STOPPING,
    RECORDER_RESETTING
} RecorderState;

/** RESET: of the VM, once a recording that is under way has been ended. */
typedef enum { RECORDER_BEGIN, RECORDER_END, RECORDER_RESET } RecorderVerb;

/** What a client asks for, or the program itself (it ends the recording of a guest that powers
 * off). */
typedef struct {
    RecorderVerb verb;
    char *name;         /**< BEGIN: the recording's wanted name */
    const char *reason; /**< END, RESET: why a recording ends; a static string */
    gboolean discard;   /**< END: throw the recording away */
    gpointer tag;       /**< (nullable): the owner's, to answer it */
} RecorderRequest;

typedef enum {
    RECORDER_DO_BEGIN, /**< begin .request; then recorder_settled() */
    RECORDER_DO_END,   /**< end .request; then recorder_settled() */
    RECORDER_DO_RESET, /**< reset the VM; then recorder_settled() */
    RECORDER_REFUSE,   /**< .request can't be done: .error */
} RecorderActionType;

typedef struct {
    RecorderActionType type;
    RecorderRequest *request;
    GError *error;
} RecorderAction;

typedef struct Recorder Recorder;

Recorder *recorder_new(void);
/** Frees it with the requests that wait. @recorder: (nullable). */
void recorder_free(Recorder *recorder);

/** Makes a request. @name: (nullable). @tag: (nullable). */
RecorderRequest *recorder_request_new(RecorderVerb verb, const char *name, const char *reason,
                                      gboolean discard, gpointer tag);
void recorder_request_free(RecorderRequest *request);

/** Takes a request. @request: (transfer full). */
void recorder_submit(Recorder *recorder, RecorderRequest *request);

/** The begin, end or reset that was handed out as an action is done. @on: whether a recording runs
 * now. */
void recorder_settled(Recorder *recorder, gboolean on);

/** No recording begins any more: refuses the begins that wait and those that come. What runs, or
 * begins already, is still ended. @why: one line. */
void recorder_refuse_begins(Recorder *recorder, const char *why);

/** Refuses the begins that wait and whose owner has gone. @is_gone: asked for each one's tag. An
 * end is done all the same: it was asked for in time, and does no more than was wanted. */
void recorder_forget_begins(Recorder *recorder, gboolean (*is_gone)(gpointer tag));

/** The emulator is gone: refuses what waits and all that comes. @why: one line. */
void recorder_close(Recorder *recorder, const char *why);

/** Pops the oldest action. Returns: (transfer full) (nullable). */
RecorderAction *recorder_next_action(Recorder *recorder);
/** Frees an action with its request, unless that was stolen. @action: (nullable). */
void recorder_action_free(RecorderAction *action);

RecorderState recorder_state(const Recorder *recorder);
/** "off", also while it resets, "starting", "on", "stopping". */
const char *recorder_state_name(RecorderState state);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Recorder, recorder_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecorderRequest, recorder_request_free)
G_DEFINE_AUTOPTR_CLEANUP_FUNC(RecorderAction, recorder_action_free)

G_END_DECLS
