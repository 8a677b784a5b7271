/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The guard stands between the clients and the emulator's monitor: while a recording begins or
 * ends, commands that might change the VM's state wait, and behind them all that their client
 * sends; commands that an emulator which records doesn't survive never reach it. Everything else
 * passes through. Main thread.
 */
#pragma once

#include "qmpbridge/io/passthrough.h"
#include "qmpbridge/record/service.h"
#include "qmpbridge/vm/side-monitor.h"

G_BEGIN_DECLS

typedef struct Guard Guard;

/** @engine: of the emulator. All are borrowed. Returns: (transfer full). */
Guard *guard_new(Passthrough *passthrough, Service *service, const EngineClass *engine);
/** Gives it a second monitor, for those commands that it serves. @side: (nullable): borrowed. */
void guard_set_side(Guard *guard, SideMonitor *side);
/** The recorder begins to change: what isn't sent yet waits, so that nothing of the clients comes
 * between the recorder's own commands. */
void guard_hold(Guard *guard);
/** Frees it; requests that wait are answered with an error. @guard: (nullable). */
void guard_free(Guard *guard);
/** Passes a request on, now or when the recorder has settled, or refuses it.
 * @request: (transfer full). */
void guard_pass(Guard *guard, QmpRequest *request);
/** A client has left: what it had waiting, here or for the second monitor, is freed. */
void guard_client_gone(Guard *guard, guint64 client);
/** The recorder has settled: what waits goes on. */
void guard_release(Guard *guard);

G_END_DECLS
