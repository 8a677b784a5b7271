/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole-file work: copies with holes, slices, patches, digests, a disk that is full, and files
 * that are none.
 */
#include "qmpbridge/store/files.h"
#include "qmpbridge/store/ram.h"

#include <errno.h>

#include "tests/unit/temp.h"

#define MIB (1u << 20)
#define EMPTY "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"

/** A file of 4 MiB and 5 bytes: data at 0, at 2 MiB, and at the end, holes in between. */
static char *sparse_file(const char *dir)
{
    char *path = temp_file(dir, "from", "head");
    int fd = open(path, O_WRONLY | O_CLOEXEC);

    ck_assert_int_eq(pwrite(fd, "middle", 6, 2 * MIB), 6);
    ck_assert_int_eq(pwrite(fd, "tail!", 5, 4 * MIB), 5);
    close(fd);
    return path;
}

static const guint64 offsets[] = {0,       1,           4,       4096,        MIB,
                                  2 * MIB, 2 * MIB + 3, 4 * MIB, 4 * MIB + 4, 4 * MIB + 5};

static void check_bytes(const char *path, const char *text, gsize at, gsize from, gsize len)
{
    g_autofree char *bytes = NULL;
    gsize size = 0;

    ck_assert(g_file_get_contents(path, &bytes, &size, NULL));
    ck_assert_uint_eq(size, len);
    for (gsize i = 0; text[i]; i++)
        ck_assert_int_eq(bytes[at + i], at + i >= from ? text[i] : 0);
}

START_TEST(test_copy)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = sparse_file(dir);
    g_autofree char *to = g_build_filename(dir, "to", NULL);
    g_autoptr(GError) error = NULL;
    struct stat info;

    ck_assert_msg(files_copy(from, to, offsets[_i], &error), "%s", error ? error->message : "");
    check_bytes(to, "head", 0, offsets[_i], 4 * MIB + 5);
    check_bytes(to, "middle", 2 * MIB, offsets[_i], 4 * MIB + 5);
    check_bytes(to, "tail!", 4 * MIB, offsets[_i], 4 * MIB + 5);
    ck_assert_int_eq(stat(to, &info), 0);
    ck_assert_int_lt(info.st_blocks * 512, MIB); /* holes stay holes */
    ck_assert_int_eq(info.st_mode & 0777, 0600);
}
END_TEST

START_TEST(test_slice)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = sparse_file(dir);
    g_autofree char *to = g_build_filename(dir, "to", NULL);
    g_autofree char *whole = NULL, *part = NULL;
    gsize whole_len = 0, part_len = 0;

    ck_assert(files_slice(from, offsets[_i], to, NULL));
    ck_assert(g_file_get_contents(from, &whole, &whole_len, NULL));
    ck_assert(g_file_get_contents(to, &part, &part_len, NULL));
    ck_assert_uint_eq(part_len, whole_len - offsets[_i]);
    ck_assert_mem_eq(part, whole + offsets[_i], part_len);
}
END_TEST

/* From beyond the end of a file that has shrunk there is nothing to take. */
START_TEST(test_beyond_end)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = temp_file(dir, "from", "abc");
    g_autofree char *to = g_build_filename(dir, "to", NULL);
    g_autofree char *slice = g_build_filename(dir, "slice", NULL);

    ck_assert(files_copy(from, to, 100, NULL));
    check_bytes(to, "abc", 0, 100, 3);
    ck_assert(files_slice(from, 100, slice, NULL));
    check_bytes(slice, "", 0, 0, 0);
}
END_TEST

/* Copies never overwrite and never follow a link. */
START_TEST(test_target_exists)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = temp_file(dir, "from", "new");
    g_autofree char *to = temp_file(dir, "to", "old");
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *kept = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert(!files_copy(from, to, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "File exists");
    ck_assert_int_eq(symlink("elsewhere", link), 0);
    ck_assert(!files_copy(from, link, 0, NULL));
    ck_assert(!files_slice(from, 0, link, NULL));
    ck_assert(!temp_exists(dir, "elsewhere"));
    kept = temp_read(dir, "to");
    ck_assert_str_eq(kept, "old");
}
END_TEST

