/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See recctrl.h. */
#include "plugin/recctrl.h"

#include "plugin/journal-file.h"
#include "plugin/link.h"
#include "plugin/options.h"
#include "plugin/replay-answers.h"
#include "plugin/report.h"
#include "plugin/shared-policy.h"
#include "plugin/vcpu.h"
#include "qmpbridge/core/limits.h"

struct Recctrl {
    const Host *host;
    PluginOptions *options;
    SharedPolicy *shared;   /* NULL on a replay */
    Link *link;             /* NULL until the first vCPU is there, and on a replay */
    ReplayAnswers *answers; /* NULL unless on a replay */
    gint replay_warned;
    Vcpu *vcpus[PLUGIN_VCPUS_MAX];
};

/* --- requests and answers ---------------------------------------------------------------- */

static void warn_replay(Recctrl *recctrl, ReplayResult result)
{
    if (result == REPLAY_OK || !g_atomic_int_compare_and_exchange(&recctrl->replay_warned, 0, 1))
        return;
    report("after %" G_GUINT64_FORMAT " answers the guest makes %s",
           replay_answers_given(recctrl->answers),
           result == REPLAY_EXHAUSTED
               ? "a hypercall that the journal doesn't have; it gets an error"
               : "another hypercall than when it was recorded: the replay has diverged");
}

/* @request: (nullable): NULL for one that was refused. */
static gint32 answer(Recctrl *recctrl, const Hypercall *request)
{
    gint32 value;

    if (!recctrl->answers)
        return shared_policy_answer(recctrl->shared, request, recctrl->host->two_way);
    warn_replay(recctrl,
                replay_answers_next(recctrl->answers, request ? request->action : 0, &value));
    return value;
}

/* Takes the request at a trap. Returns: FALSE if there is no answer to be given: it isn't a request
 * of ours, or answers don't reach the guest. */
static gboolean serve(Recctrl *recctrl, Vcpu *vcpu, const ArchTrap *trap, gint32 *value)
{
    DecodeInput input;
    Hypercall request;
    const char *reason;
    DecodeResult result;

    if (!vcpu || !vcpu_read_request(vcpu, trap, &input))
        return FALSE;
    result = decode_request(recctrl->host->arch, &input, vcpu_read_ram, vcpu, &request, &reason);
    if (result == DECODE_FOREIGN)
        return FALSE;
    *value = answer(recctrl, result == DECODE_REQUEST ? &request : NULL);
    if (reason && *value == HYPERCALL_ERROR && recctrl->shared)
        shared_policy_complain(recctrl->shared, reason);
    return recctrl->host->two_way;
}

static Vcpu *vcpu_at(Recctrl *recctrl, guint index)
{
    return index < PLUGIN_VCPUS_MAX ? recctrl->vcpus[index] : NULL;
}

void recctrl_on_trap(Recctrl *recctrl, guint index, const ArchTrap *trap)
{
    Vcpu *vcpu = vcpu_at(recctrl, index);
    gint32 value;

    if (serve(recctrl, vcpu, trap, &value))
        vcpu_write_answer(vcpu, trap, value);
}

void recctrl_on_overwriting_trap(Recctrl *recctrl, guint index, guint64 next)
{
    Vcpu *vcpu = vcpu_at(recctrl, index);
    gint32 value;

    if (serve(recctrl, vcpu, arch_overwriting(recctrl->host->arch), &value))
        vcpu_hold_answer(vcpu, index, next, value);
}

void recctrl_on_next(Recctrl *recctrl, guint index, guint64 pc)
{
    Vcpu *vcpu = vcpu_at(recctrl, index);

    if (vcpu)
        vcpu_reach(vcpu, pc);
}

void recctrl_on_return(Recctrl *recctrl, guint index)
{
    Vcpu *vcpu = vcpu_at(recctrl, index);

    if (vcpu)
        vcpu_drop_answer(vcpu);
}

/* --- vCPUs and the cut ----------------------------------------------------------------------- */

/* A JournalDescribe. The VM is stopped, so no vCPU is in a callback. */
static void describe(gpointer opaque, JournalHeader *header)
{
    Recctrl *recctrl = opaque;

    g_strlcpy(header->target, recctrl->host->arch->target, sizeof(header->target));
    header->two_way = recctrl->host->two_way;
    for (guint i = 0; i < PLUGIN_VCPUS_MAX && header->n_pending < JOURNAL_PENDING_MAX; i++) {
        const JournalPending *held = recctrl->vcpus[i] ? vcpu_held_answer(recctrl->vcpus[i]) : NULL;

        if (held)
            header->pending[header->n_pending++] = *held;
    }
}

/* Answers that were on their way when the recording began are on their way when its replay does. */
static void restore_pending(Recctrl *recctrl, guint index)
{
    const JournalHeader *header = replay_answers_header(recctrl->answers);

    for (guint i = 0; i < header->n_pending; i++)
        if (header->pending[i].vcpu == index)
            vcpu_restore_answer(recctrl->vcpus[index], &header->pending[i]);
}

void recctrl_add_vcpu(Recctrl *recctrl, guint index, HostVcpu *handle)
{
    const PluginOptions *options = recctrl->options;

    if (index >= PLUGIN_VCPUS_MAX || recctrl->vcpus[index])
        return;
    recctrl->vcpus[index] = vcpu_new(recctrl->host, handle);
    if (!recctrl->vcpus[index])
        report("vCPU %u lacks registers that requests use: it isn't listened to", index);
    else if (recctrl->answers)
        restore_pending(recctrl, index);
    else if (index == 0)
        recctrl->link = link_start(options->dry ? NULL : options->control, recctrl->shared,
                                   recctrl->host, describe, recctrl);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static gboolean load_answers(Recctrl *recctrl, const char *path, GError **error)
{
    Journal *journal = journal_file_load(path, error);

    if (!journal)
        return FALSE;
    if (!g_str_equal(journal->header.target, recctrl->host->arch->target))
        report("the journal is of target '%s'", journal->header.target);
    if (!journal->complete)
        report("the journal was not finished: it has %" G_GUINT64_FORMAT " answers",
               journal->answers);
    recctrl->answers = replay_answers_new(journal);
    return TRUE;
}

static gboolean choose_source(Recctrl *recctrl, GError **error)
{
    if (recctrl->options->replay)
        return load_answers(recctrl, recctrl->options->replay, error);
    recctrl->shared = shared_policy_new(&recctrl->options->policy, error);
    return recctrl->shared != NULL;
}

Recctrl *recctrl_new(const Host *host, int argc, char **argv, GError **error)
{
    Recctrl *recctrl = g_new0(Recctrl, 1);

    recctrl->host = host;
    recctrl->options = plugin_options_parse(argc, argv, error);
    if (!recctrl->options || !choose_source(recctrl, error))
        g_clear_pointer(&recctrl, recctrl_free);
    return recctrl;
}

void recctrl_stop(Recctrl *recctrl)
{
    g_clear_pointer(&recctrl->link, link_stop);
}

void recctrl_free(Recctrl *recctrl)
{
    if (!recctrl)
        return;
    recctrl_stop(recctrl);
    for (guint i = 0; i < PLUGIN_VCPUS_MAX; i++)
        vcpu_free(recctrl->vcpus[i]);
    replay_answers_free(recctrl->answers);
    shared_policy_free(recctrl->shared);
    plugin_options_free(recctrl->options);
    g_free(recctrl);
}
