/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guest RAM from outside; see ram.h.
 */
#include "qmpbridge/store/ram.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/types.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

#include "qmpbridge/core/error.h"
#include "qmpbridge/store/files.h"

/** Bytes read at a time; a whole number of pages. */
#define CHUNK (1u << 20)
/** Failures of a read that may be passing. */
#define MAX_FAILURES 100u

/* The ioctl PAGEMAP_SCAN of /proc/PID/pagemap, since Linux 6.7: older headers lack it. Source:
 * Documentation/admin-guide/mm/pagemap.rst and include/uapi/linux/fs.h of Linux. */
typedef struct {
    __u64 start, end, categories;
} PageRange;

typedef struct {
    __u64 size, flags, start, end, walk_end, vec, vec_len, max_pages;
    __u64 category_inverted, category_mask, category_anyof_mask, return_mask;
} PageScan;

#define PAGES_SCAN _IOWR('f', 16, PageScan)
#define PAGES_WRITTEN 0x02u /* since they were write-protected */
#define PAGES_PRESENT 0x08u
#define PAGES_SWAPPED 0x10u
#define PAGES_ZERO 0x20u /* the page that all memory shares which was only ever read */
#define SCAN_PROTECT 0x01u
#define SCAN_IF_WATCHED 0x02u /* fails where writes aren't noted */

/** Ranges that one scan asks for. */
#define RANGES 512u

/** Which pages of memory are read. */
typedef enum {
    EVERY_PAGE,
    FILLED_PAGES,  /**< those that aren't known to be zero */
    WRITTEN_PAGES, /**< those written since ram_watch() */
} Choice;

/** Where pages come from: a file, or a process. */
typedef struct {
    int fd;      /**< a file, or /proc/PID/mem */
    pid_t pid;   /**< whose memory process_vm_readv() reads, in half the time; 0: not allowed */
    int pagemap; /**< /proc/PID/pagemap; not for EVERY_PAGE */
    Choice choice;
    PageRange *ranges; /**< @RANGES of them, the latest that a scan found */
    guint count, next; /**< of them, and the first that lies ahead */
    guint64 scanned;   /**< up to here @ranges holds all */
} Source;

static gboolean is_zero(const guint8 *page)
{
    /* Equal to itself shifted by one, and the first byte zero: memcmp is vectorised. */
    return page[0] == 0 && memcmp(page, page + 1, RAM_PAGE - 1) == 0;
}

/* The next bytes with data of a file: holes are skipped. */
static gboolean next_in_file(int fd, guint64 *at, guint64 *end)
{
    off_t data = lseek(fd, (off_t)*at, SEEK_DATA);

    if (data < 0)
        return errno != ENXIO; /* a file system that knows no holes */
    *at = MAX(*at, (guint64)data & ~(guint64)(RAM_PAGE - 1));
    return *at < *end;
}

/* Asks the kernel for more ranges. Returns: FALSE where it can't find them. */
static gboolean scan_more(Source *source, guint64 end)
{
    gboolean written = source->choice == WRITTEN_PAGES;
    PageScan scan = {
        .size = sizeof(scan),
        .flags = written ? SCAN_IF_WATCHED : 0,
        .start = source->scanned,
        .end = end,
        .vec = (__u64)(gsize)source->ranges,
        .vec_len = RANGES,
        .category_inverted = written ? 0 : PAGES_ZERO,
        .category_mask = written ? PAGES_WRITTEN : PAGES_ZERO,
        .category_anyof_mask = written ? 0 : PAGES_PRESENT | PAGES_SWAPPED,
        .return_mask = PAGES_PRESENT,
    };
    int n;

    do
        n = ioctl(source->pagemap, PAGES_SCAN, &scan);
    while (n < 0 && errno == EINTR);
    if (n < 0 || (guint)n > RANGES || scan.walk_end <= source->scanned)
        return FALSE;
    source->count = (guint)n;
    source->next = 0;
    source->scanned = scan.walk_end;
    return TRUE;
}

/* The next bytes of memory to be read. Where the kernel ceases to answer, all are. */
static gboolean next_in_memory(Source *source, guint64 *at, guint64 *end)
{
    while (source->choice != EVERY_PAGE) {
        for (; source->next < source->count; source->next++) {
            const PageRange *range = &source->ranges[source->next];

            if (range->end > *at && range->start < *end) {
                *at = MAX(*at, range->start);
                *end = MIN(*end, range->end);
                return TRUE;
            }
        }
        if (source->scanned >= *end)
            return FALSE;
        source->scanned = MAX(source->scanned, *at);
        if (!scan_more(source, *end))
            source->choice = EVERY_PAGE;
    }
    return TRUE;
}

