/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Seed disks: what goes into the image, read back by libarchive, and by blkid where it is here;
 * what is refused; and that nothing half-made stays behind.
 */
#include "qmpbridge/store/seed-disk.h"

#include <archive.h>
#include <archive_entry.h>

#include "qmpbridge/core/limits.h"

#include "tests/unit/temp.h"

static char *dir, *from, *to;

static void set_up(void)
{
    dir = temp_new();
    from = g_build_filename(dir, "from", NULL);
    to = g_build_filename(dir, "to", NULL);
    ck_assert_int_eq(mkdir(from, 0700) | mkdir(to, 0700), 0);
}

static void tear_down(void)
{
    g_free(from);
    g_free(to);
    temp_free(dir);
}

/* A file of the seed, or a directory (NULL). */
static void add(const char *name, const char *text, mode_t mode)
{
    g_autofree char *path = g_build_filename(from, name, NULL);

    if (text)
        ck_assert(g_file_set_contents(path, text, -1, NULL));
    else
        ck_assert_int_eq(mkdir(path, 0700), 0);
    ck_assert_int_eq(chmod(path, mode), 0);
}

static char *make(const char *label)
{
    g_autoptr(GError) error = NULL;
    char *image = seed_disk_make(from, label, to, &error);

    ck_assert_msg(image != NULL, "%s", error ? error->message : "?");
    return image;
}

static void expect_refusal(const char *label, BridgeError code, const char *message)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(seed_disk_make(from, label, to, &error));
    temp_check_error(error, code, message);
    ck_assert_int_eq(rmdir(to), 0); /* nothing is in it */
}

static gint compare_lines(gconstpointer a, gconstpointer b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* "MODE UID NAME: TEXT" a line, or "-> TARGET", in the order of the names. */
static char *contents(const char *image)
{
    struct archive *archive = archive_read_new();
    struct archive_entry *entry;
    g_autoptr(GPtrArray) lines = g_ptr_array_new_with_free_func(g_free);

    ck_assert_int_eq(archive_read_support_format_iso9660(archive), ARCHIVE_OK);
    ck_assert_int_eq(archive_read_open_filename(archive, image, 10240), ARCHIVE_OK);
    while (archive_read_next_header(archive, &entry) == ARCHIVE_OK) {
        char text[64] = "";
        const char *target = archive_entry_symlink(entry);

        if (archive_entry_filetype(entry) == AE_IFREG)
            ck_assert_int_ge(archive_read_data(archive, text, sizeof(text) - 1), 0);
        g_ptr_array_add(lines, g_strdup_printf("%s: %o %d %s%s\n", archive_entry_pathname(entry),
                                               (guint)archive_entry_mode(entry),
                                               (int)archive_entry_uid(entry), target ? "-> " : "",
                                               target ? target : text));
    }
    archive_read_free(archive);
    g_ptr_array_sort(lines, compare_lines);
    g_ptr_array_add(lines, NULL);
    return g_strjoinv("", (char **)lines->pdata);
}

START_TEST(test_contents)
{
    g_autofree char *image = NULL, *again = NULL, *found = NULL, *path = NULL;

    add("bootstrap.sh", "#!/bin/sh\n", 0755);
    add("scripts", NULL, 0750);
    add("scripts/10-Users.sh", "ten", 0700);
    add("secret with blanks.env", "s", 0600);
    add("empty", "", 0644);
    path = g_build_filename(from, "link", NULL);
    ck_assert_int_eq(symlink("/etc/passwd", path), 0);
    image = make("bootstrap");
    found = contents(image);
    ck_assert_str_eq(found, ".: 40555 0 \n"
                            "bootstrap.sh: 100755 0 #!/bin/sh\n\n"
                            "empty: 100644 0 \n"
                            "link: 120777 0 -> /etc/passwd\n"
                            "scripts/10-Users.sh: 100700 0 ten\n"
                            "scripts: 40750 0 \n"
                            "secret with blanks.env: 100600 0 s\n");
    again = make("bootstrap");
    ck_assert_str_eq(again, image);
}
END_TEST

/* Whatever changes makes another image; the first one stays. */
START_TEST(test_changes)
{
    g_autofree char *first = NULL, *other = NULL, *more = NULL, *label = NULL;

    add("a", "one", 0644);
    first = make("bootstrap");
    label = make("cidata");
    add("a", "two", 0644);
    other = make("bootstrap");
    add("a", "two", 0600);
    more = make("bootstrap");
    ck_assert_str_ne(first, label);
    ck_assert_str_ne(first, other);
    ck_assert_str_ne(other, more);
    ck_assert(g_file_test(first, G_FILE_TEST_IS_REGULAR));
}
END_TEST

static const char *const labels[] = {"bootstrap", "cidata", "A-b_9", "0123456789abcdef"};

START_TEST(test_label)
{
    g_autofree char *image = make(labels[_i]), *out = NULL;
    const char *const argv[] = {"blkid", "-p", "-s", "LABEL", "-o", "value", image, NULL};
    g_autofree char *wanted = g_strconcat(labels[_i], "\n", NULL);
    g_autofree char *path = g_strconcat(g_getenv("PATH"), ":/sbin:/usr/sbin", NULL);

    g_setenv("PATH", path, TRUE);
    if (!g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, &out, NULL, NULL,
                      NULL))
        temp_skip("blkid is missing; on Debian: apt-get install util-linux");
    ck_assert_str_eq(out, wanted);
}
END_TEST

