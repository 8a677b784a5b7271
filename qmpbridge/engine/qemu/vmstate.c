/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A snapshot made while the guest runs; see vmstate.h. The stream lies in the image from its second
 * cluster on; the tables that lead to it follow once its length is known.
 */
#include "qmpbridge/engine/qemu/vmstate.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/core/limits.h"
#include "qmpbridge/store/files.h"

/* The stream. Source: QEMU's migration/savevm.c and migration/ram.c. */
#define STREAM_MAGIC "QEVM\0\0\0\3"
#define STREAM_MAGIC_SIZE 8u
#define SECTION_END_OF_STREAM 0x00u
#define SECTION_START 0x01u
#define SECTION_SUBSECTION 0x05u
#define SECTION_DESCRIPTION 0x06u
#define SECTION_CONFIGURATION 0x07u
#define SECTION_FOOTER 0x7eu
#define RAM_SECTION 0u /* any number: those of QEMU's own sections are looked up by name */
#define RAM_VERSION 4u
#define RAM_ZERO 0x02u
#define RAM_MEMORY_SIZE 0x04u
#define RAM_PAGE_FOLLOWS 0x08u
#define RAM_END 0x10u
#define RAM_SAME_BLOCK 0x20u
#define PAGE_BITS 12u

/* The image. Source: QEMU's docs/interop/qcow2.txt. */
#define CLUSTER_BITS 16u
#define CLUSTER (1u << CLUSTER_BITS)
#define TABLE_ENTRIES (CLUSTER / 8)
#define REFCOUNTS (CLUSTER / 2) /* in a block: 16 bits each */
#define VIRTUAL_SIZE (1u << 20)
#define HEADER_SIZE 104u

/** Bytes that are written at a time. */
#define BUFFER (1u << 20)
/** Most of what QEMU's devices hold. */
#define DEVICES_MAX (256u << 20)
/** Most blocks of memory. */
#define BLOCKS_MAX 256u

struct Vmstate {
    char *image, *devices, *machine, *name;
    GPtrArray *blocks; /**< the guest's RAM is the first */
    gboolean ahead, whole;
    int fd;
    int errnum;         /**< of a write that failed; 0 */
    guint64 written;    /**< bytes of the file up to @buffer */
    GByteArray *buffer; /**< what isn't written yet */
    /* The block that is read. */
    const VmstateBlock *block;
    gboolean named; /**< the latest record is of @block */
    guint64 next;   /**< offset that lies ahead; G_MAXUINT64: what isn't read stays */
};

static void block_free(gpointer data)
{
    VmstateBlock *block = data;

    g_free(block->name);
    g_free(block);
}

/* "pc.ram 4 KiB 0x0 0x10000000 0x10000000 0x7f1c00000000 rw": name, page size, offset, used length,
 * the most, host address. NULL: it isn't such a line. */
static VmstateBlock *read_block(const char *line, pid_t pid)
{
    char name[256];
    guint64 used, address;
    VmstateBlock *block;

    if (sscanf(line,
               " %255s %*u KiB 0x%*x 0x%" G_GINT64_MODIFIER "x 0x%*x 0x%" G_GINT64_MODIFIER "x",
               name, &used, &address) != 3 ||
        address == 0 || used == 0 || address % RAM_PAGE || used % RAM_PAGE)
        return NULL;
    block = g_new0(VmstateBlock, 1);
    block->name = g_strdup(name);
    block->region = (RamRegion){pid, address, used};
    return block;
}

GPtrArray *vmstate_read_blocks(const char *text, pid_t pid)
{
    g_autoptr(GPtrArray) blocks = g_ptr_array_new_with_free_func(block_free);
    g_auto(GStrv) lines = g_strsplit(text, "\n", BLOCKS_MAX);

    for (char **line = lines; *line; line++) {
        VmstateBlock *block = read_block(*line, pid);

        if (block)
            g_ptr_array_add(blocks, block);
        else if (line > lines && *g_strstrip(*line)) /* the first has titles */
            return NULL;
    }
    return g_steal_pointer(&blocks);
}

/* Moves the guest's RAM to the front. */
static gboolean find_ram(GPtrArray *blocks, const RamRegion *ram)
{
    for (guint i = 0; i < blocks->len; i++) {
        VmstateBlock *block = g_ptr_array_index(blocks, i);

        if (block->region.address == ram->address && block->region.size == ram->size) {
            blocks->pdata[i] = blocks->pdata[0];
            blocks->pdata[0] = block;
            return TRUE;
        }
    }
    return FALSE;
}

