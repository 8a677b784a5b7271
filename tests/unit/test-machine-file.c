/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Machine files: every option of run has a key, what is printed is read again as the same, and
 * what is wrong is named. Where several places set an option the command line comes first, then the
 * machine file, then the configuration file.
 */
#include "qmpbridge/program/machine-file.h"

#include <string.h>

#include <glib/gstdio.h>

#include "qmpbridge/program/command-line.h"
#include "tests/unit/temp.h"

/* An option of each kind of value, none of them the default. */
static const char everything[] =
    "--name n --machine pc --cpu max --memory 512M --kernel /k;1 --initrd /i --append a=b\\c "
    "--disk /d --disk /e,read-only,interface=virtio --disk-interface ide --cdrom /c --disk /x;y "
    "--seed-dir /seed --seed-label cidata "
    "--keep-disk --keep-disk-dir /kept --firmware uefi --display vnc=127.0.0.1:7 --net restricted "
    "--forward ssh --forward "
    "udp:0.0.0.0:53:5353 --pcap --allow tcp:10.0.2.2:80 --allow udp:192.0.2.0/24:53 --shift 4 "
    "--console none --escape ^X --recctrl nrec=2,dry --dry-run --no-verify --no-idle-verify "
    "--idle-end 30 --monitor-timeout 2.5 "
    "--keep-free 5G --store-limit 0 --socket /s --command one --command two;2 --keep-going "
    "--attach a=/a --attach b=tcp:h:1 --tls-ca /ca --tls-cert /cert --tls-key /key --tls-name h "
    "--log /l --qemu q --plugin /p --store /st --cpu-affinity 0 --timeout 7 --json --return-value "
    "--no-color --force -- -device e1000,netdev=net0 -x it's;\\";

/* Parses @line, whose words blanks separate, with @last (nullable) as its last word. */
static Options *parse(const char *line, const char *last, GError **error)
{
    g_auto(GStrv) words = g_strsplit(line, " ", -1);
    guint n = g_strv_length(words);

    words = g_renew(char *, words, n + 2);
    words[n] = g_strdup(last);
    words[n + 1] = NULL;
    return command_line_parse(words, error);
}

/* What `run --print-machine LINE LAST` prints. */
static char *print(const char *line, const char *last)
{
    g_autofree char *whole = g_strconcat("run --print-machine ", line, NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(whole, last, &error);

    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert_int_eq(options->mode, MODE_PRINT);
    return g_steal_pointer(&options->print);
}

START_TEST(test_round_trip)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *first = print(everything, NULL);
    g_autofree char *file = temp_file(dir, "m", first), *second = print("--machine-file", file);
    g_autofree char *bare = print("--json=off", NULL);

    ck_assert_str_eq(first, second);
    ck_assert_ptr_nonnull(strstr(first, "\ndisk=/d;/e,interface=virtio,read-only;"
                                        "/c,interface=cdrom,read-only;/x\\;y;\n"));
    ck_assert_str_eq(bare, "");
}
END_TEST

/* Each option of run is in @everything, and so can be written and read. */
START_TEST(test_every_option)
{
    g_autofree char *text = print(everything, NULL);

    for (const Option *option = options_table(); option->name; option++) {
        g_autofree char *key = g_strdup_printf("\n%s=", option->name);

        if (!machine_file_option(option->name) || g_str_equal(option->name, "cdrom") ||
            g_str_equal(option->name, "store-limit"))
            continue; /* a CD-ROM is a disk; no limit is the default */
        ck_assert_msg(strstr(text, key) != NULL, "no %s in %s", option->name, text);
        ck_assert_msg(option->kind != OPTION_CALL || option->get != NULL, "%s", option->name);
    }
}
END_TEST

START_TEST(test_relative)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *file = temp_file(
        dir, "m",
        "[machine]\nkernel=k\ndisk=d,format=raw;../e\ncdrom=c\nqemu=bin/q\ntls-ca=ca\nappend=a \n");
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse("run --machine-file", file, &error);
    g_autofree char *kernel = g_build_filename(dir, "k", NULL);
    g_autofree char *disk = g_build_filename(dir, "d", NULL);
    g_autofree char *qemu = g_build_filename(dir, "bin", "q", NULL);
    g_autofree char *up = g_path_get_dirname(dir), *other = g_build_filename(up, "e", NULL);

    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(options->machine->kernel, kernel);
    ck_assert_str_eq(machine_disk(options->machine, 0)->file, disk);
    ck_assert_str_eq(machine_disk(options->machine, 1)->file, other);
    ck_assert_uint_eq(options->machine->disks->len, 3);
    ck_assert_str_eq(options->emulator, qemu);
    ck_assert(g_path_is_absolute(options->tls->ca));
    ck_assert_str_eq(options->machine->append, "a");
}
END_TEST

