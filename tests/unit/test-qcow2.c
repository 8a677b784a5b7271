/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Space of snapshots: the data clusters of an image's snapshots become holes, its metadata stays
 * as it is, and an image that lies about itself is left alone.
 */
#include "qmpbridge/engine/qemu/qcow2.h"

#include "tests/unit/temp.h"

#define CLUSTER 65536u
#define CLUSTERS 8u

/* Header, snapshot table, L1, L2, and four data clusters: 4 and 5 are the snapshot's, 6 is marked
 * as compressed and 7 as zero, so that they aren't understood. */
static guint8 image[CLUSTERS * CLUSTER];

static void put(gsize at, guint64 value, guint bytes)
{
    for (guint i = 0; i < bytes; i++)
        image[at + i] = (guint8)(value >> (8 * (bytes - 1 - i)));
}

static void make_image(void)
{
    memset(image, 0xa5, sizeof(image));
    memset(image, 0, 4 * CLUSTER);
    memcpy(image, "QFI\xfb", 4);
    put(4, 3, 4);
    put(20, 16, 4);      /* cluster_bits */
    put(60, 1, 4);       /* snapshots */
    put(64, CLUSTER, 8); /* their table */
    put(CLUSTER, 2ull * CLUSTER, 8);
    put(CLUSTER + 8, 2, 4);   /* entries of its L1 */
    put(CLUSTER + 12, 1, 2);  /* length of the id */
    put(CLUSTER + 14, 3, 2);  /* length of the name */
    put(CLUSTER + 36, 16, 4); /* extra data */
    put(2 * CLUSTER + 8, 3ull * CLUSTER | 1ull << 63, 8);
    put(3 * CLUSTER, 4ull * CLUSTER | 1ull << 63, 8);
    put(3 * CLUSTER + 8, 5ull * CLUSTER, 8);
    put(3 * CLUSTER + 16, 6ull * CLUSTER | 1ull << 62, 8);
    put(3 * CLUSTER + 24, 7ull * CLUSTER | 1, 8);
}

static guint64 punch(const char *path, char **after)
{
    gsize len = 0;
    guint64 punched;

    ck_assert(g_file_set_contents(path, (char *)image, sizeof(image), NULL));
    punched = qcow2_punch_snapshots(path);
    ck_assert(g_file_get_contents(path, after, &len, NULL));
    ck_assert_uint_eq(len, sizeof(image));
    return punched;
}

START_TEST(test_punch)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    g_autofree char *after = NULL;

    make_image();
    ck_assert_uint_eq(punch(path, &after), 2 * CLUSTER);
    memset(image + 4 * CLUSTER, 0, 2 * CLUSTER);
    ck_assert_mem_eq(after, image, sizeof(image));
}
END_TEST

/** What is put into the header or the tables: nothing may be touched then. */
static const struct {
    gsize at;
    guint64 value;
    guint bytes;
} lies[] = {
    {0, 0, 4},                               /* no qcow2 */
    {20, 64, 4},                             /* clusters of 2^64 bytes */
    {20, 2, 4},                              /* clusters of 4 bytes */
    {60, 0, 4},                              /* no snapshots */
    {64, G_MAXINT64, 8},                     /* their table is nowhere */
    {64, CLUSTERS *CLUSTER - 8, 8},          /* or cut off */
    {CLUSTER, G_MAXINT64, 8},                /* the L1 table is nowhere */
    {CLUSTER + 8, G_MAXUINT32, 4},           /* or as long as can be */
    {2 * CLUSTER + 8, 0, 8},                 /* there is no L2 table */
    {2 * CLUSTER + 8, CLUSTERS *CLUSTER, 8}, /* or it is beyond the end */
};

START_TEST(test_lies)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = g_build_filename(dir, "image", NULL);
    g_autofree char *after = NULL;

    make_image();
    put(lies[_i].at, lies[_i].value, lies[_i].bytes);
    ck_assert_uint_eq(punch(path, &after), 0);
    ck_assert_mem_eq(after, image, sizeof(image));
}
END_TEST

START_TEST(test_no_image)
{
    g_autoptr(Temp) dir = temp_new();
    g_autofree char *path = temp_file(dir, "image", "QFI");

    ck_assert_uint_eq(qcow2_punch_snapshots(path), 0);
    ck_assert_uint_eq(qcow2_punch_snapshots("/nonexistent/image"), 0);
}
END_TEST

static void add_tests(TCase *tcase)
{
    tcase_add_test(tcase, test_punch);
    tcase_add_loop_test(tcase, test_lies, 0, G_N_ELEMENTS(lies));
    tcase_add_test(tcase, test_no_image);
}

int main(void)
{
    return temp_run("qcow2", add_tests);
}
