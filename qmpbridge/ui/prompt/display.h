/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The terminal: prompt, line editing, history, completion, and the one path on which text is
 * written, so that what comes while one types appears above the prompt. The one file behind this
 * header is the only one that includes readline; as readline has one terminal a process, there is
 * one display at most. Main thread.
 */
#pragma once

#include "qmpbridge/ui/prompt/completion.h"
#include "qmpbridge/ui/output/output.h"

G_BEGIN_DECLS

/** What the owner hears, from the main context. */
typedef struct {
    /** An entry is whole; the prompt is hidden until display_show(). NULL: end of input. */
    void (*line)(const char *line, gpointer user_data);
    /** Candidates at a place of an entry. Returns: (transfer full). */
    Completion *(*complete)(const char *line, gsize cursor, gpointer user_data);
    /** (nullable): TRUE if an entry goes on in the next line, as a bracket or quote is open. */
    gboolean (*is_open)(const char *line, gpointer user_data);
} DisplayHandlers;

/** Takes the terminal on standard input. @history: (nullable): file; see history.h. @handlers:
 * must outlive it. */
void display_open(const char *prompt, const char *history, const DisplayHandlers *handlers,
                  gpointer user_data);
/** Gives the terminal back as it was. Does nothing if not open. */
void display_close(void);

/** Changes the prompt, also while one types. */
void display_set_prompt(const char *prompt);
/** Shows the prompt and reads the next entry; or goes on with what was pasted. */
void display_show(void);
/** Ctrl-C: drops what has been typed, all lines of it, and what was pasted. */
void display_interrupt(void);
/** More candidates are known: if the last completion was pending, and the line is as it was
 * then, it is done once more. */
void display_complete_again(void);

/** Lends the terminal to another program: no prompt is shown before display_resume(), which shows
 * it if it was shown, with what was typed, or display_show() was called meanwhile. Both do nothing
 * if not open. */
void display_suspend(void);
void display_resume(void);

/** Writes text, above the prompt if one is shown; an OutputWrite. Needs no open display. */
void display_write(OutputSink sink, const char *text, gpointer unused);

G_END_DECLS
