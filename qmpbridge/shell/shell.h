/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shell: executes command lines, one at a time, on a QMP connection and a store, and tells events
 * and results to an Output. It knows nothing of prompts, scripts or signals: those drive it.
 *
 * All functions are for the main thread; all callbacks come from the main context, never from
 * within a call of the owner's.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/core/schema.h"
#include "qmpbridge/io/client.h"
#include "qmpbridge/io/eventlog.h"
#include "qmpbridge/record/store.h"
#include "qmpbridge/shell/output.h"
#include "qmpbridge/shell/waiting.h"

G_BEGIN_DECLS

typedef struct Shell Shell;

/** What a shell works with. Strings are copied. */
typedef struct {
    Output *output;       /**< must outlive the shell */
    EventLog *log;        /**< (nullable): must outlive the shell */
    const char *store;    /**< (nullable): path; NULL for store_default_path() */
    const char *emulator; /**< (nullable): for replay and verify */
    const char *plugin;   /**< recctrl.so, for replay and verify */
    double timeout;       /**< seconds a reply or an event is waited for; 0 for no limit */
} ShellOptions;

/** What the owner hears; each may be NULL. */
typedef struct {
    /** Negotiation is done. @greeting: its body, borrowed. */
    void (*attached)(Shell *shell, JsonObject *greeting, gpointer user_data);
    /** The connection is over, or shell_end() was called; once. @error: why; NULL if the VM
     * has ended in order. */
    void (*closed)(Shell *shell, const GError *error, gpointer user_data);
    /** An event that `wait` may look for was taken in. */
    void (*event)(Shell *shell, JsonObject *event, gpointer user_data);
} ShellHandlers;

/** The end of a command. @error: (nullable): borrowed; not yet told to anyone. */
typedef void (*ShellDone)(Shell *shell, const GError *error, gpointer user_data);

/** @options: borrowed for the call. @handlers: must outlive it. Returns: (transfer full). */
Shell *shell_new(const ShellOptions *options, const ShellHandlers *handlers, gpointer user_data);
/** Gives up what runs, closes the connection; calls nothing. @shell: (nullable). */
void shell_free(Shell *shell);

/** Speaks QMP on a stream, of transport_connect(). Once only. @stream: (transfer full). */
void shell_attach(Shell *shell, GIOStream *stream);
/** The connection is as good as over: what waits for it ends. @error: (nullable): why. */
void shell_end(Shell *shell, const GError *error);
/** Calls @settled once all events that the peer has sent up to now have been taken in, or can't be
 * any more: after a second or two at the latest. Maybe at once. */
void shell_settle(Shell *shell, void (*settled)(gpointer user_data), gpointer user_data);
/** TRUE from shell_attach() until the connection is over. */
gboolean shell_is_attached(const Shell *shell);

/** Executes a line; @done is called once, unless it is cancelled. Only while not busy. */
void shell_execute(Shell *shell, const char *line, ShellDone done, gpointer user_data);
/** As shell_execute() for words that are split already; at least one. */
void shell_execute_words(Shell *shell, char **words, ShellDone done, gpointer user_data);
gboolean shell_is_busy(const Shell *shell);
/** Gives up the command that runs; its @done is not called. Its QMP command goes on. */
void shell_cancel(Shell *shell);

/** TRUE once `quit` was executed. */
gboolean shell_wants_quit(const Shell *shell);
void shell_set_quit(Shell *shell);

/** Something went wrong that exit codes must tell: a verdict, a recording. */
void shell_note_verdict(Shell *shell, Verdict verdict);
/** @code, unless it is 0 or 1 and a verification diverged (6) or a recording failed (5). */
int shell_exit_code(const Shell *shell, int code);

/** For command files. */
Output *shell_output(const Shell *shell);
const ShellOptions *shell_options(const Shell *shell);
EventQueue *shell_events(const Shell *shell);
/** The store, opened at first use. (transfer none); NULL with the errors of store_open(). */
Store *shell_store(Shell *shell, GError **error);
/** The schema as far as known, or NULL. (transfer none). */
Schema *shell_schema(const Shell *shell);

/** Told once the schema is known, or can't be had. */
typedef void (*ShellSchemaFunc)(gpointer user_data);
/** Fetches the schema where it isn't known yet, then calls @func (nullable), maybe at once. */
void shell_with_schema(Shell *shell, ShellSchemaFunc func, gpointer user_data);

/**
 * Executes a QMP command within the shell's time-out, without trees: nothing is lost. Fails with
 * BRIDGE_ERROR_CLOSED where there is no connection; the client then is NULL.
 *
 * @args: (nullable): plain text of an object; a reference is taken.
 */
void shell_qmp_text(Shell *shell, const char *name, GBytes *args, QmpExecuteFlags flags,
                    QmpTextFunc func, gpointer user_data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shell, shell_free)

G_END_DECLS
