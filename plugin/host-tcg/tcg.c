/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * recctrl on stock QEMU: what QEMU loads with -plugin. It finds the trap instructions while code
 * is translated, takes requests from registers, and puts answers back. Where answers come from is
 * settled once, at install: from the desk, or on a replay from a journal.
 *
 * Nothing else in the project calls the emulator, and nothing here waits: a callback that waits
 * for the monitor deadlocks QEMU.
 */
#include "plugin/shared-policy.h"
#include "plugin/journal-file.h"
#include "plugin/link.h"
#include "plugin/options.h"
#include "plugin/replay-answers.h"
#include "plugin/report.h"
#include "plugin/host-tcg/api.h"
#include "plugin/host-tcg/block.h"
#include "plugin/host-tcg/ram.h"
#include "plugin/host-tcg/vcpu.h"
#include "qmpbridge/core/limits.h"

#define EXPORT __attribute__((visibility("default")))

/* The glue's state: QEMU's API gives no place to keep it before version 7. */
static struct {
    const Arch *arch;
    const TcgApi *api;
    PluginOptions *options;
    ControlAgent agent;
    char target[JOURNAL_TARGET_MAX];
    SharedPolicy *shared;  /* NULL on a replay */
    Link *link;            /* NULL until the first vCPU is there */
    ReplayAnswers *replay; /* NULL unless on a replay */
    gint replay_warned;
    TcgVcpu *vcpus[TCG_VCPUS_MAX];
} host;

EXPORT int qemu_plugin_version = TCG_API_OLDEST;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv);

__attribute__((constructor)) static void choose_version(void)
{
    qemu_plugin_version = tcg_api_guess();
}

/* --- answers --------------------------------------------------------------------------- */

static void warn_replay(ReplayResult result)
{
    if (result == REPLAY_OK || !g_atomic_int_compare_and_exchange(&host.replay_warned, 0, 1))
        return;
    report("after %" G_GUINT64_FORMAT " answers the guest makes %s",
           replay_answers_given(host.replay),
           result == REPLAY_EXHAUSTED
               ? "a hypercall that the journal doesn't have; it gets an error"
               : "another hypercall than when it was recorded: the replay has diverged");
}

static gint32 answer(const Hypercall *request)
{
    gint32 value;

    if (!host.replay)
        return shared_policy_answer(host.shared, request, host.agent.two_way);
    warn_replay(replay_answers_next(host.replay, request ? request->action : 0, &value));
    return value;
}

/* Takes the request at a trap. Returns: FALSE if it isn't for us. */
static gboolean serve(TcgVcpu *vcpu, ArchTrapKind kind, gint32 *value)
{
    DecodeInput input;
    Hypercall request;
    const char *reason;
    DecodeResult result;

    if (!tcg_vcpu_read_request(vcpu, kind, &input))
        return FALSE;
    result = decode_request(host.arch, &input, tcg_vcpu_read_memory, vcpu, &request, &reason);
    if (result == DECODE_FOREIGN)
        return FALSE;
    *value = answer(result == DECODE_REQUEST ? &request : NULL);
    if (reason && *value == HYPERCALL_ERROR && host.shared)
        shared_policy_complain(host.shared, reason);
    return TRUE;
}

static TcgVcpu *vcpu_at(unsigned int index)
{
    return index < TCG_VCPUS_MAX ? host.vcpus[index] : NULL;
}

/* In front of the marker, a no-op: the answer goes into the register at once. */
static void on_marker(unsigned int index, void *userdata)
{
    TcgVcpu *vcpu = vcpu_at(index);
    gint32 value;

    (void)userdata;
    if (vcpu && serve(vcpu, ARCH_TRAP_MARKER, &value) && host.agent.two_way)
        tcg_vcpu_write_answer(vcpu, ARCH_TRAP_MARKER, value);
}

/* In front of PANDA's instruction, which is going to overwrite the register: the answer is kept
 * for the one that follows, whose address is the userdata. */
static void on_panda(unsigned int index, void *userdata)
{
    TcgVcpu *vcpu = vcpu_at(index);
    gint32 value;

    if (vcpu && serve(vcpu, ARCH_TRAP_PANDA, &value) && host.agent.two_way)
        tcg_vcpu_hold_answer(vcpu, index, GPOINTER_TO_SIZE(userdata), value);
}

static void on_after_panda(unsigned int index, void *userdata)
{
    TcgVcpu *vcpu = vcpu_at(index);

    if (vcpu)
        tcg_vcpu_reach(vcpu, GPOINTER_TO_SIZE(userdata));
}

/* In front of an instruction that goes back to interrupted code. Whatever comes between PANDA's
 * instruction and the next one (an interrupt, a fault when that one is fetched) enters the kernel,
 * and no process gets any further without one of these. */
static void on_return(unsigned int index, void *userdata)
{
    TcgVcpu *vcpu = vcpu_at(index);

    (void)userdata;
    if (vcpu)
        tcg_vcpu_drop_answer(vcpu);
}

/* --- translation --------------------------------------------------------------------------- */

static ArchTrapKind trap_at(const struct qemu_plugin_insn *insn)
{
    guint8 bytes[ARCH_INSN_MAX];

    return arch_match(host.arch, bytes, qemu_plugin_insn_data(insn, bytes, sizeof(bytes)));
}

static void await_answer(struct qemu_plugin_insn *insn)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_after_panda, TCG_CB_RW_REGS,
                                           GSIZE_TO_POINTER(qemu_plugin_insn_vaddr(insn)));
}

