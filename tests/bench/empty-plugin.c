/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A plugin that is called for each translated block and does nothing: what QEMU itself spends on
 * having a plugin, to compare recctrl with.
 */
#include "plugin/host-tcg/api.h"

#define EXPORT __attribute__((visibility("default")))

EXPORT int qemu_plugin_version = TCG_API_OLDEST;
EXPORT int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv);

__attribute__((constructor)) static void choose_version(void)
{
    qemu_plugin_version = tcg_api_guess();
}

static void on_vcpu_init(unsigned int vcpu)
{
    (void)vcpu;
}

static void on_translated(struct qemu_plugin_tb *tb)
{
    (void)tb;
}

static void on_emulator_exit(void)
{
}

static const TcgHooks hooks = {
    .vcpu_init = on_vcpu_init,
    .translated = on_translated,
    .exiting = on_emulator_exit,
};

int qemu_plugin_install(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv)
{
    const TcgApi *api = tcg_api_find(qemu_plugin_version);

    (void)info;
    (void)argc;
    (void)argv;
    if (!api) {
        return -1;
    }
    api->install(id, &hooks);
    return 0;
}
