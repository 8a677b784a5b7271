/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The pager, with scripts in its place: what is shown in it, what is not, that the main loop goes
 * on meanwhile, and that what comes then is kept for later, up to a bound.
 */
#include <check.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/ui/output/pager.h"

#define DEADLINE 20 /* seconds */

static char *directory, *fifo, *copy;
static GString *out, *err;
static int begun, ended;

static gboolean screen(guint *rows, guint *columns)
{
    *rows = 5;
    *columns = 10;
    return TRUE;
}

static gboolean no_screen(guint *rows, guint *columns)
{
    (void)rows;
    (void)columns;
    return FALSE;
}

static void begin(void)
{
    begun++;
}

static void end(void)
{
    ended++;
}

static void keep(OutputSink sink, const char *text, gpointer user_data)
{
    (void)user_data;
    g_string_append(sink == OUTPUT_RESULT ? out : err, text);
}

static void set_up(void)
{
    directory = g_dir_make_tmp("qmpbridge-pager-XXXXXX", NULL);
    fifo = g_build_filename(directory, "fifo", NULL);
    copy = g_build_filename(directory, "copy", NULL);
    out = g_string_new(NULL);
    err = g_string_new(NULL);
    begun = ended = 0;
}

static void tear_down(void)
{
    g_unlink(fifo);
    g_unlink(copy);
    ck_assert_int_eq(g_rmdir(directory), 0);
    g_free(directory);
    g_free(fifo);
    g_free(copy);
    g_string_free(out, TRUE);
    g_string_free(err, TRUE);
}

static Pager *open_pager(const char *command)
{
    PagerOptions options = {
        .command = command, .screen = screen, .begin = begin, .end = end, .write = keep};

    return pager_new(&options);
}

/* A program that keeps what it reads in the file "copy". */
static char *copier(void)
{
    return g_strdup_printf("sh -c 'cat >%s'", copy);
}

static char *copied(void)
{
    char *text = NULL;

    ck_assert(g_file_get_contents(copy, &text, NULL, NULL));
    return text;
}

static const char long_text[] = "1\n2\n3\n4\n5\n";

START_TEST(shows)
{
    g_autofree char *command = copier(), *text = NULL;
    g_autoptr(Pager) pager = open_pager(command);

    ck_assert(!pager_is_open(pager));
    ck_assert(pager_page(long_text, pager));
    ck_assert(pager_is_open(pager));
    ck_assert_int_eq(begun, 1);
    ck_assert_int_eq(ended, 0);
    pager_finish(pager);
    ck_assert(!pager_is_open(pager));
    ck_assert_int_eq(ended, 1);
    text = copied();
    ck_assert_str_eq(text, long_text);
    ck_assert_uint_eq(out->len + err->len, 0);
}
END_TEST

/* Words are quoted as in a shell, but no shell looks at them. */
START_TEST(no_shell)
{
    g_autofree char *command = g_strdup_printf("tee '%s' $HOME;x", copy);
    g_autofree char *odd = g_build_filename(directory, "$HOME;x", NULL);
    g_autofree char *here = g_get_current_dir();
    g_autoptr(Pager) pager = open_pager(command);

    ck_assert_int_eq(g_chdir(directory), 0);
    ck_assert(pager_page(long_text, pager));
    pager_finish(pager);
    ck_assert_int_eq(g_unlink(odd), 0);
    ck_assert_int_eq(g_chdir(here), 0);
}
END_TEST

static const struct {
    const char *command, *text;
} plain[] = {
    {"tee", "1\n2\n3\n4\n"}, /* one line less than the screen has: the prompt's */
    {"tee", "short"},
    {"tee", ""},
    {"cat", long_text},
    {"", long_text},
    {"  ", long_text},
    {"'open", long_text},
    {"/nonexistent/pager", long_text},
};

START_TEST(leaves_alone)
{
    g_autoptr(Pager) pager = open_pager(plain[_i].command);

    ck_assert(!pager_page(plain[_i].text, pager));
    ck_assert(!pager_is_open(pager));
    ck_assert_int_eq(begun, ended);
    pager_write(OUTPUT_RESULT, plain[_i].text, pager);
    ck_assert_str_eq(out->str, plain[_i].text);
}
END_TEST

START_TEST(without_screen)
{
    PagerOptions options = {
        .command = "tee", .screen = no_screen, .begin = begin, .end = end, .write = keep};
    g_autoptr(Pager) pager = pager_new(&options);

    ck_assert(!pager_page(long_text, pager));
}
END_TEST

START_TEST(environment)
{
    g_autofree char *command = g_strdup_printf("sh -c 'echo \"$LESS\" >%s'", copy);
    g_autofree char *first = NULL, *second = NULL;
    g_autoptr(Pager) pager = open_pager(NULL);

    g_setenv("PAGER", command, TRUE);
    g_unsetenv("LESS");
    ck_assert(pager_page(long_text, pager));
    pager_finish(pager);
    first = copied();
    ck_assert_str_eq(first, "FRX\n");
    g_setenv("LESS", "R", TRUE);
    ck_assert(pager_page(long_text, pager));
    pager_finish(pager);
    second = copied();
    ck_assert_str_eq(second, "R\n");
}
END_TEST

