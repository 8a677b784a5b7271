/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The bounds of a store: what holds, what doesn't, and which of them the reason names.
 */
#include "qmpbridge/store/room.h"

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"

#include "tests/unit/temp.h"

static guint64 left_here(const char *path, gpointer user_data)
{
    (void)path;
    return *(guint64 *)user_data;
}

/* used: what the store has; all in MiB. */
static const struct {
    guint64 keep_free, store_limit, left, grown, needs;
    const char *reason;
} rows[] = {
    {0, 0, 0, 0, 1000, NULL},         {100, 0, 100, 0, 0, NULL},
    {100, 0, 99, 0, 0, "no-space"},   {100, 0, 150, 0, 50, NULL},
    {100, 0, 150, 0, 51, "no-space"}, {100, 0, 150, 1000, 50, NULL},
    {0, 10, 0, 0, 1, NULL},           {0, 10, 0, 5, 4, NULL},
    {0, 10, 0, 5, 6, "store-full"},   {0, 10, 0, 10, 0, "store-full"},
    {100, 10, 99, 10, 0, "no-space"},
};

START_TEST(test_check)
{
    g_autoptr(Temp) dir = temp_new();
    guint64 left = rows[_i].left << 20;
    RoomBounds bounds = {rows[_i].keep_free << 20, rows[_i].store_limit << 20, left_here, &left};
    g_autoptr(Room) room = room_new(dir, &bounds);
    g_autoptr(GError) error = NULL;
    const char *reason = NULL;

    ck_assert(room_count(room, NULL));
    ck_assert_int_eq(room_check(room, rows[_i].grown << 20, rows[_i].needs << 20, &reason, &error),
                     rows[_i].reason == NULL);
    ck_assert_pstr_eq(reason, rows[_i].reason);
    if (reason)
        temp_check_error(error, BRIDGE_ERROR_FULL,
                         g_str_equal(reason, "no-space") ? "see --keep-free" : "see --store-limit");
}
END_TEST

/* What is in the store counts, also what lies in its recordings; removing some makes room. */
START_TEST(test_count)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *inner = g_build_filename(dir, "web", NULL);
    g_autofree char *big = g_strnfill(100000, 'x');
    g_autofree char *path = NULL;
    RoomBounds bounds = {.store_limit = 50000};
    g_autoptr(Room) room = room_new(dir, &bounds);
    g_autoptr(GError) error = NULL;
    const char *reason = NULL;

    g_mkdir(inner, 0700);
    path = temp_file(inner, "log", big);
    ck_assert_uint_ge(room_space(inner), 100000);
    ck_assert_uint_eq(room_space(dir), 0);
    ck_assert(room_check(room, 0, 0, &reason, NULL)); /* not counted yet */
    ck_assert(room_count(room, NULL));
    ck_assert(!room_check(room, 0, 0, &reason, &error));
    ck_assert_str_eq(reason, "store-full");
    g_unlink(path);
    ck_assert(room_count(room, NULL));
    ck_assert(room_check(room, 0, 0, &reason, NULL));
}
END_TEST

/* Unless a test says otherwise it is the file system that is asked; a lost store is no bound. */
START_TEST(test_file_system)
{
    RoomBounds bounds = {.keep_free = G_MAXUINT64 - 1};
    g_autoptr(Room) room = room_new("/", &bounds);
    g_autoptr(Room) none = room_new("/there/is/nothing", &bounds);
    const char *reason = NULL;

    ck_assert(!room_check(room, 0, 0, &reason, NULL));
    ck_assert(room_check(none, 0, 0, &reason, NULL));
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_check, 0, G_N_ELEMENTS(rows));
    tcase_add_test(tcase, test_count);
    tcase_add_test(tcase, test_file_system);
}

int main(void)
{
    return temp_run("room", add_tests);
}
