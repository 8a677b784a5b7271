/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The little that must be known of the events in QEMU's record/replay log; see rrlog.h. Logs come
 * from anywhere: every length is checked against what was read.
 */
#include "qmpbridge/engine/qemu/rrlog.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"

/** How far from the snapshot the first instruction may be, in bytes. */
#define MAX_SCAN (256u << 10)
/** Bytes of a log in memory at a time. */
#define READ_BYTES (64u << 10)

/** Codes counted from the front. */
enum { INSTRUCTION = 0, EXCEPTION = 2, ASYNC_BH = 3, ASYNC_NET = 9 };

/** Codes counted from EVENT_END backwards. */
enum {
    CHECKPOINT_CLOCK_VIRTUAL = 5,
    CLOCK_LAST = 10,
    CLOCK_FIRST = 11,
    RANDOM = 12,
    AUDIO_IN = 13,
    AUDIO_OUT = 14,
    CHAR_READ_ALL_ERROR = 15,
    CHAR_READ_ALL = 16,
    CHAR_WRITE = 17,
};

/** Kinds of an INPUT event. */
enum { INPUT_KEY, INPUT_BUTTON, INPUT_REL, INPUT_ABS, INPUT_TOUCH };

/** From this version on (the low byte of the first word) a key is one number. */
#define VERSION_PLAIN_KEYS 0x0e

/** Longest event without its array: a touch. */
#define HEAD_MAX 37u

/** What follows a code: some bytes, and perhaps an array with its length in 4 bytes before it. */
typedef struct {
    gint8 fixed; /**< UNKNOWN, or VARIABLE: head_length() knows */
    gboolean array;
} Layout;

enum { UNKNOWN = -1, VARIABLE = -2 };

/** How one log is written. */
typedef struct {
    guint8 version; /**< low byte of its first word */
    guint8 end;     /**< code of EVENT_END */
} Format;

static const Layout async_layouts[] = {
    {8, FALSE},        /* BH */
    {8, FALSE},        /* BH_ONESHOT */
    {VARIABLE, FALSE}, /* INPUT */
    {0, FALSE},        /* INPUT_SYNC */
    {1, TRUE},         /* CHAR_READ */
    {8, FALSE},        /* BLOCK */
    {5, TRUE},         /* NET */
};

/* What follows an event's code. */
static Layout layout_of(const Format *format, guint8 code)
{
    static const Layout nothing = {0, FALSE}, unknown = {UNKNOWN, FALSE};
    guint from_end = (guint)(guint8)(format->end - code);

    if (code > format->end)
        return unknown;
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
    case AUDIO_OUT:
        return (Layout){8, FALSE};
    case CHAR_READ_ALL:
        return (Layout){0, TRUE};
    case CHAR_READ_ALL_ERROR:
        return (Layout){4, FALSE};
    case RANDOM:
        return (Layout){4, TRUE};
    case AUDIO_IN: /* differs between versions; no VM of this program has one */
        return unknown;
    default:
        return nothing; /* checkpoints, shutdowns, the end */
    }
}

static guint32 get32(const guint8 *bytes)
{
    return (guint32)bytes[0] << 24 | (guint32)bytes[1] << 16 | (guint32)bytes[2] << 8 | bytes[3];
}

gsize rrlog_put_run(guint8 *bytes, guint32 insns)
{
    guint32 value = GUINT32_TO_BE(insns);

    bytes[0] = INSTRUCTION;
    memcpy(bytes + 1, &value, sizeof(value));
    return RRLOG_RUN_SIZE;
}

/* Of an INPUT event: as head_length(). */
static int input_length(const Format *format, const guint8 *bytes, gsize have)
{
    enum { KIND = 1 + 4, KEY_KIND = KIND + 4 };

    if (have < KIND)
        return KIND;
    switch (get32(bytes + 1)) {
    case INPUT_KEY:
        if (format->version >= VERSION_PLAIN_KEYS)
            return KIND + 4 + 1;
        if (have < KEY_KIND)
            return KEY_KIND;
        return KEY_KIND + (get32(bytes + KIND) == 0 ? 8 : 4) + 1; /* a number, or a QKeyCode */
    case INPUT_BUTTON:
        return KIND + 4 + 1;
    case INPUT_REL:
    case INPUT_ABS:
        return KIND + 4 + 8;
    case INPUT_TOUCH:
        return HEAD_MAX;
    default:
        return UNKNOWN;
    }
}

/* How many bytes an event has, up to the length of its array, as far as its first @have bytes (at
 * least 1) tell: what is returned is more than @have, or final. UNKNOWN: this program doesn't know
 * the event. */
static int head_length(const Format *format, const guint8 *bytes, gsize have)
{
    Layout layout = layout_of(format, bytes[0]);

    if (layout.fixed == VARIABLE)
        return input_length(format, bytes, have);
    if (layout.fixed == UNKNOWN)
        return UNKNOWN;
    return 1 + layout.fixed + (layout.array ? 4 : 0);
}

/* --- walking along a log ------------------------------------------------------------------- */

struct RrlogWalk {
    Format format;
    guint64 offset;        /**< in the log, of the next byte */
    guint64 event;         /**< of the first byte of the event under way */
    guint8 head[HEAD_MAX]; /**< its first bytes */
    guint have;
    int need;
    guint64 array;  /**< bytes of its array that are still to come */
    gboolean ended; /**< EVENT_END was there */
    guint64 insns;
};

RrlogWalk *rrlog_walk_new(guint8 version, guint8 end_code, guint64 offset)
{
    RrlogWalk *walk = g_new0(RrlogWalk, 1);

    walk->format = (Format){version, end_code};
    walk->offset = walk->event = offset;
    return walk;
}

