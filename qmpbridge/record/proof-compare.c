/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The comparison at the end of a replay: registers, a digest of all RAM, the console's bytes. QEMU
 * stands still meanwhile.
 */
#include "qmpbridge/record/proof-private.h"

#include <string.h>

/* One part of the state differs from what was recorded. */
static void differs(Proof *proof, const char *what)
{
    proof->comparing = FALSE;
    proof->difference = what;
    if (!proof->at_log_end)
        proof_go_on_to_log_end(proof);
    else
        proof_diverged(proof, what);
}

/* @part: the shorter one may be the beginning of the other. */
static gboolean same_console(const Proof *proof, gboolean part)
{
    const Recording *recording = proof->workspace->recording;
    g_autofree char *path = recording_file(recording, RECORDING_CONSOLE);
    g_autofree char *recorded = NULL, *replayed = NULL;
    gsize recorded_len = 0, replayed_len = 0;

    return g_file_get_contents(path, &recorded, &recorded_len, NULL) &&
           g_file_get_contents(proof->workspace->console, &replayed, &replayed_len, NULL) &&
           (part || recorded_len == replayed_len) &&
           memcmp(recorded, replayed, MIN(recorded_len, replayed_len)) == 0;
}

static void freeze(Proof *proof, gboolean frozen)
{
    proof->frozen = frozen;
    vm_freeze(proof->vm, frozen);
}

static gboolean digest_ram(gpointer data, GError **error)
{
    Proof *proof = data;

    g_free(proof->ram_sha256);
    proof->ram_sha256 = proof->digest(&proof->ram, error);
    return proof->ram_sha256 != NULL;
}

static void ram_digested(const GError *error, gpointer user_data)
{
    Proof *proof = user_data;

    g_clear_pointer(&proof->worker, worker_free);
    freeze(proof, FALSE);
    if (error || proof->cancelled)
        proof_retry(proof, error ? g_strdup(error->message) : NULL);
    else if (!g_str_equal(proof->ram_sha256, proof->workspace->recording->ram_sha256))
        differs(proof, "guest RAM");
    else if (!same_console(proof, FALSE))
        differs(proof, "the console's bytes");
    else
        proof_finish(proof, VERDICT_IDENTICAL, NULL);
}

static void ram_located(QmpClient *client, JsonNode *value, const GError *error,
                        gpointer user_data)
{
    Proof *proof = user_data;
    g_autoptr(GError) bad = NULL;

    (void)client;
    if (proof_is_over(proof, error))
        return;
    proof->ram.pid = vm_pid(proof->vm);
    proof->ram.size = (guint64)proof->workspace->recording->machine->memory << 20;
    if (!question_read_ram_address(value, &proof->ram.address, &bad)) {
        proof_finish(proof, VERDICT_FAILED, g_strdup(bad->message));
    } else {
        /* Its main loop reads the log on, also while the VM is stopped, and quits at the end. */
        freeze(proof, TRUE);
        proof->worker = worker_start(digest_ram, proof, ram_digested, proof);
    }
}

static void registers_replied(QmpClient *client, JsonNode *value, const GError *error,
                              gpointer user_data)
{
    Proof *proof = user_data;
    const char *text = json_as_string(value);
    g_autofree char *path = NULL, *recorded = NULL;

    (void)client;
    if (proof_is_over(proof, error))
        return;
    path = recording_file(proof->workspace->recording, RECORDING_REGISTERS);
    g_file_get_contents(path, &recorded, NULL, NULL);
    if (g_strcmp0(recorded, text) != 0)
        differs(proof, "registers");
    else
        proof_ask_hmp(proof, QUESTION_RAM_ADDRESS, ram_located);
}

void proof_compare(Proof *proof)
{
    proof->comparing = TRUE;
    proof_ask_hmp(proof, QUESTION_REGISTERS, registers_replied);
}

void proof_compare_power_off(Proof *proof)
{
    if (same_console(proof, TRUE))
        proof_finish(proof, VERDICT_IDENTICAL,
                     g_strdup("up to the guest's power-off; registers and memory after that "
                              "can't be compared"));
    else
        proof_finish(proof, VERDICT_DIVERGED,
                     g_strdup("the console's bytes differ from the recording"));
}
