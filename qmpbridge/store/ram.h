/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside: a stopped QEMU's memory is read by process_vm_readv(), or through
 * /proc/PID/mem where that isn't allowed, without a word to QEMU and at the speed of memory.
 */
#pragma once

#include <sys/types.h>

#include "qmpbridge/store/digester.h"

G_BEGIN_DECLS

#define RAM_PAGE DIGESTER_PAGE

/** Where guest RAM is found. */
typedef struct {
    pid_t pid;       /**< QEMU's process, stopped at the monitor */
    guint64 address; /**< of guest RAM in that process, a whole number of pages */
    guint64 size;    /**< bytes */
} RamRegion;

/** Bytes of memory that the process @pid holds at the moment: no guest in it has touched more RAM,
 * unless some of it is swapped out. 0 if it can't be found. */
guint64 ram_resident(pid_t pid);

/** Gets pages in a row of which all or none are zero. @len: a whole number of pages. @offset: bytes
 * from the start of RAM. Returns: FALSE to end the reading. */
typedef gboolean (*RamRunFunc)(const guint8 *pages, gsize len, guint64 offset, gboolean zero,
                               gpointer user_data);

/**
 * Reads RAM in order of address. @written: only what was written since ram_watch(), and all if the
 * kernel can't say; otherwise what isn't known to be zero. Blocks. Errors: EMULATOR, also where
 * @func has ended it.
 */
gboolean ram_read(const RamRegion *region, gboolean written, RamRunFunc func, gpointer user_data,
                  GError **error);

/** Copies RAM into the new sparse file @path; zero pages become holes. Blocks. Errors: STORE,
 * FULL, EMULATOR. */
gboolean ram_copy(const RamRegion *region, const char *path, GError **error);

/**
 * From now on, also while the guest runs, the kernel notes which pages are written. Blocks.
 * Returns: FALSE where it can't: before Linux 6.7, or if the plugin hasn't had QEMU's memory
 * watched (plugin/watch.h).
 */
gboolean ram_watch(const RamRegion *region);

/** Brings a copy up to date that was made since ram_watch(): reads what was written meanwhile, and
 * all if the kernel can't say. Blocks. Errors: STORE, FULL, EMULATOR. */
gboolean ram_copy_written(const RamRegion *region, const char *path, GError **error);

/** Digest of the RAM of a stopped QEMU, by pages. Blocks. Errors: EMULATOR. (transfer full), or
 * NULL. */
char *ram_digest(const RamRegion *region, GError **error);
typedef char *(*RamDigestFunc)(const RamRegion *region, GError **error);

/** The same digest of a file, whose last page counts as filled up with zeros; holes cost nothing.
 * Blocks. Errors: STORE, FULL. Returns: (transfer full), or NULL. */
char *ram_digest_file(const char *path, GError **error);

G_END_DECLS
