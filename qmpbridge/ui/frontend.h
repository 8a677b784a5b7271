/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Frontend: what drives a Shell: a terminal, a script, one command, or nothing. It prints
 * errors, and once it is over it calls its owner with the exit code. It neither starts nor ends a
 * VM. Main thread; callbacks come from the main context.
 */
#pragma once

#include "qmpbridge/shell/shell.h"

G_BEGIN_DECLS

typedef struct Frontend Frontend;

/** What to do; the first of these that is set. Borrowed for the call. */
typedef struct {
    char **words;         /**< (nullable): one command, split already */
    char **commands;      /**< (nullable): of -c; the script follows them */
    const char *script;   /**< (nullable): file, "-" for standard input */
    gboolean interactive; /**< prompt on the terminal; else wait for the end of the VM */
} FrontendPlan;

/** It is over: commands done, `quit`, end of input, or the connection's end. Called once. */
typedef void (*FrontendDone)(Frontend *frontend, int exit_code, gpointer user_data);

/** Begins. @shell: must outlive it. Returns: (transfer full), or NULL with BRIDGE_ERROR_NOT_FOUND
 * if the script can't be read. */
Frontend *frontend_new(Shell *shell, const FrontendPlan *plan, FrontendDone done,
                       gpointer user_data, GError **error);
/** Gives up what runs and gives the terminal back; calls nothing. @frontend: (nullable). */
void frontend_free(Frontend *frontend);

/** To be called from the shell's attached handler: shows people what they are connected to. */
void frontend_attached(Frontend *frontend, AttachedVm *vm);
/** To be called from the shell's event handler. */
void frontend_event(Frontend *frontend);
/** To be called from the shell's lost handler. */
void frontend_lost(Frontend *frontend, AttachedVm *vm, const GError *error, guint retry_ms);
/** TRUE if why the connection ended has been printed. */
gboolean frontend_has_told_loss(const Frontend *frontend);

/** Ctrl-C. TRUE if it was meant for a line or a command on the terminal, and is dealt with. */
gboolean frontend_interrupt(Frontend *frontend);
/** The program is to end: no further command is begun, @done is not called any more. */
void frontend_stop(Frontend *frontend);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Frontend, frontend_free)

G_END_DECLS
