/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pager is a child of the terminal's foreground group like the shell itself: Ctrl-C reaches
 * both, and the owner leaves it to the pager while pager_is_open().
 */
#include "qmpbridge/ui/output/pager.h"

#include <gio/gio.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* How long a pager may take to end after SIGTERM. */
#define END_MS 1000

typedef struct {
    OutputSink sink;
    char *text;
} Held;

struct Pager {
    PagerOptions options;
    GSubprocess *process; /* while it is open */
    guint deadline;       /* since it was asked to end */
    GQueue held;
    gsize held_bytes;
    guint lost;
};

Pager *pager_new(const PagerOptions *options)
{
    Pager *pager = g_new0(Pager, 1);

    pager->options = *options;
    pager->options.command = g_strdup(options->command);
    g_queue_init(&pager->held);
    return pager;
}

void pager_free(Pager *pager)
{
    if (!pager)
        return;
    g_warn_if_fail(!pager->process);
    g_free((char *)pager->options.command);
    g_free(pager);
}

gboolean pager_is_open(const Pager *pager)
{
    return pager && pager->process;
}

/* --- what comes meanwhile ---------------------------------------------------------------- */

static Held *pop(Pager *pager)
{
    Held *held = g_queue_pop_head(&pager->held);

    if (held)
        pager->held_bytes -= strlen(held->text);
    return held;
}

static void held_free(Held *held)
{
    g_free(held->text);
    g_free(held);
}

static void hold(Pager *pager, OutputSink sink, const char *text)
{
    Held *held = g_new(Held, 1);

    *held = (Held){sink, g_strdup(text)};
    g_queue_push_tail(&pager->held, held);
    pager->held_bytes += strlen(text);
    while (pager->held_bytes > PAGER_MAX_HELD) {
        held_free(pop(pager));
        pager->lost++;
    }
}

static void write_held(Pager *pager)
{
    Held *held;

    if (pager->lost) {
        g_autofree char *text =
            g_strdup_printf("[%u texts that came meanwhile were left out]\n", pager->lost);

        pager->lost = 0;
        pager->options.write(OUTPUT_NOTICE, text, pager->options.user_data);
    }
    while ((held = pop(pager))) {
        pager->options.write(held->sink, held->text, pager->options.user_data);
        held_free(held);
    }
}

void pager_write(OutputSink sink, const char *text, gpointer user_data)
{
    Pager *pager = user_data;

    if (pager->process)
        hold(pager, sink, text);
    else
        pager->options.write(sink, text, pager->options.user_data);
}

/* --- how long a text is ------------------------------------------------------------------ */

/* The end of the SGR sequence that begins here, or @at itself. */
static const char *skip_colour(const char *at)
{
    const char *end;

    if (at[0] != '\033' || at[1] != '[')
        return at;
    end = at + 2 + strspn(at + 2, "0123456789;");
    return *end == 'm' ? end + 1 : at;
}

guint pager_count_lines(const char *text, guint columns)
{
    guint lines = 0, column = 0;
    const char *at = text;

    while (*at) {
        const char *next = skip_colour(at);

        if (next != at) {
            at = next;
            continue;
        }
        if (*at == '\n' || ++column > columns) {
            lines++;
            column = *at != '\n';
        }
        at = g_utf8_next_char(at);
    }
    return lines + (column > 0);
}

gboolean pager_screen(guint *rows, guint *columns)
{
    struct winsize size;

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) < 0 || !size.ws_row || !size.ws_col)
        return FALSE;
    *rows = size.ws_row;
    *columns = size.ws_col;
    return TRUE;
}

static gboolean is_long(const Pager *pager, const char *text)
{
    guint rows, columns;

    return pager->options.screen(&rows, &columns) && pager_count_lines(text, columns) >= rows;
}

/* --- the program ------------------------------------------------------------------------- */

static void on_closed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    Pager *pager = user_data;

    g_subprocess_wait_finish(G_SUBPROCESS(source), result, NULL);
    g_clear_object(&pager->process);
    g_clear_handle_id(&pager->deadline, g_source_remove);
    write_held(pager);
    pager->options.end();
}

/* It may not have read all, which is no error. */
static void on_fed(GObject *source, GAsyncResult *result, gpointer user_data)
{
    g_subprocess_communicate_finish(G_SUBPROCESS(source), result, NULL, NULL, NULL);
    g_subprocess_wait_async(G_SUBPROCESS(source), NULL, on_closed, user_data);
}

/* What to run; NULL if nothing is to be. */
static char **pager_argv(const Pager *pager)
{
    const char *command = pager->options.command ? pager->options.command : g_getenv("PAGER");
    char **argv = NULL;

    if (!g_shell_parse_argv(command ? command : PAGER_DEFAULT, NULL, &argv, NULL))
        return NULL;
    if (strcmp(argv[0], "cat") == 0)
        g_clear_pointer(&argv, g_strfreev);
    return argv;
}

static GSubprocess *spawn(const char *const *argv)
{
    g_autoptr(GSubprocessLauncher) launcher =
        g_subprocess_launcher_new(G_SUBPROCESS_FLAGS_STDIN_PIPE);

    g_subprocess_launcher_setenv(launcher, "LESS", "FRX", FALSE);
    return g_subprocess_launcher_spawnv(launcher, argv, NULL);
}

gboolean pager_page(const char *text, gpointer user_data)
{
    Pager *pager = user_data;
    g_auto(GStrv) argv = NULL;
    g_autoptr(GBytes) bytes = NULL;

    if (pager->process || !is_long(pager, text))
        return FALSE;
    argv = pager_argv(pager);
    if (!argv)
        return FALSE;
    pager->options.begin();
    pager->process = spawn((const char *const *)argv);
    if (!pager->process) {
        pager->options.end();
        return FALSE;
    }
    bytes = g_bytes_new(text, strlen(text));
    g_subprocess_communicate_async(pager->process, bytes, NULL, on_fed, pager);
    return TRUE;
}

static gboolean on_deadline(gpointer user_data)
{
    Pager *pager = user_data;

    pager->deadline = 0;
    g_subprocess_force_exit(pager->process);
    return G_SOURCE_REMOVE;
}

void pager_stop(Pager *pager)
{
    if (!pager_is_open(pager) || pager->deadline)
        return;
    g_subprocess_send_signal(pager->process, SIGTERM);
    pager->deadline = g_timeout_add(END_MS, on_deadline, pager);
}

void pager_finish(Pager *pager)
{
    while (pager_is_open(pager))
        g_main_context_iteration(NULL, TRUE);
}
