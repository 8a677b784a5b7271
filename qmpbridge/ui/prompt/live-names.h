/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that only the VM knows: of nodes, jobs, devices, objects. What isn't known yet is asked
 * for, and until the answer comes there is nothing to offer; answers are kept for a short time.
 * It reads and writes no socket itself. One VM each. Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/** How long an answer is waited for, and how long it counts, in milliseconds. */
#define LIVE_NAMES_TIMEOUT_MS 2000u
#define LIVE_NAMES_KEEP_MS 5000u
/** Names kept of one answer, and answers kept, at most. */
#define LIVE_NAMES_MAX 8192u
#define LIVE_NAMES_MAX_ANSWERS 64u
/** Longest name, in bytes, and largest answer. */
#define LIVE_NAMES_MAX_BYTES 512u
#define LIVE_NAMES_MAX_ANSWER (8u << 20)

typedef struct LiveNames LiveNames;
typedef struct LiveNamesQuery LiveNamesQuery;

/** What the owner does for it. */
typedef struct {
    /** Executes a query within LIVE_NAMES_TIMEOUT_MS; live_names_answer() must be called for it
     * exactly once, not from within, also after live_names_free(). @args: (nullable): JSON text of
     * an object. */
    void (*ask)(LiveNamesQuery *query, const char *command, GBytes *args, gpointer user_data);
    /** An answer has come: what live_names_find() said was pending may be known now. */
    void (*changed)(gpointer user_data);
    /** Monotonic time in milliseconds. */
    gint64 (*now)(gpointer user_data);
} LiveNamesOps;

/** What an argument belongs to. */
typedef struct {
    const char *command; /**< of QMP, or "hmp" */
    const char *key;     /**< dotted path of the argument; of "hmp" "command" or "info" */
    const char *typed;   /**< what is typed of the value */
    char **pairs;        /**< (nullable): the words "key=value" of the line */
} LiveNamesPlace;

/** @ops: must outlive it. Returns: (transfer full). */
LiveNames *live_names_new(const LiveNamesOps *ops, gpointer user_data);
/** @names: (nullable). @changed isn't called any more. */
void live_names_free(LiveNames *names);

/**
 * The names that a value can be.
 *
 * @pending: set to TRUE if the VM has been asked and hasn't answered; else not touched.
 *
 * Returns: (transfer full) (element-type utf8): never NULL. In the VM's order, each printable
 * UTF-8 on one line.
 */
GPtrArray *live_names_find(LiveNames *names, const LiveNamesPlace *place, gboolean *pending);

/** The answer to a query. @value: (nullable): plain JSON text; NULL if it failed. */
void live_names_answer(LiveNamesQuery *query, GBytes *value);

/** Something may have changed in the VM: what was learnt counts no more. */
void live_names_forget(LiveNames *names);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(LiveNames, live_names_free)

G_END_DECLS
