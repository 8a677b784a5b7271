/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Shell: what command lines work with: one or several VMs, a store, emulators to replay with, and
 * what a command leaves behind for the next one (the current VM, an open block, `quit`). An
 * Executor (executor.h) executes lines on it. It prints nothing: it carries the Output to which
 * commands print, and hands events and hints to its owner.
 *
 * All functions are for the main thread; all callbacks come from the main context, never from
 * within a call of the owner's.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/store/store.h"
#include "qmpbridge/shell/attached-vms.h"
#include "qmpbridge/shell/language/command.h"
#include "qmpbridge/vm/affinity.h"
#include "qmpbridge/engine/emulators.h"

G_BEGIN_DECLS

typedef struct Shell Shell;
typedef struct Output Output; /* see ui/output/output.h */

/** What a shell works with. Strings are copied. */
typedef struct {
    const CommandTable *commands; /**< must outlive the shell */
    Output *output;               /**< of commands; must outlive the shell */
    EventLog *log;                /**< (nullable): must outlive the shell */
    const char *store;            /**< (nullable): path; NULL for store_default_path() */
    const char *emulator;         /**< (nullable): --qemu, for replay and verify */
    GHashTable *emulators;   /**< (nullable): paths by version and target, of the configuration; a
                              * reference is   taken */
    const char *plugin;      /**< recctrl.so, for replay and verify */
    Affinity *affinity;      /**< (nullable): chooses the CPU of a replay; outlives the shell */
    double timeout;          /**< seconds a reply or an event is waited for; 0 for no limit */
    const char *log_path;    /**< (nullable): of the log, for people */
    const TransportTls *tls; /**< (nullable): for tls: addresses */
    EndpointRetry retry;     /**< when a connection is tried again */
    gboolean patient;        /**< commands wait for a connection that is lost */
    gboolean keep_going;     /**< a script goes on after a command that failed; see `set` */
    GHashTable *addresses;   /**< (nullable): addresses by name, of the configuration; a reference
                              * is taken */
} ShellOptions;

/** What the shell calls in its owner; each may be NULL. */
typedef struct {
    /** Negotiation is done, for the first time or again. @greeting: its body, borrowed. */
    void (*attached)(Shell *shell, AttachedVm *vm, JsonObject *greeting, gpointer user_data);
    /** The connection is lost, or an attempt failed. @error: why; NULL if the VM has ended in
     * order. @retry_ms: time to the next attempt; 0: there is none. */
    void (*lost)(Shell *shell, AttachedVm *vm, const GError *error, guint retry_ms,
                 gpointer user_data);
    /** An event has come. @event: its text as the peer wrote it, borrowed. */
    void (*event)(Shell *shell, AttachedVm *vm, GBytes *event, gpointer user_data);
    /** People should know this, which is about a QMP command of @vm. @hint: untrusted text. */
    void (*hint)(Shell *shell, AttachedVm *vm, const char *hint, gpointer user_data);
} ShellHandlers;

/** @options: borrowed for the call. @handlers: must outlive it. Returns: (transfer full). */
Shell *shell_new(const ShellOptions *options, const ShellHandlers *handlers, gpointer user_data);
/** Closes the connections; calls nothing. Calls and executors go first. @shell: (nullable). */
void shell_free(Shell *shell);

/**
 * A further VM, which begins to connect.
 *
 * @where: an address, NAME=ADDRESS, or a name of the options' addresses; an address alone gets a
 * name.
 *
 * Returns: (transfer none). NULL with BRIDGE_ERROR_USAGE, or BRIDGE_ERROR_STATE: the name is taken.
 */
AttachedVm *shell_attach(Shell *shell, const char *where, GError **error);
/** Likewise, on a stream. @name: legal and not taken. @stream: (transfer full). */
AttachedVm *shell_attach_stream(Shell *shell, const char *name, GIOStream *stream);
/** Lets a VM go; the VM itself goes on. */
void shell_detach(Shell *shell, AttachedVm *vm);
/** The VMs. (transfer none) */
AttachedVms *shell_vms(const Shell *shell);
/** The current one, or NULL. (transfer none) */
AttachedVm *shell_vm(const Shell *shell);
/** The name of @vm (nullable) if there are several, else NULL: what Output wants to know. */
const char *shell_label(const Shell *shell, const AttachedVm *vm);
/** The schema of the current VM as far as known, or NULL. (transfer none) */
Schema *shell_schema(const Shell *shell);

/** TRUE once `quit` was executed. */
gboolean shell_wants_quit(const Shell *shell);
void shell_set_quit(Shell *shell);

/** TRUE if a script goes on after a command that failed. */
gboolean shell_keeps_going(const Shell *shell);
void shell_set_keep_going(Shell *shell, gboolean keep_going);

/** A replay has this verdict, of which the exit code depends. */
void shell_note_verdict(Shell *shell, Verdict verdict);
/** @code, unless it is 0 or 1 and a verification diverged (6) or a recording failed (5). */
int shell_exit_code(const Shell *shell, int code);

/**
 * What takes lines instead of the command table, such as a block that is open over several lines.
 * A mode ends itself with shell_set_mode(shell, NULL, NULL), and with the shell.
 */
typedef struct {
    const char *name;         /**< of what is open, for errors: "transaction" */
    const char *prompt;       /**< "transaction> " */
    const char *const *words; /**< first words of its own, for completion; NULL ends them */
    /** Executes a line, whatever it is, as a command: ends in exactly one call_finish(). */
    void (*execute)(CommandCall *call, const char *line, gpointer data);
    void (*free)(gpointer data); /**< (nullable): called when the mode ends */
} ShellMode;

/** @mode: (nullable): must outlive it; NULL for the command table. @data: (transfer full). */
void shell_set_mode(Shell *shell, const ShellMode *mode, gpointer data);
/** The mode, or NULL. */
const ShellMode *shell_mode(const Shell *shell);
/** The data of the mode. (transfer none) */
gpointer shell_mode_data(const Shell *shell);

/** Hands a hint to the owner, unless the shell has handed it over before. */
void shell_hint_once(Shell *shell, AttachedVm *vm, const char *hint);

/** The commands that the shell has. (transfer none) */
const CommandTable *shell_commands(const Shell *shell);
/** Where commands print. (transfer none) */
Output *shell_output(const Shell *shell);
const ShellOptions *shell_options(const Shell *shell);
/** The emulators that replay. (transfer none) */
Emulators *shell_emulators(const Shell *shell);
/** The store, opened at first use. (transfer none); NULL with the errors of store_open(). */
Store *shell_store(Shell *shell, GError **error);
/** The same, and it is made where there is none. */
Store *shell_make_store(Shell *shell, GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Shell, shell_free)

G_END_DECLS
