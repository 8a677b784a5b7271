/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Plugin API 4 and 5. API 4 can't write registers; where the emulator's binary exports the
 * function behind its gdb stub (Debian's does), that is used instead: a handle is the number of
 * gdb's register plus one (plugins/api.c of QEMU 10.0).
 */
#include "plugin/host-tcg/api-4.h"

#include <dlfcn.h>

typedef int (*GdbWrite)(void *cpu, uint8_t *buffer, int number);

/* Of the emulator's targets, those whose rows arch.c has. */
static const struct {
    const char *target;
    const char *symbol;
} gdb_writers[] = {
    {"x86_64", "x86_cpu_gdb_write_register"},
    {"i386", "x86_cpu_gdb_write_register"},
};

static const TcgHooks *hooks;
static GdbWrite gdb_write;

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
    return qemu_plugin_read_register(handle, buffer) > 0;
}

static gboolean can_write(const char *target)
{
    if (qemu_plugin_write_register)
        return TRUE;
    for (guint i = 0; i < G_N_ELEMENTS(gdb_writers); i++)
        if (g_str_equal(gdb_writers[i].target, target))
            gdb_write = (GdbWrite)dlsym(RTLD_DEFAULT, gdb_writers[i].symbol);
    return gdb_write && tcg_knows_current_cpu();
}

static gboolean write_register(struct qemu_plugin_register *handle, GByteArray *buffer)
{
    void *cpu;

    if (qemu_plugin_write_register)
        return qemu_plugin_write_register(handle, buffer) > 0;
    cpu = tcg_current_cpu();
    return cpu && gdb_write && gdb_write(cpu, buffer->data, GPOINTER_TO_INT(handle) - 1) > 0;
}

const TcgApi tcg_api_4 = {
    .oldest = 4,
    .newest = 5,
    .install = install,
    .read_register = read_register,
    .can_write = can_write,
    .write_register = write_register,
};
