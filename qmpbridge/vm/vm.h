/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One running QEMU process: its start, its monitor, its end. It starts the
 * process, waits for its end, keeps the last lines of its stderr for the error message, and
 * ends it. It knows nothing of recordings.
 */
#pragma once

#include <gio/gio.h>

#include "qmpbridge/io/client.h"
#include "qmpbridge/vm/arguments.h"
#include "qmpbridge/vm/emulator.h"

G_BEGIN_DECLS

/** How long QEMU may take until it greets, in milliseconds: it loads a snapshot before that. */
#define VM_GREETING_TIMEOUT_MS 60000u

/** How long QEMU may take to quit, in milliseconds; then it is killed. */
#define VM_QUIT_TIMEOUT_MS 5000u

typedef struct Vm Vm;

/** Calls to the owner of a Vm. All on the main thread. */
typedef struct {
    /** The monitor is negotiated. @greeting: body of QMP's greeting, borrowed. */
    void (*ready)(Vm *vm, JsonNode *greeting, gpointer user_data);
    /** An event of QEMU. @event: the whole object, borrowed. */
    void (*event)(Vm *vm, JsonNode *event, gpointer user_data);
    /** Something odd of the monitor was dropped, which is worth a line in a log. May be NULL. */
    void (*notice)(Vm *vm, const GError *what, gpointer user_data);
    /** A line that QEMU or its plugin wrote to stderr, as it comes; bounded and clean, see
     * core/line-reader.h. May be NULL. */
    void (*said)(Vm *vm, const char *line, gpointer user_data);
    /** The process is gone; the last call. @error: why, NULL if QEMU exited with 0. */
    void (*gone)(Vm *vm, const GError *error, gpointer user_data);
} VmHandlers;

/**
 * Starts QEMU. @run's monitor_fd is filled in here.
 * @directory: where monitor.sock is made. Errors: EMULATOR. Returns: (transfer full), or NULL.
 */
Vm *vm_start(const Machine *machine, const RunOptions *run, const char *directory,
             const VmHandlers *handlers, gpointer user_data, GError **error);

/** The monitor. Returns: (transfer none). */
QmpClient *vm_monitor(Vm *vm);
/** Process id, 0 once gone. */
pid_t vm_pid(const Vm *vm);
/** In .gone: TRUE if a signal of others has killed QEMU, which says nothing about what it ran;
 * FALSE for signals that QEMU raises itself when it fails, and if this side has killed it. */
gboolean vm_was_killed(const Vm *vm);
/** Freezes QEMU's whole process, or lets it go on: not even its main loop runs meanwhile. */
void vm_freeze(Vm *vm, gboolean frozen);
/** Asks QEMU to quit, and kills it if it doesn't in time. handlers->gone follows. */
void vm_quit(Vm *vm);
/** Kills at once where it still runs; handlers are no longer called. @vm: (nullable). */
void vm_free(Vm *vm);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Vm, vm_free)

G_END_DECLS
