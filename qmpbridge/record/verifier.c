/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of recordings to be proved by replay; see verifier.h.
 */
#include "qmpbridge/record/verifier.h"

struct Verifier {
    Store *store;
    ProofOptions options;
    VerifierFunc func;
    gpointer user_data;
    GQueue waiting; /**< names */
    Recording *recording; /**< (nullable) the one being proved */
    Proof *proof;
};

static void prove_next(Verifier *verifier);

static void told(Verdict verdict, const char *detail, double seconds, gpointer user_data)
{
    Verifier *verifier = user_data;
    g_autoptr(Recording) recording = g_steal_pointer(&verifier->recording);
    g_autofree char *kept = g_strdup(detail);
    g_autoptr(GError) error = NULL;

    (void)seconds;
    /* What can't be replayed may not even have been read: its recording.json stays as it is. */
    if (recording->state == RECORDING_COMPLETE &&
        !proof_keep(recording, verifier->proof, &error)) {
        g_free(kept);
        kept = g_strdup_printf("the verdict can't be kept: %s", error->message);
    }
    g_clear_pointer(&verifier->proof, proof_free);
    prove_next(verifier);
    verifier->func(recording->name, verdict, kept, verifier->user_data);
}

static void prove_next(Verifier *verifier)
{
    static const ProofHandlers handlers = {.done = told};
    g_autoptr(GError) error = NULL;

    while (!verifier->proof && !g_queue_is_empty(&verifier->waiting)) {
        g_autofree char *name = g_queue_pop_head(&verifier->waiting);

        verifier->recording = store_find(verifier->store, name, &error);
        if (verifier->recording)
            verifier->proof = proof_start(verifier->recording, &verifier->options, &handlers,
                                          verifier);
        else
            verifier->func(name, VERDICT_FAILED, error->message, verifier->user_data);
        g_clear_error(&error);
    }
}

Verifier *verifier_new(Store *store, const ProofOptions *options, VerifierFunc func,
                       gpointer user_data)
{
    Verifier *verifier = g_new0(Verifier, 1);

    verifier->store = store;
    verifier->options = *options;
    emulators_ref(options->emulators);
    verifier->func = func;
    verifier->user_data = user_data;
    return verifier;
}

void verifier_free(Verifier *verifier)
{
    if (!verifier)
        return;
    proof_free(verifier->proof);
    recording_free(verifier->recording);
    g_queue_clear_full(&verifier->waiting, g_free);
    emulators_unref(verifier->options.emulators);
    g_free(verifier);
}

void verifier_add(Verifier *verifier, const char *name)
{
    g_queue_push_tail(&verifier->waiting, g_strdup(name));
    prove_next(verifier);
}

gboolean verifier_is_busy(const Verifier *verifier)
{
    return verifier->proof || verifier->waiting.length > 0;
}
