/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The configuration file: errors name the file, the group and the key; the command line comes
 * first; a default only counts where its option is allowed.
 */
#include "tests/unit/temp.h"

#include "qmpbridge/program/command-line.h"
#include "qmpbridge/program/configuration.h"

static char *directory, *path;

static void set_up(void)
{
    directory = temp_new();
    path = g_build_filename(directory, "config", NULL);
}

static void tear_down(void)
{
    temp_free(directory);
    g_free(path);
}

static void write_config(const char *text, gssize len)
{
    ck_assert(g_file_set_contents(path, text, len, NULL));
}

/* --- what is wrong ----------------------------------------------------------------------- */

/* @error: how the message goes on behind the file's name. */
static const struct {
    const char *text, *error;
} wrong[] = {
    {"timeout=3\n", ": "},
    {"[defaults\n", ": "},
    {"[defaults]\njust a line\n", ": "},
    {"[default]\ntimeout=3\n", ": [default]: there are the groups [defaults], [monitors] and "
                               "[emulators]"},
    {"[defaults]\nno-such=1\n", ": [defaults] no-such: no such option"},
    {"[defaults]\nhelp=true\n", ": [defaults] help: no such option"},
    {"[defaults]\ncommand=quit\n", ": [defaults] command: no such option"},
    {"[defaults]\nno-config=true\n", ": [defaults] no-config: no such option"},
    {"[defaults]\njson=perhaps\n", ": [defaults] json: it is on or off"},
    {"[defaults]\njson=\n", ": [defaults] json: it is on or off"},
    {"[monitors]\na b=/x\n", ": [monitors] a b: a name has letters"},
    {"[monitors]\n..=/x\n", ": [monitors] ..: a name has letters"},
    {"[monitors]\nweb=\n", ": [monitors] web: "},
    {"[monitors]\nweb=tcp:nowhere\n", ": [monitors] web: "},
    {"[emulators]\n10=/x\n", ": [emulators] 10: a version is 10.0"},
    {"[emulators]\n10.0.1.2=/x\n", ": [emulators] 10.0.1.2: a version is 10.0"},
    {"[emulators]\n10..0=/x\n", ": [emulators] 10..0: a version is 10.0"},
    {"[emulators]\n10.=/x\n", ": [emulators] 10.: a version is 10.0"},
    {"[emulators]\n.10=/x\n", ": [emulators] .10: a version is 10.0"},
    {"[emulators]\nx.y=/x\n", ": [emulators] x.y: a version is 10.0"},
    {"[emulators]\nvax/10.0=/x\n", ": [emulators] vax/10.0: a version is 10.0"},
    {"[emulators]\n/10.0=/x\n", ": [emulators] /10.0: a version is 10.0"},
    {"[emulators]\ni386/=/x\n", ": [emulators] i386/: a version is 10.0"},
    {"[emulators]\ni386/10.0/1=/x\n", ": [emulators] i386/10.0/1: a version is 10.0"},
    {"[emulators]\n10.0=qemu\n", ": [emulators] 10.0: it is the absolute path"},
    {"[emulators]\n10.0=\n", ": [emulators] 10.0: it is the absolute path"},
    {"[monitors]\nweb=/x\n[defaults]\nno-such=1\n", ": [defaults] no-such: "},
};

START_TEST(refused)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *begin = g_strconcat(path, wrong[_i].error, NULL);

    write_config(wrong[_i].text, -1);
    ck_assert_ptr_null(config_load(path, &error));
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_msg(g_str_has_prefix(error->message, begin), "%s", error->message);
}
END_TEST

/* A message is fit for a terminal, whatever the file holds. */
static const struct {
    const char *text;
    gssize len;
} hostile[] = {
    {"[defaults]\n\033[31m=1\n", -1},
    {"[monitors]\na\033]0;x\a=/x\n", -1},
    {"[\033[31mx]\na=1\n", -1},
    {"[x\xc2\x9bm]\na=1\n", -1},
    {"\033[31m\n", -1},
    {"[monitors]\na=\033[31m:x\n", -1},
    {"[monitors]\na=tcp:\033[31m\n", -1},
    {"[defaults]\ntimeout=\xff\n", -1},
    {"\x7f"
     "ELF\0\0\0",
     7},
};

START_TEST(fit_for_a_terminal)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = NULL;

    write_config(hostile[_i].text, hostile[_i].len);
    config = config_load(path, &error);
    if (config)
        return;
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert(g_str_has_prefix(error->message, path));
    ck_assert(g_utf8_validate(error->message, -1, NULL));
    for (const char *c = error->message; *c; c = g_utf8_next_char(c))
        ck_assert_msg(!g_unichar_iscntrl(g_utf8_get_char(c)), "%s", error->message);
}
END_TEST

START_TEST(not_there)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load(path, &error);

    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(g_hash_table_size(config_addresses(config)), 0);
    ck_assert_ptr_null(config_load(directory, &error)); /* a folder */
    ck_assert(g_str_has_prefix(error->message, directory));
}
END_TEST

START_TEST(addresses)
{
    g_autoptr(Config) config = NULL;

    write_config("# mine\n[monitors]\nweb=/run/web.sock\ndb=tcp:localhost:4444\nweb=/later\n", -1);
    config = config_load(path, NULL);
    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(g_hash_table_size(config_addresses(config)), 2);
    ck_assert_str_eq(g_hash_table_lookup(config_addresses(config), "db"), "tcp:localhost:4444");
    ck_assert_str_eq(g_hash_table_lookup(config_addresses(config), "web"), "/later");
}
END_TEST