/* The next bytes to be read at or after @at and before @end, both of which are moved there.
 * Returns: FALSE if there are none. */
static gboolean next_data(Source *source, guint64 *at, guint64 *end)
{
    return source->ranges ? next_in_memory(source, at, end) : next_in_file(source->fd, at, end);
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

/* Calls @func for each run of pages among @len bytes, which are @offset bytes into RAM. */
static gboolean for_each_run(const guint8 *pages, gsize len, guint64 offset, RamRunFunc func,
                             gpointer user_data)
{
    for (gsize at = 0, end; at < len; at = end) {
        gboolean zero = is_zero(pages + at);

        for (end = at + RAM_PAGE; end < len && is_zero(pages + end) == zero;)
            end += RAM_PAGE;
        if (!func(pages + at, end - at, offset + at, zero, user_data))
            return FALSE;
    }
    return TRUE;
}

/* The same for @size bytes of @source at @start, which begins a page. What isn't read is zero, or
 * unwritten. */
static gboolean scan(Source *source, guint64 start, guint64 size, RamRunFunc func,
                     gpointer user_data)
{
    g_autofree guint8 *buffer = g_malloc(CHUNK);
    guint64 at = start, end;

    for (source->scanned = start; at < start + size; at = end) {
        end = start + size;
        if (!next_data(source, &at, &end))
            break;
        if (files_cancelled())
            return FALSE;
        end = MIN(end, at + CHUNK);
        if (!read_pages(source, at, buffer, end - at) ||
            !for_each_run(buffer, end - at, at - start, func, user_data))
            return FALSE;
    }
    return TRUE;
}

static int open_of(pid_t pid, const char *what)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/%s", (int)pid, what);

    return open(path, O_RDONLY | O_CLOEXEC);
}

/* Whether no file backs @region: what isn't there is zero then, and not merely unmapped. */
static gboolean is_anonymous(const RamRegion *region)
{
    g_autofree char *path = g_strdup_printf("/proc/%d/maps", (int)region->pid);
    guint64 at = region->address, end = region->address + region->size;
    g_autofree char *text = NULL;
    g_auto(GStrv) lines = NULL;

    if (!g_file_get_contents(path, &text, NULL, NULL))
        return FALSE;
    lines = g_strsplit(text, "\n", -1);
    for (char **line = lines; *line && at < end; line++) {
        guint64 first, last, inode;

        if (sscanf(*line,
                   "%" G_GINT64_MODIFIER "x-%" G_GINT64_MODIFIER
                   "x %*4s %*x %*x:%*x %" G_GUINT64_FORMAT,
                   &first, &last, &inode) == 3 &&
            first <= at && at < last) {
            if (inode != 0)
                return FALSE;
            at = last;
        }
    }
    return at >= end;
}

/* Opens the memory of @region; its pages are chosen as @choice has it, where the kernel can. */
static gboolean source_open(Source *source, const RamRegion *region, Choice choice, GError **error)
{
    *source = (Source){.fd = open_of(region->pid, "mem"), .pid = region->pid, .pagemap = -1};
    if (source->fd >= 0 && region->address > G_MAXUINT64 - region->size) {
        close(source->fd);
        source->fd = -1;
        errno = EFAULT;
    }
    if (source->fd < 0) {
        g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR,
                    "guest RAM can't be read through /proc/%d/mem: %s: see ptrace_scope in yama(7)",
                    (int)region->pid, g_strerror(errno));
        return FALSE;
    }
    source->ranges = g_new(PageRange, RANGES);
    if (choice == WRITTEN_PAGES || is_anonymous(region))
        source->pagemap = open_of(region->pid, "pagemap");
    source->choice = source->pagemap < 0 ? EVERY_PAGE : choice;
    return TRUE;
}

static void source_close(Source *source)
{
    if (source->fd >= 0)
        close(source->fd);
    if (source->pagemap >= 0)
        close(source->pagemap);
    g_free(source->ranges);
}

static void unreadable(GError **error)
{
    g_set_error(error, BRIDGE_ERROR, BRIDGE_ERROR_EMULATOR, "guest RAM can't be read: %s",
                g_strerror(errno));
}

gboolean ram_read(const RamRegion *region, gboolean written, RamRunFunc func, gpointer user_data,
                  GError **error)
{
    Source source;
    gboolean good;

    if (!source_open(&source, region, written ? WRITTEN_PAGES : FILLED_PAGES, error))
        return FALSE;
    good = scan(&source, region->address, region->size, func, user_data);
    if (!good)
        unreadable(error);
    source_close(&source);
    return good;
}

