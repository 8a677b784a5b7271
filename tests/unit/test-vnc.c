/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Where a VNC server listens: what is accepted, what QEMU gets, where a viewer finds it.
 */
#include "qmpbridge/vm/vnc.h"

#include "qmpbridge/core/error.h"
#include "tests/unit/temp.h"

static const struct {
    const char *text, *vnc, *place; /* NULL: refused */
} texts[] = {
    {"0", "127.0.0.1:0", "127.0.0.1:5900"},
    {"7", "127.0.0.1:7", "127.0.0.1:5907"},
    {"0.0.0.0:1", "0.0.0.0:1", "0.0.0.0:5901"},
    {"127.0.0.1:59635", "127.0.0.1:59635", "127.0.0.1:65535"},
    {"127.0.0.1:59636", NULL, NULL},
    {"unix:/run/s", "unix:/run/s", "unix:/run/s"},
    {"unix:s", "unix:/base/s", "unix:/base/s"},
    {"unix:../a:b", "unix:/a:b", "unix:/a:b"},
    {"unix:", NULL, NULL},
    {"unix:/s,password=on", NULL, NULL},
    {"unix:/s\n", NULL, NULL},
    {"", NULL, NULL},
    {":1", NULL, NULL},
    {"-1", NULL, NULL},
    {"1,to=9", NULL, NULL},
    {"localhost:1", NULL, NULL},
    {"1.2.3:1", NULL, NULL},
    {"1.2.3.4:", NULL, NULL},
    {"1.2.3.4:x", NULL, NULL},
};

START_TEST(test_parse)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *vnc = vnc_parse(texts[_i].text, "/base", &error);
    g_autofree char *place = vnc ? vnc_place(vnc) : NULL, *again = NULL;

    ck_assert_pstr_eq(vnc, texts[_i].vnc);
    ck_assert_pstr_eq(place, texts[_i].place);
    if (!vnc) {
        temp_check_error(error, BRIDGE_ERROR_USAGE, "isn't of the form");
        return;
    }
    again = vnc_parse(vnc, NULL, NULL);
    ck_assert_pstr_eq(again, vnc);
}
END_TEST

/* A socket's path has a limit. */
START_TEST(test_long_path)
{
    g_autofree char *name = g_strnfill(120, 'x'), *text = g_strconcat("unix:/", name, NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(vnc_parse(text, NULL, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "isn't of the form");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_parse, 0, G_N_ELEMENTS(texts));
    tcase_add_test(tcase, test_long_path);
}

int main(void)
{
    return temp_run("vnc", add_tests);
}
