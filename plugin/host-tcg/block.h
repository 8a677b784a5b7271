/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A block of code that QEMU has just translated, as far as the plugin has to look at it. Nearly
 * every block is done with after one look at its bytes in the host's memory: to ask QEMU about
 * each instruction of a boot costs several per cent of it. Only in the translation callback.
 */
#pragma once

#include "plugin/arch/arch.h"
#include "plugin/host-tcg/api.h"

G_BEGIN_DECLS

typedef struct {
    const struct qemu_plugin_tb *tb;
    gsize n; /* instructions, at least one */
    struct qemu_plugin_insn *first, *last;
    const guint8 *bytes; /* the first one in the host's memory, up to its page's end; or NULL */
    gsize in_page;       /* its offset in its page */
    gsize length;        /* of all instructions */
    gsize last_length;   /* of the last one */
    gboolean in_one_page;
} TcgBlock;

/** Returns: FALSE for a block without instructions. */
gboolean tcg_block_init(TcgBlock *block, const Arch *arch, const struct qemu_plugin_tb *tb);

/** Whether one of the instructions may be a trap. */
gboolean tcg_block_may_trap(const TcgBlock *block, const Arch *arch);

/** Whether what stands in front of the block may be a trap that overwrites its result. */
gboolean tcg_block_may_follow(const TcgBlock *block, const Arch *arch);

/** Whether the last instruction is a return of arch.h. */
gboolean tcg_block_returns(const TcgBlock *block, const Arch *arch);

G_END_DECLS
