/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callbacks of plugin API 4 to 6 (QEMU 9.2 to 11.0): each begins with the plugin's id. */
#include "plugin/host-tcg/api.h"

TCG_WEAK
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t id,
                                                            struct qemu_plugin_tb *tb));
TCG_WEAK
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
                                       void (*callback)(qemu_plugin_id_t id, unsigned int vcpu));
TCG_WEAK
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                    void (*callback)(qemu_plugin_id_t id, void *userdata),
                                    void *userdata);

/* Two of the three have no userdata that the hooks could travel in. */
static const TcgHooks *hooks;

static void on_translated(qemu_plugin_id_t id, struct qemu_plugin_tb *tb)
{
    (void)id;
    hooks->translated(tb);
}

static void on_vcpu_init(qemu_plugin_id_t id, unsigned int vcpu)
{
    (void)id;
    hooks->vcpu_init(vcpu);
}

static void on_emulator_exit(qemu_plugin_id_t id, void *userdata)
{
    (void)id;
    (void)userdata;
    hooks->exiting();
}

void tcg_callbacks_by_id(qemu_plugin_id_t id, const TcgHooks *wanted)
{
    hooks = wanted;
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_emulator_exit, NULL);
}
