/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How a VM in record mode is reset. QEMU hangs when it resets a VM that runs: devices wait for the
 * vCPU, which waits for the lock of record and replay, which the main loop holds meanwhile. So QEMU
 * is started with RESET_ACTION and stops the VM instead, whether the guest or a client asked for
 * the reset; when a recording that was under way has been ended the stopped VM is reset.
 */
#pragma once

#include "qmpbridge/core/json.h"
#include "qmpbridge/core/sequence.h"

G_BEGIN_DECLS

/** QEMU's -action. */
#define QEMU_RESET_ACTION "reboot=shutdown"

/** EngineClass.wants_reset. */
gboolean qemu_wants_reset(const char *event, JsonObject *data);

/** The steps of EngineClass.reset, with a NULL at the end; their user_data is the Qemu. */
extern const SequenceStep qemu_reset_steps[];

G_END_DECLS