START_TEST(emulators)
{
    g_autoptr(Config) config = NULL;

    write_config("[emulators]\n10.0=/opt/a\n10.0.13=/opt/b\ni386/10.0=/opt/c\n", -1);
    config = config_load(path, NULL);
    ck_assert_ptr_nonnull(config);
    ck_assert_uint_eq(g_hash_table_size(config_emulators(config)), 3);
    ck_assert_str_eq(g_hash_table_lookup(config_emulators(config), "10.0"), "/opt/a");
    ck_assert_str_eq(g_hash_table_lookup(config_emulators(config), "10.0.13"), "/opt/b");
    ck_assert_str_eq(g_hash_table_lookup(config_emulators(config), "i386/10.0"), "/opt/c");
}
END_TEST

/* --- what comes first -------------------------------------------------------------------- */

/* Parses a line with the configuration in place; the child of a test reads the folder's name
 * once. */
static Options *parse(const char *config, const char *line, GError **error)
{
    g_autofree char *folder = g_build_filename(directory, "qmpbridge", NULL);
    g_auto(GStrv) words = g_strsplit(line, " ", -1);

    g_free(path);
    path = g_build_filename(folder, "config", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(folder, 0700), 0);
    write_config(config, -1);
    g_setenv("XDG_CONFIG_HOME", directory, TRUE);
    return command_line_parse(words, error);
}

static const struct {
    const char *config, *line;
    double timeout;
    gboolean json;
    const char *log;
} firsts[] = {
    {"", "/x", 0, FALSE, NULL},
    {"[defaults]\ntimeout=3.5\n", "/x", 3.5, FALSE, NULL},
    {"[defaults]\ntimeout=3.5\n", "/x --timeout 7", 7, FALSE, NULL},
    {"[defaults]\ntimeout=3.5\n", "--no-config /x", 0, FALSE, NULL},
    {"[defaults]\ntimeout=3.5\n", "/x --no-config", 0, FALSE, NULL},
    {"[defaults]\njson=true\nlog=/l\n", "/x", 0, TRUE, "/l"},
    {"[defaults]\njson=false\nlog=/l\n", "/x --log /m", 0, FALSE, "/m"},
    {"[defaults]\njson=false\n", "/x --json", 0, TRUE, NULL},
    {"[defaults]\njson=y\n", "/x", 0, TRUE, NULL},
    {"[defaults]\njson=Off \n", "/x", 0, FALSE, NULL},
    {"[defaults]\njson=on\n", "/x --json=no", 0, FALSE, NULL},
    {"[defaults]\nkernel=/k\nmemory=7\n", "/x", 0, FALSE, NULL},
    {"[defaults]\nkernel=/k\ntimeout=2\n", "list", 0, FALSE, NULL},
    {"[defaults]\nno-such=1\n", "--no-config /x", 0, FALSE, NULL},
};

START_TEST(comes_first)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(firsts[_i].config, firsts[_i].line, &error);

    ck_assert_msg(options != NULL, "%s", error ? error->message : "");
    ck_assert(ABS(options->timeout - firsts[_i].timeout) < 0.01);
    ck_assert_int_eq(options->json, firsts[_i].json);
    ck_assert_pstr_eq(options->log, firsts[_i].log);
}
END_TEST

/* The bounds of a store are of the host, so that is where most people write them. */
START_TEST(bounds)
{
    static const char text[] = "[defaults]\nkernel=/k\nkeep-free=3G\nstore-limit=70\n";
    g_autoptr(Options) both = parse(text, "run", NULL);
    g_autoptr(Options) line = parse(text, "run --keep-free 5 --store-limit=0", NULL);

    ck_assert_ptr_nonnull(both);
    ck_assert_uint_eq(both->keep_free, 3072);
    ck_assert_uint_eq(both->store_limit, 70);
    ck_assert_uint_eq(line->keep_free, 5);
    ck_assert_uint_eq(line->store_limit, 0);
}
END_TEST

/* A value of a kind that only its option can judge. */
static const struct {
    const char *config, *line, *error;
} values[] = {
    {"[defaults]\ntimeout=soon\n", "/x", ": [defaults] timeout: "},
    {"[defaults]\ntimeout=-1\n", "/x", ": [defaults] timeout: "},
    {"[defaults]\nmemory=lots\n", "run", ": [defaults] memory: "},
    {"[defaults]\nkeep-free=1.5G\n", "run", ": [defaults] keep-free: "},
    {"[defaults]\nlog=\n", "/x", ": [defaults] log: "},
};

START_TEST(bad_value)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Options) options = parse(values[_i].config, values[_i].line, &error);
    g_autofree char *begin = g_strconcat(path, values[_i].error, NULL);

    ck_assert_ptr_null(options);
    ck_assert(g_error_matches(error, BRIDGE_ERROR, BRIDGE_ERROR_USAGE));
    ck_assert_msg(g_str_has_prefix(error->message, begin), "%s", error->message);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("configuration");
    TCase *tcase = tcase_create("configuration");
    SRunner *runner;
    int failed;

    tcase_add_checked_fixture(tcase, set_up, tear_down);
    tcase_add_loop_test(tcase, refused, 0, G_N_ELEMENTS(wrong));
    tcase_add_loop_test(tcase, fit_for_a_terminal, 0, G_N_ELEMENTS(hostile));
    tcase_add_test(tcase, not_there);
    tcase_add_test(tcase, addresses);
    tcase_add_test(tcase, emulators);
    tcase_add_loop_test(tcase, comes_first, 0, G_N_ELEMENTS(firsts));
    tcase_add_test(tcase, bounds);
    tcase_add_loop_test(tcase, bad_value, 0, G_N_ELEMENTS(values));
    suite_add_tcase(suite, tcase);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_ENV);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
