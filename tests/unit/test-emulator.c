/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trial of an emulator. Small scripts stand for emulators that are broken, or that do just
 * enough; the end-to-end tests try the real ones.
 */
#include "qmpbridge/vm/emulator.h"

#include "tests/unit/temp.h"

#define VERSION(text) "[ \"$1\" = --version ] && { echo \"" text "\"; exit 0; }\n"
#define GOOD_VERSION VERSION("QEMU emulator version 11.1.3 (Debian 1:11.1)\nCopyright")
/** Finds the log's name in -icount and undoes the doubling of commas. */
#define FIND_LOG                                                                                  \
    "for a; do case $a in shift=*) log=$(echo \"${a#*rrfile=}\" | sed 's/,,/,/g');; esac; done\n" \
    "[ -e \"$log\" ] || { echo \"no log $log\" >&2; exit 1; }\n"
#define WRITE_LOG "printf 'WORD01234567890123EE' >\"$log\"\n"
#define TARGET(name) "echo '{\"return\": {}}'; echo '{\"return\": {\"arch\": \"" name "\"}}'\n"
#define GOOD_TRIAL FIND_LOG WRITE_LOG TARGET("x86_64") "cat >/dev/null"

/* A script's body, and what is said of it; NULL: it is good. */
static const struct {
    const char *body, *refusal;
} emulators[] = {
    {GOOD_VERSION GOOD_TRIAL, NULL},
    {VERSION("QEMU emulator version 10.0.0") GOOD_TRIAL, NULL},
    {GOOD_VERSION FIND_LOG WRITE_LOG "cat >/dev/null", "doesn't say which target"},
    {GOOD_VERSION FIND_LOG WRITE_LOG "cat; echo '[1]'", "doesn't say which target"},
    {GOOD_VERSION FIND_LOG WRITE_LOG TARGET("vax") "cat >/dev/null",
     "the target 'vax' isn't known: this qmpbridge records x86_64, i386"},
    {"exit 1", "no QEMU system emulator; install the Debian package"},
    {"true", "no QEMU system emulator"},
    {"kill -9 $$", "no QEMU system emulator"},
    {VERSION("bash 5.2"), "no QEMU system emulator"},
    {VERSION("QEMU emulator version"), "no QEMU system emulator"},
    {VERSION("QEMU emulator version x.y.z"), "no QEMU system emulator"},
    {VERSION("QEMU emulator version 7.2.19 (Debian)"), "QEMU 7.2 is too old"},
    {VERSION("QEMU emulator version 9.2.4"), "QEMU 9.2 is too old"},
    {GOOD_VERSION "cat >/dev/null; exit 0", "left no record/replay log"},
    {GOOD_VERSION "cat >/dev/null; echo >&2; echo 'no rr here' >&2; echo more >&2; exit 1",
     "can't record: no rr here"},
    {GOOD_VERSION "cat >/dev/null; exit 1", "can't record: it said nothing"},
    {VERSION("QEMU emulator version 11.2.0") "cat >/dev/null; exit 1", "knows QEMU 10.0 to 11.1"},
    {VERSION("QEMU emulator version 12.0.0") "cat >/dev/null; exit 1", "knows QEMU 10.0 to 11.1"},
    {GOOD_VERSION "cat >/dev/null; printf '\\377\\n' >&2; exit 1", "can't record: \xef\xbf\xbd"},
    {GOOD_VERSION "exec 0<&-; exit 1", "can't record: it said nothing"},
};

START_TEST(test_probe)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(dir, "qemu-system-x86_64", emulators[_i].body);
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(GError) error = NULL;
    g_autoptr(Emulator) emulator = emulator_probe(path, NULL, TRUE, 0, &error);

    if (emulators[_i].refusal) {
        ck_assert_ptr_null(emulator);
        temp_check_error(error, BRIDGE_ERROR_EMULATOR, emulators[_i].refusal);
        return;
    }
    ck_assert_msg(emulator != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(emulator->path, path);
    ck_assert_str_eq(emulator->image_tool, tool);
    ck_assert_mem_eq(emulator->log_word, "WORD", 4);
    ck_assert_mem_eq(emulator->log_end, "EE", 2);
    ck_assert(emulator->sandbox);
    ck_assert_str_eq(emulator->target->name, "x86_64");
}
END_TEST

