/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Plugin API 6: registers are read and written with a bool for a result. */
#include "plugin/host-tcg/api-6.h"

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

static void install(qemu_plugin_id_t id, const TcgHooks *wanted)
{
    hooks = wanted;
    qemu_plugin_register_vcpu_init_cb(id, on_vcpu_init);
    qemu_plugin_register_vcpu_tb_trans_cb(id, on_translated);
    qemu_plugin_register_atexit_cb(id, on_emulator_exit, NULL);
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

const TcgApi tcg_api_6 = {
    .oldest = 6,
    .newest = 6,
    .install = install,
    .read_register = read_register,
    .can_write = can_write,
    .write_register = write_register,
};
