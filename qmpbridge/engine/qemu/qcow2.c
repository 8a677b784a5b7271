/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little of the qcow2 format that is needed to give back space; see qcow2.h. A snapshot has
 * an L1 table of its own; its entries point to L2 tables, whose entries point to data clusters.
 * The clusters of a snapshot in an image without data belong to that snapshot alone.
 */
#include "qmpbridge/engine/qemu/qcow2.h"

#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/limits.h"

/** Offset of a cluster in an entry of an L1 or L2 table. */
#define ENTRY_OFFSET 0x00fffffffffffe00ull
/** Entry of an L2 table: compressed (bit 62), or zero (bit 0). */
#define L2_SPECIAL ((1ull << 62) | 1ull)

typedef struct {
    int fd;
    guint cluster_bits;
    guint64 punched;       /**< bytes given back */
    guint64 start, length; /**< the run of clusters that is being gathered */
} Image;

/** Where a snapshot's L1 table is. */
typedef struct {
    guint64 offset;
    guint32 entries;
} Table;

static guint32 get32(const guint8 *bytes)
{
    guint32 value;

    memcpy(&value, bytes, sizeof(value));
    return GUINT32_FROM_BE(value);
}

static guint64 get64(const guint8 *bytes)
{
    guint64 value;

    memcpy(&value, bytes, sizeof(value));
    return GUINT64_FROM_BE(value);
}

static gboolean read_at(const Image *image, guint64 offset, void *buffer, gsize len)
{
    return pread(image->fd, buffer, len, (off_t)offset) == (ssize_t)len;
}

static void punch_run(Image *image)
{
    if (image->length > 0 && fallocate(image->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                       (off_t)image->start, (off_t)image->length) == 0)
        image->punched += image->length;
    image->length = 0;
}

static void punch_cluster(Image *image, guint64 offset)
{
    guint64 size = 1ull << image->cluster_bits;

    if (image->length > 0 && image->start + image->length == offset) {
        image->length += size;
        return;
    }
    punch_run(image);
    image->start = offset;
    image->length = size;
}

static void punch_l2(Image *image, guint64 table)
{
    gsize size = (gsize)1 << image->cluster_bits;
    g_autofree guint8 *entries = g_malloc(size);

    if (!read_at(image, table, entries, size))
        return;
    for (gsize at = 0; at < size; at += 8) {
        guint64 entry = get64(entries + at);

        if ((entry & ENTRY_OFFSET) && !(entry & L2_SPECIAL))
            punch_cluster(image, entry & ENTRY_OFFSET);
    }
}

static void punch_snapshot(Image *image, const Table *l1)
{
    g_autofree guint8 *entries = g_malloc((gsize)l1->entries * 8);

    if (!read_at(image, l1->offset, entries, (gsize)l1->entries * 8))
        return;
    for (guint32 i = 0; i < l1->entries; i++) {
        guint64 table = get64(entries + (gsize)i * 8) & ENTRY_OFFSET;

        if (table)
            punch_l2(image, table);
    }
    punch_run(image);
}

/* Length of the snapshot table's entry at @entry, whose fixed part is 40 bytes. */
static guint64 entry_length(const guint8 *entry)
{
    guint64 length = 40 + (guint64)get32(entry + 36) + ((guint)entry[12] << 8 | entry[13]) +
                     ((guint)entry[14] << 8 | entry[15]);

    return (length + 7) & ~7ull;
}

/* Reads the L1 tables of all snapshots. Returns: (transfer full) (element-type Table). */
static GArray *read_snapshots(const Image *image, guint32 count, guint64 offset)
{
    GArray *tables = g_array_new(FALSE, FALSE, sizeof(Table));
    guint8 entry[40];

    for (guint32 i = 0; i < count && read_at(image, offset, entry, sizeof(entry)); i++) {
        Table table = {get64(entry), get32(entry + 8)};

        g_array_append_val(tables, table);
        offset += entry_length(entry);
    }
    return tables;
}

guint64 qcow2_punch_snapshots(const char *path)
{
    Image image = {.fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW)};
    guint8 header[72];

    if (image.fd < 0)
        return 0;
    if (read_at(&image, 0, header, sizeof(header)) && memcmp(header, "QFI\xfb", 4) == 0) {
        guint32 count = MIN(get32(header + 60), QCOW2_MAX_TABLE);
        g_autoptr(GArray) tables = NULL;

        image.cluster_bits = get32(header + 20);
        if (image.cluster_bits >= 9 && image.cluster_bits <= 21) {
            tables = read_snapshots(&image, count, get64(header + 64));
            for (guint left = MIN(tables->len, QCOW2_MAX_SNAPSHOTS); left > 0; left--) {
                const Table *table = &g_array_index(tables, Table, tables->len - left);

                if (table->entries <= QCOW2_MAX_L1)
                    punch_snapshot(&image, table);
            }
        }
    }
    close(image.fd);
    return image.punched;
}
