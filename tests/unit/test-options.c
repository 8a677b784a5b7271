/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: what each option sets, where it is allowed, and what is refused. The table
 * itself is checked as well.
 */
#include <check.h>
#include <stdlib.h>
#include <string.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/program/command-line.h"

/* Words separated by blanks; @error: part of the message, NULL if the line is good. */
static const struct {
    const char *line, *error;
    OptionsMode mode;
} cases[] = {
    {"run", NULL, MODE_RUN},
    {"run script", NULL, MODE_RUN},
    {"run -", NULL, MODE_RUN},
    {"run -- --script", NULL, MODE_RUN},
    {"run script -- -device e1000", NULL, MODE_RUN},
    {"run --", NULL, MODE_RUN},
    {"run -- script", "must begin with an option", 0},
    {"run --qemu-arguments=x", "must begin with an option", 0},
    {"run --qemu-arguments='", "--qemu-arguments: ", 0},
    {"maintain /i", NULL, MODE_MAINTENANCE},
    {"maintain /i,format=raw script", NULL, MODE_MAINTENANCE},
    {"maintain /i --accel kvm --disk /d --force -c info -- -device x", NULL, MODE_MAINTENANCE},
    {"derive /b /n", NULL, MODE_DERIVE},
    {"derive -- /b -n", NULL, MODE_DERIVE},
    {"derive --qemu q --json /b /n", NULL, MODE_DERIVE},
    {"/tmp/x.sock", NULL, MODE_ATTACH},
    {"unix:x script", NULL, MODE_ATTACH},
    {"tcp:localhost:4444", NULL, MODE_ATTACH},
    {"fd:3", NULL, MODE_ATTACH},
    {"list", NULL, MODE_STORE},
    {"list --json", NULL, MODE_STORE},
    {"--json --store /x show a", NULL, MODE_STORE},
    {"help", NULL, MODE_STORE},
    {"help wait", NULL, MODE_STORE},
    {"--help", NULL, MODE_PRINT},
    {"-h", NULL, MODE_PRINT},
    {"run --memory 5 --help", NULL, MODE_PRINT},
    {"--version", NULL, MODE_PRINT},
    {"", "name the socket", 0},
    {"--json", "name the socket", 0},
    {"lsit", "'lsit' is neither", 0},
    {"run --no-such", "unknown option '--no-such'", 0},
    {"run -x", "unknown option '-x'", 0},
    {"run --mem 5", "unknown option '--mem'", 0},
    {"run --memory", "--memory needs a value", 0},
    {"run --memory lots", "--memory needs a number", 0},
    {"run --memory -5", "--memory needs a number", 0},
    {"run --memory 4294967296", "--memory needs a number", 0},
    {"run --memory 0", "memory", 0},
    {"run --memory=", "--memory needs a number", 0},
    {"run --kernel=", "--kernel needs a value", 0},
    {"run --shift 40", "shift", 0},
    {"run --json=maybe", "--json is on or off", 0},
    {"run -kyes", "--keep-going takes no value", 0},
    {"run --net bridge", "--net: ", 0},
    {"run --disk-interface floppy", "--disk-interface: ", 0},
    {"run --disk x,format=vdi", "--disk: unknown format 'vdi'", 0},
    {"run --disk=", "--disk: a disk needs", 0},
    {"run --disk x,read-only,interface=ide", "can't be read-only", 0},
    {"run --firmware bios", "--firmware: it is default or uefi", 0},
    {"run --forward tcp:1", "--forward: ", 0},
    {"run --allow tcp:1", "--allow: ", 0},
    {"run --net user --allow tcp:1.2.3.4:5", "--net restricted", 0},
    {"run --cpu-affinity all", "--cpu-affinity: it is auto, none", 0},
    {"run --cpu-affinity=", "--cpu-affinity: it is auto, none", 0},
    {"verify x --cpu-affinity 8191", "--cpu-affinity: CPU 8191 can't be used", 0},
    {"run --cpu-affinity all --cpu-affinity auto", "not 'all'", 0},
    {"run --cpu-affinity none --cpu-affinity auto", NULL, MODE_RUN},
    {"replay x --cpu-affinity none", NULL, MODE_STORE},
    {"/x --cpu-affinity auto", NULL, MODE_ATTACH},
    {"run --name ../x", "name", 0},
    {"run --recctrl colour=red", "--recctrl: it takes", 0},
    {"run --recctrl nrec=many", "nrec needs a number", 0},
    {"run --recctrl session_rec=2", "session_rec needs on or off", 0},
    {"run --recctrl nrec=1,control=/x", "--recctrl: it takes", 0},
    {"run --recctrl nrec=1,", "--recctrl: it takes", 0},
    {"run --recctrl nrec", "nrec needs a number", 0},
    {"run a b", "'b' is one word too many", 0},
    {"/x --kernel y", "--kernel goes with 'run' and 'maintain' only", 0},
    {"/x --no-verify", "--no-verify goes with 'run' only", 0},
    {"list -c x", "--command goes with", 0},
    {"/x --timeout soon", "--timeout needs a number of seconds", 0},
    {"/x --timeout -1", "--timeout needs a number of seconds", 0},
    {"/x --timeout 1e9", "--timeout needs a number of seconds", 0},
    {"maintain", "maintain takes the disk image", 0},
    {"maintain /i a b", "'b' is one word too many", 0},
    {"maintain /i,read-only", "/i is a read-only disk", 0},
    {"maintain /i --disk /i,read-only", "/i is a read-only disk", 0},
    {"maintain /i --accel hax", "--accel: it is auto or kvm or tcg", 0},
    {"maintain /i --keep-disk", "--keep-disk goes with 'run' only", 0},
    {"run --accel kvm", "--accel goes with 'maintain' only", 0},
    {"derive", "derive takes two images", 0},
    {"derive /b", "derive takes two images", 0},
    {"derive /b /n /o", "derive takes two images", 0},
    {"derive /b /n --memory 5", "--memory goes with", 0},
    {"list --keep-disk", "--keep-disk goes with 'run' only", 0},
    {"show", "usage: show NAME", 0},
    {"show a b", "usage: show NAME", 0},
    {"list a", "usage: list", 0},
};

