/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HMP's texts: which of them are errors (as QEMU 7.2, 10.0 and 11.1 were heard to answer), and what
 * its help lists.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/shell/language/hmp.h"

static const struct {
    const char *text, *error; /* NULL: a result */
} answers[] = {
    {"", NULL},
    {"\r\n", NULL},
    {"VM status: running\r\n", NULL},
    {"bus: main-system-bus\r\n  type System\r\n", NULL},
    {"None\r\n", NULL},
    {"ide0: Error: not one, as it isn't at the beginning\r\n", NULL},
    {"warning: 'stopcapture' is deprecated since v10.2, to be removed\r\n", NULL},
    {"unknown command: 'nosuch'\r\n", "unknown command: 'nosuch'"},
    {"unknown command: 'info nosuch'\r\n", "unknown command: 'info nosuch'"},
    {"Error: Device 'nosuch' not found\r\n", "Device 'nosuch' not found"},
    {"Device 'nosuch' not found\r\n", "Device 'nosuch' not found"},
    {"invalid size\r\nTry \"help block_resize\" for more information\r\n", "invalid size"},
    {"stop|s: extraneous characters at the end of line\r\n"
     "Try \"help stop\" for more information\r\n",
     "stop|s: extraneous characters at the end of line"},
    {"warning: 'wavcapture' is deprecated\r\naudiodev 'nosuch' not found\r\n",
     "audiodev 'nosuch' not found"},
    {"Error opening logfile /x: No such file or directory\r\n",
     "Error opening logfile /x: No such file or directory"},
    {"Error: No VNC display is present\r\nTo enable it, use '-vnc ...'",
     "No VNC display is present"},
    {"Command \"info usbhost\" is not available.\r\n",
     "Command \"info usbhost\" is not available."},
    {"00000000: Cannot access memory\r\n", "00000000: Cannot access memory"},
    {"Path '/nosuch' could not be resolved.\r\n", "Path '/nosuch' could not be resolved."},
    {"no block device can store vmstate for snapshot\r\n",
     "no block device can store vmstate for snapshot"},
    {"No CPU available\r\n", "No CPU available"},
    {"some progress\r\nError: it broke\r\n", "it broke"},
};

START_TEST(errors)
{
    g_autofree char *error = hmp_error(answers[_i].text);

    if (answers[_i].error)
        ck_assert_str_eq(error, answers[_i].error);
    else
        ck_assert_ptr_null(error);
}
END_TEST

/* A peer may say anything: what is printed of it is bounded. */
START_TEST(long_error)
{
    g_autofree char *long_text = g_strnfill(100000, 'x');
    g_autofree char *text = g_strconcat("Error: ", long_text, NULL);
    g_autofree char *error = hmp_error(text);

    ck_assert_uint_eq(strlen(error), HMP_MAX_ERROR);
}
END_TEST

static const char help_text[] =
    "announce_self [interfaces] [id] -- Trigger GARP/RARP announcements\r\n"
    "block_job_cancel [-f] device -- stop an operation (use -f\r\n"
    "\t\t\t if you want to abort the operation immediately)\r\n"
    "cont|c  -- resume emulation\r\n"
    "drive_add [-n] [[<domain>:]<bus>:]<slot>\r\n"
    "[file=file][,if=type]\r\n"
    "[,readonly=on|off] -- add drive to PCI storage controller\r\n"
    "help|? [cmd] -- show the help\r\n"
    "\x1b[31mevil -- no name\r\n"
    "x /fmt addr -- virtual memory dump starting at 'addr'\r\n";

static char *parsed(const char *text, const char *prefix)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);

    hmp_parse_help(text, prefix, names);
    g_ptr_array_add(names, NULL);
    return g_strjoinv(" ", (char **)names->pdata);
}

START_TEST(help)
{
    g_autofree char *commands = parsed(help_text, "");
    g_autofree char *info =
        parsed("info block [-n] -- show\r\ninfo cpus  -- show\r\nhelp -- x\r\n", "info ");

    ck_assert_str_eq(commands, "announce_self block_job_cancel cont c drive_add help ? x");
    ck_assert_str_eq(info, "block cpus");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("hmp");
    TCase *tcase = tcase_create("hmp");
    SRunner *runner;
    int failed;

    tcase_add_loop_test(tcase, errors, 0, G_N_ELEMENTS(answers));
    tcase_add_test(tcase, long_error);
    tcase_add_test(tcase, help);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
