/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A queue of recordings to be proved by replay, and the backlog behind it; see verifier.h.
 *
 * The backlog is no list: whenever there is nothing else to do, a worker searches the store for the
 * oldest recording that waits for its proof. So what others have proved or removed meanwhile is
 * left alone. Recordings are claimed (store/store.h), so that of several bridges on one store
 * only one proves a recording from its backlog, and none those in another one's queue.
 */
#include "qmpbridge/replay/verifier.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/io/worker.h"
#include "qmpbridge/store/origin.h"

/** A recording that was asked for. */
typedef struct {
    char *name;
    int claim; /**< descriptor, or -1 */
} QueuedProof;

struct Verifier {
    Store *store;
    ProofOptions options;
    VerifierFunc func;
    gpointer user_data;
    GQueue waiting;       /**< QueuedProof */
    Recording *recording; /**< (nullable) the one being proved */
    Proof *proof;
    int claim;           /**< of .recording, or -1 */
    gboolean backlog;    /**< .recording wasn't asked for */
    gboolean idle;       /**< of the owner: the backlog may be proved */
    gboolean unsearched; /**< the store may hold what the last search didn't see, or didn't take */
    GHashTable *tried;   /**< names that the backlog passes over */
    Worker *search;      /**< (nullable) makes .found */
    GPtrArray *found;    /**< (nullable) Recording: all of the store */
};

static void prove_next(Verifier *verifier);

static void release_claim(int *claim)
{
    if (*claim >= 0)
        close(g_steal_fd(claim));
}

static void entry_free(gpointer data)
{
    QueuedProof *entry = data;

    release_claim(&entry->claim);
    g_free(entry->name);
    g_free(entry);
}

static void proved(Verdict verdict, const char *detail, double seconds, gpointer user_data)
{
    Verifier *verifier = user_data;
    g_autoptr(Recording) recording = g_steal_pointer(&verifier->recording);
    g_autofree char *kept = g_strdup(detail);
    g_autoptr(GError) error = NULL;
    gboolean backlog = verifier->backlog;

    (void)seconds;
    /* What can't be replayed may not even have been read: its recording.json stays as it is. */
    if (verdict != VERDICT_NONE && recording->state == RECORDING_COMPLETE &&
        !proof_keep(recording, verifier->proof, &error)) {
        g_free(kept);
        kept = g_strdup_printf("the verdict can't be kept: %s", error->message);
    }
    g_clear_pointer(&verifier->proof, proof_free);
    release_claim(&verifier->claim);
    if (verdict != VERDICT_NONE)
        g_hash_table_add(verifier->tried, g_strdup(recording->name));
    prove_next(verifier);
    if (verdict != VERDICT_NONE)
        verifier->func(recording->name, verdict, kept, backlog, verifier->user_data);
}

/* @recording: (transfer full). @claim: likewise. */
static void prove(Verifier *verifier, Recording *recording, int claim, gboolean backlog)
{
    static const ProofHandlers handlers = {.done = proved};
    ProofOptions options = verifier->options;

    options.replay.background = backlog;
    if (backlog)
        options.replay.trust_paths = FALSE; /* choose() has looked */
    verifier->recording = recording;
    verifier->claim = claim;
    verifier->backlog = backlog;
    verifier->proof = proof_start(recording, &options, &handlers, verifier);
}

/* --- the backlog --------------------------------------------------------------------------- */

static gboolean may_prove_backlog(const Verifier *verifier)
{
    return verifier->idle && !verifier->proof && verifier->waiting.length == 0;
}

/* A WorkerFunc. */
static gboolean search_store(gpointer data, GError **error)
{
    Verifier *verifier = data;

    verifier->found = store_list(verifier->store, error);
    return verifier->found != NULL;
}

/* The oldest one that is for this verifier to prove: none that came from elsewhere with names of
 * files of this host, which nobody has looked at. @claim: set if there is one. (nullable) (transfer
 * full) */
