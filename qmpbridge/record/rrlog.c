/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that must be known of the events in QEMU's record/replay log; see rrlog.h. Logs come
 * from anywhere: every length is checked against what was read.
 */
#include "qmpbridge/record/rrlog.h"

#include <fcntl.h>
#include <unistd.h>

#include "qmpbridge/record/files.h"

/** How far from the snapshot the first instruction may be, in bytes. */
#define MAX_SCAN (256u << 10)

/** Codes counted from the front. */
enum { INSTRUCTION = 0, EXCEPTION = 2, ASYNC_BH = 3, ASYNC_NET = 9 };

/** Codes counted from EVENT_END backwards. */
enum {
    CHECKPOINT_CLOCK_VIRTUAL = 5,
    CHECKPOINT_FIRST = 9,
    CLOCK_LAST = 10,
    CLOCK_FIRST = 11,
    RANDOM = 12,
    AUDIO_OUT = 14,
    CHAR_READ_ALL_ERROR = 15,
    CHAR_READ_ALL = 16,
    CHAR_WRITE = 17,
};

/** What follows a code: some bytes, and perhaps an array with its length in 4 bytes before it. */
typedef struct {
    gint8 fixed; /**< -1: not known */
    gboolean array;
} Layout;

static const Layout async_layouts[] = {
    {8, FALSE},  /* BH */
    {8, FALSE},  /* BH_ONESHOT */
    {-1, FALSE}, /* INPUT */
    {0, FALSE},  /* INPUT_SYNC */
    {1, TRUE},   /* CHAR_READ */
    {8, FALSE},  /* BLOCK */
    {5, TRUE},   /* NET */
};

/* What follows an event's code. @from_end: the code counted from EVENT_END. */
static Layout layout_of(guint code, guint from_end)
{
    static const Layout nothing = {0, FALSE}, unknown = {-1, FALSE};

    if (code == INSTRUCTION)
        return (Layout){4, FALSE};
    if (code <= EXCEPTION)
        return nothing;
    if (code <= ASYNC_NET)
        return async_layouts[code - ASYNC_BH];
    switch (from_end) {
    case CLOCK_FIRST:
    case CLOCK_LAST:
    case CHAR_WRITE:
        return (Layout){8, FALSE};
    case CHAR_READ_ALL:
        return (Layout){0, TRUE};
    case CHAR_READ_ALL_ERROR:
    case AUDIO_OUT:
        return (Layout){4, FALSE};
    case RANDOM:
        return (Layout){4, TRUE};
    default:
        return from_end <= CHECKPOINT_FIRST ? nothing : unknown;
    }
}

/* The length of the event at @bytes with its code; 0 if it isn't known or not all there. */
static gsize event_length(const guint8 *bytes, gsize len, guint8 end_code)
{
    Layout layout = layout_of(bytes[0], (guint)(guint8)(end_code - bytes[0]));
    gsize need = 1 + (gsize)layout.fixed;

    if (layout.fixed < 0 || need > len)
        return 0;
    if (layout.array) {
        guint32 array;

        if (need + sizeof(array) > len)
            return 0;
        array = (guint32)bytes[need] << 24 | (guint32)bytes[need + 1] << 16 |
                (guint32)bytes[need + 2] << 8 | bytes[need + 3];
        need += sizeof(array);
        if (array > len - need)
            return 0;
        need += array;
    }
    return need;
}

static gboolean scan(const guint8 *bytes, gsize len, guint8 end_code, gsize *at)
{
    for (gsize i = 0; i < len;) {
        gsize length = event_length(bytes + i, len - i, end_code);

        if (length == 0 || bytes[i] == INSTRUCTION)
            return FALSE;
        if (bytes[i] == end_code - CHECKPOINT_CLOCK_VIRTUAL) {
            *at = i;
            return TRUE;
        }
        i += length;
    }
    return FALSE;
}

gboolean rrlog_find_due_timer(const char *path, guint64 begin, guint64 *offset)
{
    g_autofree guint8 *bytes = g_malloc(MAX_SCAN);
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    guint8 end_code = 0;
    ssize_t n = -1;
    gsize at;
    off_t size;

    if (fd < 0)
        return FALSE;
    size = lseek(fd, 0, SEEK_END);
    if (size > 0 && pread(fd, &end_code, 1, size - 1) == 1)
        n = pread(fd, bytes, MAX_SCAN, (off_t)begin);
    close(fd);
    if (n <= 0 || end_code <= CHAR_WRITE || !scan(bytes, (gsize)n, end_code, &at))
        return FALSE;
    *offset = begin + at;
    return TRUE;
}

gboolean rrlog_copy_without(const char *from, const char *to, guint64 offset, GError **error)
{
    return files_copy(from, to, 0, error) && files_cut_out(to, offset + 1, 1, error);
}
