/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A vCPU's registers, by QEMU's plugin API; see vcpu.h. */
#include "plugin/host-tcg/vcpu.h"

#include <string.h>

#include "guest-agent/recctrl-hypercall.h"
#include "plugin/host-tcg/ram.h"

struct HostVcpu {
    const TcgRegisters *registers;
    GArray *list;       /* of TcgRegister; NULL if QEMU has none */
    GByteArray *buffer; /* kept: no allocation on the way of a request */
};

HostVcpu *tcg_vcpu_new(const TcgRegisters *registers)
{
    HostVcpu *vcpu = g_new0(HostVcpu, 1);

    vcpu->registers = registers;
    vcpu->list = qemu_plugin_get_registers();
    vcpu->buffer = g_byte_array_sized_new(HYPERCALL_TEXT_MAX);
    return vcpu;
}

gpointer tcg_vcpu_register_by_name(HostVcpu *vcpu, const char *name)
{
    gsize step = vcpu->list ? g_array_get_element_size(vcpu->list) : 0;

    for (gsize i = 0; vcpu->list && i < vcpu->list->len; i++) {
        const TcgRegister *entry = (const TcgRegister *)(vcpu->list->data + i * step);

        if (entry->name && strcmp(entry->name, name) == 0)
            return entry->handle;
    }
    return NULL;
}

gpointer tcg_vcpu_register_by_number(HostVcpu *vcpu, int number)
{
    return vcpu->registers->handle(number);
}

gsize tcg_vcpu_read_register(HostVcpu *vcpu, const HostRegister *reg, guint8 *bytes)
{
    if (!vcpu->registers->read(reg->handle, vcpu->buffer) || vcpu->buffer->len > HOST_REGISTER_MAX)
        return 0;
    memcpy(bytes, vcpu->buffer->data, vcpu->buffer->len);
    return vcpu->buffer->len;
}

gboolean tcg_vcpu_write_register(HostVcpu *vcpu, const HostRegister *reg, const guint8 *bytes,
                                 gsize length)
{
    g_byte_array_set_size(vcpu->buffer, (guint)length);
    memcpy(vcpu->buffer->data, bytes, length);
    return vcpu->registers->write(reg->handle, reg->number, vcpu->buffer);
}

gboolean tcg_vcpu_read_ram(HostVcpu *vcpu, guint64 address, void *dest, gsize length)
{
    return tcg_ram_read(address, vcpu->buffer, dest, length);
}