static const char *const wrong_labels[] = {"",         "a b", "a,!joliet", "0123456789abcdefg",
                                           "\303\244", "a/b"};

START_TEST(test_wrong_label)
{
    expect_refusal(wrong_labels[_i], BRIDGE_ERROR_USAGE, "--seed-label: it has 1 to 16 letters");
}
END_TEST

START_TEST(test_no_directory)
{
    ck_assert_int_eq(rmdir(from), 0);
    expect_refusal("a", BRIDGE_ERROR_USAGE, "No such file or directory");
}
END_TEST

START_TEST(test_fifo)
{
    g_autofree char *path = g_build_filename(from, "pipe", NULL);

    ck_assert_int_eq(mkfifo(path, 0600), 0);
    expect_refusal("a", BRIDGE_ERROR_USAGE, "from/pipe is no file, directory or symbolic link");
}
END_TEST

/* Two files that are too large together; holes count. */
START_TEST(test_too_large)
{
    g_autofree char *path = g_build_filename(from, "b", NULL);

    add("a", "some", 0600);
    add("b", "", 0600);
    ck_assert_int_eq(truncate(path, SEED_DISK_MAX_BYTES - 3), 0);
    expect_refusal("a", BRIDGE_ERROR_USAGE, "from is too large");
}
END_TEST

START_TEST(test_too_many)
{
    for (guint i = 0; i <= SEED_DISK_MAX_FILES; i++) {
        g_autofree char *name = g_strdup_printf("%u", i);

        add(name, NULL, 0700);
    }
    expect_refusal("a", BRIDGE_ERROR_USAGE, "from has too many files");
}
END_TEST

/* A name that the locale can't say has no place in the label's part of the file system. */
START_TEST(test_name)
{
    add("\303\244", "", 0600);
    expect_refusal("a", BRIDGE_ERROR_USAGE, "cannot be converted");
}
END_TEST

START_TEST(test_full)
{
    g_autofree char *text = g_strnfill(1 << 20, 'x');
    g_autoptr(GError) error = NULL;
    g_autoptr(GDir) left = NULL;

    temp_mount(to, 512);
    add("a", text, 0600);
    ck_assert_ptr_null(seed_disk_make(from, "a", to, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "No space left");
    left = g_dir_open(to, 0, NULL);
    ck_assert_ptr_null(g_dir_read_name(left));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_test(tcase, test_contents);
    tcase_add_test(tcase, test_changes);
    tcase_add_loop_test(tcase, test_label, 0, G_N_ELEMENTS(labels));
    tcase_add_loop_test(tcase, test_wrong_label, 0, G_N_ELEMENTS(wrong_labels));
    tcase_add_test(tcase, test_no_directory);
    tcase_add_test(tcase, test_fifo);
    tcase_add_test(tcase, test_too_large);
    tcase_add_test(tcase, test_too_many);
    tcase_add_test(tcase, test_name);
    tcase_add_test(tcase, test_full);
}

int main(void)
{
    return temp_run("seed-disk", add_tests);
}
