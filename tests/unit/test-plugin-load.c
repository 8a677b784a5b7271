/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the plugin says to emulators that it can't work with. The real recctrl.so is loaded as an
 * emulator loads it, and its install function is called for one that is too new, too old, of
 * another kind, or gets options that don't exist: each is refused with one line that says so.
 */
#include <dlfcn.h>

#include "plugin/host-tcg/api.h"
#include "tests/unit/temp.h"

#define PLUGIN "plugin/.libs/recctrl.so"

typedef int (*InstallFunc)(qemu_plugin_id_t id, const TcgInfo *info, int argc, char **argv);

static const struct {
    const char *target;
    int min, cur;
    bool system;
    const char *option, *says;
} rows[] = {
    {"x86_64", 8, 8, true, "dry=on", "plugin API"}, /* newer than any that is known */
    {"x86_64", 99, 99, true, "dry=on", "plugin API"},
    {"x86_64", 0, 3, true, "dry=on", "plugin API"}, /* QEMU 9.1: memory can't be read */
    {"x86_64", 0, 1, true, "dry=on", "plugin API"},
    {"x86_64", 2, 4, false, "dry=on", "user-mode"},
    {"avr", 2, 4, true, "dry=on", "target"},
    {"x86_64", 2, 4, true, "colour=red", "colour"},
    {"x86_64", 2, 4, true, "nrec=many", "nrec"},
    {"x86_64", 2, 4, true, "replay=/nonexistent/journal", "/nonexistent/journal"},
};

START_TEST(test_refused)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *said = g_build_filename(dir, "stderr", NULL);
    g_autofree char *option = g_strdup(rows[_i].option);
    g_autofree char *text = NULL;
    char *argv[] = {option};
    TcgInfo info = {.target_name = rows[_i].target,
                    .version = {rows[_i].min, rows[_i].cur},
                    .system_emulation = rows[_i].system};
    void *plugin = dlopen(PLUGIN, RTLD_NOW | RTLD_LOCAL);
    InstallFunc install;
    int *version;

    ck_assert_msg(plugin != NULL, "%s", dlerror());
    version = dlsym(plugin, "qemu_plugin_version");
    install = (InstallFunc)dlsym(plugin, "qemu_plugin_install");
    ck_assert_ptr_nonnull(version);
    ck_assert_ptr_nonnull(install);
    ck_assert_int_ge(*version, TCG_API_OLDEST);
    ck_assert_int_le(*version, TCG_API_NEWEST);
    ck_assert_ptr_nonnull(freopen(said, "w", stderr));
    ck_assert_int_ne(install(1, &info, 1, argv), 0);
    fflush(stderr);
    ck_assert(g_file_get_contents(said, &text, NULL, NULL));
    ck_assert_msg(strstr(text, rows[_i].says) != NULL, "%s", text);
    ck_assert_ptr_eq(strchr(text, '\n'), text + strlen(text) - 1); /* one line */
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_refused, 0, G_N_ELEMENTS(rows));
}

int main(void)
{
    return temp_run("plugin-load", add_tests);
}
