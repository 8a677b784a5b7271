/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside; see ram.h.
 */
#include "qmpbridge/store/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"

/** Bytes read at a time; a whole number of pages. */
#define CHUNK (1u << 20)
/** Failures of a read that may be passing. */
#define MAX_FAILURES 100u

/** Where pages come from. */
typedef struct {
    int fd;    /**< a file, or /proc/PID/mem */
    pid_t pid; /**< whose memory process_vm_readv() reads, in half the time; 0: not allowed */
} Source;

/** What is done with pages in a row of which none is all zero. @len: a whole number of pages.
 * @offset: bytes from the start of RAM. */
typedef gboolean (*RunFunc)(const guint8 *pages, gsize len, guint64 offset, gpointer user_data);

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

static ssize_t read_some(Source *source, guint64 at, guint8 *buffer, gsize len)
{
    struct iovec to = {buffer, len}, from = {(void *)(gsize)at, len};
    ssize_t n;

    if (source->pid != 0) {
        n = process_vm_readv(source->pid, &to, 1, &from, 1, 0);
        if (n > 0)
            return n;
        if (errno == ENOSYS || errno == EPERM) /* a container's filter: the file still serves */
            source->pid = 0;
    }
    return pread(source->fd, buffer, len, (off_t)at);
}

/* Reads @len bytes, and zeros up to the end of the last page. */
static gboolean read_pages(Source *source, guint64 at, guint8 *buffer, gsize len)
{
    gsize done = 0;
    guint failures = 0;

    while (done < len) {
        ssize_t n = read_some(source, at + done, buffer + done, len - done);

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

/* Calls @func for each run of non-zero pages among @len bytes, which are @offset bytes into RAM. */
static gboolean for_each_run(const guint8 *pages, gsize len, guint64 offset, RunFunc func,
                             gpointer user_data)
{
    for (gsize at = 0, end; at < len; at = end + RAM_PAGE) {
        for (end = at; end < len && !is_zero(pages + end);)
            end += RAM_PAGE;
        if (end > at && !func(pages + at, end - at, offset + at, user_data))
            return FALSE;
    }
    return TRUE;
}

/* The same for @size bytes of @source at @start, which begins a page. */
static gboolean scan(Source source, guint64 start, guint64 size, RunFunc func,
                     gpointer user_data)
{
    g_autofree guint8 *buffer = g_malloc(CHUNK);

    for (guint64 offset = 0; offset < size; offset += CHUNK) {
        guint64 data = next_data(source.fd, start + offset);
        gsize want;

        if (data - start >= size)
            break;
        if (files_cancelled())
            return FALSE;
        offset = data - start;
        want = MIN(size - offset, CHUNK);
        if (!read_pages(&source, data, buffer, want) ||
            !for_each_run(buffer, want, offset, func, user_data))
            return FALSE;
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

static gboolean write_run(const guint8 *pages, gsize len, guint64 offset, gpointer user_data)
{
    Copy *copy = user_data;
    ssize_t n = pwrite(copy->fd, pages, len, (off_t)offset);

    if (n >= 0 && (gsize)n != len)
        errno = ENOSPC;
    copy->failed = n < 0 || (gsize)n != len;
    return !copy->failed;
}

static void unreadable(GError **error)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read: %s",
                g_strerror(errno));
}

guint64 ram_resident(pid_t pid)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/statm", (int)pid);
    g_autofree char *text = NULL;
    const char *pages;

    if (!g_file_get_contents(path, &text, NULL, NULL) || !(pages = strchr(text, ' ')))
        return 0;
    return g_ascii_strtoull(pages, NULL, 10) * (guint64)sysconf(_SC_PAGESIZE);
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
        good = scan((Source){memory, region->pid}, region->address, region->size, write_run, &copy);
    if (copy.failed)
        files_error(error, path, errno);
    else if (!good)
        unreadable(error);
    close(memory);
    if (copy.fd >= 0)
        close(copy.fd);
    return good;
}

static gboolean hash_run(const guint8 *pages, gsize len, guint64 offset, gpointer user_data)
{
    GChecksum *checksum = user_data;

    for (gsize at = 0; at < len; at += RAM_PAGE) {
        guint64 index = GUINT64_TO_LE((offset + at) / RAM_PAGE);

        g_checksum_update(checksum, (const guchar *)&index, sizeof(index));
        g_checksum_update(checksum, pages + at, RAM_PAGE);
    }
    return TRUE;
}

static char *digest(Source source, guint64 start, guint64 size)
{
    g_autoptr(GChecksum) checksum = g_checksum_new(G_CHECKSUM_SHA256);
    guint64 length = GUINT64_TO_LE(size);

    if (!scan(source, start, size, hash_run, checksum))
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
    text = digest((Source){memory, region->pid}, region->address, region->size);
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
        text = digest((Source){fd, 0}, 0, (guint64)info.st_size);
    if (!text)
        files_error(error, path, errno);
    if (fd >= 0)
        close(fd);
    return text;
}
