/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `replay` and `verify`: both replay a recording to its end and compare; replay shows the guest's
 * console meanwhile, verify keeps the verdict in the recording.
 */
#include <string.h>

#include "qmpbridge/commands/commands.h"
#include "qmpbridge/core/error.h"
#include "qmpbridge/replay/proof.h"
#include "qmpbridge/store/manifest.h"

typedef struct {
    const ProofHandlers *handlers;
    GPtrArray *names; /* (nullable): verify all of them, one after another */
    guint next;       /* the first of them that hasn't begun */
    guint counts[VERDICT_FAILED + 1];
    Recording *recording;
    Proof *proof;
    gboolean keep; /* verify */
    gboolean trust_paths;
    guint idle;
    Verdict verdict;
    char *detail;
    double seconds;
} Proofs;

static void proofs_free(gpointer data)
{
    Proofs *proofs = data;

    if (proofs->idle)
        g_source_remove(proofs->idle);
    g_clear_pointer(&proofs->proof, proof_free);
    recording_free(proofs->recording);
    g_free(proofs->detail);
    if (proofs->names)
        g_ptr_array_unref(proofs->names);
    g_free(proofs);
}

static void on_progress(guint64 done, guint64 total, gpointer user_data)
{
    CommandCall *call = user_data;
    const Proofs *proofs = call_state(call);
    g_autofree char *label =
        proofs->names ? g_strdup_printf("%s %s (%u of %u)", call_name(call),
                                        proofs->recording->name, proofs->next, proofs->names->len)
                      : g_strdup(call_name(call));

    output_progress(shell_output(call_shell(call)), label, done, total);
}

static void on_console(const char *bytes, gsize len, gpointer user_data)
{
    output_console(shell_output(call_shell(user_data)), bytes, len);
}

/* What became of all of them. */
static void finish_all(CommandCall *call)
{
    const Proofs *proofs = call_state(call);
    const guint *n = proofs->counts;
    g_autofree char *json =
        g_strdup_printf("{\"identical\": %u, \"diverged\": %u, \"failed\": %u}",
                        n[VERDICT_IDENTICAL], n[VERDICT_DIVERGED], n[VERDICT_FAILED]);
    g_autofree char *text =
        g_strdup_printf("%u replayed: %u identical, %u diverged, %u failed", proofs->names->len,
                        n[VERDICT_IDENTICAL], n[VERDICT_DIVERGED], n[VERDICT_FAILED]);
    g_autoptr(GBytes) value = g_bytes_new(json, strlen(json));
    GError *error = NULL;

    output_answer(shell_output(call_shell(call)), NULL, call_name(call), value, text);
    if (n[VERDICT_DIVERGED])
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_DIVERGED, "%u of %u replays diverged",
                            n[VERDICT_DIVERGED], proofs->names->len);
    else if (n[VERDICT_FAILED])
        error = g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "%u of %u could not be replayed",
                            n[VERDICT_FAILED], proofs->names->len);
    call_finish(call, error);
}

static void prove_next(CommandCall *call);

static gboolean use_verdict(gpointer user_data)
{
    CommandCall *call = user_data;
    Proofs *proofs = call_state(call);
    GError *error =
        call_verdict(call, proofs->recording, proofs->verdict, proofs->detail, proofs->seconds);

    proofs->idle = 0;
    if (proofs->keep && (!error || proofs->verdict == VERDICT_DIVERGED))
        proof_keep(proofs->recording, proofs->proof, error ? NULL : &error);
    if (!proofs->names) {
        call_finish(call, error);
        return G_SOURCE_REMOVE;
    }
    if (error && proofs->verdict == VERDICT_IDENTICAL) { /* the verdict can't be kept */
        call_finish(call, error);
        return G_SOURCE_REMOVE;
    }
    g_clear_error(&error);
    proofs->counts[proofs->verdict]++;
    prove_next(call);
    return G_SOURCE_REMOVE;
}

/* The verdict is used later, so that nothing frees the proof from within its own callback. */
static void on_done(Verdict verdict, const char *detail, double seconds, gpointer user_data)
{
    Proofs *proofs = call_state(user_data);

    proofs->verdict = verdict;
    proofs->detail = g_strdup(detail);
    proofs->seconds = seconds;
    proofs->idle = g_idle_add(use_verdict, user_data);
}

static void prove(CommandCall *call, const char *name)
{
    Shell *shell = call_shell(call);
    Proofs *proofs = call_state(call);
    ProofOptions options = {
        .replay =
            {
                .emulators = shell_emulators(shell),
                .plugin = shell_options(shell)->plugin,
                .affinity = shell_options(shell)->affinity,
                .trust_paths = proofs->trust_paths,
            },
    };
    GError *error = NULL;

    proofs->recording = store_find(shell_store(shell, NULL), name, &error);
    if (proofs->recording && replay_check(proofs->recording, &error))
        proofs->proof = proof_start(proofs->recording, &options, proofs->handlers, call);
    else
        call_finish(call, error);
}