START_TEST(test_version)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(dir, "q", GOOD_VERSION "exit 1");
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(Emulator) emulator = emulator_probe(path, NULL, FALSE, 0, NULL);

    ck_assert_ptr_nonnull(emulator); /* its record mode wasn't asked for */
    ck_assert_str_eq(emulator->version, "11.1.3 (Debian 1:11.1)");
    ck_assert_int_eq(emulator->number.major, 11);
    ck_assert_int_eq(emulator->number.minor, 1);
    ck_assert_int_eq(emulator->number.micro, 3);
}
END_TEST

START_TEST(test_missing)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(emulator_probe("/nonexistent/qemu", NULL, TRUE, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "/nonexistent/qemu: no such program; install");
    g_clear_error(&error);
    g_setenv("PATH", "/nonexistent", TRUE);
    ck_assert_ptr_null(emulator_probe(NULL, NULL, TRUE, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "qemu-system-x86_64: no such program; install");
}
END_TEST

START_TEST(test_no_image_tool)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(dir, "q", GOOD_VERSION);
    g_autoptr(GError) error = NULL;

    g_setenv("PATH", "/nonexistent", TRUE);
    ck_assert_ptr_null(emulator_probe(path, NULL, TRUE, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "qemu-utils");
}
END_TEST

/* Not a program at all: it can't be started. */
START_TEST(test_no_program)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "q",
                                      "\x7f"
                                      "ELF nonsense");
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(GError) error = NULL;

    ck_assert_int_eq(chmod(path, 0700), 0);
    ck_assert_ptr_null(emulator_probe(path, NULL, TRUE, 0, &error));
    ck_assert_int_eq(error->code, BRIDGE_ERROR_EMULATOR);
}
END_TEST

/** Runs until the test is over, at the latest. */
#define FOREVER "tail --pid=$PPID -f /dev/null"

/* One that hangs is ended, also where a child of it keeps its output open. */
static const char *const hanging[] = {
    "exec " FOREVER,
    FOREVER "; true",
    GOOD_VERSION "exec " FOREVER,
    GOOD_VERSION FOREVER "; true",
};

START_TEST(test_hangs)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(dir, "q", hanging[_i]);
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(emulator_probe(path, NULL, TRUE, 1500, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "didn't end");
}
END_TEST

/* Where seccomp isn't to be had the trial goes without, and the run will too. */
START_TEST(test_without_sandbox)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(
        dir, "q", GOOD_VERSION "case \"$*\" in *'-sandbox on'*) exit 1;; esac\n" GOOD_TRIAL);
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autoptr(Emulator) emulator = emulator_probe(path, NULL, TRUE, 0, NULL);

    ck_assert_ptr_nonnull(emulator);
    ck_assert(!emulator->sandbox);
}
END_TEST

/* The plugin is loaded in the trial, and no character of a path ends an option. */
START_TEST(test_commas)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path =
        temp_script(dir, "q,1",
                    GOOD_VERSION FIND_LOG WRITE_LOG TARGET(
                        "i386") "cat >/dev/null\ncase \"$*\" in *'-plugin file=/x,,y.so,dry=on'*) "
                                "exit 0;; esac; exit 1");
    g_autofree char *tool = temp_script(dir, "qemu-img", "true");
    g_autofree char *tmp = g_build_filename(dir, "a,b", NULL);
    g_autoptr(GError) error = NULL;
    g_autoptr(Emulator) emulator = NULL;

    ck_assert_int_eq(mkdir(tmp, 0700), 0);
    g_setenv("TMPDIR", tmp, TRUE);
    emulator = emulator_probe(path, "/x,y.so", TRUE, 0, &error);
    ck_assert_msg(emulator != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(emulator->target->name, "i386");
    ck_assert_uint_eq(temp_count(tmp), 0); /* nothing stays behind */
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
    tcase_add_loop_test(tcase, test_probe, 0, G_N_ELEMENTS(emulators));
    tcase_add_test(tcase, test_version);
    tcase_add_test(tcase, test_missing);
    tcase_add_test(tcase, test_no_image_tool);
    tcase_add_test(tcase, test_no_program);
    tcase_add_loop_test(tcase, test_hangs, 0, G_N_ELEMENTS(hanging));
    tcase_add_test(tcase, test_without_sandbox);
    tcase_add_test(tcase, test_commas);
    tcase_add_loop_test(tcase, test_format, 0, G_N_ELEMENTS(formats));
    tcase_add_test(tcase, test_create_image);
}

int main(void)
{
    return temp_run("emulator", add_tests);
}
