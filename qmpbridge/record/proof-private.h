/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the two files of the proof share. Included by proof*.c only.
 */
#pragma once

#include "qmpbridge/engine/qemu/questions.h"
#include "qmpbridge/record/proof.h"
#include "qmpbridge/record/ram.h"
#include "qmpbridge/record/worker.h"
#include "qmpbridge/record/workspace.h"
#include "qmpbridge/vm/vm.h"

struct Proof {
    ProofHandlers handlers;
    gpointer user_data;
    Emulators *emulators;
    const Emulator *emulator; /**< of .emulators; NULL until it is found */
    char *plugin;
    gboolean trust_paths;
    Affinity *affinity;
    gint64 stall, stuck_time; /**< µs */
    gboolean background, cancelled;
    Workspace *workspace;
    Worker *worker;
    OwnedDir *runtime; /**< directory of the monitor's socket */
    Vm *vm;
    guint watch, finish;
    gint64 started;       /**< when the replay began to run */
    guint64 log_skip;     /**< a due timer's event that is left out; 0: none */
    guint64 icount;       /**< last seen */
    gint64 moved;         /**< when it last changed */
    gint64 answered;      /**< when QEMU last answered the watch */
    guint stuck;          /**< replays that didn't get beyond the snapshot */
    guint retries;        /**< replays made again because QEMU went away */
    gboolean powered_off; /**< the guest has switched itself off, as it did when recorded */
    gboolean at_log_end;  /**< QEMU has read its log to the end */
    gboolean terminated;  /**< QEMU ends because it got a signal */
    const char *difference; /**< (nullable) what differed at the break */
    gboolean comparing;
    gboolean frozen;      /**< QEMU's process stands still while its RAM is digested */
    gboolean break_gone;  /**< replay-break was deleted */
    guint64 console_told; /**< bytes of the console given to the owner */
    RamDigestFunc digest;
    RamRegion ram;
    char *ram_sha256;
    Verdict verdict;
    char *detail;
    double seconds;
};

/** The end, told from the main loop. @detail: (transfer full) (nullable). */
void proof_finish(Proof *proof, Verdict verdict, char *detail);
/** QEMU went away for reasons that say nothing about the recording: once more, or FAILED with
 * @detail after some tries. @detail: (transfer full). */
void proof_retry(Proof *proof, char *detail);
/** How QEMU is asked. @args: (transfer full) (nullable). */
void proof_ask(Proof *proof, const char *command, JsonObject *args, QmpReplyFunc func);
void proof_ask_hmp(Proof *proof, const char *line, QmpReplyFunc func);
/** TRUE if a reply must not be looked at: the proof is over, or QEMU is going. */
gboolean proof_is_over(const Proof *proof, const GError *error);
/** What differs from the recording, as a verdict. */
void proof_diverged(Proof *proof, const char *what);
/** The state differs at a break: the end of the log will tell. */
void proof_go_on_to_log_end(Proof *proof);

/** Compares registers, RAM and console with the recording's: a verdict, or on to the log's end. */
void proof_compare(Proof *proof);
/** The same where the guest has switched itself off at another instruction: only the console. */
void proof_compare_power_off(Proof *proof);
