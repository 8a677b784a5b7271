/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations of plugin API 6 (QEMU 11.0) where they differ from other versions.
 */
#pragma once

#include "plugin/host-tcg/api.h"

TCG_WEAK
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(qemu_plugin_id_t id,
                                                            struct qemu_plugin_tb *tb));
TCG_WEAK
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
                                       void (*callback)(qemu_plugin_id_t id, unsigned int vcpu));
TCG_WEAK
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id,
                                    void (*callback)(qemu_plugin_id_t id, void *userdata),
                                    void *userdata);
TCG_WEAK
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buffer);
TCG_WEAK
bool qemu_plugin_write_register(struct qemu_plugin_register *handle, GByteArray *buffer);