/* --net none on the command line takes away what needs a network. */
START_TEST(test_unconnected)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *file = temp_file(
        dir, "m", "[machine]\nnet=restricted\nforward=ssh\nallow=tcp:1.2.3.4:80\npcap=on\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse("run --net none --machine-file", file, &error);
    g_autoptr(Options) connected = parse("run --machine-file", file, NULL);

    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert(!options->machine->network && !options->machine->pcap);
    ck_assert_uint_eq(options->machine->forwards->len, 0);
    ck_assert_uint_eq(connected->machine->forwards->len, 1);
}
END_TEST

/* maintain takes what describes the machine. Leave to break recordings is given by typing it. */
START_TEST(test_maintain)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *file =
        temp_file(dir, "m", "[machine]\nmemory=300\ndisk=d\nshift=5\nkeep-disk=on\nforce=on\n");
    g_autofree char *line = g_strdup_printf("maintain %s/d --machine-file", dir);
    g_autofree char *forced = g_strdup_printf("maintain --force %s/d --machine-file", dir);
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(line, file, &error), other = parse(forced, file, NULL);

    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(options->machine->memory, 300);
    ck_assert_uint_eq(options->machine->disks->len, 1);
    ck_assert(machine_disk(options->machine, 0)->in_place);
    ck_assert(!options->keep_disk && !options->force);
    ck_assert(other->force);
}
END_TEST

START_TEST(test_precedence)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *folder = g_build_filename(dir, "qmpbridge", NULL);
    g_autofree char *config = g_build_filename(folder, "config", NULL);
    g_autofree char *file =
        temp_file(dir, "m", "[machine]\nmemory=111\nshift=4\nforward=ssh;tcp:1:2\n");
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = NULL;

    ck_assert_int_eq(g_mkdir(folder, 0700), 0);
    ck_assert(g_file_set_contents(
        config, "[defaults]\nmemory=222\nshift=5\nname=config\nforward=sftp\n", -1, NULL));
    g_setenv("XDG_CONFIG_HOME", dir, TRUE);
    g_reload_user_special_dirs_cache();
    options = parse("run --memory 333 --forward tcp:3:4 --machine-file", file, &error);
    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert_uint_eq(options->machine->memory, 333);
    ck_assert_uint_eq(options->machine->shift, 4);
    ck_assert_str_eq(options->machine->name, "config");
    ck_assert_uint_eq(options->machine->forwards->len, 1);
    ck_assert_uint_eq(g_array_index(options->machine->forwards, MachineForward, 0).host, 3);
    ck_assert(options->machine->network);
}
END_TEST

/* A file, and what is said of it. */
static const struct {
    const char *text, *error;
} bad[] = {
    {"", "one group, [machine]"},
    {"memory=1\n", "group"},
    {"[machine]\nmemory=1G\n[defaults]\n", "one group, [machine]"},
    {"[defaults]\nmemory=1G\n", "one group, [machine]"},
    {"[machine]\nmemroy=1G\n", "[machine] memroy: run has no such option"},
    {"[machine]\nhelp=yes\n", "[machine] help: run has no such option"},
    {"[machine]\npending=yes\n", "[machine] pending: run has no such option"},
    {"[machine]\nmachine-file=x\n", "[machine] machine-file: run has no such option"},
    {"[machine]\nmemory=lots\n", "[machine] memory: --memory needs a number"},
    {"[machine]\nkernel=\n", "[machine] kernel: --kernel needs a value"},
    {"[machine]\njson=maybe\n", "[machine] json: --json is on or off"},
    {"[machine]\ndisk=a;b,format=vdi\n", "[machine] disk: --disk: unknown format 'vdi'"},
    {"[machine]\nname=\xff\n", "[machine] name: "},
    {"[machine]\nnet=none\nforward=ssh\n", "port forwards need a network"},
    {"[machine]\nshift=40\n", "shift"},
};

START_TEST(test_bad)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *file = temp_file(dir, "m", bad[_i].text);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(parse("run --machine-file", file, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, bad[_i].error);
    ck_assert_ptr_null(strchr(error->message, '\n'));
}
END_TEST

START_TEST(test_missing)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(parse("run --machine-file", "/nonexistent/m", &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "/nonexistent/m: ");
    g_clear_error(&error);
    ck_assert_ptr_null(parse("list --machine-file", "/nonexistent/m", &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE,
                     "--machine-file goes with 'run' and 'maintain' only");
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_round_trip);
    tcase_add_test(tcase, test_every_option);
    tcase_add_test(tcase, test_relative);
    tcase_add_test(tcase, test_maintain);
    tcase_add_test(tcase, test_unconnected);
    tcase_add_test(tcase, test_precedence);
    tcase_add_loop_test(tcase, test_bad, 0, G_N_ELEMENTS(bad));
    tcase_add_test(tcase, test_missing);
}

int main(void)
{
    g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    return temp_run("machine-file", add_tests);
}
