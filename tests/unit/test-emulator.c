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

/* A script in place of qemu-img, and what comes of asking for a disk's format. */
static const struct {
    const char *body, *format;
    BridgeError error;
} formats[] = {
    {"echo '{\"format\": \"qcow2\"}'", "qcow2", 0},
    {"echo '{\"format\": 1}'", NULL, BRIDGE_ERROR_TYPE},
    {"echo '{}'", NULL, BRIDGE_ERROR_TYPE},
    {"echo '{'", NULL, BRIDGE_ERROR_SYNTAX},
    {"true", NULL, BRIDGE_ERROR_SYNTAX},
    {"echo \"qemu-img: Could not open '$4'\" >&2; exit 1", NULL, BRIDGE_ERROR_USAGE},
};

START_TEST(test_format)
{
    g_autoptr(Temp) dir = temp_new();
    Emulator emulator = {.image_tool = temp_script(dir, "qemu-img", formats[_i].body)};
    g_autoptr(GError) error = NULL;
    g_autofree char *format = emulator_image_format(&emulator, "/disk", &error);

    g_free(emulator.image_tool);
    ck_assert_pstr_eq(format, formats[_i].format);
    if (!format)
        temp_check_error(error, formats[_i].error, "");
    if (formats[_i].error == BRIDGE_ERROR_USAGE)
        temp_check_error(error, BRIDGE_ERROR_USAGE,
                         "the disk can't be used: qemu-img: Could not "
                         "open '/disk'");
}
END_TEST

START_TEST(test_create_image)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *script = g_strdup_printf("[ $1 = info ] && echo '{\"format\":\"raw\"}' && "
                                              "exit 0\necho \"$@\" >%s/told",
                                              dir);
    Emulator emulator = {.image_tool = temp_script(dir, "qemu-img", script)};
    g_autofree char *empty = NULL, *overlay = NULL;
    g_autoptr(GError) error = NULL;

    ck_assert(emulator_create_image(&emulator, "/new", NULL, 1048576, NULL));
    empty = temp_read(dir, "told");
    ck_assert_str_eq(empty, "create -q -f qcow2 /new 1048576\n");
    ck_assert(emulator_create_image(&emulator, "/new", "/base", 0, NULL));
    overlay = temp_read(dir, "told");
    ck_assert_str_eq(overlay, "create -q -f qcow2 -b /base -F raw /new\n");
    g_free(emulator.image_tool);
    emulator.image_tool = temp_script(dir, "bad", "echo 'No space left' >&2; exit 1");
    ck_assert(!emulator_create_image(&emulator, "/new", NULL, 1, &error));
    temp_check_error(error, BRIDGE_ERROR_STORE, "No space left");
    g_free(emulator.image_tool);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_version);
    tcase_add_loop_test(tcase, test_format, 0, G_N_ELEMENTS(formats));
    tcase_add_test(tcase, test_create_image);
}

int main(void)
{
    return temp_run("emulator", add_tests);
}
