/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ends a recording that has become idle: for a while the guest has had no TCP connection across its
 * user network that is open in both directions, neither one that came in by a forwarded port nor
 * one of its own. So a session that was lost without a close (an sshd that was killed) keeps no
 * recording open. It asks QEMU, and so sees what is true of the wire; what goes on in the guest it
 * doesn't see.
 */
#pragma once

#include "qmpbridge/io/client.h"
#include "qmpbridge/record/service.h"

G_BEGIN_DECLS

/** How often QEMU is asked while a recording is on, in milliseconds. */
#define IDLE_WATCH_MS 1000u

typedef struct IdleWatch IdleWatch;

/** @monitor, @service: borrowed, outlive it. @limit_ms: how long a recording may be idle.
 * Returns: (transfer full). */
IdleWatch *idle_watch_new(QmpClient *monitor, Service *service, guint limit_ms);
/** @watch: (nullable). */
void idle_watch_free(IdleWatch *watch);

G_END_DECLS