static gboolean on_deadline(gpointer user_data)
{
    (void)user_data;
    ck_abort_msg("nothing came within %d s", DEADLINE);
    return G_SOURCE_REMOVE;
}

static gboolean count(gpointer user_data)
{
    ++*(int *)user_data;
    return G_SOURCE_CONTINUE;
}

/* It stays open as long as one likes: the loop turns, and texts wait. */
START_TEST(holds)
{
    g_autofree char *command = g_strdup_printf("sh -c 'cat >/dev/null; read x <%s'", fifo);
    g_autoptr(Pager) pager = open_pager(command);
    guint deadline = g_timeout_add_seconds(DEADLINE, on_deadline, NULL);
    FILE *stream;
    int turns = 0;
    guint source = g_timeout_add(1, count, &turns);

    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert(pager_page(long_text, pager));
    pager_write(OUTPUT_RESULT, "event\n", pager);
    ck_assert(!pager_page(long_text, pager)); /* one at a time */
    pager_write(OUTPUT_NOTICE, "error\n", pager);
    while (turns < 20)
        g_main_context_iteration(NULL, TRUE);
    ck_assert(pager_is_open(pager));
    ck_assert_uint_eq(out->len + err->len, 0);
    stream = fopen(fifo, "w");
    ck_assert_ptr_nonnull(stream);
    fputs("\n", stream);
    fclose(stream);
    pager_finish(pager);
    g_source_remove(source);
    g_source_remove(deadline);
    ck_assert_str_eq(out->str, "event\n");
    ck_assert_str_eq(err->str, "error\n");
    pager_write(OUTPUT_RESULT, "next\n", pager);
    ck_assert_str_eq(out->str, "event\nnext\n");
}
END_TEST

START_TEST(bounded)
{
    g_autofree char *command = copier(), *big = g_strnfill(PAGER_MAX_HELD / 4, 'x');
    g_autoptr(Pager) pager = open_pager(command);

    ck_assert(pager_page(long_text, pager));
    for (int i = 0; i < 6; i++)
        pager_write(OUTPUT_RESULT, big, pager);
    pager_write(OUTPUT_RESULT, "last\n", pager);
    pager_finish(pager);
    ck_assert_str_eq(err->str, "[3 texts that came meanwhile were left out]\n");
    ck_assert_uint_eq(out->len, 3 * (PAGER_MAX_HELD / 4) + strlen("last\n"));
    ck_assert(g_str_has_suffix(out->str, "last\n"));
}
END_TEST

/* It need not read what it gets, and text that is bigger than a pipe must not block. */
START_TEST(quits_early)
{
    g_autofree char *big = g_strnfill(4 << 20, '\n');
    g_autoptr(Pager) pager = open_pager("true");

    ck_assert(pager_page(big, pager));
    pager_finish(pager);
    ck_assert_int_eq(ended, 1);
}
END_TEST

/* One that heeds the signal, and one that doesn't. */
START_TEST(stops)
{
    static const char *const commands[] = {"tail -f /dev/null",
                                           "sh -c 'trap \"\" TERM; tail -f /dev/null'"};
    g_autoptr(Pager) pager = open_pager(commands[_i]);

    pager_stop(pager);
    ck_assert(pager_page(long_text, pager));
    pager_stop(pager);
    pager_stop(pager);
    pager_finish(pager);
    ck_assert_int_eq(ended, 1);
}
END_TEST

static const struct {
    const char *text;
    guint lines;
} counts[] = {
    {"", 0},
    {"\n", 1},
    {"a", 1},
    {"a\nb", 2},
    {"0123456789\n", 1},
    {"0123456789a\n", 2},
    {"0123456789012345678901\n", 3},
    {"\033[31m0123456789\033[0m\n", 1},
    {"\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\xc3\xa4\n", 1},
    {"\n\n\n", 3},
};

START_TEST(counting)
{
    ck_assert_uint_eq(pager_count_lines(counts[_i].text, 10), counts[_i].lines);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("pager");
    TCase *tcase = tcase_create("pager");
    SRunner *runner;
    int failed;

    signal(SIGPIPE, SIG_IGN); /* as the program does */
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_set_timeout(tcase, 60);
    tcase_add_test(tcase, shows);
    tcase_add_test(tcase, no_shell);
    tcase_add_loop_test(tcase, leaves_alone, 0, G_N_ELEMENTS(plain));
    tcase_add_test(tcase, without_screen);
    tcase_add_test(tcase, environment);
    tcase_add_test(tcase, holds);
    tcase_add_test(tcase, bounded);
    tcase_add_test(tcase, quits_early);
    tcase_add_loop_test(tcase, stops, 0, 2);
    tcase_add_loop_test(tcase, counting, 0, G_N_ELEMENTS(counts));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