static Recording *choose(Verifier *verifier, int *claim)
{
    for (guint i = 0; verifier->found && i < verifier->found->len; i++) {
        Recording *recording = verifier->found->pdata[i];

        if (recording_is_pending(recording) && origin_check_paths(recording, NULL) &&
            !g_hash_table_contains(verifier->tried, recording->name) &&
            store_claim_proof(recording, claim))
            return g_ptr_array_steal_index(verifier->found, i);
    }
    return NULL;
}

static void searched(const GError *error, gpointer user_data)
{
    Verifier *verifier = user_data;
    gboolean may = may_prove_backlog(verifier);
    Recording *recording;
    int claim;

    (void)error; /* nothing was found then: who records next hears what is wrong with the store */
    g_clear_pointer(&verifier->search, worker_free);
    recording = may ? choose(verifier, &claim) : NULL;
    g_clear_pointer(&verifier->found, g_ptr_array_unref);
    if (recording || !may)
        verifier->unsearched = TRUE;
    if (recording)
        prove(verifier, recording, claim, TRUE);
    prove_next(verifier);
}

static void drop_backlog(Verifier *verifier)
{
    if (verifier->proof && verifier->backlog)
        proof_cancel(verifier->proof);
}

void verifier_set_idle(Verifier *verifier, gboolean idle)
{
    if (idle == verifier->idle)
        return;
    verifier->idle = idle;
    verifier->unsearched = TRUE;
    if (idle)
        prove_next(verifier);
    else
        drop_backlog(verifier);
}

/* --- the queue ----------------------------------------------------------------------------- */

static void prove_next(Verifier *verifier)
{
    while (!verifier->proof && !g_queue_is_empty(&verifier->waiting)) {
        QueuedProof *entry = g_queue_pop_head(&verifier->waiting);
        g_autoptr(GError) error = NULL;
        Recording *recording = store_find(verifier->store, entry->name, &error);

        if (recording)
            prove(verifier, recording, g_steal_fd(&entry->claim), FALSE);
        else
            verifier->func(entry->name, VERDICT_FAILED, error->message, FALSE, verifier->user_data);
        entry_free(entry);
    }
    if (may_prove_backlog(verifier) && !verifier->search && verifier->unsearched) {
        verifier->unsearched = FALSE;
        verifier->search = worker_start(search_store, verifier, searched, verifier);
    }
}

void verifier_add(Verifier *verifier, const char *name)
{
    QueuedProof *entry = g_new(QueuedProof, 1);
    g_autoptr(Recording) recording = store_find(verifier->store, name, NULL);

    *entry = (QueuedProof){g_strdup(name), -1};
    if (recording)
        store_claim_proof(recording, &entry->claim); /* asked for it is proved in any case */
    g_queue_push_tail(&verifier->waiting, entry);
    drop_backlog(verifier);
    prove_next(verifier);
}

gboolean verifier_is_busy(const Verifier *verifier)
{
    return (verifier->proof && !verifier->backlog) || verifier->waiting.length > 0;
}

/* --- life ---------------------------------------------------------------------------------- */

Verifier *verifier_new(Store *store, const ProofOptions *options, VerifierFunc func,
                       gpointer user_data)
{
    Verifier *verifier = g_new0(Verifier, 1);

    verifier->store = store;
    verifier->options = *options;
    emulators_ref(options->replay.emulators);
    verifier->func = func;
    verifier->user_data = user_data;
    verifier->claim = -1;
    verifier->tried = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return verifier;
}

void verifier_free(Verifier *verifier)
{
    if (!verifier)
        return;
    worker_free(verifier->search);
    if (verifier->found)
        g_ptr_array_unref(verifier->found);
    proof_free(verifier->proof);
    recording_free(verifier->recording);
    release_claim(&verifier->claim);
    g_queue_clear_full(&verifier->waiting, entry_free);
    g_hash_table_unref(verifier->tried);
    emulators_unref(verifier->options.replay.emulators);
    g_free(verifier);
}
