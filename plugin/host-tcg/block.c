/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A block of code that QEMU has translated; see block.h. */
#include "plugin/host-tcg/block.h"

gboolean tcg_block_init(TcgBlock *block, const Arch *arch, const struct qemu_plugin_tb *tb)
{
    guint64 page = G_GUINT64_CONSTANT(1) << arch->page_bits;
    guint64 address;

    block->tb = tb;
    block->n = qemu_plugin_tb_n_insns(tb);
    if (block->n == 0)
        return FALSE;
    block->first = qemu_plugin_tb_get_insn(tb, 0);
    block->last = block->n == 1 ? block->first : qemu_plugin_tb_get_insn(tb, block->n - 1);
    block->last_length = qemu_plugin_insn_size(block->last);
    address = qemu_plugin_insn_vaddr(block->first);
    block->in_page = address & (page - 1);
    block->length = qemu_plugin_insn_vaddr(block->last) + block->last_length - address;
    block->bytes = qemu_plugin_insn_haddr(block->first);
    /* Pages that follow each other in the guest's address space need not in the host's. */
    block->in_one_page = block->in_page + block->length <= page;
    return TRUE;
}

gboolean tcg_block_may_trap(const TcgBlock *block, const Arch *arch)
{
    return !block->bytes || !block->in_one_page || arch_has_trap(arch, block->bytes, block->length);
}

gboolean tcg_block_may_follow(const TcgBlock *block, const Arch *arch)
{
    return !block->bytes || arch_may_follow(arch, block->bytes, block->in_page);
}

gboolean tcg_block_returns(const TcgBlock *block, const Arch *arch)
{
    guint8 copy[ARCH_INSN_MAX];

    if (block->bytes && block->in_one_page) {
        return arch_returns(arch, block->bytes + block->length - block->last_length,
                            block->last_length);
    }
    return arch_returns(arch, copy, qemu_plugin_insn_data(block->last, copy, sizeof(copy)));
}
