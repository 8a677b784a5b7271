/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * New images on top of others: what they call their base, that they get their names when they are
 * whole, and that nothing is overwritten. A script stands for qemu-img: the image it makes holds
 * the words that it was given.
 */
#include "qmpbridge/vm/derived-image.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/temp.h"

/* The last argument is the file. */
#define WRITES "for last; do :; done; echo \"$@\" >\"$last\""

START_TEST(test_backing)
{
    static const struct {
        const char *base, *backing; /* below the directory; NULL: its whole path */
    } cases[] = {
        {"images/a", "a"},       {"images/sub/a", "sub/a"},
        {"images/a:b", "./a:b"}, {"images/sub/a:b", "./sub/a:b"},
        {"images2/a", NULL},     {"a", NULL},
    };
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *images = g_build_filename(dir, "images", NULL);
    g_autofree char *link = g_build_filename(dir, "link", NULL);
    g_autofree char *real = realpath(dir, NULL);

    for (gsize i = 0; i < G_N_ELEMENTS(cases); i++) {
        g_autofree char *path = g_build_filename(dir, cases[i].base, NULL);
        g_autofree char *whole = g_build_filename(real, cases[i].base, NULL);
        g_autofree char *folder = g_path_get_dirname(path), *backing = NULL;

        ck_assert_int_eq(g_mkdir_with_parents(folder, 0700), 0);
        ck_assert(g_file_set_contents(path, "", 0, NULL));
        backing = derived_image_backing(images, path, NULL);
        ck_assert_str_eq(backing, cases[i].backing ? cases[i].backing : whole);
    }
    /* Links, to the directory and to the base, lead to the same. */
    ck_assert_int_eq(symlink("images/a", link), 0);
    g_free(link);
    link = g_build_filename(dir, "images", "current", NULL);
    ck_assert_int_eq(symlink("sub/a", link), 0);
    g_free(images);
    images = derived_image_backing(dir, link, NULL);
    ck_assert_str_eq(images, "images/sub/a");
}
END_TEST

START_TEST(test_no_backing)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *none = g_build_filename(dir, "none", NULL);
    g_autoptr(GError) error = NULL;

    ck_assert_ptr_null(derived_image_backing(dir, none, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "none: No such file");
    g_clear_error(&error);
    ck_assert_ptr_null(derived_image_backing(none, dir, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "none: No such file");
}
END_TEST

START_TEST(test_create)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *tool = temp_script(dir, "qemu-img", WRITES);
    g_autofree char *base = temp_file(dir, "base.img", ""), *words = NULL, *mine = NULL;
    g_autofree char *path = g_build_filename(dir, "new.qcow2", NULL);
    g_autofree char *wrong = g_build_filename(dir, "new.img", NULL);
    const Emulator emulator = {.image_tool = tool};
    const MachineDisk disk = {.file = base, .format = MACHINE_FORMAT_RAW};
    g_autoptr(GError) error = NULL;

    ck_assert_msg(derived_image_create(&emulator, &disk, path, &error), "%s",
                  error ? error->message : "");
    words = temp_read(dir, "new.qcow2");
    ck_assert(g_str_has_prefix(words, "create -q -f qcow2 -b base.img -F raw "));
    ck_assert(g_file_set_contents(path, "mine", -1, NULL));
    ck_assert(!derived_image_create(&emulator, &disk, path, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "new.qcow2: exists, and isn't overwritten");
    mine = temp_read(dir, "new.qcow2");
    ck_assert_str_eq(mine, "mine");
    g_clear_error(&error);
    ck_assert(!derived_image_create(&emulator, &disk, wrong, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, "let its name end with .qcow2");
    ck_assert_uint_eq(temp_count(dir), 3);
}
END_TEST

/* Nothing is left of one that qemu-img could not make, nor in the place of one that another program
 * made meanwhile. */
START_TEST(test_not_created)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "new.qcow2", NULL);
    g_autofree char *body =
        _i ? g_strdup_printf("echo mine >%s", path) : g_strdup("echo 'no room' >&2; exit 1");
    g_autofree char *tool = temp_script(dir, "qemu-img", body);
    g_autofree char *base = temp_file(dir, "base", ""), *mine = NULL;
    const Emulator emulator = {.image_tool = tool};
    const MachineDisk disk = {.file = base, .format = MACHINE_FORMAT_RAW};
    g_autoptr(GError) error = NULL;

    ck_assert(!derived_image_create(&emulator, &disk, path, &error));
    temp_check_error(error, BRIDGE_ERROR_USAGE, _i ? "exists" : "no room");
    ck_assert_uint_eq(temp_count(dir), _i ? 3 : 2);
    mine = _i ? temp_read(dir, "new.qcow2") : NULL;
    ck_assert(!mine || g_str_equal(mine, "mine\n"));
}
END_TEST