static void prove_next(CommandCall *call)
{
    Proofs *proofs = call_state(call);

    g_clear_pointer(&proofs->proof, proof_free);
    g_clear_pointer(&proofs->recording, recording_free);
    g_clear_pointer(&proofs->detail, g_free);
    if (proofs->next == proofs->names->len)
        finish_all(call);
    else
        prove(call, proofs->names->pdata[proofs->next++]);
}

/* The names of all whole recordings, or only of those that wait for their proof. NULL: no store.
 * (transfer full) */
static GPtrArray *choose(Shell *shell, gboolean pending, GError **error)
{
    g_autoptr(GPtrArray) recordings = store_list(shell_store(shell, NULL), error);
    GPtrArray *names;

    if (!recordings)
        return NULL;
    names = g_ptr_array_new_with_free_func(g_free);
    for (guint i = 0; i < recordings->len; i++) {
        const Recording *recording = recordings->pdata[i];

        if (pending ? recording_is_pending(recording) : recording->state == RECORDING_COMPLETE)
            g_ptr_array_add(names, g_strdup(recording->name));
    }
    return names;
}

static gboolean trusts_paths(CommandCall *call)
{
    return call_value(call, 1) && !g_str_equal(call_value(call, 1), "false");
}

static Proofs *start(CommandCall *call, const ProofHandlers *handlers)
{
    Proofs *proofs = g_new0(Proofs, 1);

    proofs->handlers = handlers;
    proofs->trust_paths = trusts_paths(call);
    call_set_state(call, proofs, proofs_free);
    return proofs;
}

/* In a QEMU of the shell's own. */
static void replay_here(CommandCall *call)
{
    static const ProofHandlers handlers = {
        .progress = on_progress, .console = on_console, .done = on_done};

    start(call, &handlers);
    prove(call, call_value(call, 0));
}

static void run_replay(CommandCall *call)
{
    if (trusts_paths(call)) /* which begin_replay can't be asked for */
        replay_here(call);
    else
        replay_beside(call, call_value(call, 0), replay_here);
}

static void run_verify(CommandCall *call)
{
    static const ProofHandlers handlers = {.progress = on_progress, .done = on_done};

    const char *what = call_value(call, 0);
    gboolean pending = g_str_equal(what, "--pending");
    GError *error = NULL;
    Proofs *proofs;

    if (archive_is_named(what)) {
        archive_verify(call, what);
        return;
    }
    if (!shell_store(call_shell(call), &error)) {
        call_finish(call, error);
        return;
    }
    proofs = start(call, &handlers);
    proofs->keep = TRUE;
    if (!pending && !g_str_equal(what, "--all")) {
        prove(call, what);
        return;
    }
    proofs->names = choose(call_shell(call), pending, &error);
    if (proofs->names)
        prove_next(call);
    else
        call_finish(call, error);
}

#define TRUST_PATHS                            \
    {                                          \
        "--trust-paths", ARGUMENT_SWITCH, TRUE \
    }

const Command command_replay = {
    .name = "replay",
    .arguments = {{"name", .complete = complete_recordings}, TRUST_PATHS},
    .help = "Replay a recording and print the guest's console",
    .details =
        "The end is compared as verify does it, but the verdict isn't kept. A recording from\n"
        "elsewhere that names files of this host is replayed only with --trust-paths, which is to\n"
        "say that 'show' was looked at. Attached to a VM of 'qmpbridge run' that has the same\n"
        "store, the shell has that bridge replay it beside the live VM (see begin_replay), and\n"
        "Ctrl-C ends the replay.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_replay,
};

const Command command_verify = {
    .name = "verify",
    .arguments = {{"name", .usage = "NAME|FILE", .complete = complete_recordings}, TRUST_PATHS},
    .help = "Replay a recording and keep the verdict, or check an archive",
    .details =
        "The replay must reach the recording's end with the same registers and the same RAM.\n"
        "The verdict is identical, diverged, or failed if no replay could be made; 'list' shows\n"
        "the last one that was kept. 'verify --pending' does it with all recordings that have no\n"
        "verdict or could not be replayed, 'verify --all' with all. --trust-paths is as\n"
        "for replay. A path, what ends in " ARCHIVE_SUFFIX ", and - for standard input is an\n"
        "archive: all of it is read, and each digest compared.",
    .family = FAMILY_STORE,
    .needs = NEEDS_FILES,
    .run = run_verify,
};
