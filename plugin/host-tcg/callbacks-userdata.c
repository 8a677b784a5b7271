/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Callbacks of plugin API 7 (QEMU 11.1): each ends with a userdata, and none has the plugin's id.
 */
#include "plugin/host-tcg/api.h"

TCG_WEAK
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(struct qemu_plugin_tb *tb,
                                                            void *userdata),
                                           void *userdata);
TCG_WEAK
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
                                       void (*callback)(unsigned int vcpu, void *userdata),
                                       void *userdata);
TCG_WEAK
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(void *userdata),
                                    void *userdata);

static void on_translated(struct qemu_plugin_tb *tb, void *userdata)
{
    const TcgHooks *hooks = userdata;

    hooks->translated(tb);
}

static void on_vcpu_init(unsigned int vcpu, void *userdata)
{
    const TcgHooks *hooks = userdata;

    hooks->vcpu_init(vcpu);
}

static void on_emulator_exit(void *userdata)
{
    const TcgHooks *hooks = userdata;

    hooks->exiting();
}

void tcg_callbacks_by_userdata(qemu_plugin_id_t id, const TcgHooks *hooks)
{
    void *userdata = (void *)hooks;

    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init, userdata);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated, userdata);
    qemu_plugin_register_atexit_cb(id, on_emulator_exit, userdata);
}
