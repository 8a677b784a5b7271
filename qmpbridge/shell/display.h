/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: prompt, line editing, history, completion, and the one path on which text is
 * written, so that what comes while one types appears above the prompt. The one file behind this
 * header is the only one that includes readline; as readline has one terminal a process, there is
 * one display at most. Main thread.
 */
#pragma once

#include "qmpbridge/shell/output.h"

G_BEGIN_DECLS

/** Lines of history kept. */
#define DISPLAY_HISTORY 1000

/** What the owner hears, from the main context. */
typedef struct {
    /** A line was entered; the prompt is hidden until display_show(). NULL: end of input. */
    void (*line)(const char *line, gpointer user_data);
    /** Candidates for @word, as complete_word() gives them. */
    char **(*complete)(const char *before, const char *word, gpointer user_data);
} DisplayHandlers;

/** Takes the terminal on standard input. @history: (nullable): file, made with mode 0600.
 * @handlers: must outlive it. */
void display_open(const char *prompt, const char *history, const DisplayHandlers *handlers,
                  gpointer user_data);
/** Writes the history and gives the terminal back as it was. Does nothing if not open. */
void display_close(void);

/** Shows the prompt and reads the next line. */
void display_show(void);
/** Ctrl-C: drops what has been typed. */
void display_interrupt(void);

/** Lends the terminal to another program: no prompt is shown before display_resume(), which shows
 * it if display_show() was called meanwhile. Both do nothing if not open. */
void display_suspend(void);
void display_resume(void);

/** Writes text, above the prompt if one is shown; an OutputWrite. Needs no open display. */
void display_write(OutputSink sink, const char *text, gpointer unused);

/** $XDG_STATE_HOME/qmpbridge/history, its directory made. Returns: (transfer full) (nullable). */
char *display_history_path(void);

G_END_DECLS
