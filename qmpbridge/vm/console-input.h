/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is typed on a VM's console, on its way to the guest: the FIFO that QEMU's chardev reads, and
 * the pace (console-pacer.h). Its owner answers the pace's questions. Main thread.
 */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct ConsoleInput ConsoleInput;

/** What its owner does. Both are called from the main loop, or from within a call. */
typedef struct {
    /** All that was typed has reached the UART. */
    void (*typed)(gpointer user_data);
    /** Finds out what console_input_room() or console_input_stands() says; one of them is the
     * answer, later. */
    void (*ask)(gpointer user_data);
} ConsoleInputOps;

/**
 * Makes the FIFO, which must be there when QEMU starts.
 *
 * @path: where; removed with the ConsoleInput.
 * @paced: QEMU runs in record mode.
 * @ops: borrowed.
 *
 * Errors: EMULATOR. Returns: (transfer full), or NULL.
 */
ConsoleInput *console_input_new(const char *path, gboolean paced, const ConsoleInputOps *ops,
                                gpointer user_data, GError **error);
/** @input: (nullable). */
void console_input_free(ConsoleInput *input);

/** For QEMU's command line. Returns: (transfer none). */
const char *console_input_path(const ConsoleInput *input);

/** Types bytes, behind those that wait. */
void console_input_type(ConsoleInput *input, const guint8 *bytes, gsize len);
/** Forgets what isn't on its way yet. */
void console_input_discard(ConsoleInput *input);
/** The VM stands still, or goes on. */
void console_input_hold(ConsoleInput *input, gboolean held);

/** The answer, as console_pacer_room() takes it. */
void console_input_room(ConsoleInput *input, int room);
/** The answer, as console_pacer_stands() takes it. */
void console_input_stands(ConsoleInput *input, guint64 icount);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(ConsoleInput, console_input_free)

G_END_DECLS