/* --- a copy -------------------------------------------------------------------------------- */

typedef struct {
    DerivedCopy *copy;
    char *path;
    GError *error;
} Outcome;

static void copied(const char *path, const GError *error, gpointer user_data)
{
    Outcome *outcome = user_data;

    outcome->path = g_strdup(path);
    outcome->error = error ? g_error_copy(error) : NULL;
    g_clear_pointer(&outcome->copy, derived_copy_free);
}

static void outcome_clear(Outcome *outcome)
{
    derived_copy_free(outcome->copy);
    g_free(outcome->path);
    g_clear_error(&outcome->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Outcome, outcome_clear)

static void start(Outcome *outcome, const char *dir, const char *script, const char *name)
{
    g_autofree char *tool = temp_script(dir, "qemu-img", script);
    g_autofree char *base = temp_file(dir, name, "");
    const Emulator emulator = {.image_tool = tool};
    const MachineDisk disk = {.file = base, .format = MACHINE_FORMAT_QCOW2};

    outcome->copy = derived_copy_start(&emulator, "/overlay", &disk, dir, copied, outcome, NULL);
    ck_assert_ptr_nonnull(outcome->copy);
}

static void await(Outcome *outcome)
{
    gboolean late = FALSE;
    guint timer = g_timeout_add_seconds(TEMP_DEADLINE_S, temp_too_late, &late);

    while (outcome->copy && !late)
        g_main_context_iteration(NULL, TRUE);
    ck_assert(!late);
    g_source_remove(timer);
}

START_TEST(test_copy)
{
    static const struct {
        const char *base, *image;
    } names[] = {
        {"web.qcow2", "web-2.qcow2"},     {"web.img", "web-2.qcow2"}, {"web", "web-2.qcow2"},
        {"web.disk", "web.disk-1.qcow2"}, {".img", ".img-1.qcow2"},
    };
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *taken = temp_file(dir, "web-1.qcow2", "mine"), *words = NULL, *mine = NULL;
    g_autofree char *start_of =
        g_strdup_printf("convert -f qcow2 -O qcow2 -B %s -F qcow2 /overlay ", names[_i].base);
    g_auto(Outcome) outcome = {0};

    start(&outcome, dir, WRITES, names[_i].base);
    await(&outcome);
    ck_assert_msg(outcome.path != NULL, "%s", outcome.error ? outcome.error->message : "");
    ck_assert(g_str_has_suffix(outcome.path, names[_i].image));
    words = temp_read(dir, names[_i].image);
    ck_assert_msg(g_str_has_prefix(words, start_of), "%s", words);
    mine = temp_read(dir, "web-1.qcow2");
    ck_assert_str_eq(mine, "mine");
    ck_assert_uint_eq(temp_count(dir), 4);
}
END_TEST

START_TEST(test_copy_fails)
{
    g_autoptr(Temp) dir = temp_new();
    g_auto(Outcome) outcome = {0};

    start(&outcome, dir, "echo 'qemu-img: no room' >&2; echo more >&2; exit 1", "web.qcow2");
    await(&outcome);
    ck_assert_ptr_null(outcome.path);
    temp_check_error(outcome.error, BRIDGE_ERROR_STORE, "no room");
    ck_assert_ptr_null(strchr(outcome.error->message, '\n'));
    ck_assert_uint_eq(temp_count(dir), 2);
}
END_TEST

/* One that is given up leaves nothing, and doesn't report. */
START_TEST(test_copy_given_up)
{
    g_autoptr(Temp) dir = temp_new();
    g_auto(Outcome) outcome = {0};

    start(&outcome, dir, "exec cat /dev/zero >/dev/null", "web.qcow2");
    g_clear_pointer(&outcome.copy, derived_copy_free);
    while (g_main_context_iteration(NULL, FALSE))
        ;
    ck_assert_ptr_null(outcome.path);
    ck_assert_ptr_null(outcome.error);
    ck_assert_uint_eq(temp_count(dir), 2);
}
END_TEST

static void add(TCase *tcase)
{
    tcase_add_test(tcase, test_backing);
    tcase_add_test(tcase, test_no_backing);
    tcase_add_test(tcase, test_create);
    tcase_add_loop_test(tcase, test_not_created, 0, 2);
    tcase_add_loop_test(tcase, test_copy, 0, 5);
    tcase_add_test(tcase, test_copy_fails);
    tcase_add_test(tcase, test_copy_given_up);
}

int main(void)
{
    return temp_run("derived-image", add);
}
