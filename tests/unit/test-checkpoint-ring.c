/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring of checkpoints: what it keeps and what it lets go of, in which order and how often, and
 * which segments of the journal a recording gets.
 */
#include "qmpbridge/store/checkpoint-ring.h"

#include "tests/unit/temp.h"

/** What was released: "one" for a snapshot, "(one)" for a segment. */
static GString *released;

static void release_snapshot(const Checkpoint *checkpoint, gpointer user_data)
{
    ck_assert_ptr_eq(user_data, &released);
    g_string_append_printf(released, "%s ", checkpoint->snapshot);
}

static void release_segment(const JournalSegment *segment, gpointer user_data)
{
    ck_assert_ptr_eq(user_data, &released);
    g_string_append_printf(released, "(%s) ", segment->path);
}

static const CheckpointRelease release = {release_snapshot, release_segment};

static CheckpointRing *make(guint capacity)
{
    released = g_string_new(NULL);
    return checkpoint_ring_new(capacity, &release, &released);
}

/* At 100 times @n instructions, with 10 times @n answers so far. */
static const Checkpoint *add(CheckpointRing *ring, guint n)
{
    g_autofree char *name = g_strdup_printf("%u", n);
    Checkpoint taken = {.snapshot = name, .icount = 100 * n, .journal = 10 * n};

    return checkpoint_ring_add(ring, &taken, name);
}

static void expect_released(const char *what)
{
    ck_assert_str_eq(released->str, what);
    g_string_truncate(released, 0);
}

static void finish(CheckpointRing *ring, const char *rest)
{
    checkpoint_ring_free(ring);
    expect_released(rest);
    g_string_free(released, TRUE);
}

START_TEST(test_one)
{
    CheckpointRing *ring = make((guint)_i); /* one is kept also by a ring made for none */
    const Checkpoint *first;

    ck_assert_ptr_null(checkpoint_ring_before(ring, G_MAXUINT64));
    first = add(ring, 1);
    expect_released("");
    ck_assert_ptr_eq(checkpoint_ring_before(ring, 100), first);
    ck_assert_ptr_null(checkpoint_ring_before(ring, 99));
    add(ring, 2);
    expect_released("1 (1) ");
    ck_assert_uint_eq(checkpoint_ring_length(ring), 1);
    ck_assert_str_eq(checkpoint_ring_before(ring, 500)->snapshot, "2");
    finish(ring, "2 (2) ");
}
END_TEST

START_TEST(test_oldest_goes)
{
    CheckpointRing *ring = make(3);

    for (guint i = 1; i <= 5; i++)
        add(ring, i);
    expect_released("1 (1) 2 (2) ");
    ck_assert_str_eq(checkpoint_ring_before(ring, 399)->snapshot, "3");
    ck_assert_ptr_null(checkpoint_ring_before(ring, 299));
    finish(ring, "3 4 5 (3) (4) (5) ");
}
END_TEST

/* One that a recording uses stays, and so do all segments since; others go in its place. */
START_TEST(test_in_use)
{
    CheckpointRing *ring = make(2);
    const Checkpoint *first = add(ring, 1);

    checkpoint_ring_hold(ring, first);
    checkpoint_ring_hold(ring, first);
    for (guint i = 2; i <= 4; i++)
        add(ring, i);
    expect_released("2 3 ");
    ck_assert_str_eq(first->snapshot, "1");
    checkpoint_ring_drop(ring, first);
    add(ring, 5);
    expect_released("4 ");
    checkpoint_ring_drop(ring, first);
    expect_released("");
    add(ring, 6);
    expect_released("1 (1) (2) (3) (4) ");
    finish(ring, "5 6 (5) (6) ");
}
END_TEST

/* All are in use: there are more than the bound, until they are dropped. The newest stays. */
START_TEST(test_all_in_use)
{
    CheckpointRing *ring = make(1);
    const Checkpoint *first = add(ring, 1), *second;

    checkpoint_ring_hold(ring, first);
    second = add(ring, 2);
    checkpoint_ring_hold(ring, second);
    ck_assert_uint_eq(checkpoint_ring_length(ring), 2);
    checkpoint_ring_drop(ring, second);
    expect_released("");
    checkpoint_ring_drop(ring, first);
    expect_released("1 (1) ");
    finish(ring, "2 (2) ");
}
END_TEST

