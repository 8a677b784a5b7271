/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Registers of plugin API 6 and 7 (QEMU 11.0 and 11.1), whose functions say whether they could. */
#include "plugin/host-tcg/api.h"

TCG_WEAK
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buffer);
TCG_WEAK
bool qemu_plugin_write_register(struct qemu_plugin_register *handle, GByteArray *buffer);

static gboolean read_register(struct qemu_plugin_register *handle, GByteArray *buffer)
{
    g_byte_array_set_size(buffer, 0);
    return qemu_plugin_read_register(handle, buffer);
}

/* The lowest bit marks the program counter, which only qemu_plugin_set_pc() may change. */
static struct qemu_plugin_register *handle_of(int number)
{
    return GINT_TO_POINTER((number + 1) * 2);
}

static gboolean can_write(const Arch *arch)
{
    (void)arch;
    return qemu_plugin_write_register != NULL;
}

static gboolean write_register(struct qemu_plugin_register *handle, int number, GByteArray *buffer)
{
    (void)number;
    return qemu_plugin_write_register(handle, buffer);
}

const TcgRegisters tcg_registers_bool = {
    .read = read_register,
    .handle = handle_of,
    .can_write = can_write,
    .write = write_register,
};
