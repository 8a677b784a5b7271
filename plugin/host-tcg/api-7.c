/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plugin API 7: userdata in every callback; the hooks travel there. */
#include "plugin/host-tcg/api-7.h"

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

static void install(qemu_plugin_id_t id, const TcgHooks *hooks)
{
    void *userdata = (void *)hooks;

    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init, userdata);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated, userdata);
    qemu_plugin_register_atexit_cb(id, on_emulator_exit, userdata);
}

static gboolean read_register(struct qemu_plugin_register *handle, GByteArray *buffer)
{
    g_byte_array_set_size(buffer, 0);
    return qemu_plugin_read_register(handle, buffer);
}

static gboolean can_write(const char *target)
{
    (void)target;
    return qemu_plugin_write_register != NULL;
}

static gboolean write_register(struct qemu_plugin_register *handle, GByteArray *buffer)
{
    return qemu_plugin_write_register(handle, buffer);
}

const TcgApi tcg_api_7 = {
    .oldest = 7,
    .newest = 7,
    .install = install,
    .read_register = read_register,
    .can_write = can_write,
    .write_register = write_register,
};
