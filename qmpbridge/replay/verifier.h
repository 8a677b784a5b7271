/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of recordings to be proved by replay, one after another, and the verdicts kept in the
 * recordings. Behind that queue, and only while its owner is idle, the backlog: recordings of the
 * store that have no verdict or a failed one, since their bridge was killed. Main thread.
 */
#pragma once

#include "qmpbridge/replay/proof.h"
#include "qmpbridge/store/store.h"

G_BEGIN_DECLS

typedef struct Verifier Verifier;

/** A verdict was kept. @detail: (nullable). @backlog: it wasn't asked for. It mustn't free the
 * verifier. */
typedef void (*VerifierFunc)(const char *name, Verdict verdict, const char *detail,
                             gboolean backlog, gpointer user_data);

/** @store and the strings of @options are borrowed and outlive it. Returns: (transfer full). */
Verifier *verifier_new(Store *store, const ProofOptions *options, VerifierFunc func,
                       gpointer user_data);
/** Ends a replay under way; @func isn't called any more. @verifier: (nullable). */
void verifier_free(Verifier *verifier);
/** Puts a recording at the end of the queue. A proof of the backlog under way is dropped. */
void verifier_add(Verifier *verifier, const char *name);
/**
 * @idle: TRUE: the backlog may be proved, each recording once in the verifier's life; FALSE, as it
 * is at first: a proof of the backlog under way is dropped, and made later. Doesn't wait.
 */
void verifier_set_idle(Verifier *verifier, gboolean idle);
/** TRUE while a recording that was asked for is being proved or waits for it; FALSE in the last
 * call of @func. */
gboolean verifier_is_busy(const Verifier *verifier);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Verifier, verifier_free)

G_END_DECLS
