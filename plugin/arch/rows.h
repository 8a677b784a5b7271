/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The rows of the table of architectures, for arch.c only: each is in the file of its family.
 */
#pragma once

#include "plugin/arch/arch.h"

G_BEGIN_DECLS

extern const Arch arch_x86_64, arch_i386; /**< x86.c */

G_END_DECLS
