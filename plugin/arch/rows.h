/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of the table of architectures, for arch.c only: each is in the file of its family.
 */
#pragma once

#include "plugin/arch/arch.h"

G_BEGIN_DECLS

extern const Arch arch_x86_64, arch_i386;                             /**< x86.c */
extern const Arch arch_aarch64, arch_arm;                             /**< arm.c */
extern const Arch arch_riscv64;                                       /**< riscv.c */
extern const Arch arch_mips, arch_mipsel, arch_mips64, arch_mips64el; /**< mips.c */
extern const Arch arch_ppc, arch_ppc64;                               /**< ppc.c */
extern const Arch arch_s390x;                                         /**< s390.c */
extern const Arch arch_sparc64;                                       /**< sparc.c */
extern const Arch arch_loongarch64;                                   /**< loongarch.c */

G_END_DECLS
