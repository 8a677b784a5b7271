/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which recordings need an image as it is: by its disk, by an image on top of it, by a link; and
 * not those that don't replay any more.
 */
#include "qmpbridge/store/dependents.h"

#include <unistd.h>

#include "qmpbridge/store/ram.h"
#include "tests/unit/temp.h"

/* A whole recording with one disk, of whose file it says @size and @digest. */
static void add_recording(const char *dir, const char *name, const char *file, guint64 size,
                          const char *digest)
{
    g_autofree char *directory = g_build_filename(dir, "store", name, NULL);
    g_autofree char *disk = g_strconcat(file, ",format=raw", NULL);
    g_autoptr(Recording) recording = recording_new(name, directory);

    ck_assert_int_eq(g_mkdir_with_parents(directory, 0700), 0);
    recording->state = RECORDING_COMPLETE;
    recording->machine = machine_new();
    ck_assert(machine_add_disk(recording->machine, disk, NULL, NULL));
    recording_add_file(recording->bases, "disk", size, digest);
    ck_assert(recording_save(recording, NULL));
}

/* The names of those that need @file, with blanks between them. */
static char *find(const char *dir, const char *file)
{
    g_autofree char *path = g_build_filename(dir, "store", NULL);
    g_autoptr(Store) store = store_open(path, TRUE, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(GPtrArray) names = dependents_of_image(store, file, &error);

    ck_assert_msg(names != NULL, "%s", error ? error->message : "");
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

START_TEST(test_disk)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *image = temp_file(dir, "image", "some bytes"), *names = NULL, *others = NULL;
    g_autofree char *other = temp_file(dir, "other", "some bytes");
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *digest = ram_digest_file(image, NULL), *none = find(dir, image);
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);

    ck_assert_str_eq(none, "");
    ck_assert_int_eq(symlink("image", link), 0);
    add_recording(dir, "one", image, 10, digest);
    add_recording(dir, "by-link", link, 10, digest);
    add_recording(dir, "of-old-version", image, 10, "");
    add_recording(dir, "changed-since", image, 10, "00");
    add_recording(dir, "grown-since", image, 9, digest);
    add_recording(dir, "another", other, 10, digest);
    add_recording(dir, "lost", missing, 10, digest);
    names = find(dir, image);
    ck_assert(strstr(names, "one") && strstr(names, "by-link") && strstr(names, "of-old-version"));
    ck_assert_msg(!strstr(names, "since") && !strstr(names, "another") && !strstr(names, "lost"),
                  "%s", names);
    others = find(dir, other);
    ck_assert_str_eq(others, "another");
}
END_TEST

/* A recording that lacks another image doesn't replay anyway. */
START_TEST(test_two_disks)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *image = temp_file(dir, "image", "some bytes"), *names = NULL, *after = NULL;
    g_autofree char *other = temp_file(dir, "other", "others"),
                    *digest = ram_digest_file(other, NULL);
    g_autofree char *disk = g_strconcat(other, ",format=raw", NULL);
    g_autofree char *directory = g_build_filename(dir, "store", "two", NULL);
    g_autoptr(Recording) recording = NULL;

    add_recording(dir, "two", image, 10, "");
    recording = recording_load("two", directory, NULL);
    ck_assert(machine_add_disk(recording->machine, disk, NULL, NULL));
    recording_add_file(recording->bases, "disk1", 6, digest);
    ck_assert(recording_save(recording, NULL));
    names = find(dir, image);
    ck_assert_str_eq(names, "two");
    ck_assert(g_file_set_contents(other, "change", -1, NULL));
    after = find(dir, image);
    ck_assert_str_eq(after, "");
}
END_TEST

START_TEST(test_no_image)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *missing = g_build_filename(dir, "missing", NULL);
    g_autoptr(Store) store = store_open(dir, TRUE, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(dependents_of_image(store, missing, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "missing");
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_test(tcase, test_disk);
    tcase_add_test(tcase, test_two_disks);
    tcase_add_test(tcase, test_no_image);
}

int main(void)
{
    return temp_run("dependents", add);
}
