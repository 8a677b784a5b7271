/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Proof by replay: a Replay (replay/replay.h) runs to the recording's end, and registers, a digest
 * of all RAM and the console's bytes are compared with what was taken when it was recorded.
 *
 * Where the end is: at the icount at which the recording ended. At one icount an interrupt may have
 * been taken or not, and an emulator may stop before it: so where the comparison at the break
 * finds a difference, the replay goes on to the end of its log, and the comparison there counts.
 *
 * Where the guest switched itself off, the VM stops some instructions after that, and never after
 * the same number: where the replay doesn't reach the very end, only the console is compared.
 */
#pragma once

#include "qmpbridge/store/ram.h"
#include "qmpbridge/replay/replay.h"

G_BEGIN_DECLS

typedef struct Proof Proof;

/** How to prove. Borrowed for the call. */
typedef struct {
    ReplayOptions replay;
    RamDigestFunc digest; /**< (nullable): ram_digest() */
    gboolean attended;    /**< clients of the monitor may stop it, and let it go on themselves */
    gboolean paused;      /**< it stands at the snapshot until one of them does */
} ProofOptions;

/** What is called on the way. All on the main thread, none from within a function of this header.
 */
typedef struct {
    /** An attempt stands at its snapshot: as of ReplayHandlers. (nullable) */
    void (*ready)(Replay *replay, gpointer user_data);
    /** An event of the emulator: as of ReplayHandlers. (nullable) */
    void (*event)(JsonNode *event, gpointer user_data);
    /** @done, @total: guest instructions. (nullable) */
    void (*progress)(guint64 done, guint64 total, gpointer user_data);
    /** Console output of the replayed guest as it comes; not NUL-terminated, hostile. (nullable) */
    void (*console)(const char *bytes, gsize len, gpointer user_data);
    /** The end, once; it may free the proof. @verdict: NONE after proof_cancel(). @detail:
     * (nullable) text for people. @seconds: what the replay took. */
    void (*done)(Verdict verdict, const char *detail, double seconds, gpointer user_data);
} ProofHandlers;

/** Starts. @recording: outlives the proof. @handlers: copied; the outcome, failures included, comes
 * through .done. Returns: (transfer full). */
Proof *proof_start(const Recording *recording, const ProofOptions *options,
                   const ProofHandlers *handlers, gpointer user_data);
/** Ends it soon where it still runs, without a verdict. Doesn't wait; handlers->done follows. */
void proof_cancel(Proof *proof);
/** The replay; NULL once it is done. Returns: (transfer none). */
Replay *proof_replay(const Proof *proof);
/** TRUE while it is compared: then nobody else may let it go on. */
gboolean proof_is_comparing(const Proof *proof);
/** Ends it where it still runs; handlers are no longer called. @proof: (nullable). */
void proof_free(Proof *proof);

/** Keeps the verdict of a proof that is done in recording.json. Blocks. Errors: STORE, FULL. */
gboolean proof_keep(Recording *recording, const Proof *proof, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Proof, proof_free)

G_END_DECLS