Vmstate *vmstate_new(const char *image, const char *machine, GPtrArray *blocks,
                     const RamRegion *ram)
{
    Vmstate *vmstate;

    if (!find_ram(blocks, ram)) {
        g_ptr_array_unref(blocks);
        return NULL;
    }
    vmstate = g_new0(Vmstate, 1);
    vmstate->image = g_strdup(image);
    vmstate->devices = g_strconcat(image, ".devices", NULL);
    vmstate->machine = g_strdup(machine);
    vmstate->blocks = blocks;
    vmstate->buffer = g_byte_array_new();
    vmstate->fd = -1;
    return vmstate;
}

void vmstate_free(Vmstate *vmstate)
{
    if (!vmstate)
        return;
    if (vmstate->fd >= 0) {
        close(vmstate->fd);
        if (!vmstate->whole)
            g_unlink(vmstate->image);
    }
    g_unlink(vmstate->devices);
    g_ptr_array_unref(vmstate->blocks);
    g_byte_array_unref(vmstate->buffer);
    g_free(vmstate->image);
    g_free(vmstate->devices);
    g_free(vmstate->machine);
    g_free(vmstate->name);
    g_free(vmstate);
}

const char *vmstate_devices(const Vmstate *vmstate)
{
    return vmstate->devices;
}

gboolean vmstate_is_ahead(const Vmstate *vmstate)
{
    return vmstate->ahead;
}

void vmstate_set_name(Vmstate *vmstate, const char *name)
{
    g_free(vmstate->name);
    vmstate->name = g_strdup(name);
}

/* --- what is written ----------------------------------------------------------------------- */

static gboolean flush(Vmstate *vmstate)
{
    const guint8 *bytes = vmstate->buffer->data;
    gsize left = vmstate->buffer->len;

    while (left > 0 && !vmstate->errnum) {
        ssize_t n = pwrite(vmstate->fd, bytes, left, (off_t)vmstate->written);

        if (n > 0) {
            bytes += n;
            left -= (gsize)n;
            vmstate->written += (guint64)n;
        } else if (n == 0 || errno != EINTR) {
            vmstate->errnum = n == 0 ? ENOSPC : errno;
        }
    }
    g_byte_array_set_size(vmstate->buffer, 0);
    return !vmstate->errnum;
}

static void put(Vmstate *vmstate, const void *bytes, gsize len)
{
    g_byte_array_append(vmstate->buffer, bytes, (guint)len);
    if (vmstate->buffer->len >= BUFFER)
        flush(vmstate);
}

static void put8(Vmstate *vmstate, guint8 value)
{
    put(vmstate, &value, sizeof(value));
}

static void put16(Vmstate *vmstate, guint16 value)
{
    value = GUINT16_TO_BE(value);
    put(vmstate, &value, sizeof(value));
}

static void put32(Vmstate *vmstate, guint32 value)
{
    value = GUINT32_TO_BE(value);
    put(vmstate, &value, sizeof(value));
}

static void put64(Vmstate *vmstate, guint64 value)
{
    value = GUINT64_TO_BE(value);
    put(vmstate, &value, sizeof(value));
}

/* A text of at most 255 bytes, behind its length. */
static void put_text(Vmstate *vmstate, const char *text)
{
    put8(vmstate, (guint8)strlen(text));
    put(vmstate, text, strlen(text));
}

/* Where the next byte comes to lie in the file. */
static guint64 position(const Vmstate *vmstate)
{
    return vmstate->written + vmstate->buffer->len;
}

/* Up to the next cluster. */
static void fill_cluster(Vmstate *vmstate)
{
    static const guint8 zeros[CLUSTER];

    put(vmstate, zeros, -position(vmstate) % CLUSTER);
}

/* --- the stream ---------------------------------------------------------------------------- */

/* What begins it, and its section of RAM. */
static void put_head(Vmstate *vmstate)
{
    guint64 total = 0;

    put(vmstate, STREAM_MAGIC, STREAM_MAGIC_SIZE);
    put8(vmstate, SECTION_CONFIGURATION);
    put32(vmstate, (guint32)strlen(vmstate->machine));
    put(vmstate, vmstate->machine, strlen(vmstate->machine));
    put8(vmstate, SECTION_SUBSECTION); /* QEMU leaves it out where there is no choice */
    put_text(vmstate, "configuration/target-page-bits");
    put32(vmstate, 1);
    put32(vmstate, PAGE_BITS);
    put8(vmstate, SECTION_START);
    put32(vmstate, RAM_SECTION);
    put_text(vmstate, "ram");
    put32(vmstate, 0);
    put32(vmstate, RAM_VERSION);
    for (guint i = 0; i < vmstate->blocks->len; i++)
        total += ((VmstateBlock *)g_ptr_array_index(vmstate->blocks, i))->region.size;
    put64(vmstate, total | RAM_MEMORY_SIZE);
    for (guint i = 0; i < vmstate->blocks->len; i++) {
        const VmstateBlock *block = g_ptr_array_index(vmstate->blocks, i);

        put_text(vmstate, block->name);
        put64(vmstate, block->region.size);
    }
}