/* Held or not, all goes with the ring; an owner may have nothing to do. */
START_TEST(test_free)
{
    static const CheckpointRelease nothing = {0};
    CheckpointRing *ring = make(2);

    checkpoint_ring_hold(ring, add(ring, 1));
    finish(ring, "1 (1) ");
    ring = checkpoint_ring_new(1, &nothing, NULL);
    add(ring, 1);
    add(ring, 2);
    checkpoint_ring_free(ring);
    checkpoint_ring_free(NULL);
}
END_TEST

/* Checkpoints at 100 to 500 in a ring of three, the journal closed at 250 (with @gap) and at 550:
 * which segments there are from one icount to another. */
static const struct {
    gboolean gap;
    guint64 from, to;
    const char *segments; /* NULL: there is no whole journal */
} stretches[] = {
    {FALSE, 300, 550, "3 4 5 "}, {FALSE, 300, 450, "3 4 "},
    {FALSE, 300, 400, "3 "}, /* the answers after the cut at 400 aren't in it */
    {FALSE, 400, 401, "4 "},     {FALSE, 500, 500, "5 "},
    {FALSE, 300, 551, NULL}, /* it was closed before */
    {FALSE, 350, 450, NULL}, /* no cut there */
    {FALSE, 100, 450, NULL}, /* gone */
    {TRUE, 300, 450, NULL},  /* closed in between */
    {TRUE, 300, 350, "3 "},      {TRUE, 400, 550, "4 5 "},
};

START_TEST(test_segments)
{
    CheckpointRing *ring = make(3);
    g_autoptr(GPtrArray) segments = NULL;
    g_autoptr(GString) names = g_string_new(NULL);
    g_autoptr(GError) error = NULL;

    for (guint i = 1; i <= 5; i++) {
        add(ring, i);
        if (i == 3 && stretches[_i].gap)
            checkpoint_ring_end_segment(ring, 350, 35);
    }
    checkpoint_ring_end_segment(ring, 550, 55);
    checkpoint_ring_end_segment(ring, 600, 60); /* it is closed already */
    segments = checkpoint_ring_segments(ring, stretches[_i].from, stretches[_i].to, &error);
    for (guint i = 0; segments && i < segments->len; i++) {
        const JournalSegment *segment = g_ptr_array_index(segments, i);

        g_string_append_printf(names, "%s ", segment->path);
        ck_assert_uint_eq(segment->position, segment->icount / 10);
        ck_assert_uint_eq(segment->end_position, segment->end_icount / 10);
    }
    if (stretches[_i].segments)
        ck_assert_str_eq(names->str, stretches[_i].segments);
    else
        temp_check_error(error, BRIDGE_ERROR_RECORDING, "it was not open all the time");
    ck_assert_int_eq(!segments, !stretches[_i].segments);
    checkpoint_ring_free(ring);
    g_string_free(released, TRUE);
}
END_TEST

/* While the plugin still writes, the journal reaches to wherever the guest is now. */
START_TEST(test_open_segment)
{
    CheckpointRing *ring = make(3);
    g_autoptr(GPtrArray) segments = NULL;

    add(ring, 1);
    add(ring, 2);
    segments = checkpoint_ring_segments(ring, 100, 12345, NULL);
    ck_assert_ptr_nonnull(segments);
    ck_assert_uint_eq(segments->len, 2);
    finish(ring, "1 2 (1) (2) ");
}
END_TEST

/* Two checkpoints with not one instruction in between: the second segment is the one that counts.
 */
START_TEST(test_same_icount)
{
    CheckpointRing *ring = make(3);
    static char name[] = "again";
    Checkpoint again = {.snapshot = name, .icount = 100, .journal = 10};
    g_autoptr(GPtrArray) segments = NULL;

    add(ring, 1);
    checkpoint_ring_add(ring, &again, "again");
    add(ring, 2);
    segments = checkpoint_ring_segments(ring, 100, 200, NULL);
    ck_assert_ptr_nonnull(segments);
    ck_assert_uint_eq(segments->len, 1);
    ck_assert_str_eq(((JournalSegment *)segments->pdata[0])->path, "again");
    checkpoint_ring_free(ring);
    expect_released("(1) 1 again 2 (again) (2) ");
    g_string_free(released, TRUE);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_loop_test(tcase, test_one, 0, 2);
    tcase_add_test(tcase, test_oldest_goes);
    tcase_add_test(tcase, test_in_use);
    tcase_add_test(tcase, test_all_in_use);
    tcase_add_test(tcase, test_free);
    tcase_add_loop_test(tcase, test_segments, 0, G_N_ELEMENTS(stretches));
    tcase_add_test(tcase, test_open_segment);
    tcase_add_test(tcase, test_same_icount);
}

int main(void)
{
    return temp_run("checkpoint-ring", add_tests);
}
