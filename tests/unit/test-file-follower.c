/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * FileFollower: each byte once, as it comes, also for a reader that takes little; and the end of
 * the file's name.
 */
#include "qmpbridge/ui/console/file-follower.h"

#include "tests/unit/temp.h"

typedef struct {
    GString *text;
    gsize appetite; /**< bytes taken before it says no */
    gboolean removed;
} Reader;

static gsize came(const char *bytes, gsize len, gpointer user_data)
{
    Reader *reader = user_data;
    gsize taken = MIN(len, reader->appetite);

    g_string_append_len(reader->text, bytes, (gssize)taken);
    reader->appetite -= taken;
    return taken;
}

static void removed(gpointer user_data)
{
    ((Reader *)user_data)->removed = TRUE;
}

static const FileFollowerHandlers handlers = {came, removed};

static void append(const char *path, const char *text)
{
    FILE *file = fopen(path, "ae");

    ck_assert_int_ge(fputs(text, file), 0);
    ck_assert_int_eq(fclose(file), 0);
}

static void await_bytes(const Reader *reader, gsize len)
{
    gint64 deadline = g_get_monotonic_time() + TEMP_DEADLINE_S * G_USEC_PER_SEC;

    while (reader->text->len < len && g_get_monotonic_time() < deadline)
        g_main_context_iteration(NULL, FALSE);
    ck_assert_uint_eq(reader->text->len, len);
}

START_TEST(test_follows)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "console", "0123456789");
    Reader reader = {.text = g_string_new(NULL), .appetite = G_MAXSIZE};
    g_autoptr(FileFollower) follower = file_follower_new(path, 4, &handlers, &reader, NULL);

    await_bytes(&reader, 4);
    ck_assert_str_eq(reader.text->str, "6789");
    for (guint i = 0; i < 50; i++) {
        append(path, "ab");
        await_bytes(&reader, 4 + 2 * (i + 1));
    }
    append(path, "last");
    ck_assert_int_eq(unlink(path), 0);
    while (!reader.removed)
        g_main_context_iteration(NULL, TRUE);
    ck_assert(g_str_has_suffix(reader.text->str, "ablast"));
    g_string_free(reader.text, TRUE);
}
END_TEST

/* What isn't taken comes again, and nothing is missed. */
START_TEST(test_slow)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *much = g_strnfill(100000, 'x');
    g_autofree char *path = temp_file(dir, "console", much);
    Reader reader = {.text = g_string_new(NULL), .appetite = 10};
    g_autoptr(FileFollower) follower = file_follower_new(path, 1 << 20, &handlers, &reader, NULL);

    await_bytes(&reader, 10);
    ck_assert(!file_follower_read(follower));
    ck_assert_uint_eq(reader.text->len, 10);
    reader.appetite = 50000;
    ck_assert(!file_follower_read(follower));
    ck_assert_uint_eq(reader.text->len, 50010);
    reader.appetite = G_MAXSIZE;
    ck_assert(file_follower_read(follower));
    ck_assert_uint_eq(reader.text->len, 100000);
    g_string_free(reader.text, TRUE);
}
END_TEST

START_TEST(test_odd)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "console", NULL);
    g_autoptr(GError) error = NULL;

    if (_i == 1)
        ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    if (_i == 2)
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    ck_assert_ptr_null(file_follower_new(path, 0, &handlers, NULL, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_NOT_FOUND));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_follows);
    tcase_add_test(tcase, test_slow);
    tcase_add_loop_test(tcase, test_odd, 0, 3);
}

int main(void)
{
    return temp_run("file-follower", add_tests);
}
