/* SPDX-License-Identifier: GPL-2.0-or-later */
/* See tcg-vcpu.h. */
#include "plugin/host-tcg/vcpu.h"

#include <string.h>

#include "plugin/host-tcg/ram.h"

static struct qemu_plugin_register *find_register(GArray *list, const char *name)
{
    gsize step = g_array_get_element_size(list);

    for (gsize i = 0; name && i < list->len; i++) {
        const TcgRegister *entry = (const TcgRegister *)(list->data + i * step);

        if (entry->name && strcmp(entry->name, name) == 0)
            return entry->handle;
    }
    return NULL;
}

static gboolean find_registers(TcgVcpu *vcpu, GArray *list)
{
    gboolean all = TRUE;

    for (guint kind = 0; kind < ARCH_TRAP_COUNT; kind++) {
        const ArchTrap *trap = &vcpu->arch->traps[kind];

        for (guint i = 0; trap->length && i < ARCH_REG_COUNT; i++) {
            vcpu->registers[kind][i] = find_register(list, trap->registers[i]);
            all &= !trap->registers[i] || vcpu->registers[kind][i];
        }
        vcpu->results[kind] = find_register(list, trap->result);
    }
    vcpu->privilege = find_register(list, vcpu->arch->privilege);
    vcpu->address_space = find_register(list, vcpu->arch->address_space);
    return all;
}

TcgVcpu *tcg_vcpu_new(const Arch *arch, const TcgApi *api)
{
    g_autoptr(GArray) list = qemu_plugin_get_registers();
    TcgVcpu *vcpu = g_new0(TcgVcpu, 1);

    vcpu->arch = arch;
    vcpu->api = api;
    vcpu->buffer = g_byte_array_sized_new(HYPERCALL_TEXT_MAX);
    if (!list || !find_registers(vcpu, list)) {
        g_byte_array_unref(vcpu->buffer);
        g_free(vcpu);
        return NULL;
    }
    return vcpu;
}

/* Registers come in the target's byte order: little-endian for all rows of arch.c. */
static gboolean read_register(TcgVcpu *vcpu, struct qemu_plugin_register *handle, guint64 *value)
{
    guint64 little = 0;

    *value = 0;
    if (!handle || !vcpu->api->read_register(handle, vcpu->buffer))
        return FALSE;
    memcpy(&little, vcpu->buffer->data, MIN(vcpu->buffer->len, sizeof(little)));
    *value = GUINT64_FROM_LE(little);
    return TRUE;
}

gboolean tcg_vcpu_read_request(TcgVcpu *vcpu, ArchTrapKind kind, DecodeInput *input)
{
    guint64 level;

    if (!read_register(vcpu, vcpu->registers[kind][ARCH_REG_MAGIC], &input->regs[0]) ||
        (guint32)input->regs[0] != HYPERCALL_MAGIC)
        return FALSE;
    for (guint i = ARCH_REG_MAGIC + 1; i < ARCH_REG_COUNT; i++)
        read_register(vcpu, vcpu->registers[kind][i], &input->regs[i]);
    input->kernel =
        read_register(vcpu, vcpu->privilege, &level) && (level & vcpu->arch->privilege_mask) == 0;
    return TRUE;
}

gboolean tcg_vcpu_read_memory(gpointer opaque, guint64 address, void *dest, gsize length)
{
    TcgVcpu *vcpu = opaque;

    return tcg_ram_read(address, vcpu->buffer, dest, length);
}

gboolean tcg_vcpu_write_answer(TcgVcpu *vcpu, ArchTrapKind kind, gint32 answer)
{
    guint64 bits = GUINT64_TO_LE(arch_result_bits(&vcpu->arch->traps[kind], answer));

    /* The emulator takes whole registers only; reading one tells how long it is. */
    if (!vcpu->results[kind] || !vcpu->api->read_register(vcpu->results[kind], vcpu->buffer) ||
        vcpu->buffer->len > sizeof(bits))
        return FALSE;
    memcpy(vcpu->buffer->data, &bits, vcpu->buffer->len);
    return vcpu->api->write_register(vcpu->results[kind], vcpu->buffer);
}

/* Of the process that runs: its address space, and the privilege level in the bits below. */
static guint64 context(TcgVcpu *vcpu)
{
    guint64 space, level, low = (G_GUINT64_CONSTANT(1) << vcpu->arch->address_space_shift) - 1;

    read_register(vcpu, vcpu->address_space, &space);
    read_register(vcpu, vcpu->privilege, &level);
    return (space & ~low) | (level & vcpu->arch->privilege_mask);
}

void tcg_vcpu_hold_answer(TcgVcpu *vcpu, guint32 index, guint64 pc, gint32 answer)
{
    vcpu->answer =
        (JournalPending){.vcpu = index, .answer = answer, .pc = pc, .space = context(vcpu)};
    vcpu->pending = TRUE;
}

void tcg_vcpu_reach(TcgVcpu *vcpu, guint64 pc)
{
    guint64 in_page = (G_GUINT64_CONSTANT(1) << vcpu->arch->page_bits) - 1;

    if (vcpu->pending && ((vcpu->answer.pc ^ pc) & in_page) == 0 &&
        vcpu->answer.space == context(vcpu)) {
        vcpu->pending = FALSE;
        tcg_vcpu_write_answer(vcpu, ARCH_TRAP_PANDA, vcpu->answer.answer);
    }
}

void tcg_vcpu_drop_answer(TcgVcpu *vcpu)
{
    vcpu->pending = FALSE;
}
