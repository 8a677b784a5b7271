/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The host on stock QEMU: what QEMU loads with -plugin. It finds traps while code is translated,
 * and has QEMU call recctrl in front of them. One file serves every version of the plugin API:
 * what a version lacks is looked up, or found missing, at run time.
 */
#include "plugin/host-tcg/api.h"
#include "plugin/host-tcg/block.h"
#include "plugin/host-tcg/console.h"
#include "plugin/host-tcg/log.h"
#include "plugin/host-tcg/ram.h"
#include "plugin/host-tcg/vcpu.h"
#include "plugin/host.h"
#include "plugin/plugin.h"
#include "plugin/report.h"

#define EXPORT __attribute__((visibility("default")))

/* QEMU's API gives no place to keep these before version 7. */
static const TcgApi *api;
static Plugin *plugin;
static Host host = {
    .register_by_name = tcg_vcpu_register_by_name,
    .register_by_number = tcg_vcpu_register_by_number,
    .read_register = tcg_vcpu_read_register,
    .write_register = tcg_vcpu_write_register,
    .read_ram = tcg_vcpu_read_ram,
    .flush_log = tcg_log_flush,
    .find_room = tcg_console_find_room,
};

EXPORT int qemu_plugin_version = TCG_API_OLDEST;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv);

__attribute__((constructor)) static void choose_version(void)
{
    qemu_plugin_version = tcg_api_guess();
}

/* --- execution ------------------------------------------------------------------------------ */

static void on_trap(unsigned int index, void *trap)
{
    plugin_on_trap(plugin, index, trap);
}

static void on_overwriting_trap(unsigned int index, void *next)
{
    plugin_on_overwriting_trap(plugin, index, GPOINTER_TO_SIZE(next));
}

static void on_next(unsigned int index, void *pc)
{
    plugin_on_next(plugin, index, GPOINTER_TO_SIZE(pc));
}

static void on_return(unsigned int index, void *unused)
{
    (void)unused;
    plugin_on_return(plugin, index);
}

/* --- translation --------------------------------------------------------------------------- */

static const ArchTrap *trap_at(const struct qemu_plugin_insn *insn)
{
    guint8 bytes[ARCH_INSN_MAX];

    return arch_match(host.arch, bytes, qemu_plugin_insn_data(insn, bytes, sizeof(bytes)));
}

static void await_answer(struct qemu_plugin_insn *insn)
{
    qemu_plugin_register_vcpu_insn_exec_cb(insn, on_next, TCG_CB_RW_REGS,
                                           GSIZE_TO_POINTER(qemu_plugin_insn_vaddr(insn)));
}

static void instrument(struct qemu_plugin_insn *insn, const ArchTrap *trap)
{
    guint64 next = qemu_plugin_insn_vaddr(insn) + qemu_plugin_insn_size(insn);

    if (trap->overwrites)
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_overwriting_trap, TCG_CB_R_REGS,
                                               GSIZE_TO_POINTER(next));
    else
        qemu_plugin_register_vcpu_insn_exec_cb(insn, on_trap, TCG_CB_RW_REGS, (gpointer)trap);
}

static void instrument_traps(const TcgBlock *block)
{
    gboolean after = FALSE; /* the instruction before overwrites its result */

    for (gsize i = 0; i < block->n; i++) {
        struct qemu_plugin_insn *insn = qemu_plugin_tb_get_insn(block->tb, i);
        const ArchTrap *trap = trap_at(insn);

        if (after)
            await_answer(insn);
        after = trap && trap->overwrites;
        if (trap)
            instrument(insn, trap);
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

/* --- beginning and end ------------------------------------------------------------------------ */

static void on_vcpu_init(unsigned int index)
{
    plugin_add_vcpu(plugin, index, tcg_vcpu_new(api->registers));
}

static void on_emulator_exit(void)
{
    plugin_stop(plugin);
}

static const TcgHooks hooks = {
    .vcpu_init = on_vcpu_init,
    .translated = on_translated,
    .exiting = on_emulator_exit,
};

/* What makes the plugin useless here. Returns: (transfer full) (nullable). */
static char *check_emulator(const TcgInfo *info)
{
    g_autofree char *targets = arch_targets();

    if (!info->system_emulation)
        return g_strdup("this is user-mode emulation: recordings are of whole machines, use "
                        "qemu-system-...");
    api = tcg_api_find(qemu_plugin_version);
    if (!api || info->version.cur < qemu_plugin_version || info->version.min > qemu_plugin_version)
        return g_strdup("this QEMU's plugin API is not one that this plugin knows (4 to 7, that is "
                        "QEMU 9.2 to 11.1): use such a QEMU, or a newer qmpbridge");
    host.arch = arch_find(info->target_name);
    return host.arch
               ? NULL
               : g_strdup_printf("this target is not supported: use qemu-system-... of one of "
                                 "%s",
                                 targets);
}

static void warn_of_limits(gboolean reads_ram)
{
    if (!reads_ram)
        report("this QEMU exports nothing that knows RAM from devices: requests with a name or a "
               "text are refused; use one that was configured with --enable-modules, as those of "
               "distributions are");
    if (!host.two_way)
        report("this QEMU offers no way to write registers: guests are heard but get no answers; "
               "QEMU 10.1 or later can do it");
}

int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *wrong = check_emulator(info);

    if (wrong) {
        report("%s (target %s)", wrong, info->target_name);
        return -1;
    }
    host.api = qemu_plugin_version;
    host.two_way = api->registers->can_write(host.arch);
    plugin = plugin_new(&host, argc, argv, &error);
    if (!plugin) {
        report("%s", error->message);
        return -1;
    }
    warn_of_limits(tcg_ram_init());
    api->install(id, &hooks);
    return 0;
}
