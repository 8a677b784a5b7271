/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Marks in memory, which go by icounts; and their file: the way there and back at its limits, files
 * that a crash or a hostile hand has left, and a disk that is full.
 */
#include "qmpbridge/store/marks.h"

#include "tests/unit/temp.h"

/** What a reader saw. */
typedef struct {
    guint n;
    guint64 icount; /**< of the last */
    gint64 wall;
    GString *last; /**< its text */
} Seen;

static void see(const Mark *mark, gpointer user_data)
{
    Seen *seen = user_data;

    seen->n++;
    seen->icount = mark->icount;
    seen->wall = mark->wall;
    g_string_assign(seen->last, mark->text);
}

static guint count(const char *path, GError **error)
{
    Seen seen = {.last = g_string_new(NULL)};

    marks_read(path, see, &seen, error);
    g_string_free(seen.last, TRUE);
    return seen.n;
}

static gboolean append(const char *path, guint64 icount, gint64 wall, const char *text,
                       GError **error)
{
    Mark mark = {icount, wall, text};

    return marks_append(path, &mark, error);
}

static const char *const texts[] = {
    "", "plain", "a mark \x1b[2J \n \"\\ \xc3\xa4 \xe2\x80\xae \xf0\x9f\x98\x80", "\x7f\x01\t\r\n"};

START_TEST(test_round_trip)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "marks", NULL);
    Seen seen = {.last = g_string_new(NULL)};
    struct stat info;

    ck_assert(marks_read(path, see, &seen, NULL)); /* no file, no marks */
    for (guint i = 0; i < G_N_ELEMENTS(texts); i++) {
        seen.n = 0;
        ck_assert(
            append(path, i == 1 ? MARK_NO_ICOUNT : 7 * i, 1700000000000000 + i, texts[i], NULL));
        ck_assert(marks_read(path, see, &seen, NULL));
        ck_assert_uint_eq(seen.n, i + 1);
        ck_assert_uint_eq(seen.icount, i == 1 ? MARK_NO_ICOUNT : 7 * i);
        ck_assert_int_eq(seen.wall, 1700000000000000 + i);
        ck_assert_str_eq(seen.last->str, texts[i]);
    }
    ck_assert_int_eq(stat(path, &info), 0);
    ck_assert_int_eq(info.st_mode & 0777, 0600);
    g_string_free(seen.last, TRUE);
}
END_TEST

static void add(Marks *marks, guint64 icount, const char *text)
{
    Mark mark = {icount, 1, text};

    ck_assert(marks_check(marks, text, NULL));
    marks_add(marks, &mark);
}

static void join(const Mark *mark, gpointer user_data)
{
    g_string_append(user_data, mark->text);
}

static void expect_between(const Marks *marks, guint64 from, guint64 to, const char *wanted)
{
    g_autoptr(GString) got = g_string_new(NULL);

    marks_between(marks, from, to, join, got);
    ck_assert_str_eq(got->str, wanted);
}

/* A recording has the marks between its icounts, whenever it was made. */
START_TEST(test_between)
{
    g_autoptr(Marks) marks = marks_new();

    expect_between(marks, 0, G_MAXUINT64, "");
    add(marks, 100, "a");
    add(marks, 100, "b");
    add(marks, MARK_NO_ICOUNT, "?");
    add(marks, 200, "c");
    add(marks, 300, "d");
    ck_assert_uint_eq(marks_count(marks), 5);
    expect_between(marks, 0, G_MAXUINT64, "abcd");
    expect_between(marks, 100, 200, "abc");
    expect_between(marks, 101, 299, "c");
    expect_between(marks, 301, 400, "");
    marks_forget(marks, 200);
    ck_assert_uint_eq(marks_count(marks), 2);
    expect_between(marks, 0, G_MAXUINT64, "cd");
    marks_forget(marks, G_MAXUINT64);
    ck_assert_uint_eq(marks_count(marks), 0);
}
END_TEST

START_TEST(test_bounds)
{
    g_autoptr(Marks) marks = marks_new();
    g_autofree char *longest = g_strnfill(MARKS_MAX_TEXT, 'm');
    g_autofree char *longer = g_strnfill(MARKS_MAX_TEXT + 1, 'm');
    g_autoptr(GError) error = NULL;

    ck_assert(!marks_check(marks, longer, &error));
    temp_check_error(error, BRIDGE_ERROR_TOO_BIG, "at most 1024 bytes");
    g_clear_error(&error);
    add(marks, 1, longest);
    for (guint i = 1; i < MARKS_MAX; i++)
        add(marks, i, "m");
    ck_assert(!marks_check(marks, "", &error));
    temp_check_error(error, BRIDGE_ERROR_TOO_BIG, "at most 10000");
}
END_TEST

/* The longest texts, of what grows most as JSON: one byte to six, three to six. */
static const char *const growing[] = {"\x01", "\xe2\x80\xae", "\\"};

