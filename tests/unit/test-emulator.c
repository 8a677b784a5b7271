/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An emulator's version and its qemu-img; small scripts stand for both.
 */
#include "qmpbridge/vm/emulator.h"

#include "tests/unit/temp.h"

START_TEST(test_version)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path =
        temp_script(dir, "q", "echo 'QEMU emulator version 11.1.3 (Debian 1:11.1)'");
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(Emulator) emulator = emulator_find(path, 0, NULL);

    ck_assert_ptr_nonnull(emulator);
    ck_assert_str_eq(emulator->version, "11.1.3 (Debian 1:11.1)");
    ck_assert_int_eq(emulator->number.major, 11);
    ck_assert_int_eq(emulator->number.minor, 1);
    ck_assert_int_eq(emulator->number.micro, 3);
}
END_TEST

/* What qemu-img says of an image that can't be used comes in one line. */
START_TEST(test_bad_base)
{
    g_autoptr(Temp) dir = temp_new();
    Emulator emulator = {
        .image_tool = temp_script(dir, "qemu-img",
                                  "echo 'qemu-img: Permission denied' >&2; echo >&2; exit 1"),
    };
    g_autoptr(GError) error = NULL;

    ck_assert(!emulator_create_overlay(&emulator, "/new", "/base", "raw", &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE,
                     "the disk image /base can't be used: qemu-img: Permission denied");
    ck_assert_ptr_null(strchr(error->message, '\n'));
    g_free(emulator.image_tool);
}
END_TEST

START_TEST(test_create_image)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *script = g_strdup_printf("echo \"$@\" >%s/told", dir);
    Emulator emulator = {.image_tool = temp_script(dir, "qemu-img", script)};
    g_autofree char *empty = NULL, *overlay = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert(emulator_create_image(&emulator, "/new", 1048576, NULL));
    empty = temp_read(dir, "told");
    ck_assert_str_eq(empty, "create -q -f qcow2 /new 1048576\n");
    ck_assert(emulator_create_overlay(&emulator, "/new", "/base", "raw", NULL));
    overlay = temp_read(dir, "told");
    ck_assert_str_eq(overlay, "create -q -f qcow2 -b /base -F raw /new\n");
    g_free(emulator.image_tool);
    emulator.image_tool = temp_script(dir, "bad", "echo 'No space left' >&2; exit 1");
    ck_assert(!emulator_create_image(&emulator, "/new", 1, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "No space left");
    g_free(emulator.image_tool);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_version);
    tcase_add_test(tcase, test_bad_base);
    tcase_add_test(tcase, test_create_image);
}

int main(void)
{
    return temp_run("emulator", add_tests);
}