static char **split(const char *line)
{
    return *line ? g_strsplit(line, " ", -1) : g_new0(char *, 1);
}

START_TEST(line)
{
    g_auto(GStrv) words = split(cases[_i].line);
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = command_line_parse(words, &error);

    if (!cases[_i].error) {
        ck_assert_msg(options != NULL, "%s: %s", cases[_i].line, error ? error->message : "");
        ck_assert_int_eq(options->mode, cases[_i].mode);
        return;
    }
    ck_assert_msg(!options, "'%s' was taken", cases[_i].line);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_msg(strstr(error->message, cases[_i].error) != NULL, "%s", error->message);
    ck_assert_ptr_null(strchr(error->message, '\n'));
}
END_TEST

/* Sizes are MiB, rounded up. */
static const struct {
    const char *text;
    guint mib; /* G_MAXUINT: refused */
} sizes[] = {
    {"0", 0},
    {"300", 300},
    {"300M", 300},
    {"300m", 300},
    {"2G", 2048},
    {"3t", 3 << 20},
    {"2048K", 2},
    {"2049k", 3},
    {"1k", 1},
    {"0k", 0},
    {"4294967294", G_MAXUINT - 1},
    {"4095T", 4095u << 20},
    {"4096T", G_MAXUINT},
    {"4294967295G", G_MAXUINT},
    {"G", G_MAXUINT},
    {"1.5G", G_MAXUINT},
    {"1GB", G_MAXUINT},
    {"1 G", G_MAXUINT},
    {"-1", G_MAXUINT},
    {"+1", G_MAXUINT},
    {"1E", G_MAXUINT},
    {"many", G_MAXUINT},
};

START_TEST(size)
{
    static const char *const names[] = {"keep-free", "store-limit"};

    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *option = g_strdup_printf("--%s=%s", names[i], sizes[_i].text);
        char *words[] = {(char *)"run", (char *)"--kernel", (char *)"/k", option, NULL};
        g_autoptr(GError) error = NULL;
        g_autoptr(Options) options = command_line_parse(words, &error);

        if (sizes[_i].mib == G_MAXUINT) {
            ck_assert_ptr_null(options);
            ck_assert_ptr_nonnull(strstr(error->message, names[i]));
            continue;
        }
        ck_assert_msg(options != NULL, "%s", error ? error->message : "");
        ck_assert_uint_eq(i ? options->store_limit : options->keep_free, sizes[_i].mib);
        ck_assert_uint_eq(i ? options->keep_free : options->store_limit, i ? OPTIONS_KEEP_FREE : 0);
    }
}
END_TEST

START_TEST(machine)
{
    g_auto(GStrv) words = split(
        "run --name n --machine pc --cpu max --memory 512M --kernel /k --initrd=/i --append a=b "
        "--disk /d --disk-interface ide --disk /e,read-only,interface=virtio --cdrom /c "
        "--firmware uefi --forward tcp:2222:22 --shift 4 s");
    g_autoptr(Options) options = command_line_parse(words, NULL);
    const Machine *m;

    ck_assert_ptr_nonnull(options);
    m = options->machine;
    ck_assert_str_eq(m->name, "n");
    ck_assert_str_eq(m->type, "pc");
    ck_assert_str_eq(m->cpu, "max");
    ck_assert_uint_eq(m->memory, 512);
    ck_assert_str_eq(m->kernel, "/k");
    ck_assert_str_eq(m->initrd, "/i");
    ck_assert_str_eq(m->append, "a=b");
    ck_assert_uint_eq(m->disks->len, 3);
    ck_assert_str_eq(machine_disk(m, 0)->file, "/d");
    ck_assert_int_eq(machine_disk_interface(m, 0), MACHINE_DISK_IDE);
    ck_assert_int_eq(machine_disk_interface(m, 1), MACHINE_DISK_VIRTIO);
    ck_assert_int_eq(machine_disk_interface(m, 2), MACHINE_DISK_CDROM);
    ck_assert(machine_disk(m, 1)->read_only && m->uefi);
    ck_assert_int_eq(m->disk_interface, MACHINE_DISK_IDE);
    ck_assert(m->network);
    ck_assert_uint_eq(m->forwards->len, 1);
    ck_assert_uint_eq(m->shift, 4);
    ck_assert_str_eq(options->script, "s");
}
END_TEST

