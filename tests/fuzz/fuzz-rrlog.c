/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fuzz target: bytes through the walk along a record/replay log. Its verdict must not depend on how
 * the bytes were cut into reads. The first byte chooses the version and the size of a read.
 */
#include "tests/fuzz/fuzz.h"

#include "qmpbridge/engine/qemu/rrlog.h"

#define END_CODE 0x27

static char *walk(const uint8_t *data, size_t size, size_t chunk, guint8 version)
{
    g_autoptr(RrlogWalk) walk = rrlog_walk_new(version, END_CODE, 12);
    g_autoptr(GError) error = NULL;
    guint64 insns = 0;
    gboolean whole = TRUE;

    for (size_t at = 0; whole && at < size; at += chunk)
        whole = rrlog_walk_feed(walk, data + at, MIN(chunk, size - at), &error);
    if (whole)
        whole = rrlog_walk_finish(walk, &insns, &error);
    g_assert_true(whole == (error == NULL));
    if (whole)
        g_assert_cmpuint(data[size - 1], ==, END_CODE);
    return whole ? g_strdup_printf("%" G_GUINT64_FORMAT, insns) : g_strdup(error->message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    g_autofree char *whole = NULL;
    g_autofree char *cut = NULL;
    guint8 version;

    if (size < 2)
        return 0;
    version = data[0] & 0x80 ? 12 : 14;
    whole = walk(data + 1, size - 1, size, version);
    cut = walk(data + 1, size - 1, (data[0] & 31u) + 1u, version);
    g_assert_cmpstr(whole, ==, cut);
    return 0;
}