static void instrument(struct qemu_plugin_insn *insn, ArchTrapKind kind)
{
    guint64 next = qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn);

    if (host.arch->traps[kind].overwrites) {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_panda, TCG_CB_R_REGS,
                                               GSIZE_TO_POINTER(next));
    } else {
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_marker, TCG_CB_RW_REGS, NULL);
    }
}

static void instrument_traps(const TcgBlock *block)
{
    gboolean after = FALSE; /* the instruction before overwrites its result */

    for (gsize i = 0; i < block->n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block->tb, i);
        ArchTrapKind kind = trap_at(insn);

        if (after)
            await_answer(insn);
        after = kind < ARCH_TRAP_COUNT && host.arch->traps[kind].overwrites;
        if (kind < ARCH_TRAP_COUNT)
            instrument(insn, kind);
    }
}

static void on_translated(struct qemu_plugin_tb *tb)
{
    TcgBlock block;

    if (!tcg_block_init(&block, host.arch, tb))
        return;
    if (tcg_block_may_follow(&block, host.arch))
        await_answer(block.first);
    if (tcg_block_may_trap(&block, host.arch))
        instrument_traps(&block);
    if (tcg_block_returns(&block, host.arch))
        qemu_plugin_register_vcpu_insn_exec_cb(block.last, on_return, TCG_CB_NO_REGS, NULL);
}

/* --- coming and going ----------------------------------------------------------------------- */

/* What the journal's header says; the VM is stopped, so no vCPU is in a callback. */
static void describe(JournalHeader *header)
{
    g_strlcpy(header->target, host.target, sizeof(header->target));
    header->two_way = host.agent.two_way;
    for (guint i = 0; i < TCG_VCPUS_MAX && header->n_pending < JOURNAL_PENDING_MAX; i++)
        if (host.vcpus[i] && host.vcpus[i]->pending)
            header->pending[header->n_pending++] = host.vcpus[i]->answer;
}

/* Answers that were on their way at the cut still are, on a replay. */
static void restore_pending(unsigned int index)
{
    const JournalHeader *header = replay_answers_header(host.replay);

    for (guint i = 0; i < header->n_pending; i++) {
        if (header->pending[i].vcpu == index) {
            host.vcpus[index]->answer = header->pending[i];
            host.vcpus[index]->pending = TRUE;
        }
    }
}

/* The link's thread starts here, not at install: QEMU may fork (-daemonize) in between. */
static void on_vcpu_init(unsigned int index)
{
    if (index >= TCG_VCPUS_MAX || host.vcpus[index])
        return;
    host.vcpus[index] = tcg_vcpu_new(host.arch, host.api);
    if (!host.vcpus[index]) {
        report("vCPU %u lacks registers that requests use: it isn't listened to", index);
        return;
    }
    if (host.replay) {
        restore_pending(index);
    } else if (index == 0) {
        host.link = link_start(host.options->dry ? NULL : host.options->control, host.shared,
                               describe, &host.agent);
    }
}

static void on_emulator_exit(void)
{
    g_clear_pointer(&host.link, link_stop);
}

static const TcgHooks hooks = {
    .vcpu_init = on_vcpu_init,
    .translated = on_translated,
    .exiting = on_emulator_exit,
};

/* --- install ---------------------------------------------------------------------------------- */

static const char *check_emulator(const TcgInfo *info)
{
    if (!info->system_emulation) {
        return "this is user-mode emulation: recordings are of whole machines, use "
               "qemu-system-...";
    }
    host.api = tcg_api_find(qemu_plugin_version);
    if (!host.api || info->version.cur < qemu_plugin_version ||
        info->version.min > qemu_plugin_version) {
        return "this QEMU's plugin API is not one that this plugin knows (4 to 7, that is QEMU "
               "9.2 to 11.1): use such a QEMU, or a newer qmpbridge";
    }
    host.arch = arch_find(info->target_name);
    return host.arch ? NULL : "this target is not supported: use qemu-system-x86_64 or -i386";
}

static gboolean load_replay(const char *path, GError **error)
{
    Journal *journal = journal_file_load(path, error);

    if (!journal)
        return FALSE;
    if (!g_str_equal(journal->header.target, host.target))
        report("the journal is of target '%s'", journal->header.target);
    if (!journal->complete) {
        report("the journal was not finished: it has %" G_GUINT64_FORMAT " answers",
               journal->answers);
    }
    host.replay = replay_answers_new(journal);
    return TRUE;
}

static gboolean prepare(const TcgInfo *info, int argc, char **argv, GError **error)
{
    host.options = plugin_options_parse(argc, argv, error);
    if (!host.options)
        return FALSE;
    g_strlcpy(host.target, info->target_name, sizeof(host.target));
    host.agent.api = qemu_plugin_version;
    host.agent.target = host.target;
    host.agent.two_way = host.api->can_write(host.target);
    if (host.options->replay)
        return load_replay(host.options->replay, error);
    host.shared = shared_policy_new(&host.options->policy, error);
    return host.shared != NULL;
}

int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    const char *wrong = check_emulator(info);

    if (wrong) {
        report("%s (target %s)", wrong, info->target_name);
        return -1;
    }
    if (!prepare(info, argc, argv, &error)) {
        report("%s", error->message);
        return -1;
    }
    if (!tcg_ram_init()) {
        report("this QEMU exports nothing that tells RAM from devices: requests with a name or a "
               "text are refused; use one that was configured with --enable-modules, as those of "
               "distributions are");
    }
    if (!host.agent.two_way) {
        report("this QEMU offers no way to write registers: guests are heard but get no answers; "
               "QEMU 10.1 or later can do it");
    }
    host.api->install(id, &hooks);
    return 0;
}
