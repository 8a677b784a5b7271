/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Digests of disk images: an image is read once as long as it stays the same, and nothing that the
 * file of digests may hold does harm.
 */
#include "qmpbridge/store/digests.h"

#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/ram.h"
#include "tests/unit/temp.h"

/** A file that nobody has changed for a while. */
#define SETTLED "/bin/sh"
#define ZEROS "0000000000000000000000000000000000000000000000000000000000000000"

static char *remembered(const char *store)
{
    g_autofree char *file = g_build_filename(store, DIGESTS_FILE, NULL);
    char *text = NULL;

    g_file_get_contents(file, &text, NULL, NULL);
    return text;
}

/* The true digest of SETTLED, whose path the function itself resolves. */
static char *truth(void)
{
    char *path = realpath(SETTLED, NULL);
    char *digest = ram_digest_file(path, NULL);

    free(path);
    return digest;
}

START_TEST(test_read_once)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(GString) lines = g_string_new(NULL);
    g_autofree char *wanted = truth(), *text = NULL, *second = NULL;
    g_autofree char *first = digests_of_image(dir, SETTLED, NULL, NULL, NULL);

    ck_assert_str_eq(first, wanted);
    text = remembered(dir);
    g_string_assign(lines, text);
    ck_assert_uint_eq(g_string_replace(lines, wanted, ZEROS, 0), 1);
    g_free(temp_file(dir, DIGESTS_FILE, lines->str));
    second = digests_of_image(dir, SETTLED, NULL, NULL, NULL);
    ck_assert_str_eq(second, ZEROS); /* it wasn't read again */
}
END_TEST

/* A file that has just been changed may change again within the same tick: it isn't remembered. */
START_TEST(test_changing)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *image = temp_file(dir, "image", "one"), *text = NULL;
    g_autofree char *first = digests_of_image(dir, image, NULL, NULL, NULL), *second = NULL;

    text = remembered(dir);
    ck_assert_ptr_null(text);
    g_free(temp_file(dir, "image", "two"));
    second = digests_of_image(dir, image, NULL, NULL, NULL);
    ck_assert_str_ne(first, second);
}
END_TEST

static void count_reading(const char *path, guint64 bytes, gpointer user_data)
{
    ck_assert_str_eq(path, (char *)user_data);
    ck_assert_uint_ge(bytes, 256u << 20);
    *(char *)user_data = '\0';
}

/* People hear of an image whose reading takes a while; a hole isn't read. */
START_TEST(test_large)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *image = temp_file(dir, "image", ""), *called = g_strdup(image);
    int fd = open(image, O_WRONLY | O_CLOEXEC);
    off_t size = (off_t)256 << 20;

    ck_assert_int_eq(ftruncate(fd, size), 0);
    g_free(digests_of_image(dir, image, count_reading, called, NULL));
    ck_assert_str_eq(called, image);
    ck_assert_int_eq(posix_fallocate(fd, 0, size), 0);
    g_free(digests_of_image(dir, image, count_reading, called, NULL));
    ck_assert_str_eq(called, "");
    close(fd);
}
END_TEST

static const char *const odd[] = {
    "", "\n\n", "1 2 3", "1 2 3 4 5 " ZEROS "\n", "\xff\xfe\xfd", "a b c d e f g h\n",
};

/* What can't be a digest of the file is passed over, and replaced. */
START_TEST(test_odd)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *wanted = truth(), *text = NULL, *digest = NULL;

    g_free(temp_file(dir, DIGESTS_FILE, odd[_i]));
    digest = digests_of_image(dir, SETTLED, NULL, NULL, NULL);
    ck_assert_str_eq(digest, wanted);
    text = remembered(dir);
    ck_assert_ptr_nonnull(strstr(text, wanted));
}
END_TEST

/* The oldest ones go, and another line of the same file goes, too. */
START_TEST(test_many)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *digest = NULL, *text = NULL, *path = realpath(SETTLED, NULL);
    g_autoptr(GString) lines = g_string_new(NULL);
    g_auto(GStrv) after = NULL;
    struct stat info;

    ck_assert_int_eq(stat(path, &info), 0);
    for (guint i = 0; i < 2 * DIGESTS_MAX; i++)
        g_string_append_printf(lines, "1 %u 3 4 5 " ZEROS "\n", i);
    g_free(temp_file(dir, DIGESTS_FILE, lines->str));
    for (guint i = 0; i < 2; i++) {
        g_free(digest);
        digest = digests_of_image(dir, SETTLED, NULL, NULL, NULL);
    }
    text = remembered(dir);
    after = g_strsplit(text, "\n", -1);
    ck_assert_uint_le(g_strv_length(after), DIGESTS_MAX + 1);
    ck_assert_str_ne(after[0], "1 0 3 4 5 " ZEROS);
    ck_assert_ptr_nonnull(strstr(text, digest));
}
END_TEST

/* In the place of the file there is what would block, lead elsewhere, or can't be replaced. */
START_TEST(test_elsewhere)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *file = g_build_filename(dir, DIGESTS_FILE, NULL);
    g_autofree char *wanted = truth(), *digest = NULL;

    if (_i == 0)
        ck_assert_int_eq(mkfifo(file, 0600), 0);
    else if (_i == 1)
        ck_assert_int_eq(symlink("/dev/zero", file), 0);
    else
        ck_assert_int_eq(g_mkdir(file, 0700), 0);
    digest = digests_of_image(_i == 3 ? "/nonexistent" : dir, SETTLED, NULL, NULL, NULL);
    ck_assert_str_eq(digest, wanted);
}
END_TEST

START_TEST(test_missing)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *image = g_build_filename(dir, "none", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(digests_of_image(dir, image, NULL, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "none");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_read_once);
    tcase_add_test(tcase, test_changing);
    tcase_add_test(tcase, test_large);
    tcase_add_loop_test(tcase, test_odd, 0, G_N_ELEMENTS(odd));
    tcase_add_test(tcase, test_many);
    tcase_add_loop_test(tcase, test_elsewhere, 0, 4);
    tcase_add_test(tcase, test_missing);
}

int main(void)
{
    return temp_run("digests", add_tests);
}
