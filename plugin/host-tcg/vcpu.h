/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A vCPU of QEMU's as the plugin's host has it: the list of its registers, and the buffer that QEMU
 * reads and writes them in. The functions are those of host.h.
 */
#pragma once

#include "plugin/host-tcg/api.h"
#include "plugin/host.h"

G_BEGIN_DECLS

/** Makes one, in the vCPU's initialisation callback. It lives as long as QEMU does. */
HostVcpu *tcg_vcpu_new(const TcgRegisters *registers);

/* See host.h for each. */
gpointer tcg_vcpu_register_by_name(HostVcpu *vcpu, const char *name);
gpointer tcg_vcpu_register_by_number(HostVcpu *vcpu, int number);
gsize tcg_vcpu_read_register(HostVcpu *vcpu, const HostRegister *reg, guint8 *bytes);
gboolean tcg_vcpu_write_register(HostVcpu *vcpu, const HostRegister *reg, const guint8 *bytes,
                                 gsize length);
gboolean tcg_vcpu_read_ram(HostVcpu *vcpu, guint64 address, void *dest, gsize length);

G_END_DECLS
