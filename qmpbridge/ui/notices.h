/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Notices: what a shell shows beside the results of commands: events, hints, and that a connection
 * is made, lost, or made again. Main thread.
 */
#pragma once

#include "qmpbridge/shell/shell.h"

G_BEGIN_DECLS

/** An event of @vm. @event: its text. */
void notice_event(Shell *shell, AttachedVm *vm, GBytes *event);
/** A hint about a QMP command; @hint may hold any bytes. */
void notice_hint(Shell *shell, AttachedVm *vm, const char *hint);
/** @vm is connected again after a gap, whose events are missing: for programs too. */
void notice_gap(Shell *shell, AttachedVm *vm);
/** For people: @vm is READY, for the first time or again. */
void notice_attached(Shell *shell, AttachedVm *vm);
/** The connection is lost and is tried again in @retry_ms. */
void notice_lost(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms);
/** @vm is over. @error: (nullable): NULL if the VM has ended in order. */
void notice_over(Shell *shell, AttachedVm *vm, const GError *error);

G_END_DECLS
