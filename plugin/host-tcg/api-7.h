/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Declarations of plugin API 7 (QEMU 11.1) where they differ from other versions: every callback
 * has a userdata argument in place of the plugin's id.
 */
#pragma once

#include "plugin/host-tcg/api.h"

TCG_WEAK
void qemu_plugin_register_vcpu_tb_trans_cb(qemu_plugin_id_t id,
                                           void (*callback)(struct qemu_plugin_tb *tb,
                                                            void *userdata),
                                           void *userdata);
TCG_WEAK
void qemu_plugin_register_vcpu_init_cb(qemu_plugin_id_t id,
                                       void (*callback)(unsigned int vcpu, void *userdata),
                                       void *userdata);
TCG_WEAK
void qemu_plugin_register_atexit_cb(qemu_plugin_id_t id, void (*callback)(void *userdata),
                                    void *userdata);
TCG_WEAK
bool qemu_plugin_read_register(struct qemu_plugin_register *handle, GByteArray *buffer);
TCG_WEAK
bool qemu_plugin_write_register(struct qemu_plugin_register *handle, GByteArray *buffer);
