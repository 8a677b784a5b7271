/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside; see ram.h.
 */
#include "qmpbridge/record/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/record/files.h"

/** Bytes read at a time; a whole number of pages. */
#define CHUNK (1u << 20)
/** Failures of a read that may be passing. */
#define MAX_FAILURES 100u

/** What is done with a page that isn't all zero. @offset: bytes from the start of RAM. */
typedef gboolean (*PageFunc)(const guint8 *page, guint64 offset, gpointer user_data);

gboolean ram_parse_gpa2hva(const char *text, guint64 *address, GError **error)
{
    const char *value = strstr(text, " is 0x");
    char *end = NULL;

    if (g_str_has_prefix(text, "Host virtual address for ") && value) {
        *address = g_ascii_strtoull(value + strlen(" is "), &end, 16);
        if (*address != 0 && *address % RAM_PAGE == 0)
            return TRUE;
    }
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_PROTOCOL,
                "QEMU doesn't tell where guest RAM is: gpa2hva said '%.100s'", text);
    return FALSE;
}

static gboolean is_zero(const guint8 *page)
{
    /* Equal to itself shifted by one, and the first byte zero: memcmp is vectorised. */
    return page[0] == 0 && memcmp(page, page + 1, RAM_PAGE - 1) == 0;
}

/* The start of the page in which the next data is at or after @at: a file's holes are skipped.
 * G_MAXUINT64 where only a hole is left. Memory has no holes to tell of. */
static guint64 next_data(int fd, guint64 at)
{
    off_t data = lseek(fd, (off_t)at, SEEK_DATA);

    if (data < 0)
        return errno == ENXIO ? G_MAXUINT64 : at;
    return MAX(at, (guint64)data & ~(guint64)(RAM_PAGE - 1));
}

/* Reads @len bytes, and zeros up to the end of the last page. */
static gboolean read_pages(int fd, guint64 at, guint8 *buffer, gsize len)
{
    gsize done = 0;
    guint failures = 0;

    while (done < len) {
        ssize_t n = pread(fd, buffer + done, len - done, (off_t)(at + done));

        if (n > 0) {
            done += (gsize)n;
        } else if (n == 0) {
            errno = EIO;
            return FALSE;
        } else if ((errno != EINTR && errno != EIO) || ++failures > MAX_FAILURES) {
            return FALSE; /* memory that the kernel is just moving gives EIO too */
        }
    }
    memset(buffer + len, 0, -len % RAM_PAGE);
    return TRUE;
}

/* Calls @func for each non-zero page among @size bytes of @fd at @start, which begins a page. */
static gboolean for_each_page(int fd, guint64 start, guint64 size, PageFunc func,
                              gpointer user_data)
{
    g_autofree guint8 *buffer = g_malloc(CHUNK);

    for (guint64 offset = 0; offset < size; offset += CHUNK) {
        guint64 data = next_data(fd, start + offset);
        gsize want;

        if (data - start >= size)
            break;
        offset = data - start;
        want = MIN(size - offset, CHUNK);
        if (!read_pages(fd, data, buffer, want))
            return FALSE;
        for (gsize at = 0; at < want; at += RAM_PAGE) {
            if (!is_zero(buffer + at) && !func(buffer + at, offset + at, user_data))
                return FALSE;
        }
    }
    return TRUE;
}

static int open_memory(pid_t pid, GError **error)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/mem", (int)pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);

    if (fd < 0)
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "guest RAM can't be read through %s: %s: see ptrace_scope in yama(7)", path,
                    g_strerror(errno));
    return fd;
}

/** Where pages are written. */
typedef struct {
    int fd;
    gboolean failed;
} Copy;

static gboolean write_page(const guint8 *page, guint64 offset, gpointer user_data)
{
    Copy *copy = user_data;
    ssize_t n = pwrite(copy->fd, page, RAM_PAGE, (off_t)offset);

    if (n >= 0 && n != RAM_PAGE)
        errno = ENOSPC;
    copy->failed = n != RAM_PAGE;
    return !copy->failed;
}

static void unreadable(GError **error)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read: %s",
                g_strerror(errno));
}

gboolean ram_copy(const RamRegion *region, const char *path, GError **error)
{
    int memory = open_memory(region->pid, error);
    Copy copy = {0};
    gboolean good = FALSE;

    if (memory < 0)
        return FALSE;
    copy.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    copy.failed = copy.fd < 0 || ftruncate(copy.fd, (off_t)region->size) != 0;
    if (!copy.failed)
        good = for_each_page(memory, region->address, region->size, write_page, &copy);
    if (copy.failed)
        files_error(error, path, errno);
    else if (!good)
        unreadable(error);
    close(memory);
    if (copy.fd >= 0)
        close(copy.fd);
    return good;
}

static gboolean hash_page(const guint8 *page, guint64 offset, gpointer user_data)
{
    GChecksum *checksum = user_data;
    guint64 index = GUINT64_TO_LE(offset / RAM_PAGE);

    g_checksum_update(checksum, (const guchar *)&index, sizeof(index));
    g_checksum_update(checksum, page, RAM_PAGE);
    return TRUE;
}

static char *digest(int fd, guint64 start, guint64 size)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint64 length = GUINT64_TO_LE(size);

    if (!for_each_page(fd, start, size, hash_page, checksum))
        return NULL;
    g_checksum_update(checksum, (const guchar *)&length, sizeof(length));
    return g_strdup(g_checksum_get_string(checksum));
}

char *ram_digest(const RamRegion *region, GError **error)
{
    int memory = open_memory(region->pid, error);
    char *text;

    if (memory < 0)
        return NULL;
    text = digest(memory, region->address, region->size);
    if (!text)
        unreadable(error);
    close(memory);
    return text;
}

char *ram_digest_file(const char *path, GError **error)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
    struct stat info;
    char *text = NULL;

    if (fd >= 0 && fstat(fd, &info) == 0)
        text = digest(fd, 0, (guint64)info.st_size);
    if (!text)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return text;
}