START_TEST(test_longest)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "marks", NULL);
    g_autoptr(GString) text = g_string_new(NULL);
    Seen seen = {.last = g_string_new(NULL)};

    while (text->len + strlen(growing[_i]) <= MARKS_MAX_TEXT)
        g_string_append(text, growing[_i]);
    ck_assert(append(path, G_MAXINT64, G_MAXINT64, text->str, NULL));
    ck_assert(append(path, G_MAXINT64, G_MININT64, text->str, NULL));
    ck_assert(marks_read(path, see, &seen, NULL));
    ck_assert_uint_eq(seen.n, 2);
    ck_assert_str_eq(seen.last->str, text->str);
    g_string_free(seen.last, TRUE);
}
END_TEST

START_TEST(test_most)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = NULL;
    g_autoptr(GString) text = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (guint i = 0; i < MARKS_MAX; i++)
        g_string_append(text, "{\"wall-us\": 1, \"text\": \"x\"}\n");
    path = temp_file(dir, "marks", text->str);
    ck_assert_uint_eq(count(path, &error), MARKS_MAX);
    ck_assert_ptr_null(error);
    ck_assert(append(path, MARK_NO_ICOUNT, 1, "x", NULL));
    ck_assert_uint_eq(count(path, &error), MARKS_MAX);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "line 10001: there are more marks than 10000");
}
END_TEST

#define GOOD "{\"wall-us\": 1, \"text\": \"x\"}\n"

/* Files, how many marks they have, and a word of the error; NULL: there is none. */
static const struct {
    const char *text;
    guint n;
    const char *refusal;
} files[] = {
    {"", 0, NULL},
    {GOOD GOOD, 2, NULL},
    {"{\"icount\": 7, \"wall-us\": 1, \"text\": \"x\"}\n", 1, NULL},
    {"{\"later\": 7, \"wall-us\": 1, \"text\": \"x\"}\n", 1, NULL},
    {"{\"icount\": -1, \"wall-us\": 1, \"text\": \"x\"}\n", 0, "icount"},
    {"{\"icount\": \"7\", \"wall-us\": 1, \"text\": \"x\"}\n", 0, "icount"},
    {GOOD "{\"wall-us\": 1, \"te", 1, NULL}, /* its writer was killed */
    {GOOD "\n" GOOD, 1, "line 2"},
    {GOOD "[]\n", 1, "line 2"},
    {GOOD "{\"wall-us\": 1}\n", 1, "text"},
    {GOOD "{\"wall-us\": \"1\", \"text\": \"x\"}\n", 1, "wall-us"},
    {GOOD "{\"wall-us\": 1, \"text\": \"a\\u0000b\"}\n", 1, "line 2"},
    {GOOD "{\"wall-us\": 1, \"text\": \"\xff\"}\n", 1, "line 2"},
};

START_TEST(test_hostile)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "marks", files[_i].text);
    g_autoptr(GError) error = NULL;

    ck_assert_uint_eq(count(path, &error), files[_i].n);
    if (files[_i].refusal)
        temp_check_error(error, BRIDGE_ERROR_RECORDING, files[_i].refusal);
    else
        ck_assert_ptr_null(error);
}
END_TEST

/* Without an end to its line, and of a size that no disk has: zeros. */
START_TEST(test_endless)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "marks", GOOD);
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(truncate(path, (off_t)1 << 40), 0);
    ck_assert_uint_eq(count(path, &error), 1);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, "line 2: it is longer than a mark");
}
END_TEST

START_TEST(test_no_file)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "marks", NULL);
    g_autofree char *good = temp_file(dir, "good", GOOD);
    g_autoptr(GError) error = NULL;

    if (_i == 0)
        ck_assert_int_eq(symlink(good, path), 0);
    else if (_i == 1)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else
        ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_uint_eq(count(path, &error), 0);
    temp_check_error(error, BRIDGE_ERROR_RECORDING, path);
    if (_i != 1)
        ck_assert(!append(path, MARK_NO_ICOUNT, 1, "x", NULL));
}
END_TEST

/* What doesn't fit isn't there, and what was there before stays. */
START_TEST(test_full)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "marks", NULL);
    g_autofree char *text = g_strnfill(MARKS_MAX_TEXT, 'm');
    g_autoptr(GError) error = NULL;
    guint n = 0;

    temp_mount(dir, 64);
    while (append(path, MARK_NO_ICOUNT, 1, text, &error))
        n++;
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    ck_assert_uint_gt(n, 10);
    g_clear_error(&error);
    ck_assert_uint_eq(count(path, &error), n);
    ck_assert_ptr_null(error);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_between);
    tcase_add_test(tcase, test_bounds);
    tcase_add_test(tcase, test_round_trip);
    tcase_add_loop_test(tcase, test_longest, 0, G_N_ELEMENTS(growing));
    tcase_add_test(tcase, test_most);
    tcase_add_loop_test(tcase, test_hostile, 0, G_N_ELEMENTS(files));
    tcase_add_test(tcase, test_endless);
    tcase_add_loop_test(tcase, test_no_file, 0, 3);
    tcase_add_test(tcase, test_full);
}

int main(void)
{
    return temp_run("marks", add_tests);
}
