/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The prompt on a terminal of its own: what is typed while it is lent to another program.
 */
#include <check.h>
#include <pty.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/ui/prompt/display.h"
#include "tests/unit/temp.h"

#define DEADLINE 20 /* seconds */

static int keyboard; /* the other side of the terminal */
static char *entry;  /* the last one */

static void on_line(const char *line, gpointer user_data)
{
    (void)user_data;
    entry = g_strdup(line ? line : "(end)");
}

static Completion *on_complete(const char *line, gsize cursor, gpointer user_data)
{
    (void)line;
    (void)cursor;
    (void)user_data;
    ck_abort_msg("nothing was completed");
    return NULL;
}

/* The screen is drained, or the display would wait for it. */
static gboolean on_screen(GIOChannel *channel, GIOCondition condition, gpointer user_data)
{
    char text[512];
    GString *screen = user_data;
    gssize len = read(keyboard, text, sizeof(text));

    (void)channel;
    (void)condition;
    if (len > 0)
        g_string_append_len(screen, text, len);
    return len > 0;
}

static gboolean on_deadline(gpointer user_data)
{
    ck_abort_msg("the screen only says: %s", ((GString *)user_data)->str);
    return G_SOURCE_REMOVE;
}

static void type(const char *keys)
{
    ck_assert_int_eq(write(keyboard, keys, strlen(keys)), (gssize)strlen(keys));
}

/* Turns the main loop until the screen has got to say something. */
static void wait_for(GString *screen, const char *text)
{
    while (!strstr(screen->str, text))
        g_main_context_iteration(NULL, TRUE);
    g_string_truncate(screen, 0);
}

static GString *open_terminal(void)
{
    static const DisplayHandlers handlers = {on_line, on_complete, NULL};
    GString *screen = g_string_new(NULL);
    g_autoptr(GIOChannel) channel = NULL;
    int terminal;

    g_setenv("TERM", "dumb", TRUE);
    if (openpty(&keyboard, &terminal, NULL, NULL, NULL) != 0)
        temp_skip("no pseudo-terminal (%s): mount devpts on /dev/pts", g_strerror(errno));
    dup2(terminal, STDIN_FILENO);
    dup2(terminal, STDOUT_FILENO);
    channel = g_io_channel_unix_new(keyboard);
    g_io_add_watch(channel, G_IO_IN, on_screen, screen);
    g_timeout_add_seconds(DEADLINE, on_deadline, screen);
    display_open("> ", NULL, &handlers, NULL);
    display_show();
    wait_for(screen, "> ");
    return screen;
}

/* Each ends with a line's end; @between: display_show() is called while it is lent. */
static void run(const char *before, const char *seen, gboolean between, gboolean interrupted,
                const char *after, const char *expected)
{
    GString *screen = open_terminal();

    type(before);
    wait_for(screen, seen);
    display_suspend();
    display_suspend();
    if (between)
        display_show();
    if (interrupted)
        display_interrupt();
    display_resume();
    wait_for(screen, "> ");
    type(after);
    while (!entry)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_str_eq(entry, expected);
    display_close();
    g_free(entry);
    g_string_free(screen, TRUE);
}

START_TEST(kept)
{
    run("query-", "query-", FALSE, FALSE, "status\n", "query-status");
}
END_TEST

START_TEST(kept_when_shown_meanwhile)
{
    run("query-", "query-", TRUE, FALSE, "status\n", "query-status");
}
END_TEST

/* Ctrl-B: the cursor stays where it was. */
START_TEST(cursor_kept)
{
    run("ac\002.\b", "ac", FALSE, FALSE, "b\n", "abc");
}
END_TEST

START_TEST(interrupted)
{
    run("query-", "query-", FALSE, TRUE, "stop\n", "stop");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("display");
    TCase *tcase = tcase_create("display");
    SRunner *runner;
    int failed;

    tcase_set_timeout(tcase, 2 * DEADLINE);
    tcase_add_test(tcase, kept);
    tcase_add_test(tcase, kept_when_shown_meanwhile);
    tcase_add_test(tcase, cursor_kept);
    tcase_add_test(tcase, interrupted);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
