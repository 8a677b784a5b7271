/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trial of a QEMU. Small scripts stand for emulators that are broken, or that do just enough;
 * the end-to-end tests try the real ones.
 */
#include "qmpbridge/engine/qemu/trial.h"

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
    g_autoptr(Emulator) emulator = qemu_try(path, NULL, 0, &error);

    if (emulators[_i].refusal) {
        ck_assert_ptr_null(emulator);
        temp_check_error(error, BRIDGE_ERROR_EMULATOR, emulators[_i].refusal);
        return;
    }
    ck_assert_msg(emulator != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(emulator->path, path);
    ck_assert_str_eq(emulator->image_tool, tool);
    ck_assert_mem_eq(qemu_trial_of(emulator)->log_word, "WORD", 4);
    ck_assert_mem_eq(qemu_trial_of(emulator)->log_end, "EE", 2);
    ck_assert(emulator->sandbox);
    ck_assert_str_eq(emulator->target->name, "x86_64");
}
END_TEST

START_TEST(test_missing)
{
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(qemu_try("/nonexistent/qemu", NULL, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "/nonexistent/qemu: no such program; install");
    g_clear_error(&error);
    g_setenv("PATH", "/nonexistent", TRUE);
    ck_assert_ptr_null(qemu_try(NULL, NULL, 0, &error));
    temp_check_error(error, BRIDGE_ERROR_EMULATOR, "qemu-system-x86_64: no such program; install");
}
END_TEST

START_TEST(test_no_image_tool)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_script(dir, "q", GOOD_VERSION);
    g_autoptr(GError) error = NULL;

    g_setenv("PATH", "/nonexistent", TRUE);
    ck_assert_ptr_null(qemu_try(path, NULL, 0, &error));
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
    ck_assert_ptr_null(qemu_try(path, NULL, 0, &error));
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

    ck_assert_ptr_null(qemu_try(path, NULL, 1500, &error));
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
    g_autoptr(Emulator) emulator = qemu_try(path, NULL, 0, NULL);

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
    emulator = qemu_try(path, "/x,y.so", 0, &error);
    ck_assert_msg(emulator != NULL, "%s", error ? error->message : "");
    ck_assert_str_eq(emulator->target->name, "i386");
    ck_assert_uint_eq(temp_count(tmp), 0); /* nothing stays behind */
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_probe, 0, G_N_ELEMENTS(emulators));
    tcase_add_test(tcase, test_missing);
    tcase_add_test(tcase, test_no_image_tool);
    tcase_add_test(tcase, test_no_program);
    tcase_add_loop_test(tcase, test_hangs, 0, G_N_ELEMENTS(hanging));
    tcase_add_test(tcase, test_without_sandbox);
    tcase_add_test(tcase, test_commas);
}

int main(void)
{
    return temp_run("trial", add_tests);
}
