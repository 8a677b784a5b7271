/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The readline adapter. Readline keeps its state in globals, and so does this file; nothing else
 * in the program does. It knows no command.
 */
#include "qmpbridge/ui/prompt/display.h"

#include <glib-unix.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <readline/history.h>
#include <readline/readline.h>

#include "qmpbridge/ui/prompt/history.h"

/* As long as "qmpbridge> " would be too much where an entry goes on. */
#define CONTINUATION "......> "
/* Rows of the screen that a list of candidates leaves free. */
#define LIST_MARGIN 3

static struct {
    gboolean open, shown;
    gboolean suspended, wanted; /* the prompt waits for the terminal */
    char *prompt, *history;
    const DisplayHandlers *handlers;
    gpointer user_data;
    guint input, resize, queued;
    GQueue pasted; /* char *: lines that were entered at once, still to come */
    char *kept;    /* half a line, typed before the prompt was suspended; or NULL */
    int kept_point;
    GString *entry;         /* the lines of an entry that isn't whole yet */
    Completion *completion; /* the last one */
    gsize skip;             /* what of its items readline doesn't replace */
    guint next;
    char *asked; /* the line when the last completion was pending, else NULL */
    int asked_point;
    char *bell; /* the user's bell-style while it is off */
} display;

/* --- entries ----------------------------------------------------------------------------- */

static void remember(const char *entry)
{
    HIST_ENTRY *last = history_length ? history_get(history_base + history_length - 1) : NULL;

    if (!*entry || *entry == ' ' || (last && strcmp(last->line, entry) == 0))
        return;
    add_history(entry);
    if (display.history)
        history_append(display.history, entry);
}

static void hide(void)
{
    if (!display.shown)
        return;
    display.shown = FALSE;
    g_clear_handle_id(&display.input, g_source_remove);
    g_clear_pointer(&display.asked, g_free);
    rl_callback_handler_remove();
}

/* The entry is as whole as it gets. */
static void deliver_entry(void)
{
    g_autofree char *entry = g_string_free(display.entry, FALSE);

    display.entry = g_string_new(NULL);
    remember(entry);
    display.handlers->line(entry, display.user_data);
}

/* Takes pasted lines up to the end of an entry; TRUE if there is one. */
static gboolean take_pasted(void)
{
    while (!g_queue_is_empty(&display.pasted)) {
        g_autofree char *line = g_queue_pop_head(&display.pasted);

        if (display.entry->len)
            g_string_append_c(display.entry, '\n');
        g_string_append(display.entry, line);
        if (!display.handlers->is_open ||
            !display.handlers->is_open(display.entry->str, display.user_data))
            return TRUE;
    }
    return FALSE;
}

static void on_line(char *line);

static gboolean on_input(gint fd, GIOCondition condition, gpointer user_data);

static void read_on(void)
{
    display.shown = TRUE;
    rl_callback_handler_install(display.entry->len ? CONTINUATION : display.prompt, on_line);
    display.input = g_unix_fd_add(STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_input, NULL);
    if (display.kept) {
        rl_insert_text(display.kept);
        rl_point = display.kept_point;
        rl_redisplay();
    }
    g_clear_pointer(&display.kept, g_free);
}

static gboolean on_queued(gpointer user_data)
{
    (void)user_data;
    display.queued = 0;
    if (take_pasted())
        deliver_entry();
    else
        read_on();
    return G_SOURCE_REMOVE;
}

/* Readline gives a paste as one line. End of input ends an entry that is open, as it is. */
static void on_line(char *line)
{
    hide();
    if (line) {
        g_auto(GStrv) lines = g_strsplit(line, "\n", -1);

        for (char **next = lines; *next; next++)
            g_queue_push_tail(&display.pasted, g_strdup(*next));
        free(line);
        on_queued(NULL);
    } else {
        display_write(OUTPUT_RESULT, "\n", NULL);
        if (display.entry->len)
            deliver_entry();
        else
            display.handlers->line(NULL, display.user_data);
    }
}

/* --- completion -------------------------------------------------------------------------- */

static char *next_candidate(const char *text, int state)
{
    GPtrArray *items = display.completion->items;
    const CompletionItem *item;

    (void)text;
    if (!state)
        display.next = 0;
    if (display.next >= items->len)
        return NULL;
    item = items->pdata[display.next++];
    return strdup(strlen(item->insert) >= display.skip ? item->insert + display.skip : "");
}

/* Nothing rings while the answer is on its way. */
static void silence(void)
{
    if (!display.bell)
        display.bell = g_strdup(rl_variable_value("bell-style"));
    rl_variable_bind("bell-style", "none");
}

static void end_silence(void)
{
    if (display.bell)
        rl_variable_bind("bell-style", display.bell);
    g_clear_pointer(&display.bell, g_free);
}

static gboolean goes_on(GPtrArray *items)
{
    return items->len == 1 && ((CompletionItem *)items->pdata[0])->goes_on;
}

/* Words end at blanks for readline, also within quotes: it then replaces only a word's end. */
static char **complete(const char *text, int start, int end)
{
    gsize before = display.entry->len ? display.entry->len + 1 : 0;
    g_autofree char *line =
        g_strconcat(display.entry->str, before ? "\n" : "", rl_line_buffer, NULL);

    rl_attempted_completion_over = 1;
    g_clear_pointer(&display.asked, g_free);
    g_clear_pointer(&display.completion, completion_free);
    display.completion = display.handlers->complete(line, before + (gsize)end, display.user_data);
    if (display.completion->pending) {
        display.asked = g_strdup(rl_line_buffer);
        display.asked_point = rl_point;
        silence();
        return NULL;
    }
    display.skip = before + (gsize)start - MIN(display.completion->start, before + (gsize)start);
    rl_completion_suppress_append = goes_on(display.completion->items);
    return rl_completion_matches(text, next_candidate);
}

