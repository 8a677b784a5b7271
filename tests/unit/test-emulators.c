/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which emulator replays a recording: by version, of those that the user has named or installed,
 * in order. Small scripts stand for emulators.
 */
#include "qmpbridge/engine/emulators.h"

#include "qmpbridge/engine/qemu/qemu.h"
#include "qmpbridge/engine/qemu/trial.h"

#include "tests/unit/temp.h"

/** Does what a trial wants; %s: the version; one of "11.1.3 i386" is that target's. */
#define BODY                                                                            \
    "[ \"$1\" = --version ] && { echo 'QEMU emulator version %s (Debian)'; exit 0; }\n" \
    "for a; do case $a in shift=*) log=${a#*rrfile=};; esac; done\n"                    \
    "printf 'WORD01234567890123EE' >\"$log\"; cat >/dev/null\n"                         \
    "echo '{\"return\": {\"arch\": \"%s\"}}'"

/** A place in the user's folder, with an emulator of some version in it. */
static char *make(const char *dir, const char *place, const char *version)
{
    g_autofree char *body =
        g_strdup_printf(BODY, version, g_str_has_suffix(version, "i386") ? "i386" : "x86_64");
    g_autofree char *folder = g_build_filename(dir, place, NULL);

    ck_assert_int_eq(mkdir(folder, 0700), 0);
    g_free(temp_script(folder, "qemu-img", "true"));
    return temp_script(folder, "qemu-system-x86_64", body);
}

/* NULL: there is none. @targeted: configured for x86_64 and the series. @found: the place of what
 * is found, or a part of the error. */
static const struct {
    const char *chosen, *exact, *targeted, *series, *path, *wanted, *found;
} cases[] = {
    {"11.1.3", "11.1.3", NULL, "11.1.3", "11.1.3", "11.1.3 (Debian 1)", "chosen"},
    {NULL, "11.1.3", NULL, "11.1.3", "11.1.3", "11.1.3", "exact"},
    {NULL, NULL, NULL, "11.1.3", "11.1.3", "11.1.3", "series"},
    {NULL, NULL, NULL, NULL, "11.1.3", "11.1.3", "path"},
    {"10.0.13", NULL, NULL, "11.1.3", "10.0.13", "11.1.3", "series"},
    {"10.0.13", NULL, NULL, NULL, "11.1.3", "11.1.3", "path"},
    /* the same version comes before the same series, and that in the same order */
    {"11.1.2", NULL, NULL, NULL, "11.1.3", "11.1.3", "path"},
    {"11.1.2", NULL, NULL, NULL, "11.1.4", "11.1.3", "chosen"},
    {"10.0.13", NULL, NULL, "11.1.2", "11.1.4", "11.1.3", "series"},
    /* another target's is none */
    {"11.1.3 i386", NULL, NULL, NULL, "11.1.3", "11.1.3", "path"},
    {NULL, "11.1.3 i386", NULL, "11.1.2", NULL, "11.1.3", "series"},
    {"11.1.3 i386", NULL, NULL, NULL, NULL, "11.1.3", "QEMU 11.1.3 for x86_64, which isn't here"},
    {"11.1.3 i386", NULL, NULL, NULL, NULL, "11.1.3",
     "chosen/qemu-system-x86_64 is 11.1.3 for i386)"},
    /* what is configured for the target comes before what is for any */
    {NULL, NULL, "11.1.3", "11.1.3", NULL, "11.1.3", "targeted"},
    {NULL, "11.1.3", "11.1.3", NULL, NULL, "11.1.3", "exact"},
    {NULL, NULL, "11.1.3", "11.1.3 i386", "11.1.2", "11.1.3", "targeted"},
    {NULL, NULL, "11.1.3 i386", NULL, "11.1.3", "11.1.3", "path"},
    /* none */
    {NULL, NULL, NULL, NULL, "11.0.3", "11.1.3 (x)", "by QEMU 11.1.3 for x86_64, which isn't here"},
    {NULL, NULL, NULL, NULL, "11.0.3", "11.1.3", "qemu-system-x86_64 is 11.0.3"},
    {NULL, NULL, NULL, NULL, "11.0.3", "11.1.3", "as x86_64/11.1=PATH in [emulators]"},
    {"10.0.13", NULL, NULL, NULL, NULL, "11.1.3", "chosen/qemu-system-x86_64 is 10.0.13"},
    {NULL, NULL, NULL, NULL, NULL, "11.1.3", "there is none on PATH"},
    {"no QEMU", NULL, NULL, NULL, "11.1.3", "11.1.3", "chosen/qemu-system-x86_64: this is no QEMU"},
    {NULL, NULL, NULL, "no QEMU", NULL, "11.1.3", "series/qemu-system-x86_64: this is no QEMU"},
    {NULL, NULL, NULL, "no QEMU", "11.1.3", "11.1.3", "path"},
    /* what a recording may say */
    {NULL, NULL, NULL, NULL, "11.1.3", NULL, "doesn't say which QEMU"},
    {NULL, NULL, NULL, NULL, "11.1.3", "", "doesn't say which QEMU"},
    {NULL, NULL, NULL, NULL, "11.1.3", "/bin/sh", "doesn't say which QEMU"},
    {NULL, NULL, NULL, NULL, "11.1.3", "11.1.-3", "doesn't say which QEMU"},
    {NULL, NULL, NULL, NULL, "11.1.3", "11.1.3\033[31m", "path"},
    {NULL, NULL, NULL, NULL, "11.1.3", "\n11.1.3", "recording.json doesn't say which QEMU"},
};

START_TEST(test_find)
{
    g_autoptr(Temp) dir = temp_new();
    g_autoptr(GHashTable) table = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, g_free);
    g_autofree char *chosen = cases[_i].chosen ? make(dir, "chosen", cases[_i].chosen) : NULL;
    g_autofree char *path = g_build_filename(dir, "path", NULL);
    g_autofree char *place = g_build_filename(dir, cases[_i].found, "qemu-system-x86_64", NULL);
    g_autofree char *paths = g_strdup_printf("%s:/usr/bin:/bin", path);
    g_autoptr(Emulators) emulators = NULL;
    g_autoptr(GError) error = NULL;
    const Emulator *found;

    if (cases[_i].exact)
        g_hash_table_insert(table, (gpointer) "11.1.3", make(dir, "exact", cases[_i].exact));
    if (cases[_i].series)
        g_hash_table_insert(table, (gpointer) "11.1", make(dir, "series", cases[_i].series));
    if (cases[_i].targeted)
        g_hash_table_insert(table, (gpointer) "x86_64/11.1",
                            make(dir, "targeted", cases[_i].targeted));
    if (cases[_i].path)
        g_free(make(dir, "path", cases[_i].path));
    g_setenv("PATH", cases[_i].path ? paths : "/nonexistent", TRUE);
    emulators = emulators_new(chosen, table, NULL);
    found = emulators_find(emulators, &engine_qemu, target_default(), cases[_i].wanted, &error);
    if (!found) {
        temp_check_error(error, BRIDGE_ERROR_EMULATOR, cases[_i].found);
        return;
    }
    ck_assert_str_eq(found->path, place);
    ck_assert_mem_eq(qemu_trial_of(found)->log_word, "WORD", 4);
    /* no new trial */
    ck_assert_ptr_eq(
        emulators_find(emulators, &engine_qemu, target_default(), cases[_i].wanted, NULL), found);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_find, 0, G_N_ELEMENTS(cases));
}

int main(void)
{
    return temp_run("emulators", add_tests);
}
