/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The registers of one vCPU, and the answer that waits for its next instruction; see vcpu.h.
 */
#include "plugin/vcpu.h"

struct Vcpu {
    const Host *host;
    HostVcpu *handle;
    /* Of the row's traps, in its order. Without a handle: the row has no such register. */
    HostRegister arguments[ARCH_TRAPS_MAX][ARCH_REG_COUNT];
    HostRegister results[ARCH_TRAPS_MAX];
    HostRegister privilege, address_space;
    gboolean holds;
    JournalPending held;
};

/* Returns: FALSE if the row names a register that the emulator lacks. */
static gboolean find(Vcpu *vcpu, const ArchRegister *wanted, HostRegister *found)
{
    const Host *host = vcpu->host;

    if (!wanted->name)
        return TRUE;
    found->number = wanted->number;
    found->handle = host->arch->by_number ? host->register_by_number(vcpu->handle, wanted->number)
                                          : host->register_by_name(vcpu->handle, wanted->name);
    return found->handle != NULL;
}

static gboolean find_all(Vcpu *vcpu)
{
    const Arch *arch = vcpu->host->arch;
    gboolean all = TRUE;

    for (guint i = 0; i < arch_n_traps(arch); i++) {
        const ArchCall *call = arch->traps[i].call;

        for (guint j = 0; j < ARCH_REG_COUNT; j++)
            all &= find(vcpu, &call->arguments[j], &vcpu->arguments[i][j]);
        all &= find(vcpu, &call->result, &vcpu->results[i]);
    }
    /* Without these two a request is still answered: it counts as one of user mode. */
    find(vcpu, &arch->privilege.reg, &vcpu->privilege);
    find(vcpu, &arch->address_space, &vcpu->address_space);
    return all;
}

Vcpu *vcpu_new(const Host *host, HostVcpu *handle)
{
    Vcpu *vcpu = g_new0(Vcpu, 1);

    vcpu->host = host;
    vcpu->handle = handle;
    if (!find_all(vcpu))
        g_clear_pointer(&vcpu, vcpu_free);
    return vcpu;
}

void vcpu_free(Vcpu *vcpu)
{
    g_free(vcpu);
}

static gboolean read_register(Vcpu *vcpu, const HostRegister *reg, ArchOrder order, guint64 *value)
{
    guint8 bytes[HOST_REGISTER_MAX] = {0};
    gsize length = reg->handle ? vcpu->host->read_register(vcpu->handle, reg, bytes) : 0;

    *value = arch_get_value(order, bytes, length);
    return length > 0;
}

gboolean vcpu_read_request(Vcpu *vcpu, const ArchTrap *trap, DecodeInput *input)
{
    const Arch *arch = vcpu->host->arch;
    const HostRegister *arguments = vcpu->arguments[trap - arch->traps];
    guint64 level;

    if (!read_register(vcpu, &arguments[ARCH_REG_MAGIC], trap->order, &input->regs[0]) ||
        (guint32)input->regs[0] != HYPERCALL_MAGIC)
        return FALSE;
    for (guint i = ARCH_REG_MAGIC + 1; i < ARCH_REG_COUNT; i++)
        read_register(vcpu, &arguments[i], trap->order, &input->regs[i]);
    input->kernel =
        read_register(vcpu, &vcpu->privilege, trap->order, &level) && arch_in_kernel(arch, level);
    return TRUE;
}

gboolean vcpu_read_ram(gpointer opaque, guint64 address, void *dest, gsize length)
{
    Vcpu *vcpu = opaque;

    return vcpu->host->read_ram(vcpu->handle, address, dest, length);
}

gboolean vcpu_write_answer(Vcpu *vcpu, const ArchTrap *trap, gint32 answer)
{
    const HostRegister *result = &vcpu->results[trap - vcpu->host->arch->traps];
    guint8 bytes[HOST_REGISTER_MAX] = {0};
    /* Registers are written whole; reading one shows how long it is. */
    gsize length = vcpu->host->read_register(vcpu->handle, result, bytes);

    if (length == 0 || length > sizeof(guint64))
        return FALSE;
    arch_put_value(trap->order, arch_result_bits(trap->call, answer), bytes, length);
    return vcpu->host->write_register(vcpu->handle, result, bytes, length);
}

/* Of the process that runs: its address space, and the privilege level in the bits below. */
static guint64 context(Vcpu *vcpu)
{
    const Arch *arch = vcpu->host->arch;
    ArchOrder order = arch_overwriting(arch)->order;
    guint64 space, level, low = (G_GUINT64_CONSTANT(1) << arch->address_space_shift) - 1;

    read_register(vcpu, &vcpu->address_space, order, &space);
    read_register(vcpu, &vcpu->privilege, order, &level);
    return (space & ~low) | (level & arch->privilege.mask);
}

void vcpu_hold_answer(Vcpu *vcpu, guint32 index, guint64 pc, gint32 answer)
{
    vcpu->held =
        (JournalPending){.vcpu = index, .answer = answer, .pc = pc, .space = context(vcpu)};
    vcpu->holds = TRUE;
}

void vcpu_reach(Vcpu *vcpu, guint64 pc)
{
    const Arch *arch = vcpu->host->arch;
    guint64 in_page = (G_GUINT64_CONSTANT(1) << arch->page_bits) - 1;

    if (vcpu->holds && ((vcpu->held.pc ^ pc) & in_page) == 0 && vcpu->held.space == context(vcpu)) {
        vcpu->holds = FALSE;
        vcpu_write_answer(vcpu, arch_overwriting(arch), vcpu->held.answer);
    }
}

void vcpu_drop_answer(Vcpu *vcpu)
{
    vcpu->holds = FALSE;
}

const JournalPending *vcpu_held_answer(const Vcpu *vcpu)
{
    return vcpu->holds ? &vcpu->held : NULL;
}

void vcpu_restore_answer(Vcpu *vcpu, const JournalPending *answer)
{
    vcpu->held = *answer;
    vcpu->holds = TRUE;
}