static void put_record(Vmstate *vmstate, guint64 offset, guint flags)
{
    put64(vmstate, offset | flags | (vmstate->named ? RAM_SAME_BLOCK : 0));
    if (!vmstate->named)
        put_text(vmstate, vmstate->block->name);
    vmstate->named = TRUE;
}

static void put_zeros(Vmstate *vmstate, guint64 from, guint64 to)
{
    for (; from < to; from += RAM_PAGE) {
        put_record(vmstate, from, RAM_ZERO);
        put8(vmstate, 0);
    }
}

/* RamRunFunc. */
static gboolean put_run(const guint8 *pages, gsize len, guint64 offset, gboolean zero,
                        gpointer user_data)
{
    Vmstate *vmstate = user_data;

    if (vmstate->next < offset)
        put_zeros(vmstate, vmstate->next, offset);
    if (vmstate->next != G_MAXUINT64)
        vmstate->next = offset + len;
    if (zero)
        put_zeros(vmstate, offset, offset + len);
    for (gsize at = 0; !zero && at < len; at += RAM_PAGE) {
        put_record(vmstate, offset + at, RAM_PAGE_FOLLOWS);
        put(vmstate, pages + at, RAM_PAGE);
    }
    return !vmstate->errnum;
}

static gboolean write_error(const Vmstate *vmstate, GError **error)
{
    files_error(error, vmstate->image, vmstate->errnum);
    return FALSE;
}

/* @written: only what was written to it since ram_watch(). */
static gboolean put_block(Vmstate *vmstate, const VmstateBlock *block, gboolean written,
                          GError **error)
{
    g_autoptr(GError) unread = NULL;

    vmstate->block = block;
    vmstate->named = FALSE;
    vmstate->next = written ? G_MAXUINT64 : 0;
    if (!ram_read(&block->region, written, put_run, vmstate, &unread) && !vmstate->errnum) {
        g_propagate_error(error, g_steal_pointer(&unread));
        return FALSE;
    }
    if (!written)
        put_zeros(vmstate, vmstate->next, block->region.size);
    return !vmstate->errnum || write_error(vmstate, error);
}

gboolean vmstate_take_ahead(gpointer data, GError **error)
{
    Vmstate *vmstate = data;
    const VmstateBlock *ram = g_ptr_array_index(vmstate->blocks, 0);

    if (!ram_watch(&ram->region))
        return TRUE;
    vmstate->fd = open(vmstate->image, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    vmstate->errnum = vmstate->fd < 0 ? errno : 0;
    if (vmstate->errnum)
        return write_error(vmstate, error);
    vmstate->written = CLUSTER;
    put_head(vmstate);
    vmstate->ahead = put_block(vmstate, ram, FALSE, error);
    return vmstate->ahead;
}

/* The stream's sections behind RAM: those of QEMU's devices, as it wrote them. */
static gboolean put_devices(Vmstate *vmstate, GError **error)
{
    g_autofree char *bytes = NULL;
    gsize len = 0;
    GStatBuf info;

    if (g_lstat(vmstate->devices, &info) != 0) {
        files_error(error, vmstate->devices, errno);
        return FALSE;
    }
    if (!S_ISREG(info.st_mode) || info.st_size > DEVICES_MAX ||
        !g_file_get_contents(vmstate->devices, &bytes, &len, NULL) || len <= STREAM_MAGIC_SIZE ||
        memcmp(bytes, STREAM_MAGIC, STREAM_MAGIC_SIZE) != 0 ||
        bytes[len - 1] != SECTION_END_OF_STREAM) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "%s isn't what QEMU should have written: the state of its devices",
                    vmstate->devices);
        return FALSE;
    }
    put(vmstate, bytes + STREAM_MAGIC_SIZE, len - STREAM_MAGIC_SIZE);
    put8(vmstate, SECTION_DESCRIPTION); /* for people; QEMU only wants it to be there */
    put32(vmstate, 2);
    put(vmstate, "{}", 2);
    return TRUE;
}

/* --- the image's tables -------------------------------------------------------------------- */

/** Where things lie in the image, in clusters. */
typedef struct {
    guint64 data, data_end, l2, l1, snapshot_l1, snapshots, refcount_table, refcounts, end;
    guint64 stream;         /**< bytes */
    guint64 n_l2, n_blocks; /**< tables of the second level, blocks of refcounts */
} ImageLayout;