/* Behind "--" all is QEMU's; elsewhere it only ends the options. */
START_TEST(arguments)
{
    g_auto(GStrv) words = split("run --qemu-arguments=-s s -- -device e1000 -- --memory");
    g_auto(GStrv) attach = split("/x -- -script");
    g_autoptr(Options) options = command_line_parse(words, NULL);
    g_autoptr(Options) other = command_line_parse(attach, NULL);
    g_autofree char *all = g_strjoinv("|", options->machine->arguments);

    ck_assert_str_eq(all, "-s|-device|e1000|--|--memory");
    ck_assert_str_eq(options->script, "s");
    ck_assert_str_eq(other->script, "-script");
}
END_TEST

START_TEST(others)
{
    g_auto(GStrv) words = split(
        "run --qemu q --plugin p.so --recctrl nrec=2 --recctrl session_rec=y,dry=FALSE --store s "
        "--socket /c --log /l --dry-run --no-verify --no-idle-verify --json --no-color "
        "--timeout 2.5 -c one -ctwo --command=three");
    g_autoptr(Options) options = command_line_parse(words, NULL);
    g_autofree char *commands = NULL;

    ck_assert_ptr_nonnull(options);
    ck_assert_str_eq(options->emulator, "q");
    ck_assert(g_path_is_absolute(options->plugin));
    ck_assert(g_str_has_suffix(options->plugin, "/p.so"));
    ck_assert_str_eq(options->plugin_options, "nrec=2,session_rec=on,dry=off");
    ck_assert(g_path_is_absolute(options->store));
    ck_assert_str_eq(options->socket, "/c");
    ck_assert_str_eq(options->log, "/l");
    ck_assert(options->dry_run && options->no_verify && options->no_idle_verify);
    ck_assert(options->json && options->no_color);
    ck_assert(options->timeout > 2.4 && options->timeout < 2.6);
    commands = g_strjoinv("|", (char **)options->commands->pdata);
    ck_assert_str_eq(commands, "one|two|three");
}
END_TEST

/* The image is the machine's disk of that file, or the first one. Its forwards come with the whole
 * network, unlike those of run. */
START_TEST(maintained)
{
    g_auto(GStrv) first = split("maintain /i --disk /d --forward ssh --accel tcg");
    g_auto(GStrv) second = split("maintain /d --disk /i --disk /d,interface=ide");
    g_autoptr(Options) alone = command_line_parse(first, NULL);
    g_autoptr(Options) named = command_line_parse(second, NULL);
    const Machine *is = alone->machine;

    ck_assert_uint_eq(is->disks->len, 2);
    ck_assert_str_eq(machine_disk(is, 0)->file, "/i");
    ck_assert(machine_disk(is, 0)->in_place && !machine_disk(is, 1)->in_place);
    ck_assert(is->network && !is->restricted);
    ck_assert_int_eq(is->accelerator, MACHINE_ACCELERATOR_TCG);
    is = named->machine;
    ck_assert_uint_eq(is->disks->len, 2);
    ck_assert(!machine_disk(is, 0)->in_place && machine_disk(is, 1)->in_place);
    ck_assert_int_eq(machine_disk(is, 1)->interface, MACHINE_DISK_IDE);
}
END_TEST

START_TEST(table)
{
    g_autofree char *help = options_help(), *list = options_list_options();

    for (const Option *option = options_table(); option->name; option++) {
        g_autofree char *dashed = g_strconcat("--", option->name, NULL);

        ck_assert_int_eq(strstr(help, dashed) != NULL, option->help != NULL);
        ck_assert_int_eq(strstr(list, dashed) != NULL, option->help != NULL);
        ck_assert_int_eq(option->kind == OPTION_CALL, option->set != NULL);
        ck_assert_int_eq(option->kind == OPTION_PRINT, option->make != NULL);
        ck_assert_int_eq(option->kind == OPTION_FLAG || option->kind == OPTION_PRINT,
                         option->argument == NULL);
        for (const Option *other = option + 1; other->name; other++)
            ck_assert_str_ne(option->name, other->name);
    }
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("options");
    TCase *tcase = tcase_create("options");
    SRunner *runner;
    int failed;

    g_setenv("XDG_CONFIG_HOME", "/nonexistent", TRUE);
    tcase_add_loop_test(tcase, line, 0, G_N_ELEMENTS(cases));
    tcase_add_loop_test(tcase, size, 0, G_N_ELEMENTS(sizes));
    tcase_add_test(tcase, machine);
    tcase_add_test(tcase, arguments);
    tcase_add_test(tcase, others);
    tcase_add_test(tcase, maintained);
    tcase_add_test(tcase, table);
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
