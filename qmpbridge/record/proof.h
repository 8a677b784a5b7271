/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay: a second QEMU replays a recording to its end under a watchdog, and registers
 * and a digest of all RAM are compared with what was taken when it was recorded.
 */
#pragma once

#include "qmpbridge/record/ram.h"
#include "qmpbridge/record/recording.h"
#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/vm/emulators.h"

G_BEGIN_DECLS

typedef struct Proof Proof;

/** How to replay. Borrowed for the call. */
typedef struct {
    Emulators *emulators; /**< those to choose from, by the recorded version */
    const char *plugin;   /**< recctrl.so */
    guint stall_timeout;  /**< seconds without an instruction until it counts as diverged; 0: 20 */
    gboolean trust_paths; /**< as workspace_new() takes it */
    Affinity *affinity;   /**< (nullable): chooses the CPU of the replay; outlives the proof */
    RamDigestFunc digest; /**< (nullable): ram_digest() */
    gboolean background;  /**< leaves the CPU to others, and may stand still for longer */
} ProofOptions;

/** What is called on the way. All on the main thread. */
typedef struct {
    /** @done, @total: guest instructions. */
    void (*progress)(guint64 done, guint64 total, gpointer user_data);
    /** Console output of the replayed guest as it comes; not NUL-terminated, hostile. (nullable) */
    void (*console)(const char *bytes, gsize len, gpointer user_data);
    /** The end, once. @verdict: NONE after proof_cancel(). @detail: (nullable) text for people.
     * @seconds: what the replay took. */
    void (*done)(Verdict verdict, const char *detail, double seconds, gpointer user_data);
} ProofHandlers;

/** Starts; the outcome, failures included, comes through handlers->done. (transfer full) */
Proof *proof_start(const Recording *recording, const ProofOptions *options,
                   const ProofHandlers *handlers, gpointer user_data);
/** Ends it soon where it still runs, without a verdict. Doesn't wait; handlers->done follows. */
void proof_cancel(Proof *proof);
/** Ends it where it still runs; handlers are no longer called. @proof: (nullable). */
void proof_free(Proof *proof);

/** Keeps the verdict of a proof that is done in recording.json. Blocks. Errors: STORE, FULL. */
gboolean proof_keep(Recording *recording, const Proof *proof, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proof, proof_free)

G_END_DECLS