void rrlog_walk_free(RrlogWalk *walk)
{
    g_free(walk);
}

static gboolean torn(const RrlogWalk *walk, GError **error, const char *what)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_RECORDING,
                "QEMU's log is torn: %s at byte %" G_GUINT64_FORMAT " (was the store full, or "
                "could it not be written, for a while?)",
                what, walk->event);
    return FALSE;
}

/* The head of an event is there. */
static gboolean take_head(RrlogWalk *walk, GError **error)
{
    guint8 code = walk->head[0];

    if (code == INSTRUCTION && get32(walk->head + 1) == 0)
        return torn(walk, error, "an event of no instructions");
    if (code == INSTRUCTION)
        walk->insns += get32(walk->head + 1);
    if (layout_of(&walk->format, code).array)
        walk->array = get32(walk->head + walk->have - 4);
    walk->ended = code == walk->format.end;
    walk->have = 0;
    return TRUE;
}

gboolean rrlog_walk_feed(RrlogWalk *walk, const guint8 *bytes, gsize len, GError **error)
{
    while (len > 0) {
        gsize n;

        if (walk->array > 0) {
            n = (gsize)MIN(walk->array, len);
            walk->array -= n;
        } else if (walk->ended) {
            walk->event = walk->offset;
            return torn(walk, error, "something follows the end");
        } else {
            if (walk->have == 0) {
                walk->event = walk->offset;
                walk->need = 1;
            }
            n = MIN((gsize)walk->need - walk->have, len);
            memcpy(walk->head + walk->have, bytes, n);
            walk->have += (guint)n;
        }
        bytes += n;
        len -= n;
        walk->offset += n;
        if (walk->have == 0 || walk->have < (guint)walk->need)
            continue;
        walk->need = head_length(&walk->format, walk->head, walk->have);
        if (walk->need == UNKNOWN) {
            g_autofree char *what = g_strdup_printf("an unknown event %u", walk->head[0]);

            return torn(walk, error, what);
        }
        if ((guint)walk->need == walk->have && !take_head(walk, error))
            return FALSE;
    }
    return TRUE;
}

gboolean rrlog_walk_finish(const RrlogWalk *walk, guint64 *insns, GError **error)
{
    *insns = walk->insns;
    if (walk->have > 0 || walk->array > 0)
        return torn(walk, error, "the last event isn't whole");
    if (!walk->ended)
        return torn(walk, error, "it has no end");
    return TRUE;
}

/* Reads how the log of @fd, which is finished, is written. */
static gboolean read_format(int fd, Format *format)
{
    guint8 word[4];
    off_t size = lseek(fd, 0, SEEK_END);

    if (size < (off_t)sizeof(word) || pread(fd, word, sizeof(word), 0) != sizeof(word) ||
        pread(fd, &format->end, 1, size - 1) != 1 || format->end <= CHAR_WRITE)
        return FALSE;
    format->version = word[3];
    return TRUE;
}

gboolean rrlog_check(const char *path, guint64 begin, guint64 *insns, GError **error)
{
    g_autofree guint8 *bytes = g_malloc(READ_BYTES);
    g_autoptr(RrlogWalk) walk = NULL;
    Format format = {0};
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    gboolean ok;
    ssize_t n;

    if (fd < 0 || !read_format(fd, &format)) {
        files_error(error, path, fd < 0 ? errno : EIO);
        if (fd >= 0)
            close(fd);
        return FALSE;
    }
    walk = rrlog_walk_new(format.version, format.end, begin);
    do {
        n = pread(fd, bytes, READ_BYTES, (off_t)walk->offset);
        if (n < 0)
            files_error(error, path, errno);
        ok = n >= 0 && rrlog_walk_feed(walk, bytes, (gsize)n, error);
    } while (ok && n > 0);
    close(fd);
    return ok && rrlog_walk_finish(walk, insns, error);
}

/* --- the due timer ------------------------------------------------------------------------ */

/* The length of the event at @bytes; 0 if it isn't known or not all there. */
static gsize event_length(const Format *format, const guint8 *bytes, gsize len)
{
    gsize have = 1;
    int need;

    while ((need = head_length(format, bytes, have)) != (int)have) {
        if (need == UNKNOWN || (gsize)need > len)
            return 0;
        have = (gsize)need;
    }
    if (layout_of(format, bytes[0]).array) {
        guint32 array = get32(bytes + have - 4);

        if (array > len - have)
            return 0;
        have += array;
    }
    return have;
}

/* What the first INSTRUCTION event counts may have run before the snapshot; a second one can't. */
static gboolean scan(const Format *format, const guint8 *bytes, gsize len, gsize *at)
{
    guint runs = 0;

    for (gsize i = 0; i < len;) {
        gsize length = event_length(format, bytes + i, len - i);

        if (length == 0 || (bytes[i] == INSTRUCTION && ++runs > 1))
            return FALSE;
        if (bytes[i] == format->end - CHECKPOINT_CLOCK_VIRTUAL) {
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
    Format format = {0};
    ssize_t n = -1;
    gsize at;

    if (fd < 0)
        return FALSE;
    if (read_format(fd, &format))
        n = pread(fd, bytes, MAX_SCAN, (off_t)begin);
    close(fd);
    if (n <= 0 || !scan(&format, bytes, (gsize)n, &at))
        return FALSE;
    *offset = begin + at;
    return TRUE;
}

gboolean rrlog_copy_without(const char *from, const char *to, guint64 offset, GError **error)
{
    return files_copy(from, to, 0, error) && files_cut_out(to, offset + 1, 1, error);
}
