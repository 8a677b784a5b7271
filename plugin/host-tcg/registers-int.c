/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Registers of plugin API 4 and 5 (QEMU 9.2 to 10.2), whose functions give a number of bytes. API 4
 * can't write registers; where the emulator's binary exports the function behind its gdb stub
 * (Debian's does), that is used instead.
 */
#include <dlfcn.h>

#include "plugin/host-tcg/api.h"

/* The number of bytes, or -1. */
TCG_WEAK
int qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buffer);

/* Since 5. */
TCG_WEAK
int qemu_plugin_write_register(struct qemu_plugin_register *handle, GByteArray *buffer);

typedef int (*GdbWrite)(void *cpu, uint8_t *buffer, int number);

static GdbWrite gdb_write;

static gboolean read_register(struct qemu_plugin_register *handle, GByteArray *buffer)
{
    g_byte_array_set_size(buffer, 0);
    return qemu_plugin_read_register(handle, buffer) > 0;
}

static struct qemu_plugin_register *handle_of(int number)
{
    return GINT_TO_POINTER(number + 1);
}

static gboolean can_write(const Arch *arch)
{
    g_autofree char *symbol = g_strdup_printf("%s_cpu_gdb_write_register", arch->family);

    if (qemu_plugin_write_register)
        return TRUE;
    gdb_write = (GdbWrite)dlsym(RTLD_DEFAULT, symbol);
    return gdb_write && tcg_knows_current_cpu();
}

static gboolean write_register(struct qemu_plugin_register *handle, int number, GByteArray *buffer)
{
    void *cpu;

    if (qemu_plugin_write_register)
        return qemu_plugin_write_register(handle, buffer) > 0;
    cpu = tcg_current_cpu();
    return cpu && gdb_write && gdb_write(cpu, buffer->data, number) > 0;
}

const TcgRegisters tcg_registers_int = {
    .read = read_register,
    .handle = handle_of,
    .can_write = can_write,
    .write = write_register,
};
