/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Completer: completion for the lines of a Shell: knows where its schemas, recordings and VMs
 * are, and keeps the names that each VM answered with. Main thread.
 */
#pragma once

#include "qmpbridge/ui/prompt/completion.h"
#include "qmpbridge/shell/shell.h"

G_BEGIN_DECLS

typedef struct Completer Completer;

/** @changed: called when a completion that was pending may have more; never from within a call. */
Completer *completer_new(Shell *shell, void (*changed)(gpointer user_data), gpointer user_data);
/** @completer: (nullable). @changed isn't called any more. */
void completer_free(Completer *completer);

/** As complete_line(). Where the VM has to be asked the result is pending, and @changed is called
 * later. Returns: (transfer full). */
Completion *completer_complete(Completer *completer, const char *line, gsize cursor);

/** Something may have changed in VMs: an event, a command. */
void completer_forget(Completer *completer);
/** The VM of that name may be another one now. */
void completer_drop(Completer *completer, const char *vm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Completer, completer_free)

G_END_DECLS