/* What is no regular file is refused at once: a FIFO would be waited for, /dev/zero never ends. */
static const char *const odd_kinds[] = {"fifo", "directory", "/dev/zero", "missing"};

static char *odd_file(const char *dir, const char *kind)
{
    char *path = g_path_is_absolute(kind) ? g_strdup(kind) : g_build_filename(dir, kind, NULL);

    if (g_str_equal(kind, "fifo"))
        ck_assert_int_eq(mkfifo(path, 0600), 0);
    else if (g_str_equal(kind, "directory"))
        ck_assert_int_eq(mkdir(path, 0700), 0);
    return path;
}

START_TEST(test_odd_source)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = odd_file(dir, odd_kinds[_i]);
    g_autofree char *to = g_build_filename(dir, "to", NULL);
    g_autofree char *slice = g_build_filename(dir, "slice", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(!files_copy(from, to, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, from);
    ck_assert(!files_slice(from, 0, slice, NULL));
    g_clear_error(&error);
    ck_assert_ptr_null(files_sha256(from, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, from);
}
END_TEST

START_TEST(test_patch)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "log", "0123456789");
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *text = NULL;

    ck_assert(files_patch(path, 0, "AB", 2, NULL));
    ck_assert(files_patch(path, 10, "YZ", 2, NULL));
    text = temp_read(dir, "log");
    ck_assert_str_eq(text, "AB23456789YZ");
    ck_assert(!files_patch(missing, 0, "x", 1, NULL));
    ck_assert(!temp_exists(dir, "missing"));
    ck_assert_int_eq(symlink("log", link), 0);
    ck_assert(!files_patch(link, 0, "x", 1, NULL));
}
END_TEST

START_TEST(test_sha256)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *empty = temp_file(dir, "empty", "");
    g_autofree char *abc = temp_file(dir, "abc", "abc");
    g_autofree char *big = sparse_file(dir);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *digest[4] = {NULL};
    guint64 size = 99;

    digest[0] = files_sha256(empty, &size, NULL);
    ck_assert_str_eq(digest[0], EMPTY);
    ck_assert_uint_eq(size, 0);
    digest[1] = files_sha256(abc, &size, NULL);
    ck_assert_str_eq(digest[1], "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    ck_assert_uint_eq(size, 3);
    digest[2] = files_sha256(big, &size, NULL);
    ck_assert_uint_eq(size, 4 * MIB + 5);
    ck_assert_str_ne(digest[2], EMPTY);
    /* a kernel is often named by a link, as /vmlinuz is */
    ck_assert_int_eq(symlink("abc", link), 0);
    digest[3] = files_sha256(link, NULL, NULL);
    ck_assert_pstr_eq(digest[3], digest[1]);
    for (guint i = 1; i < 4; i++)
        g_free(digest[i]);
}
END_TEST

/* Work that was cancelled stops at the next chunk, and says so. */
START_TEST(test_cancelled)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *from = sparse_file(dir), *to = g_build_filename(dir, "to", NULL);
    g_autoptr(GCancellable) cancellable = g_cancellable_new();
    GError *error[4] = {NULL};

    g_cancellable_push_current(cancellable);
    ck_assert(files_slice(from, 4, to, NULL));
    ck_assert_int_eq(unlink(to), 0);
    g_cancellable_cancel(cancellable);
    ck_assert_ptr_null(files_sha256(from, NULL, &error[0]));
    ck_assert(!files_copy(from, to, 1, &error[1]));
    ck_assert_int_eq(unlink(to), 0);
    ck_assert(!files_slice(from, 4, to, &error[2]));
    ck_assert_ptr_null(ram_digest_file(from, &error[3]));
    g_cancellable_pop_current(cancellable);
    for (guint i = 0; i < G_N_ELEMENTS(error); i++) {
        temp_check_error(error[i], BRIDGE_ERROR_STORE, g_strerror(ECANCELED));
        g_error_free(error[i]);
    }
}
END_TEST

