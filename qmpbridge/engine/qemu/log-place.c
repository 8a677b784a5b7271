/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How far QEMU's log has come; see log-place.h.
 */
#include "qmpbridge/engine/qemu/log-place.h"

#include <string.h>

#include "qmpbridge/store/files.h"

/** Section, number, name, instance and version (QEMU's replay/replay-snapshot.c). It is the second
 * one: nothing that a guest may choose comes before it. */
#define SECTION_FULL 0x04u
#define SECTION_NAME "\006replay"
#define SECTION_REST "\0\0\0\0\0\0\0\3"
#define FIRST_BYTES 4096u
/** From the section's name on. */
enum { BEFORE = 5, REST = 7, ICOUNT = 31, OFFSET = 52, END = 60 };

static guint64 get64(const guint8 *bytes)
{
    guint64 value;

    memcpy(&value, bytes, sizeof(value));
    return GUINT64_FROM_BE(value);
}

gboolean log_place_find(const guint8 *bytes, gsize len, LogPlace *place)
{
    len = MIN(len, FIRST_BYTES);
    for (gsize i = BEFORE; i + END <= len; i++) {
        if (memcmp(bytes + i, SECTION_NAME, REST) != 0 || bytes[i - BEFORE] != SECTION_FULL)
            continue;
        place->icount = get64(bytes + i + ICOUNT);
        place->offset = get64(bytes + i + OFFSET);
        return memcmp(bytes + i + REST, SECTION_REST, sizeof(SECTION_REST) - 1) == 0;
    }
    return FALSE;
}

gboolean log_place_read(const char *path, LogPlace *place)
{
    guint8 bytes[FIRST_BYTES];

    return log_place_find(bytes, files_head(path, bytes, sizeof(bytes)), place);
}
