/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of recordings to be proved by replay, one after another, and the verdicts kept in the
 * recordings. Main thread.
 */
#pragma once

#include "qmpbridge/record/proof.h"
#include "qmpbridge/record/store.h"

G_BEGIN_DECLS

typedef struct Verifier Verifier;

/** A verdict was kept. @detail: (nullable). It mustn't free the verifier. */
typedef void (*VerifierFunc)(const char *name, Verdict verdict, const char *detail,
                             gpointer user_data);

/** @store and the strings of @options are borrowed and outlive it. Returns: (transfer full). */
Verifier *verifier_new(Store *store, const ProofOptions *options, VerifierFunc func,
                       gpointer user_data);
/** Ends a replay under way; @func isn't called any more. @verifier: (nullable). */
void verifier_free(Verifier *verifier);
/** Puts a recording at the end of the queue. */
void verifier_add(Verifier *verifier, const char *name);
/** TRUE while a recording is being proved or waits for it; FALSE in the last call of @func. */
gboolean verifier_is_busy(const Verifier *verifier);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Verifier, verifier_free)

G_END_DECLS