START_TEST(test_save)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "f", "old and longer");
    g_autofree char *nowhere = g_build_filename(dir, "no", "f", NULL);
    g_autofree char *text = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert(files_save(path, "new", 3, TRUE, NULL));
    text = temp_read(dir, "f");
    ck_assert_str_eq(text, "new");
    ck_assert_uint_eq(temp_count(dir), 1); /* no temporary file stays */
    ck_assert(!files_save(nowhere, "x", 1, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, nowhere);
}
END_TEST

START_TEST(test_sync)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert(files_sync(dir, NULL));
    ck_assert(!files_sync(missing, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "missing");
}
END_TEST

START_TEST(test_error)
{
    g_autoptr(GError) full = NULL, quota = NULL, other = NULL;

    files_error(&full, "/a%s", ENOSPC);
    temp_check_error(full, BRIDGE_ERROR_FULL, "/a%s: No space left on device: free some space");
    files_error(&quota, "/a", EDQUOT);
    temp_check_error(quota, BRIDGE_ERROR_FULL, "--store");
    files_error(&other, "/a", EACCES);
    temp_check_error(other, BRIDGE_ERROR_STORE, "/a: Permission denied");
}
END_TEST

/* The disk becomes full in the middle: each says so by FULL. */
START_TEST(test_full)
{
    g_autoptr(Temp) outside = temp_new();
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *text = g_strnfill(200000, 'x');
    g_autofree char *from = temp_file(outside, "from", text);
    g_autofree char *to = g_build_filename(dir, "to", NULL);
    g_autofree char *small = NULL;
    g_autoptr(GError) error = NULL;

    temp_mount(dir, 128);
    ck_assert(!files_copy(from, to, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    g_clear_error(&error);
    unlink(to);
    ck_assert(!files_slice(from, 0, to, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    g_clear_error(&error);
    unlink(to);
    small = temp_file(dir, "small", "x");
    temp_fill(dir, 0);
    ck_assert(!files_patch(small, 8192, text, 5000, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
    g_clear_error(&error);
    ck_assert(!files_save(to, text, 9000, FALSE, &error));
    temp_check_error(error, BRIDGE_ERROR_FULL, "free some space");
}
END_TEST

START_TEST(test_remove_directory)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *victim = g_build_filename(dir, "victim", NULL);
    g_autofree char *inner = g_build_filename(victim, "inner", NULL);
    g_autofree char *link = g_build_filename(victim, "link", NULL);
    g_autofree char *outside = temp_file(dir, "outside", "x");
    g_autofree char *file = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(mkdir(victim, 0700), 0);
    file = temp_file(victim, "file", "x");
    ck_assert_int_eq(symlink(outside, link), 0);
    ck_assert_int_eq(mkdir(inner, 0700), 0);
    ck_assert(!files_remove_directory(victim, &error)); /* no recursion */
    temp_check_error(error, BRIDGE_ERROR_STORE, "victim");
    ck_assert_int_eq(rmdir(inner), 0);
    ck_assert(files_remove_directory(victim, NULL));
    ck_assert(!temp_exists(dir, "victim"));
    ck_assert(temp_exists(dir, "outside"));
    ck_assert(files_remove_directory(victim, NULL)); /* gone already */
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_copy, 0, G_N_ELEMENTS(offsets));
    tcase_add_loop_test(tcase, test_slice, 0, G_N_ELEMENTS(offsets));
    tcase_add_test(tcase, test_beyond_end);
    tcase_add_test(tcase, test_target_exists);
    tcase_add_loop_test(tcase, test_odd_source, 0, G_N_ELEMENTS(odd_kinds));
    tcase_add_test(tcase, test_patch);
    tcase_add_test(tcase, test_sha256);
    tcase_add_test(tcase, test_cancelled);
    tcase_add_test(tcase, test_save);
    tcase_add_test(tcase, test_sync);
    tcase_add_test(tcase, test_error);
    tcase_add_test(tcase, test_full);
    tcase_add_test(tcase, test_remove_directory);
}

int main(void)
{
    return temp_run("files", add_tests);
}
