/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One command being executed. A handler gets it, may keep it with call_ref() over callbacks, and
 * ends it with call_finish(). A call that is cancelled is over at once: what its callbacks do
 * afterwards has no effect.
 */
#pragma once

#include "qmpbridge/core/json.h"
#include "qmpbridge/shell/shell.h"
#include "qmpbridge/shell/language/words.h"

G_BEGIN_DECLS

/** A call has ended. @error: (nullable): borrowed. */
typedef void (*CallDone)(CommandCall *call, const GError *error, gpointer user_data);

/** A new call. @vm: (nullable): the VM that it is for; a reference is taken. */
CommandCall *call_new(Shell *shell, AttachedVm *vm, CallDone done, gpointer user_data);
/**
 * Says what is executed.
 *
 * @name: the word that was typed.
 * @values, @pairs: (transfer full) (nullable): of command_bind().
 */
void call_set_words(CommandCall *call, const char *name, char **values, char **pairs);
/** Keeps the words that were typed, for the marks of errors. @words: (transfer full). */
void call_set_typed(CommandCall *call, Words *words);
CommandCall *call_ref(CommandCall *call);
void call_unref(CommandCall *call);

Shell *call_shell(CommandCall *call);
/** The VM that it is for, or NULL. (transfer none) */
AttachedVm *call_vm(CommandCall *call);
/** Its name where the shell has several, else NULL: what Output wants to know. */
const char *call_label(CommandCall *call);
/** The word that was typed as the command; NULL before call_set_words(). */
const char *call_name(CommandCall *call);
/** The whole line that is executed, or NULL for words. */
const char *call_line(CommandCall *call);
void call_set_line(CommandCall *call, const char *line);
/** Value of the argument at @index, or NULL. */
const char *call_value(CommandCall *call, guint index);
/** The key=value words, or those of ARGUMENT_WORDS, or NULL. */
char **call_pairs(CommandCall *call);
/** The words that were typed, or NULL. */
const Words *call_words(CommandCall *call);
/** TRUE once it has ended or been cancelled. */
gboolean call_is_over(CommandCall *call);

/** Keeps what belongs to the call; freed at its end, before @done. (transfer full) @state. */
void call_set_state(CommandCall *call, gpointer state, GDestroyNotify free_state);
gpointer call_state(CommandCall *call);

/** Has @notify called whenever an event has come from the call's VM, or its state has changed. */
void call_on_notify(CommandCall *call, void (*notify)(CommandCall *call));

/** Ends it. @error: (transfer full) (nullable). Later calls do nothing but free @error. */
void call_finish(CommandCall *call, GError *error);

/** The owner gives the call up: it ends, and calls nothing. */
void call_cancel(CommandCall *call);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(CommandCall, call_unref)

G_END_DECLS