static ImageLayout lay_out(guint64 stream)
{
    ImageLayout layout = {.data = 1, .stream = stream};
    guint64 clusters = (stream + CLUSTER - 1) / CLUSTER, rest;

    layout.data_end = layout.l2 = layout.data + clusters;
    layout.n_l2 = (clusters + TABLE_ENTRIES - 1) / TABLE_ENTRIES;
    layout.l1 = layout.l2 + layout.n_l2;
    layout.snapshot_l1 = layout.l1 + 1;
    layout.snapshots = layout.snapshot_l1 + 1;
    layout.refcount_table = layout.snapshots + 1;
    layout.refcounts = layout.refcount_table + 1;
    do { /* the blocks count themselves, too */
        rest = layout.n_blocks;
        layout.n_blocks = (layout.refcounts + rest + REFCOUNTS - 1) / REFCOUNTS;
    } while (layout.n_blocks != rest);
    layout.end = layout.refcounts + layout.n_blocks;
    return layout;
}

static void put_header(Vmstate *vmstate, const ImageLayout *layout)
{
    put(vmstate, "QFI\xfb", 4);
    put32(vmstate, 3);
    put64(vmstate, 0); /* no backing file */
    put32(vmstate, 0);
    put32(vmstate, CLUSTER_BITS);
    put64(vmstate, VIRTUAL_SIZE);
    put32(vmstate, 0); /* not encrypted */
    put32(vmstate, (guint32)(1 + layout->n_l2));
    put64(vmstate, layout->l1 * CLUSTER);
    put64(vmstate, layout->refcount_table * CLUSTER);
    put32(vmstate, 1); /* clusters of that table */
    put32(vmstate, 1); /* snapshots */
    put64(vmstate, layout->snapshots * CLUSTER);
    put64(vmstate, 0); /* features */
    put64(vmstate, 0);
    put64(vmstate, 0);
    put32(vmstate, 4); /* refcounts of 2^4 bits */
    put32(vmstate, HEADER_SIZE);
    put64(vmstate, 0); /* no extensions */
}

/* The image has no data of its own; the vmstate lies behind its end, in a table of its own. */
static void put_tables(Vmstate *vmstate, const ImageLayout *layout)
{
    for (guint64 cluster = layout->data; cluster < layout->data_end; cluster++)
        put64(vmstate, cluster * CLUSTER);
    fill_cluster(vmstate);
    put64(vmstate, 0);
    fill_cluster(vmstate); /* of the image: all zero */
    put64(vmstate, 0);
    for (guint64 i = 0; i < layout->n_l2; i++)
        put64(vmstate, (layout->l2 + i) * CLUSTER);
    fill_cluster(vmstate);
}

static void put_snapshot(Vmstate *vmstate, const ImageLayout *layout)
{
    put64(vmstate, layout->snapshot_l1 * CLUSTER);
    put32(vmstate, (guint32)(1 + layout->n_l2));
    put16(vmstate, 1);
    put16(vmstate, (guint16)strlen(vmstate->name));
    put32(vmstate, (guint32)(g_get_real_time() / G_USEC_PER_SEC));
    put32(vmstate, 0);
    put64(vmstate, 0); /* the VM's clock: for people */
    put32(vmstate, layout->stream > G_MAXINT32 ? 0 : (guint32)layout->stream);
    put32(vmstate, 16); /* bytes of what was added to the format later: */
    put64(vmstate, layout->stream);
    put64(vmstate, VIRTUAL_SIZE);
    put(vmstate, "1", 1);
    put(vmstate, vmstate->name, strlen(vmstate->name));
    fill_cluster(vmstate);
}

static void put_refcounts(Vmstate *vmstate, const ImageLayout *layout)
{
    for (guint64 i = 0; i < layout->n_blocks; i++)
        put64(vmstate, (layout->refcounts + i) * CLUSTER);
    fill_cluster(vmstate);
    for (guint64 cluster = 0; cluster < layout->end; cluster++)
        put16(vmstate, 1);
    fill_cluster(vmstate);
}

static gboolean put_image(Vmstate *vmstate)
{
    ImageLayout layout = lay_out(position(vmstate) - CLUSTER);

    fill_cluster(vmstate);
    put_tables(vmstate, &layout);
    put_snapshot(vmstate, &layout);
    put_refcounts(vmstate, &layout);
    if (!flush(vmstate))
        return FALSE;
    vmstate->written = 0;
    put_header(vmstate, &layout);
    return flush(vmstate);
}

gboolean vmstate_take(gpointer data, GError **error)
{
    Vmstate *vmstate = data;
    GPtrArray *blocks = vmstate->blocks;

    if (!put_block(vmstate, g_ptr_array_index(blocks, 0), TRUE, error))
        return FALSE;
    for (guint i = 1; i < blocks->len; i++) {
        if (!put_block(vmstate, g_ptr_array_index(blocks, i), FALSE, error))
            return FALSE;
    }
    put64(vmstate, RAM_END);
    put8(vmstate, SECTION_FOOTER);
    put32(vmstate, RAM_SECTION);
    if (!put_devices(vmstate, error))
        return FALSE;
    vmstate->whole = put_image(vmstate);
    g_unlink(vmstate->devices);
    return vmstate->whole || write_error(vmstate, error);
}
