/* SPDX-License-Identifier: GPL-2.0-or-later */
/* recctrl for any emulator: traps in, answers out; see plugin.h. */
#include "plugin/plugin.h"

#include "plugin/journal-file.h"
#include "plugin/link.h"
#include "plugin/options.h"
#include "plugin/replay-answers.h"
#include "plugin/report.h"
#include "plugin/shared-policy.h"
#include "plugin/vcpu.h"
#include "qmpbridge/core/limits.h"

struct Plugin {
    const Host *host;
    PluginOptions *options;
    SharedPolicy *shared;   /* NULL on a replay */
    Link *link;             /* NULL until the first vCPU is there, and on a replay */
    ReplayAnswers *answers; /* NULL unless on a replay */
    gint replay_warned;
    Vcpu *vcpus[PLUGIN_VCPUS_MAX];
};

/* --- requests and answers ---------------------------------------------------------------- */

static void warn_replay(Plugin *plugin, ReplayResult result)
{
    if (result == REPLAY_OK || !g_atomic_int_compare_and_exchange(&plugin->replay_warned, 0, 1))
        return;
    report("after %" G_GUINT64_FORMAT " answers the guest makes %s",
           replay_answers_given(plugin->answers),
           result == REPLAY_EXHAUSTED
               ? "a hypercall that the journal doesn't have; it gets an error"
               : "another hypercall than when it was recorded: the replay has diverged");
}

/* @request: (nullable): NULL for one that was refused. */
static gint32 answer(Plugin *plugin, const Hypercall *request)
{
    gint32 value;

    if (!plugin->answers)
        return shared_policy_answer(plugin->shared, request, plugin->host->two_way);
    warn_replay(plugin,
                replay_answers_next(plugin->answers, request ? request->action : 0, &value));
    return value;
}

/* Takes the request at a trap. Returns: FALSE if there is no answer to be given: it isn't a request
 * of ours, or answers don't reach the guest. */
static gboolean serve(Plugin *plugin, Vcpu *vcpu, const ArchTrap *trap, gint32 *value)
{
    DecodeInput input;
    Hypercall request;
    const char *reason;
    DecodeResult result;

    if (!vcpu || !vcpu_read_request(vcpu, trap, &input))
        return FALSE;
    result = decode_request(plugin->host->arch, &input, vcpu_read_ram, vcpu, &request, &reason);
    if (result == DECODE_FOREIGN)
        return FALSE;
    *value = answer(plugin, result == DECODE_REQUEST ? &request : NULL);
    if (reason && *value == HYPERCALL_ERROR && plugin->shared)
        shared_policy_complain(plugin->shared, reason);
    return plugin->host->two_way;
}

static Vcpu *vcpu_at(Plugin *plugin, guint index)
{
    return index < PLUGIN_VCPUS_MAX ? plugin->vcpus[index] : NULL;
}

void plugin_on_trap(Plugin *plugin, guint index, const ArchTrap *trap)
{
    Vcpu *vcpu = vcpu_at(plugin, index);
    gint32 value;

    if (serve(plugin, vcpu, trap, &value))
        vcpu_write_answer(vcpu, trap, value);
}

void plugin_on_overwriting_trap(Plugin *plugin, guint index, guint64 next)
{
    Vcpu *vcpu = vcpu_at(plugin, index);
    gint32 value;

    if (serve(plugin, vcpu, arch_overwriting(plugin->host->arch), &value))
        vcpu_hold_answer(vcpu, index, next, value);
}

void plugin_on_next(Plugin *plugin, guint index, guint64 pc)
{
    Vcpu *vcpu = vcpu_at(plugin, index);

    if (vcpu)
        vcpu_reach(vcpu, pc);
}

void plugin_on_return(Plugin *plugin, guint index)
{
    Vcpu *vcpu = vcpu_at(plugin, index);

    if (vcpu)
        vcpu_drop_answer(vcpu);
}

/* --- vCPUs and the cut ----------------------------------------------------------------------- */

/* A JournalDescribe. The VM is stopped, so no vCPU is in a callback. */
static void describe(gpointer opaque, JournalHeader *header)
{
    Plugin *plugin = opaque;

    g_strlcpy(header->target, plugin->host->arch->target, sizeof(header->target));
    header->two_way = plugin->host->two_way;
    for (guint i = 0; i < PLUGIN_VCPUS_MAX && header->n_pending < JOURNAL_PENDING_MAX; i++) {
        const JournalPending *held = plugin->vcpus[i] ? vcpu_held_answer(plugin->vcpus[i]) : NULL;

        if (held)
            header->pending[header->n_pending++] = *held;
    }
}

/* Answers that were on their way when the recording began are on their way when its replay does. */
static void restore_pending(Plugin *plugin, guint index)
{
    const JournalHeader *header = replay_answers_header(plugin->answers);

    for (guint i = 0; i < header->n_pending; i++)
        if (header->pending[i].vcpu == index)
            vcpu_restore_answer(plugin->vcpus[index], &header->pending[i]);
}

void plugin_add_vcpu(Plugin *plugin, guint index, HostVcpu *handle)
{
    const PluginOptions *options = plugin->options;

    if (index >= PLUGIN_VCPUS_MAX || plugin->vcpus[index])
        return;
    plugin->vcpus[index] = vcpu_new(plugin->host, handle);
    if (!plugin->vcpus[index])
        report("vCPU %u lacks registers that requests use: it isn't listened to", index);
    else if (plugin->answers)
        restore_pending(plugin, index);
    else if (index == 0)
        plugin->link = link_start(options->dry ? NULL : options->control, plugin->shared,
                                  plugin->host, describe, plugin);
}

/* --- beginning and end ------------------------------------------------------------------------ */

static gboolean load_answers(Plugin *plugin, const char *path, GError **error)
{
    Journal *journal = journal_file_load(path, error);

    if (!journal)
        return FALSE;
    if (!g_str_equal(journal->header.target, plugin->host->arch->target))
        report("the journal is of target '%s'", journal->header.target);
    if (!journal->complete)
        report("the journal was not finished: it has %" G_GUINT64_FORMAT " answers",
               journal->answers);
    plugin->answers = replay_answers_new(journal);
    return TRUE;
}

static gboolean choose_source(Plugin *plugin, GError **error)
{
    if (plugin->options->replay)
        return load_answers(plugin, plugin->options->replay, error);
    plugin->shared = shared_policy_new(&plugin->options->policy, error);
    return plugin->shared != NULL;
}

Plugin *plugin_new(const Host *host, int argc, char **argv, GError **error)
{
    Plugin *plugin = g_new0(Plugin, 1);

    plugin->host = host;
    plugin->options = plugin_options_parse(argc, argv, error);
    if (!plugin->options || !choose_source(plugin, error))
        g_clear_pointer(&plugin, plugin_free);
    return plugin;
}

void plugin_stop(Plugin *plugin)
{
    g_clear_pointer(&plugin->link, link_stop);
}

void plugin_free(Plugin *plugin)
{
    if (!plugin)
        return;
    plugin_stop(plugin);
    for (guint i = 0; i < PLUGIN_VCPUS_MAX; i++)
        vcpu_free(plugin->vcpus[i]);
    replay_answers_free(plugin->answers);
    shared_policy_free(plugin->shared);
    plugin_options_free(plugin->options);
    g_free(plugin);
}
