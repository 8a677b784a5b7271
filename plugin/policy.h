/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policy: what a request means, given what went before. One function, (state, input) -> (state,
 * actions), with the time passed in; no lock, no allocation, no I/O. It has the options, actions
 * and results of PANDA's recctrl, and its own memory of who asked for what.
 *
 * Phases, and what may change them: OFF -> STARTING (a request) -> ON or OFF (the outcome) ->
 * STOPPING (a request or the time-out) -> OFF or ON (the outcome). What the host says about
 * recordings that others made moves between OFF and ON only.
 */
#pragma once

#include "plugin/decode.h"
#include "qmpbridge/core/limits.h"

G_BEGIN_DECLS

/** Actions that one step can yield. */
#define POLICY_ACTIONS_MAX 2u

/** recctrl's options. */
typedef struct {
    gboolean sessions;    /**< session_rec: OPEN and CLOSE count; otherwise TOGGLE does */
    guint max_recordings; /**< nrec: quit after so many; 0: no limit */
    guint timeout;        /**< seconds after which a recording of ours is ended; 0: never */
} PolicyOptions;

typedef enum {
    POLICY_OFF,
    POLICY_STARTING,
    POLICY_ON,
    POLICY_STOPPING,
} PolicyPhase;

/** What the host can do, as far as it is known. */
typedef enum {
    POLICY_MODE_NONE, /**< not connected, or the emulator can't record */
    POLICY_MODE_DRY,
    POLICY_MODE_RECORD,
} PolicyMode;

/** One recording of ours, from the request on. */
typedef struct {
    guint64 number;    /**< counts ours; 0: another client's, or none */
    guint64 token;     /**< of who asked for it */
    gboolean sessions; /**< asked for by a session: it ends with the last one */
    char name[HYPERCALL_TEXT_MAX];
} PolicyRecording;

/** A start or a stop that waits for its turn. */
typedef struct {
    gboolean start;
    const char *reason; /**< of a stop; a static string. NULL: a request */
    PolicyRecording recording;
} PolicyIntent;

typedef struct {
    char name[HYPERCALL_TEXT_MAX];
    guint64 token;
    guint64 recording; /**< number of ours that covers it; 0: none, its close changes nothing */
    gboolean used;
} PolicySession;

/** At most @burst at once, then one each @every microseconds. */
typedef struct {
    guint left;
    gint64 refilled;
} PolicyBucket;

/** The whole state: a plain value. Its members are the policy's own. */
typedef struct {
    PolicyOptions options;
    PolicyMode mode;
    PolicyPhase phase;
    gboolean host_on;        /**< what the host said last */
    PolicyRecording current; /**< what STARTING, ON or STOPPING is about */
    guint64 last_number;     /**< given to a recording of ours */
    gint64 deadline;         /**< of the time-out; 0: none */
    gboolean failed;         /**< the last one failed */
    guint64 failed_token;    /**< of that one */
    guint begun, ended;      /**< ours, so far */
    guint n_intents;
    PolicyIntent intents[POLICY_INTENTS_MAX];
    PolicySession sessions[POLICY_SESSIONS_MAX]; /**< in the order of their opening */
    PolicyBucket starts, marks;
} Policy;

typedef enum {
    POLICY_REQUEST, /**< .request: the guest's */
    POLICY_MODE,    /**< .mode: connected; recordings of ours that were under way are over */
    POLICY_BEGUN,   /**< the BEGIN that was asked for has happened */
    POLICY_BEGIN_FAILED,
    POLICY_ENDED, /**< the END that was asked for has happened */
    POLICY_END_FAILED,
    POLICY_HOST_BEGAN, /**< by an event: any client may have asked for it */
    POLICY_HOST_ENDED,
    POLICY_HOST_FAILED, /**< likewise: it ended by a failure */
    POLICY_RESET,       /**< the guest was reset: none of its processes is left */
    POLICY_TICK,        /**< nothing but time has passed */
} PolicyInputType;

typedef struct {
    PolicyInputType type;
    gint64 now; /**< microseconds of a monotonic clock, not 0 */
    const Hypercall *request;
    PolicyMode mode;
} PolicyInput;

typedef enum {
    POLICY_BEGIN, /**< begin a recording named .text; BEGUN or BEGIN_FAILED must follow */
    POLICY_END,   /**< end it, .text: the reason; ENDED or END_FAILED must follow */
    POLICY_MARK,  /**< put .text into the recording */
    POLICY_QUIT,  /**< nrec recordings are whole: quit the emulator */
} PolicyActionType;

typedef struct {
    PolicyActionType type;
    char text[HYPERCALL_TEXT_MAX];
} PolicyAction;

typedef struct {
    gint32 answer;         /**< to a request */
    const char *complaint; /**< (nullable) a static string: the rate by which it was refused */
    guint n_actions;
    PolicyAction actions[POLICY_ACTIONS_MAX];
} PolicyOutput;

/** The state at start: off, and not connected. */
void policy_init(Policy *policy, const PolicyOptions *options, gint64 now);

/** One step. Any input is legal in any state. */
void policy_step(Policy *policy, const PolicyInput *input, PolicyOutput *output);

/** When a POLICY_TICK is due, or 0. */
gint64 policy_deadline(const Policy *policy);

G_END_DECLS
