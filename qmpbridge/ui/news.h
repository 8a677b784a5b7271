/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What people are told of connections: made, lost, regained. Main thread.
 */
#pragma once

#include "qmpbridge/shell/shell.h"

G_BEGIN_DECLS

/** @vm is READY, for the first time or again. */
void news_attached(Shell *shell, AttachedVm *vm);
/** The connection is lost and is tried again in @retry_ms. */
void news_lost(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms);
/** @vm is over. @error: (nullable): NULL if the VM has ended in order. */
void news_over(Shell *shell, AttachedVm *vm, const GError *error);

G_END_DECLS
