/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readline adapter. Readline keeps its state in globals, and so does this file; nothing else
 * in the program does. It knows no command.
 */
#include "qmpbridge/shell/display.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

static struct {
    gboolean open, shown;
    gboolean suspended, wanted; /* the prompt waits for the terminal */
    char *prompt, *history;
    const DisplayHandlers *handlers;
    gpointer user_data;
    guint input, resize;
    char **candidates; /* during a completion */
    gsize next;
} display;

static void remember(const char *line)
{
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

    if (*line && *line != ' ' && !(last && strcmp(last->line, line) == 0))
        add_history(line);
}

static void hide(void)
{
    if (!display.shown)
        return;
    display.shown = FALSE;
    g_clear_handle_id(&display.input, g_source_remove);
    rl_callback_handler_remove();
}

static void on_line(char *line)
{
    hide();
    if (line)
        remember(line);
    else
        display_write(OUTPUT_RESULT, "\n", NULL);
    display.handlers->line(line, display.user_data);
    free(line);
}

static gboolean on_input(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    (void)user_data;
    rl_callback_read_char();
    return G_SOURCE_CONTINUE;
}

static gboolean on_resize(gpointer user_data)
{
    (void)user_data;
    if (display.shown)
        rl_resize_terminal(); /* which draws the line */
    else
        rl_reset_screen_size();
    return G_SOURCE_CONTINUE;
}

/* --- completion -------------------------------------------------------------------------- */

static char *next_candidate(const char *text, int state)
{
    const char *candidate;

    (void)text;
    if (!state)
        display.next = 0;
    candidate = display.candidates[display.next];
    if (!candidate)
        return NULL;
    display.next++;
    return strdup(candidate);
}

/* No blank after a candidate that is meant to be typed on. */
static gboolean goes_on(char **candidates)
{
    return candidates[0] && !candidates[1] &&
           (g_str_has_suffix(candidates[0], "=") || g_str_has_suffix(candidates[0], "."));
}

static char **complete(const char *text, int start, int end)
{
    g_autofree char *before = g_strndup(rl_line_buffer, (gsize)start);
    char **matches;

    (void)end;
    rl_attempted_completion_over = 1;
    display.candidates = display.handlers->complete(before, text, display.user_data);
    rl_completion_suppress_append = goes_on(display.candidates);
    matches = rl_completion_matches(text, next_candidate);
    g_clear_pointer(&display.candidates, g_strfreev);
    return matches;
}

/* --- open and close ---------------------------------------------------------------------- */

static void set_up_readline(void)
{
    rl_readline_name = "qmpbridge";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_basic_word_break_characters = rl_completer_word_break_characters = " \t\n";
    rl_completer_quote_characters = NULL;
    rl_attempted_completion_function = complete;
    using_history();
    stifle_history(DISPLAY_HISTORY);
    if (display.history)
        read_history(display.history);
}

void display_open(const char *prompt, const char *history, const DisplayHandlers *handlers,
                  gpointer user_data)
{
    display.open = TRUE;
    display.prompt = g_strdup(prompt);
    display.history = g_strdup(history);
    display.handlers = handlers;
    display.user_data = user_data;
    display.resize = g_unix_signal_add(SIGWINCH, on_resize, NULL);
    set_up_readline();
}

void display_close(void)
{
    if (!display.open)
        return;
    if (display.shown) {
        rl_clear_visible_line();
        hide();
    }
    g_clear_handle_id(&display.resize, g_source_remove);
    if (display.history)
        write_history(display.history); /* readline makes it with mode 0600 */
    clear_history();
    g_clear_pointer(&display.prompt, g_free);
    g_clear_pointer(&display.history, g_free);
    display.open = display.suspended = display.wanted = FALSE;
}

void display_show(void)
{
    if (!display.open || display.shown)
        return;
    display.wanted = display.suspended;
    if (display.suspended)
        return;
    display.shown = TRUE;
    rl_callback_handler_install(display.prompt, on_line);
    display.input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, NULL);
}

void display_suspend(void)
{
    if (!display.open)
        return;
    display.wanted = display.shown;
    if (display.shown) {
        rl_clear_visible_line();
        hide();
    }
    display.suspended = TRUE;
}

void display_resume(void)
{
    display.suspended = FALSE;
    if (display.wanted)
        display_show();
}

void display_interrupt(void)
{
    if (!display.shown)
        return;
    rl_echo_signal_char(SIGINT);
    rl_callback_sigcleanup();
    rl_free_line_state();
    rl_replace_line("", 0);
    rl_crlf();
    rl_on_new_line();
    rl_redisplay();
}

void display_write(OutputSink sink, const char *text, gpointer unused)
{
    FILE *stream = sink == OUTPUT_RESULT ? stdout : stderr;

    (void)unused;
    if (display.shown) {
        rl_clear_visible_line();
        fflush(rl_outstream);
    }
    fputs(text, stream);
    if (display.shown && !g_str_has_suffix(text, "\n"))
        fputc('\n', stream);
    fflush(stream);
    if (display.shown) {
        rl_on_new_line();
        rl_redisplay();
    }
}

char *display_history_path(void)
{
    const char *state = g_getenv("XDG_STATE_HOME");
    g_autofree char *directory =
        state && g_path_is_absolute(state)
            ? g_build_filename(state, "qmpbridge", NULL)
            : g_build_filename(g_get_home_dir(), ".local", "state", "qmpbridge", NULL);

    if (g_mkdir_with_parents(directory, 0700) < 0)
        return NULL;
    return g_build_filename(directory, "history", NULL);
}