/** Where pages are written. */
typedef struct {
    int fd;
    gboolean filled; /**< it holds older pages */
    gboolean failed;
    int errnum; /**< why */
} Copy;

static gboolean write_all(int fd, const guint8 *pages, gsize len, guint64 offset)
{
    ssize_t n = pwrite(fd, pages, len, (off_t)offset);

    if (n >= 0 && (gsize)n != len)
        errno = ENOSPC;
    return n >= 0 && (gsize)n == len;
}

static gboolean write_run(const guint8 *pages, gsize len, guint64 offset, gboolean zero,
                          gpointer user_data)
{
    Copy *copy = user_data;

    if (zero && (!copy->filled || fallocate(copy->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE,
                                            (off_t)offset, (off_t)len) == 0))
        return TRUE;
    copy->failed = !write_all(copy->fd, pages, len, offset);
    copy->errnum = errno;
    return !copy->failed;
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

gboolean ram_watch(const RamRegion *region)
{
    PageScan scan = {
        .size = sizeof(scan),
        .flags = SCAN_PROTECT | SCAN_IF_WATCHED,
        .start = region->address,
        .end = region->address + region->size,
        .category_mask = PAGES_WRITTEN,
    };
    int pagemap = open_of(region->pid, "pagemap");
    int n = -1;

    while (pagemap >= 0 && (n = ioctl(pagemap, PAGES_SCAN, &scan)) >= 0 &&
           scan.walk_end < scan.end && scan.walk_end > scan.start)
        scan.start = scan.walk_end;
    if (pagemap >= 0)
        close(pagemap);
    return n >= 0 && scan.walk_end == scan.end;
}

/* Copies pages of @region into the file @fd, which is named @path in errors. @written: into an
 * older copy, what was written since. */
static gboolean copy_pages(const RamRegion *region, gboolean written, int fd, const char *path,
                           GError **error)
{
    Copy copy = {fd, written, fd < 0 || ftruncate(fd, (off_t)region->size) != 0, errno};
    g_autoptr(GError) unread = NULL;
    gboolean good = !copy.failed && ram_read(region, written, write_run, &copy, &unread);

    if (copy.failed)
        files_error(error, path, copy.errnum);
    else if (!good)
        g_propagate_error(error, g_steal_pointer(&unread));
    if (fd >= 0)
        close(fd);
    return good;
}

gboolean ram_copy(const RamRegion *region, const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);

    return copy_pages(region, FALSE, fd, path, error);
}

gboolean ram_copy_written(const RamRegion *region, const char *path, GError **error)
{
    int fd = open(path, O_RDWR | O_CLOEXEC | O_NOFOLLOW);

    return copy_pages(region, TRUE, fd, path, error);
}

/** A digest of RAM that is being read. */
typedef struct {
    Digester *digester;
    guint64 at, size; /**< bytes up to now, and in all */
} Digest;

/* The last page of a file may be longer than the file. */
static gboolean add_run(const guint8 *pages, gsize len, guint64 offset, gboolean zero,
                        gpointer user_data)
{
    Digest *digest = user_data;
    gsize n = (gsize)MIN(len, digest->size - offset);

    digester_add_zeros(digest->digester, offset - digest->at);
    if (zero)
        digester_add_zeros(digest->digester, n);
    else
        digester_add(digest->digester, pages, n);
    digest->at = offset + n;
    return TRUE;
}

static char *digest(Source *source, guint64 start, guint64 size)
{
    g_autoptr(Digester) digester = digester_new(ARTEFACT_PAGES);
    Digest digest = {digester, 0, size};

    if (!scan(source, start, size, add_run, &digest))
        return NULL;
    digester_add_zeros(digester, size - digest.at);
    return digester_finish(digester);
}

char *ram_digest(const RamRegion *region, GError **error)
{
    Source source;
    char *text;

    if (!source_open(&source, region, FILLED_PAGES, error))
        return NULL;
    text = digest(&source, region->address, region->size);
    if (!text)
        unreadable(error);
    source_close(&source);
    return text;
}

char *ram_digest_file(const char *path, GError **error)
{
    Source source = {.fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW), .pagemap = -1};
    struct stat info;
    char *text = NULL;

    if (source.fd >= 0 && fstat(source.fd, &info) == 0)
        text = digest(&source, 0, (guint64)info.st_size);
    if (!text)
        files_error(error, path, errno);
    source_close(&source);
    return text;
}
