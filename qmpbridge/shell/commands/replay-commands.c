/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * `replay` and `verify`: both replay a recording to its end and compare; replay shows the guest's
 * console meanwhile, verify keeps the verdict in the recording.
 */
#include "qmpbridge/core/error.h"
#include "qmpbridge/record/proof.h"
#include "qmpbridge/shell/commands/commands.h"

typedef struct {
    Recording *recording;
    Proof *proof;
    gboolean keep; /* verify */
    guint idle;
    Verdict verdict;
    char *detail;
    double seconds;
} Replay;

static void replay_free(gpointer data)
{
    Replay *replay = data;

    if (replay->idle)
        g_source_remove(replay->idle);
    g_clear_pointer(&replay->proof, proof_free);
    recording_free(replay->recording);
    g_free(replay->detail);
    g_free(replay);
}

static GError *verdict_error(const Replay *replay)
{
    const char *name = replay->recording->name;

    switch (replay->verdict) {
    case VERDICT_DIVERGED:
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_DIVERGED, "the replay of %s diverged", name);
    case VERDICT_FAILED:
        return g_error_new(BRIDGE_ERROR, BRIDGE_ERROR_FAILED, "%s could not be replayed", name);
    default:
        return NULL;
    }
}

static void on_progress(guint64 done, guint64 total, gpointer user_data)
{
    CommandCall *call = user_data;

    output_progress(shell_output(call_shell(call)), call_name(call), done, total);
}

static void on_console(const char *bytes, gsize len, gpointer user_data)
{
    output_console(shell_output(call_shell(user_data)), bytes, len);
}

static gboolean tell_verdict(gpointer user_data)
{
    CommandCall *call = user_data;
    Replay *replay = call_state(call);
    Shell *shell = call_shell(call);
    GError *error = verdict_error(replay);

    replay->idle = 0;
    output_verdict(shell_output(shell), call_name(call), replay->recording, replay->verdict,
                   replay->detail, replay->seconds);
    shell_note_verdict(shell, replay->verdict);
    if (replay->keep && (!error || replay->verdict == VERDICT_DIVERGED))
        proof_keep(replay->recording, replay->proof, error ? NULL : &error);
    call_finish(call, error);
    return G_SOURCE_REMOVE;
}

/* Told later, so that the proof is never freed from within its own callback. */
static void on_done(Verdict verdict, const char *detail, double seconds, gpointer user_data)
{
    Replay *replay = call_state(user_data);

    replay->verdict = verdict;
    replay->detail = g_strdup(detail);
    replay->seconds = seconds;
    replay->idle = g_idle_add(tell_verdict, user_data);
}

static gboolean check_state(const Recording *recording, GError **error)
{
    if (recording->state == RECORDING_COMPLETE)
        return TRUE;
    if (recording->state == RECORDING_LIVE)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_STATE,
                    "%s is still being recorded; end it first", recording->name);
    else
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                    "%s is incomplete and can't be replayed: %s", recording->name,
                    recording->reason ? recording->reason : "unknown reason");
    return FALSE;
}

static void start(CommandCall *call, gboolean keep, const ProofHandlers *handlers)
{
    Shell *shell = call_shell(call);
    ProofOptions options = {
        .emulators = shell_emulators(shell),
        .plugin = shell_options(shell)->plugin,
        .affinity = shell_options(shell)->affinity,
    };
    Replay *replay = g_new0(Replay, 1);
    GError *error = NULL;

    replay->keep = keep;
    replay->recording = store_find(shell_store(shell, NULL), call_value(call, 0), &error);
    call_set_state(call, replay, replay_free);
    if (replay->recording && check_state(replay->recording, &error))
        replay->proof = proof_start(replay->recording, &options, handlers, call);
    else
        call_finish(call, error);
}

static void run_replay(CommandCall *call)
{
    static const ProofHandlers handlers = {on_progress, on_console, on_done};

    start(call, FALSE, &handlers);
}

static void run_verify(CommandCall *call)
{
    static const ProofHandlers handlers = {on_progress, NULL, on_done};

    start(call, TRUE, &handlers);
}

const Command command_replay = {
    .name = "replay",
    .arguments = {{"name", .complete = complete_recordings}},
    .help = "Replay a recording and print the guest's console",
    .details = "The end is compared as verify does it, but the verdict isn't kept.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_replay,
};

const Command command_verify = {
    .name = "verify",
    .arguments = {{"name", .complete = complete_recordings}},
    .help = "Replay a recording and keep the verdict",
    .details =
        "The replay must reach the recording's end with the same registers and the same RAM.\n"
        "The verdict is identical, diverged, or failed if no replay could be made; 'list' shows\n"
        "the last one that was kept.",
    .family = FAMILY_STORE,
    .needs = NEEDS_STORE,
    .run = run_verify,
};