/* Columns that a label takes; what readline makes of it is near enough. */
static int width_of(const char *label)
{
    int width = 0;

    for (const char *at = label; *at; at = g_utf8_next_char(at))
        width += g_unichar_iswide(g_utf8_get_char(at)) ? 2 : 1;
    return width;
}

/* The labels in readline's list; without asking whether it should be shown, or for a key at the
 * end of a page, since that would stop the program. What is too much for the screen is counted. */
static void show_matches(char **matches, int count, int longest)
{
    GPtrArray *items = display.completion->items;
    g_autoptr(GPtrArray) labels = g_ptr_array_new();
    int rows, columns, shown, widest = 0;

    (void)count;
    (void)longest;
    g_ptr_array_add(labels, matches[0]);
    for (guint i = 0; i < items->len; i++) {
        char *label = ((CompletionItem *)items->pdata[i])->label;

        widest = MAX(widest, width_of(label));
        g_ptr_array_add(labels, label);
    }
    rl_get_screen_size(&rows, &columns);
    shown = MAX(columns / (widest + 2), 1) * MAX(rows - LIST_MARGIN, 2);
    shown = MIN(shown, (int)items->len);
    labels->len = (guint)shown + 1;
    g_ptr_array_add(labels, NULL);
    rl_display_match_list((char **)labels->pdata, shown, widest);
    if (shown < (int)items->len)
        fprintf(rl_outstream, "... and %d more\n", (int)items->len - shown);
    rl_forced_update_display();
}

void display_complete_again(void)
{
    g_autofree char *asked = g_steal_pointer(&display.asked);

    if (!display.shown || !asked || strcmp(asked, rl_line_buffer) != 0 ||
        display.asked_point != rl_point ||
        RL_ISSTATE(RL_STATE_ISEARCH | RL_STATE_NSEARCH | RL_STATE_MULTIKEY | RL_STATE_NUMERICARG))
        return;
    rl_complete_internal('!'); /* inserts what is common to all, and lists them if several */
    rl_redisplay();
    end_silence();
}

/* --- open and close ---------------------------------------------------------------------- */

static gboolean on_input(gint fd, GIOCondition condition, gpointer user_data)
{
    (void)fd;
    (void)condition;
    (void)user_data;
    rl_callback_read_char();
    end_silence();
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

static void load_history(void)
{
    g_autoptr(GPtrArray) entries = history_load(display.history);

    for (guint i = 0; i < entries->len; i++)
        add_history(entries->pdata[i]);
}

static void set_up_readline(void)
{
    rl_readline_name = "qmpbridge";
    rl_catch_signals = 0;
    rl_catch_sigwinch = 0;
    rl_basic_word_break_characters = rl_completer_word_break_characters = " \t\n";
    rl_completer_quote_characters = NULL;
    rl_attempted_completion_function = complete;
    rl_completion_display_matches_hook = show_matches;
    rl_sort_completion_matches = 0;
    using_history();
    stifle_history(HISTORY_MAX);
    if (display.history)
        load_history();
    rl_initialize();
    rl_variable_bind("page-completions", "off"); /* see show_matches() */
}

void display_open(const char *prompt, const char *history, const DisplayHandlers *handlers,
                  gpointer user_data)
{
    display.open = TRUE;
    display.prompt = g_strdup(prompt);
    display.history = g_strdup(history);
    display.handlers = handlers;
    display.user_data = user_data;
    display.entry = g_string_new(NULL);
    g_queue_init(&display.pasted);
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
    g_clear_handle_id(&display.queued, g_source_remove);
    clear_history();
    g_queue_clear_full(&display.pasted, g_free);
    g_string_free(display.entry, TRUE);
    g_clear_pointer(&display.completion, completion_free);
    g_clear_pointer(&display.kept, g_free);
    g_clear_pointer(&display.prompt, g_free);
    g_clear_pointer(&display.history, g_free);
    display.open = display.suspended = display.wanted = FALSE;
}

/* --- the prompt -------------------------------------------------------------------------- */

void display_set_prompt(const char *prompt)
{
    if (!display.open || strcmp(prompt, display.prompt) == 0)
        return;
    g_free(display.prompt);
    display.prompt = g_strdup(prompt);
    if (!display.shown || display.entry->len)
        return;
    rl_clear_visible_line();
    rl_set_prompt(display.prompt);
    rl_on_new_line();
    rl_redisplay();
}

void display_show(void)
{
    if (!display.open || display.shown || display.queued)
        return;
    display.wanted = display.suspended;
    if (display.suspended)
        return;
    if (g_queue_is_empty(&display.pasted))
        read_on();
    else
        display.queued = g_idle_add(on_queued, NULL);
}

void display_suspend(void)
{
    if (!display.open)
        return;
    if (display.suspended)
        return;
    display.wanted = display.shown;
    if (display.shown) {
        display.kept = g_strdup(rl_line_buffer);
        display.kept_point = rl_point;
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
    if (!display.open)
        return;
    g_queue_clear_full(&display.pasted, g_free);
    g_string_truncate(display.entry, 0);
    g_clear_pointer(&display.asked, g_free);
    g_clear_pointer(&display.kept, g_free);
    if (!display.shown)
        return;
    rl_callback_sigcleanup();
    rl_point = rl_end; /* the cursor goes below all rows of the line */
    rl_redisplay();
    rl_echo_signal_char(SIGINT);
    rl_free_line_state();
    rl_replace_line("", 0);
    rl_crlf();
    rl_set_prompt(display.prompt);
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
